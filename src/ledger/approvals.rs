//! The question whether to claim a bounty: what it is about, and what its end does to the bounty.

mod ask;
mod decide;
mod read;

use serde::Serialize;

pub use ask::NewApproval;

use super::asked::Question;
use crate::bounty::permit::PermitRecord;
use crate::clock::UnixMillis;

/// A question about a claim.
pub type Approval = Question<Claim>;

/// What a question about a claim is about.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// Which bounty.
    pub bounty_id: i64,
    /// Over exactly what is approved.
    pub hash: String,
    /// The permit that a yes gives, without its times.
    pub proposal: PermitRecord,
    /// How strong an answer is needed.
    pub tier: String,
    /// When what is asked was last seen to be so.
    pub checked_at: UnixMillis,
}
