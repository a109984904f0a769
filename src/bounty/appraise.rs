//! From facts to a judgement: the one door through which the rest of the program comes.

use serde::{Deserialize, Serialize};

use super::claim::ClaimPlan;
use super::competition::Competition;
use super::etiquette::Etiquette;
use super::evidence::Evidence;
use super::facts::IssueFacts;
use super::platform::Platform;
use super::state::Status;
use super::traps::{TrapList, TrapVerdict};
use super::valuation::Valuation;
use crate::clock::UnixMillis;
use crate::money::Rates;

/// What the rules may look up: data from the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Known traps.
    pub traps: TrapList,
    /// Dated exchange rates.
    pub rates: Rates,
}

/// Whose account we act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Login.
    pub login: String,
    /// Numeric id.
    pub id: u64,
}

/// One reason of a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Short stable name.
    pub code: String,
    /// One sentence for people.
    pub text: String,
}

/// Everything the rules say about one issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appraisal {
    /// An outsider could earn money here, now, by delivering code or documentation.
    pub is_bounty: bool,
    /// Where the bounty stands.
    pub status: Status,
    /// Who runs it.
    pub platform: Option<Platform>,
    /// How sure we are that this platform runs it.
    pub platform_evidence: Evidence,
    /// How much.
    pub amount: Valuation,
    /// Who else is at it.
    pub competition: Competition,
    /// Signs of a trap.
    pub traps: TrapVerdict,
    /// How the repository wants to be approached.
    pub etiquette: Etiquette,
    /// When and how it would be claimed.
    pub plan: ClaimPlan,
    /// Hidden parts of title and body, made visible.
    pub hidden_text: Vec<String>,
    /// Why it was judged so.
    pub reasons: Vec<Reason>,
}

/// Judges an issue. Pure: the same facts give the same judgement.
#[must_use]
pub fn appraise(facts: &IssueFacts, lists: &Lists, me: Option<&Me>, now: UnixMillis) -> Appraisal {
    let _ = (facts, lists, me, now);
    Appraisal {
        is_bounty: false,
        status: Status::NotABounty,
        platform: None,
        platform_evidence: Evidence::Unknown,
        amount: Valuation::default(),
        competition: Competition::default(),
        traps: TrapVerdict::default(),
        etiquette: Etiquette::default(),
        plan: ClaimPlan::WithSubmission,
        hidden_text: Vec::new(),
        reasons: Vec::new(),
    }
}
