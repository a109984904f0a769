//! After the end: our comment says that who answers it with "stop" does not see us again, and does not
//! say until when. What is heard here is remembered; nothing is written, and nothing begins anew.

use super::super::{FIRST_BACKOFF, MOST_FAILURES, backoff, said_no, waited};
use super::Seen;
use crate::app::App;
use crate::clock::UnixMillis;
use crate::github::Trouble;
use crate::health;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::{Result, Tx};
use crate::messages::notice;
use crate::telegram::outbox;

/// Reads what was answered since.
pub(super) async fn hear(app: &App, bounty: &Bounty, lease: &Lease, seen: &Seen) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    if tx.changed_since_leased(bounty).await? {
        tx.postpone(lease, now, false).await?;
        return tx.commit().await;
    }
    tx.follow_name(bounty, &seen.facts.repo).await?;
    if let Some(words) = &seen.no {
        let deny = said_no(&seen.facts.repo, words);
        if tx.remember_refusal(bounty.id, &deny).await? {
            let what = "after the claim had ended a maintainer said no. Its organisation is left alone from now on";
            let text = notice::ended(&bounty.repo, bounty.number, what);
            let key = format!("no:{}", bounty.id);
            tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        }
    }
    rest(&mut tx, bounty, lease).await?;
    tx.commit().await
}

/// It could not be read: later, or not before it changes again.
pub(super) async fn later(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    trouble: &Trouble,
) -> Result<()> {
    let now = app.now();
    let again: Option<(UnixMillis, bool)> = match trouble {
        Trouble::WaitUntil { at, .. } => Some((waited(*at, now), false)),
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await?;
            Some((now.plus(FIRST_BACKOFF), false))
        }
        Trouble::Gone { .. } | Trouble::AppCannotAct { .. } => None,
        Trouble::Retry { .. }
        | Trouble::Forbidden { .. }
        | Trouble::Invalid { .. }
        | Trouble::Malformed { .. } => {
            (bounty.failures < MOST_FAILURES).then(|| (now.plus(backoff(bounty.failures)), true))
        }
    };
    let mut tx = app.ledger.begin().await?;
    match again {
        Some((at, failed)) => tx.postpone(lease, at, failed).await?,
        None => rest(&mut tx, bounty, lease).await?,
    }
    tx.commit().await
}

/// It stays where it ended.
async fn rest(tx: &mut Tx, bounty: &Bounty, lease: &Lease) -> Result<()> {
    let step = Step {
        stage: bounty.stage,
        reason: bounty.reason.as_deref(),
        wake_at: None,
    };
    tx.advance(lease, &step).await
}
