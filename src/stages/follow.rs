//! Follow: what became of a claim or of the question to be assigned; and who answers it later still.

use std::time::Duration;

use serde_json::json;

use super::{FOLLOW_INTERVAL, LEASE, StepError, issue_of, put_off, said_no, unwelcome, write};
use crate::app::App;
use crate::bounty::answers::{self, Answer};
use crate::bounty::appraise::{Appraisal, appraise};
use crate::bounty::facts::{IssueFacts, IssueState};
use crate::bounty::policy::Deny;
use crate::bounty::stage::Stage;
use crate::bounty::state::Status;
use crate::clock::UnixMillis;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::{Actor, Entry, Result};
use crate::messages::notice;
use crate::telegram::outbox;

mod doubt;
mod ended;

/// How long after the merge was seen a payment is waited for: platforms pay within a week, people
/// later.
const PAYMENT_PATIENCE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why a bounty is submitted whose pull request was merged; its deadline is the payment's.
const MERGED: &str = "merged";

/// Why it is lost when that payment does not come.
const UNPAID: &str = "unpaid";

/// A label or a badge says so, and nobody whom.
const MARKED_PAID: &str = "marked as paid";

/// Looks after one claim that is due; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let stages = [
        Stage::Claimed,
        Stage::Requested,
        Stage::Submitted,
        // Where somebody may have answered us since.
        Stage::Withdrawn,
        Stage::Lost,
        Stage::Paid,
    ];
    let (tx, mut leased) = app
        .ledger
        .begin_leasing(&app.worker, &stages, LEASE, 1)
        .await?;
    tx.commit().await?;
    let Some((bounty, lease)) = leased.pop() else {
        return Ok(false);
    };
    let ended = bounty.stage.is_final();
    let done = match see(app, &bounty).await {
        Ok(seen) if ended => ended::hear(app, &bounty, &lease, &seen).await,
        Ok(seen) => look(app, &bounty, &lease, &seen).await,
        Err(StepError::Github(trouble)) if ended => {
            ended::later(app, &bounty, &lease, &trouble).await
        }
        Err(StepError::Github(trouble)) => put_off(app, &bounty, &lease, &trouble).await,
        Err(StepError::Ledger(error)) => Err(error),
    };
    done?;
    app.progress();
    Ok(true)
}

/// What a look at a claim says.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    Paid,
    Lost(&'static str),
    Unwelcome,
    Submitted,
    Merged,
    Assigned,
    Overdue,
    TurnedDown,
    Waiting,
}

impl Finding {
    /// The claim, or the question, stands.
    const fn stands(&self) -> bool {
        matches!(
            self,
            Self::Waiting | Self::Assigned | Self::Submitted | Self::Merged
        )
    }
}

/// An issue with a claim of ours, as it stands there now.
struct Seen {
    facts: IssueFacts,
    appraisal: Appraisal,
    answers: Vec<Answer>,
    /// Where we are not wanted: the words. Another repository under the name has no say.
    no: Option<String>,
}

async fn see(app: &App, bounty: &Bounty) -> std::result::Result<Seen, StepError> {
    let rules = app.rules();
    let facts = issue_of(app, bounty).await?;
    // Whoever is connected now: ours is what was said and is done under the name it was claimed by.
    let effects = app.ledger.effects(bounty.id).await?;
    let claim = write::standing(&effects);
    let me = app.me().await?.map(|me| match claim {
        Some(claim) => write::author(claim, Some(&facts), &me),
        None => me,
    });
    let appraisal = appraise(&facts, &rules.lists, me.as_ref(), app.now());
    let answers = answers::to_us(&facts, me.as_ref());
    let same = facts.repo.id == Some(bounty.repository_id);
    let no = unwelcome(&appraisal, &answers).filter(|_| same);
    Ok(Seen {
        facts,
        appraisal,
        answers,
        no,
    })
}

async fn look(app: &App, bounty: &Bounty, lease: &Lease, seen: &Seen) -> Result<()> {
    let finding = find(bounty, seen, time_over(&seen.facts, app.now()));
    if finding.stands() {
        doubt::tell(app, bounty, &seen.answers).await?;
    }
    settle(app, bounty, lease, seen, finding).await
}

/// The time by which a deadline is over: GitHub's too. A clock of ours that has jumped ahead would give
/// every claim back in public; later is kinder than too early.
fn time_over(facts: &IssueFacts, now: UnixMillis) -> UnixMillis {
    facts.served_at.map_or(now, |theirs| theirs.min(now))
}

fn find(bounty: &Bounty, seen: &Seen, now: UnixMillis) -> Finding {
    let Seen {
        facts, appraisal, ..
    } = seen;
    let ours = &appraisal.competition;
    if facts.repo.id != Some(bounty.repository_id) {
        return Finding::Lost("moved");
    }
    // Work that is done is not taken back for it.
    if bounty.stage != Stage::Submitted && seen.no.is_some() {
        return Finding::Unwelcome;
    }
    if appraisal.status == Status::Paid {
        return if ours.paid_to_us || (ours.ours_merged && !ours.paid_to_others) {
            Finding::Paid
        } else if ours.paid_to_others {
            Finding::Lost("paid to another")
        } else {
            Finding::Lost(MARKED_PAID)
        };
    }
    if ours.ours_merged && !ours.ours_open {
        return merged(bounty, now);
    }
    if facts.state == Some(IssueState::Closed) {
        return Finding::Lost("closed");
    }
    if facts.locked == Some(true) {
        return Finding::Lost("locked");
    }
    if ours.ours_open {
        let known = bounty.stage == Stage::Submitted && bounty.reason.as_deref() != Some(MERGED);
        return if known {
            Finding::Waiting
        } else {
            Finding::Submitted
        };
    }
    // It was turned down, whoever has it now: the hand is free again.
    if bounty.stage == Stage::Submitted {
        return Finding::TurnedDown;
    }
    if !ours.assignees.is_empty() && !ours.assigned_to_me {
        return Finding::Lost("assigned to another");
    }
    match bounty.stage {
        Stage::Requested if ours.assigned_to_me => Finding::Assigned,
        _ if bounty.deadline.is_some_and(|at| at <= now) => Finding::Overdue,
        _ => Finding::Waiting,
    }
}

/// Ours was merged: the work is done, whether the issue was closed with it or not.
fn merged(bounty: &Bounty, now: UnixMillis) -> Finding {
    if bounty.stage != Stage::Submitted || bounty.reason.as_deref() != Some(MERGED) {
        return Finding::Merged;
    }
    if bounty.deadline.is_some_and(|at| at > now) {
        Finding::Waiting
    } else {
        Finding::Lost(UNPAID)
    }
}

/// What the owner is told of a no that takes nothing back.
fn unwanted(finding: &Finding) -> &'static str {
    if finding.stands() {
        "a maintainer said no. The claim stands, because a pull request of yours is there; its organisation is left alone from now on"
    } else {
        "a maintainer said no. Its organisation is left alone from now on"
    }
}

async fn settle(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    seen: &Seen,
    finding: Finding,
) -> Result<()> {
    let repo = &seen.facts.repo;
    let rules = app.rules();
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    if tx.changed_since_leased(bounty).await? {
        // It changed while it was read: the scan's wake-up must not be written over.
        tx.postpone(lease, now, false).await?;
        return tx.commit().await;
    }
    tx.follow_name(bounty, repo).await?;
    if let Some(words) = &seen.no {
        tx.remember_refusal(bounty.id, &said_no(repo, words))
            .await?;
        if finding != Finding::Unwelcome {
            let text = notice::ended(&bounty.repo, bounty.number, unwanted(&finding));
            let key = format!("no:{}", bounty.id);
            tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        }
    }
    let next = now.plus(FOLLOW_INTERVAL);
    let soon = bounty
        .deadline
        .filter(|at| *at > now)
        .map_or(next, |at| at.min(next));
    let (stage, reason, wake_at, told): (Stage, &str, Option<UnixMillis>, Option<String>) =
        match &finding {
            Finding::Waiting => (
                bounty.stage,
                bounty.reason.as_deref().unwrap_or("claimed"),
                Some(soon),
                None,
            ),
            Finding::Submitted => (
                Stage::Submitted,
                "pull_request",
                Some(next),
                Some("a pull request of yours is linked; the claim stands".to_owned()),
            ),
            Finding::Merged => {
                tx.set_deadline(lease, now.plus(PAYMENT_PATIENCE)).await?;
                let told = "a pull request of yours was merged; the payment is waited for";
                (Stage::Submitted, MERGED, Some(next), Some(told.to_owned()))
            }
            Finding::Assigned => {
                tx.set_deadline(lease, now.plus(rules.config.withdraw_after))
                    .await?;
                if rules.config.fix.is_some() {
                    tx.begin_job_for(bounty).await?;
                }
                (
                    Stage::Claimed,
                    "assigned",
                    Some(next),
                    Some("you were assigned; the clock runs".to_owned()),
                )
            }
            Finding::Overdue => (Stage::Withdrawing, "overdue", Some(now), None),
            Finding::TurnedDown => (Stage::Withdrawing, "turned_down", Some(now), None),
            Finding::Unwelcome => (Stage::Withdrawing, "unwelcome", Some(now), None),
            Finding::Paid => (Stage::Paid, "paid", None, Some("it was paid".to_owned())),
            Finding::Lost("locked") => {
                // Whoever has the say there now, not whoever had it when it was claimed.
                let deny = Deny {
                    name: repo.owner.to_lowercase(),
                    reason: "a conversation was locked after our claim".to_owned(),
                };
                tx.remember_refusal(bounty.id, &deny).await?;
                let told = "lost: locked; its organisation is left alone from now on".to_owned();
                (Stage::Lost, "locked", None, Some(told))
            }
            Finding::Lost(UNPAID) => {
                let told =
                    "no payment was seen within 30 days of the merge; it is no longer followed";
                (Stage::Lost, UNPAID, None, Some(told.to_owned()))
            }
            Finding::Lost(MARKED_PAID) => {
                let told = "lost: marked as paid; to whom is not said";
                (Stage::Lost, MARKED_PAID, None, Some(told.to_owned()))
            }
            Finding::Lost(why) => (Stage::Lost, *why, None, Some(format!("lost: {why}"))),
        };
    if finding != Finding::Waiting {
        let body = json!({ "from": bounty.stage, "to": stage, "reason": reason });
        tx.journal(Entry::new(Actor::Daemon, "claim.followed", body).bounty(bounty.id))
            .await?;
    }
    tx.advance(
        lease,
        &Step {
            stage,
            reason: Some(reason),
            wake_at,
        },
    )
    .await?;
    if let Some(what) = told {
        let text = notice::ended(&bounty.repo, bounty.number, &what);
        tx.notify_owner(
            &format!("follow:{}:{reason}", bounty.id),
            &outbox::encode(&text),
            now,
        )
        .await?;
    }
    tx.commit().await?;
    // An assignment may have begun a job.
    app.fix.notify_one();
    Ok(())
}
