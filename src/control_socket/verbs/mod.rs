//! What can be asked for. The daemon does it for its socket; with no daemon, the command does the
//! same itself, under the instance lock.

pub mod change;
mod doctor;
pub mod explain;
pub mod fix;
pub mod identify;
mod prove;
pub mod questions;
pub mod scan;
pub mod scanned;

use std::time::Duration;

use tokio::sync::mpsc;

use super::protocol::{Answer, Failing, Request};
use crate::app::{App, Doing};
use crate::control::Command;
use crate::estop;
use crate::github::Trouble;
use crate::ledger::{Actor, LedgerError, Result};
use crate::status;

/// Where progress is told; a line that nobody takes in time is dropped.
pub type Tell = mpsc::Sender<Doing>;

/// Does what `uid` asked for and was allowed to.
pub(super) async fn answer(app: &App, request: Request, uid: u32, tell: &Tell) -> Answer {
    let done = match request {
        Request::Status {} => status(app).await,
        Request::Pending {} => status::waiting(app)
            .await
            .map(|questions| Answer::Pending { questions }),
        Request::Question { id } => questions::find(&app.ledger, &id).await.map(|found| {
            found.map_or_else(questions::no_such, |question| Answer::Question {
                question: Box::new(question),
            })
        }),
        Request::Approve { id } => change(app, &Command::Approve { id }, uid).await,
        Request::Lease { id } => change(app, &Command::Lease { id }, uid).await,
        Request::EndLease { id } => change(app, &Command::EndLease { id }, uid).await,
        Request::Leases {} => app
            .ledger
            .request_leases(app.now())
            .await
            .map(|leases| Answer::Leases { leases }),
        Request::Deny { id, why } => change(app, &Command::Deny { id, why }, uid).await,
        Request::Pause {} => change(app, &Command::Pause, uid).await,
        Request::Resume {} => change(app, &Command::Resume, uid).await,
        Request::Stop {} => stop(app, uid).await,
        Request::Lift {} => lift(app, uid).await,
        Request::Extend {
            repo,
            number,
            by_ms,
        } => {
            match change::extension(&app.ledger, &repo, number, Duration::from_millis(by_ms)).await
            {
                Ok(Some(command)) => change(app, &command, uid).await,
                Ok(None) => Ok(unknown_bounty(&repo, number)),
                Err(error) => Err(error),
            }
        }
        Request::Scan {} => scan::by_the_lane(app, uid, tell).await,
        Request::Identify {} => identify::fresh(app, uid).await,
        Request::ProveKey { kid } => prove::with(app, &kid, uid).await,
        Request::Doctor {} => doctor::examine(app, uid).await,
        Request::Mend { mend } => doctor::mend(app, uid, mend).await,
        Request::Explain { repo, number } => explain::fresh(app, &repo, number).await,
        Request::Fix { wanted } => fix::by_hand(app, &wanted, uid, tell).await,
    };
    done.unwrap_or_else(|error| ledger_failed(&error))
}

async fn status(app: &App) -> Result<Answer> {
    let status = status::gather(app).await?;
    Ok(Answer::Status {
        lines: status.lines(app.rules().config.timezone),
        status: serde_json::to_value(&status).unwrap_or_default(),
    })
}

async fn stop(app: &App, uid: u32) -> Result<Answer> {
    let outcome = estop::engage(app, &Actor::Operator(uid), change::SOCKET).await?;
    Ok(Answer::Changed { outcome })
}

async fn lift(app: &App, uid: u32) -> Result<Answer> {
    let file = app.rules().config.emergency_stop();
    let (brake, actor) = (app.vault.brake(), Actor::Operator(uid));
    let outcome = estop::lift(&app.ledger, &file, Some(brake), &actor, change::SOCKET).await?;
    app.progress();
    app.work.notify_one();
    app.scan.notify_one();
    app.fix.notify_one();
    Ok(Answer::Changed { outcome })
}

async fn change(app: &App, command: &Command, uid: u32) -> Result<Answer> {
    let lifetime = app.rules().config.policy.permit_lifetime;
    let outcome = change::apply(&app.ledger, command, uid, change::SOCKET, lifetime).await?;
    app.progress();
    app.work.notify_one();
    app.scan.notify_one();
    Ok(Answer::Changed { outcome })
}

/// The ledger does not know a bounty.
#[must_use]
pub fn unknown_bounty(repo: &str, number: u64) -> Answer {
    Answer::failed(
        Failing::NotFound,
        format!(
            "the ledger knows no bounty {repo}#{number}; `bountyd bounties` lists those it does"
        ),
    )
}

/// The ledger could not be used.
#[must_use]
pub fn ledger_failed(error: &LedgerError) -> Answer {
    let kind = match error {
        LedgerError::Busy { .. } | LedgerError::Full { .. } => Failing::TryLater,
        _ => Failing::Other,
    };
    Answer::failed(kind, error.to_string())
}

/// GitHub gave no answer.
fn github_failed(trouble: &Trouble) -> Answer {
    let kind = match trouble {
        Trouble::WaitUntil { .. } => Failing::TryLater,
        Trouble::Configuration(_) => Failing::Configuration,
        Trouble::Gone { .. } | Trouble::Invalid { .. } => Failing::NotFound,
        Trouble::Reconnect(_) | Trouble::Forbidden { .. } | Trouble::AppCannotAct { .. } => {
            Failing::Other
        }
        Trouble::Retry { .. } | Trouble::Malformed { .. } => Failing::Unavailable,
    };
    Answer::failed(kind, trouble.to_string())
}
