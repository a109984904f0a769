//! What a call is worth: the bounty that the work is for, as the ledger knows it.

use super::acting::Acting;
use super::policy::{Client, Kind, Repository, Worth};
use crate::app::App;
use crate::ledger::Result;

/// What is at stake in what a client wants. A comment on a dear issue is a comment; work for it is for its bounty. Work
/// that names no bounty may be for any that is open there, so it is worth as much as the dearest.
///
/// # Errors
/// The ledger cannot be read.
pub async fn worth_of(
    app: &App,
    client: &Client,
    place: &Repository,
    acting: &Acting,
) -> Result<Worth> {
    if acting.tool().kind() != Kind::Job {
        return Ok(Worth::Nothing);
    }
    let place = place.to_string();
    let named = match acting.number() {
        Some(number) => app.ledger.bounty_by_name(&place, number).await?,
        None => None,
    };
    if let Some(bounty) = named {
        return Ok(bounty.usd.map_or(Worth::Unknown, Worth::Usd));
    }
    let (dearest, unknown) = app.ledger.dearest_in(&place).await?;
    Ok(match dearest {
        Some(usd) if usd > client.step_up.ask_above || !unknown => Worth::Dearest(usd),
        _ if unknown => Worth::Unknown,
        _ => Worth::Nothing,
    })
}
