//! What a call is worth: the bounty that the work is for, as the ledger knows it.

use super::acting::Acting;
use super::policy::{Kind, Repository, Worth};
use crate::app::App;
use crate::ledger::Result;

/// What is at stake in what a client wants. A comment on a dear issue is a comment; work for it is for its bounty.
///
/// # Errors
/// The ledger cannot be read.
pub async fn worth_of(app: &App, place: &Repository, acting: &Acting) -> Result<Worth> {
    let Some(number) = acting
        .number()
        .filter(|_| acting.tool().kind() == Kind::Job)
    else {
        return Ok(Worth::Nothing);
    };
    let bounty = app
        .ledger
        .bounty_by_name(&place.to_string(), number)
        .await?;
    Ok(bounty.map_or(Worth::Nothing, |bounty| {
        bounty.usd.map_or(Worth::Unknown, Worth::Usd)
    }))
}
