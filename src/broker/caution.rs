//! What the owner is asked about although a rule allows it.

use std::time::Duration;

use super::Refusal;
use super::acting::Acting;
use super::commands::calls_somebody;
use crate::ledger::restored::FromBackup;
use crate::ledger::settings::Setting;
use crate::ledger::{Result, Tx};

/// How long after a restore a client may still repeat what it has no answer to. What stands at GitHub is found
/// by its marker even later; what a maintainer has deleted since is not, and to say it again is to insist.
const FORGETFUL: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why he is asked about this, beside what the rules say; nothing: he need not be.
///
/// # Errors
/// The ledger cannot be read.
pub(super) async fn reasons(tx: &mut Tx, acting: &Acting) -> Result<Vec<String>> {
    let mut why = Vec::new();
    if acting.said().into_iter().any(calls_somebody) {
        let call = "it calls somebody by @name, and bots take orders so";
        why.push(call.to_owned());
    }
    let restored: Option<FromBackup> = tx.setting(&Setting::Restored).await?;
    if restored.is_some_and(|from| tx.now() < from.at.plus(FORGETFUL)) {
        let forgotten =
            "the ledger came back from a backup, and this may have been done and deleted since";
        why.push(forgotten.to_owned());
    }
    Ok(why)
}

/// Nothing is said where we were told to stop.
pub(super) fn told() -> Refusal {
    let message = "the owner's account was told to stop there, and keeps to it";
    let remedy = "leave that repository alone; only the owner can say otherwise";
    Refusal::new("told_to_stop", message, remedy)
}
