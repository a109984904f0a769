//! The stages, one file each, in the order of the flow. Each joins the pure rules to the rims; none
//! calls another: they meet in the ledger.

mod allowed;
pub mod ask;
pub mod chain;
pub mod claim;
pub mod digest;
mod feedback;
pub mod fix;
pub mod follow;
mod handed_in;
pub mod judge;
mod judgement;
pub mod pull;
pub mod push;
pub mod recheck;
pub mod request;
pub mod scan;
pub mod submit;
pub mod vet;
pub mod withdraw;
pub mod write;

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::bounty::answers::Answer;
use crate::bounty::appraise::Appraisal;
use crate::bounty::facts::{IssueFacts, RepoFacts};
use crate::bounty::policy::Deny;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::github::{Refusal, Trouble};
use crate::health;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::effects::EffectState;
use crate::ledger::jobs::{Branch, Job};
use crate::ledger::{Actor, Entry, LedgerError, Result};
use crate::messages::notice;
use crate::telegram::outbox;

/// A lease outlasts the slowest step; a crashed holder's work is taken over after it, at once when
/// the same machine starts again.
pub const LEASE: Duration = Duration::from_secs(5 * 60);

/// How often a claim is looked at when nothing else wakes it.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(6 * 3600);

/// Steps that may fail in a row before a bounty is given up.
const MOST_FAILURES: i64 = 8;

/// How long after its deadline a claim whose issue cannot be read keeps its hand.
const CLAIM_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Attempts at a patch of one job, at most.
const MOST_ATTEMPTS: i64 = 3;

/// The pause after a first failure; it doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(60);

/// Nothing is asked again sooner because of a wait that the other side named: one that is over when it
/// is heard of would keep the work going round.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);

/// What stopped a step.
#[derive(Debug)]
pub enum StepError {
    /// The ledger: nothing may go out.
    Ledger(LedgerError),
    /// GitHub gave no answer to a read.
    Github(Trouble),
}

impl From<LedgerError> for StepError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Trouble> for StepError {
    fn from(trouble: Trouble) -> Self {
        Self::Github(trouble)
    }
}

/// How long to wait after `failures` failures.
#[must_use]
pub fn backoff(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(0, 6)).unwrap_or(6);
    FIRST_BACKOFF.saturating_mul(1 << doublings)
}

/// When to ask again after being told to wait until `at`.
fn waited(at: UnixMillis, now: UnixMillis) -> UnixMillis {
    at.max(now.plus(SHORTEST_WAIT))
}

/// Puts a bounty whose step met trouble where it belongs: later, or out.
///
/// # Errors
/// The ledger cannot be written.
pub async fn put_off(app: &App, bounty: &Bounty, lease: &Lease, trouble: &Trouble) -> Result<()> {
    let now = app.now();
    let (wake_at, failed): (UnixMillis, bool) = match trouble {
        Trouble::WaitUntil { at, .. } => (waited(*at, now), false),
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await?;
            (now.plus(FIRST_BACKOFF), false)
        }
        Trouble::Gone { .. } => return give_up(app, bounty, lease, "gone", trouble).await,
        Trouble::AppCannotAct { .. } => {
            return give_up(app, bounty, lease, "app_cannot_act", trouble).await;
        }
        Trouble::Retry { .. }
        | Trouble::Forbidden { .. }
        | Trouble::Invalid { .. }
        | Trouble::Malformed { .. } => (now.plus(backoff(bounty.failures)), true),
    };
    if failed && bounty.failures >= MOST_FAILURES && out_of_time(app, bounty).await? {
        return give_up(app, bounty, lease, "unreadable", trouble).await;
    }
    let mut tx = app.ledger.begin().await?;
    tx.postpone(lease, wake_at, failed).await?;
    tx.commit().await
}

/// Lets go of what only a scan and its judgements need.
pub async fn rest(app: &App) {
    app.github.rest();
    if crate::bounty::rest() {
        app.ledger.rest().await;
        heap::give_back();
        if let Err(error) = heap::forget_code() {
            tracing::debug!(%error, "the program's pages stay mapped");
        }
    }
}

/// Whether nothing is lost by giving up a bounty that cannot be read: a permit or a claim is kept
/// through a bad day, but not for ever, because it holds a hand.
async fn out_of_time(app: &App, bounty: &Bounty) -> Result<bool> {
    if !bounty.stage.in_hand() {
        return Ok(true);
    }
    let now = app.now();
    Ok(match bounty.stage {
        Stage::Permitted | Stage::Claiming => app
            .ledger
            .live_permit(bounty.id)
            .await?
            .is_none_or(|permit| permit.is_over(now)),
        _ => bounty
            .deadline
            .is_some_and(|at| now.since(at) > CLAIM_PATIENCE),
    })
}

async fn give_up(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    reason: &'static str,
    trouble: &Trouble,
) -> Result<()> {
    let effects = app.ledger.effects(bounty.id).await?;
    let mut tx = app.ledger.begin().await?;
    tx.supersede(lease, &trouble.to_string()).await?;
    tx.end_permits(bounty.id, "void").await?;
    for effect in effects.iter().filter(|e| write::is_open(e)) {
        let why = format!("never found out: {trouble}");
        tx.end_effect(lease, &effect.id, EffectState::Unproven, None, &why)
            .await?;
    }
    // A begun claim whose outcome can no longer be found out may stand there: never a second one.
    let stage = if bounty.stage != Stage::Claiming && bounty.stage.may_become(Stage::Skipped) {
        Stage::Skipped
    } else {
        Stage::Lost
    };
    let step = Step {
        stage,
        reason: Some(reason),
        wake_at: None,
    };
    tx.advance(lease, &step).await?;
    tx.drop_facts(bounty.id).await?;
    let body = json!({ "reason": reason, "trouble": trouble.to_string() });
    tx.journal(Entry::new(Actor::Daemon, "bounty.given_up", body).bounty(bounty.id))
        .await?;
    if bounty.stage.in_hand() {
        // The owner said yes to it, or was told of the claim.
        let now = tx.now();
        let (repo, why) = (&bounty.repo, trouble.to_string());
        let text = match stage {
            Stage::Skipped => notice::not_claimed(repo, bounty.number, &why),
            _ => notice::ended(repo, bounty.number, &format!("lost: {why}")),
        };
        let key = format!("given-up:{}:{}", bounty.id, now.0);
        tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    }
    tx.commit().await
}

/// Where we are not wanted, in words: a person must have said so to us; a comment that may be a no
/// changes nothing. A file or a label holds for everybody.
fn unwelcome(appraisal: &Appraisal, answers: &[Answer]) -> Option<String> {
    let said = answers.iter().find(|answer| answer.no);
    let answered = said.map(|answer| format!("@{}: {}", answer.by, answer.words));
    let written = appraisal.etiquette.written_no();
    answered.or_else(|| written.map(|finding| finding.quote.clone()))
}

/// What is remembered of such words: they hold for whoever has the say there now.
fn said_no(repo: &RepoFacts, words: &str) -> Deny {
    Deny {
        name: repo.owner.to_lowercase(),
        reason: format!("a maintainer said no: {words}"),
    }
}

/// The lasting no that a refused write is, if it is one. `repo` is where it was refused: a write follows
/// nobody who has moved.
fn lasting_no(kind: &Refusal, repo: &str) -> Option<Deny> {
    let reason = match kind {
        Refusal::Blocked => "this account is blocked there",
        Refusal::Locked => "a conversation was locked when we came",
        _ => return None,
    };
    Some(Deny {
        name: owner_and_name(repo).0.to_lowercase(),
        reason: reason.to_owned(),
    })
}

/// The issue of a bounty as it stands there now. An answer without the repository's id proves neither
/// that it is the one that was meant nor that it is another.
async fn issue_of(app: &App, bounty: &Bounty) -> std::result::Result<IssueFacts, Trouble> {
    let (owner, name) = owner_and_name(&bounty.repo);
    let facts = app.github.issue(owner, name, bounty.number).await?;
    if facts.repo.id.is_none() {
        let why = format!("{} came without its repository's id", bounty.slug());
        return Err(Trouble::Malformed { why });
    }
    Ok(facts)
}

/// Why nothing is made or asked for a bounty any more, if that is so.
fn no_longer_ours(bounty: &Bounty) -> Option<String> {
    match bounty.stage {
        Stage::Claimed | Stage::Fixing | Stage::Submitted => None,
        stage => Some(format!("the bounty is {} by now", stage.as_str())),
    }
}

/// Ends a job, and tells the owner; the patch, if there is one, stays on disk. One whose pull request is
/// open goes on with that.
async fn drop_job(app: &App, job: &Job, reason: &str, why: &str, branch: Branch) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    tx.end_job(job, reason, why, now.plus(FOLLOW_INTERVAL), branch)
        .await?;
    let text = notice::not_submitted(&job.slug(), &job.id, why);
    let key = format!("job:{}:dropped:{}", job.id, job.attempts);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    tx.commit().await
}

/// Splits `owner/name`.
pub(crate) fn owner_and_name(repo: &str) -> (&str, &str) {
    repo.split_once('/').unwrap_or((repo, ""))
}
