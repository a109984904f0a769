//! Changes: one transaction each, through [`crate::control`], with the operator as the actor.

use std::time::Duration;

use crate::control::{self, Command, Outcome};
use crate::crash;
use crate::ledger::{Actor, Ledger, Result};

/// The control socket, as the journal names it. It vouches for the user id at its other end and for
/// nothing else: whether a person typed a code there is not seen from here.
pub const SOCKET: &str = "socket";

/// Carries out what the operator `uid` wants, who came through `channel`.
///
/// # Errors
/// The ledger cannot be written: nothing was changed.
pub async fn apply(
    ledger: &Ledger,
    command: &Command,
    uid: u32,
    channel: &'static str,
    permit_lifetime: Duration,
) -> Result<Outcome> {
    crash::point("tap.before");
    let mut tx = ledger.begin().await?;
    let actor = Actor::Operator(uid);
    let outcome = control::apply(&mut tx, command, &actor, channel, permit_lifetime).await?;
    tx.commit().await?;
    crash::point("tap.recorded");
    Ok(outcome)
}

/// The command that gives a claim more time; `None` if the ledger does not know the bounty.
///
/// # Errors
/// The ledger cannot be read.
pub async fn extension(
    ledger: &Ledger,
    repo: &str,
    number: u64,
    by: Duration,
) -> Result<Option<Command>> {
    let bounty = ledger.bounty_by_name(repo, number).await?;
    Ok(bounty.map(|found| Command::Extend {
        bounty: found.id,
        by,
    }))
}
