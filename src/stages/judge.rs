//! Judge: sightings into decisions. Facts and rules are pure; this joins them to the policy files,
//! the ledger's counts and the row that says what comes next.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;

use super::LEASE;
use crate::app::App;
use crate::bounty::appraise::{Appraisal, Me, appraise};
use crate::bounty::explain::explain;
use crate::bounty::facts::IssueFacts;
use crate::bounty::judgement::Judgement;
use crate::bounty::permit::{Authority, PermitRecord, approval_hash};
use crate::bounty::policy::{Decision, SkipReason, Tally, decide};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::crash;
use crate::github::RepoRef;
use crate::ledger::approvals::NewApproval;
use crate::ledger::bounties::{Bounty, Lease, Step};
use crate::ledger::{Actor, Entry, LedgerError, Result, Tx};
use crate::messages::card::{Card, amount_in_words};
use crate::rules::Rules;

mod policies;
mod whole;

/// Bounties judged at a time: one request for policy files serves many, one transaction all.
const BATCH: i64 = 500;

/// A cap is looked at again after this long: nothing tells when a hand becomes free.
const CAP_PAUSE: std::time::Duration = std::time::Duration::from_secs(3600);

/// Judges what is due; says how many.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<usize> {
    let (tx, work) = app
        .ledger
        .begin_leasing(&app.worker, &[Stage::Found], LEASE, BATCH)
        .await?;
    tx.commit().await?;
    if work.is_empty() {
        return Ok(0);
    }
    let rules = app.rules();
    let me = app.me().await?;
    // Here and below, facts are read when they are wanted and held one at a time: the texts of a whole
    // batch would be most of the memory.
    let Survey {
        mut whole,
        later,
        repos,
    } = survey(app, &rules, me.as_ref(), &work).await?;
    let policies = policies::Read::all(app, &repos).await?;
    let judged = work.len();
    crash::point("judge.before");
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let outdated = app.outdated(&rules);
    for (bounty, lease) in work {
        if outdated || tx.changed_since_leased(&bounty).await? {
            // The scan stored newer facts while the rules were read; they are judged instead, and
            // not thrown away with the old ones. Nor is a verdict stored of rules that were replaced.
            tx.postpone(&lease, now, false).await?;
            continue;
        }
        if let Some((at, failed)) = later.get(&bounty.id) {
            tx.postpone(&lease, *at, *failed).await?;
            continue;
        }
        let facts = match whole.remove(&bounty.id) {
            Some(read) => Some(read),
            None => readable(tx.facts(bounty.id).await)?.facts(),
        };
        let Some(mut facts) = facts else {
            // Facts go when a decision was made; a row without them waits for the next sighting.
            let step = Step {
                stage: Stage::Skipped,
                reason: Some("forgotten"),
                wake_at: None,
            };
            tx.advance(&lease, &step).await?;
            continue;
        };
        // One copy at a time: the texts of many issues of one repository would fill the memory.
        if let Some(files) = policies.of(&facts.repo) {
            facts.repo.policies = Some(files.clone());
        }
        let tally = tx.tally(bounty.id, &facts.repo).await?;
        let judged = whatever_happens(&bounty, || {
            let appraisal = appraise(&facts, &rules.lists, me.as_ref(), now);
            let decision = decide(&appraisal, &facts, &rules.config.policy, &tally, now);
            (appraisal, decision)
        });
        let Some((appraisal, decision)) = judged else {
            let step = Step {
                stage: Stage::Skipped,
                reason: Some("cannot_be_judged"),
                wake_at: None,
            };
            tx.advance(&lease, &step).await?;
            tx.drop_facts(bounty.id).await?;
            continue;
        };
        let unread = matches!(
            decision,
            Decision::Skip {
                reason: SkipReason::PoliciesNotRead,
                ..
            }
        );
        if unread && let Some((wake_at, failed)) = policies.again(&bounty, &facts.repo, now) {
            tx.postpone(&lease, wake_at, failed).await?;
            continue;
        }
        if is_capped_as_before(&bounty, &appraisal, &decision) {
            tx.postpone(&lease, now.plus(CAP_PAUSE), false).await?;
            continue;
        }
        let seen = Seen {
            rules: &rules,
            bounty: &bounty,
            facts: &facts,
            appraisal: &appraisal,
        };
        store(app, &mut tx, &lease, &seen, &tally, decision).await?;
    }
    tx.commit().await?;
    crash::point("judge.after");
    app.progress();
    Ok(judged)
}

/// What `judging` gives; `None` when it panics. The rules read what strangers wrote, and one text that
/// a rule does not stand must not stop all others, again after each start.
fn whatever_happens<T>(bounty: &Bounty, judging: impl FnOnce() -> T) -> Option<T> {
    let judged = catch_unwind(AssertUnwindSafe(judging));
    if judged.is_err() {
        tracing::error!(repo = %bounty.repo, number = bounty.number, "judging has panicked: it is left alone until it changes");
    }
    judged.ok()
}

/// Nothing has changed since it was said that the hands are full: an hour's look is no news.
fn is_capped_as_before(bounty: &Bounty, appraisal: &Appraisal, decision: &Decision) -> bool {
    let Decision::Skip { reason, .. } = decision else {
        return false;
    };
    matches!(reason, SkipReason::Cap { .. })
        && bounty.reason.as_deref() == Some(reason.code())
        && bounty.usd == appraisal.amount.usd
}

struct Seen<'a> {
    rules: &'a Rules,
    bounty: &'a Bounty,
    facts: &'a IssueFacts,
    appraisal: &'a Appraisal,
}

/// What the ledger keeps of an issue.
enum Stored {
    Nothing,
    Facts(Box<IssueFacts>),
    /// Another version wrote it, or the disk has spoilt it.
    Unreadable,
}

impl Stored {
    fn facts(self) -> Option<IssueFacts> {
        match self {
            Self::Facts(facts) => Some(*facts),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// One row that cannot be read must not hold up the batch.
fn readable(facts: Result<Option<IssueFacts>>) -> Result<Stored> {
    match facts {
        Ok(Some(facts)) => Ok(Stored::Facts(Box::new(facts))),
        Ok(None) => Ok(Stored::Nothing),
        Err(LedgerError::Corrupt { what, detail }) => {
            tracing::warn!("a stored {what} cannot be read: {detail}");
            Ok(Stored::Unreadable)
        }
        Err(error) => Err(error),
    }
}

/// What the first look at a batch says is still to be read.
struct Survey {
    /// Read whole, because a search cut the thread short or what it showed is lost; by bounty.
    whole: HashMap<i64, IssueFacts>,
    /// What cannot be judged in this round.
    later: whole::Later,
    /// Whose contribution rules are wanted.
    repos: Vec<RepoRef>,
}

/// Looks at each bounty by what is known already, and reads what could change the verdict.
async fn survey(
    app: &App,
    rules: &Rules,
    me: Option<&Me>,
    work: &[(Bounty, Lease)],
) -> Result<Survey> {
    let now = app.now();
    let first_look = |bounty: &Bounty, facts: &IssueFacts| {
        let decision = whatever_happens(bounty, || {
            let appraisal = appraise(facts, &rules.lists, me, now);
            let policy = &rules.config.policy;
            decide(&appraisal, facts, policy, &Tally::default(), now)
        });
        match decision {
            Some(Decision::Skip { reason, .. }) => Some(reason),
            _ => None,
        }
    };
    let mut threads = whole::Reader::new(app);
    let mut whole = HashMap::new();
    let mut repos: HashMap<String, RepoRef> = HashMap::new();
    for (bounty, _) in work {
        let mut facts = match readable(app.ledger.facts(bounty.id).await)? {
            Stored::Facts(facts) => *facts,
            Stored::Nothing => continue,
            // It may not change for weeks, and no scan would show it before.
            Stored::Unreadable => match threads.read(app, bounty).await? {
                Some(read) => {
                    whole.insert(bounty.id, read.clone());
                    read
                }
                None => continue,
            },
        };
        let mut skip = first_look(bounty, &facts);
        let settled = |skip: &Option<SkipReason>| {
            skip.as_ref()
                .is_some_and(|reason| *reason != SkipReason::PoliciesNotRead)
        };
        if settled(&skip) {
            continue;
        }
        if whole::is_cut(&facts)
            && !whole.contains_key(&bounty.id)
            && let Some(read) = threads.read(app, bounty).await?
        {
            skip = first_look(bounty, &read);
            facts = read.clone();
            whole.insert(bounty.id, read);
        }
        let repo = facts.repo;
        // Without a node id there is nothing to ask for: it stays unread, and so unclaimed.
        if skip == Some(SkipReason::PoliciesNotRead)
            && repo.policies.is_none()
            && let Some(node_id) = repo.node_id
        {
            let (owner, name) = (repo.owner, repo.name);
            repos.insert(
                node_id.clone(),
                RepoRef {
                    node_id,
                    owner,
                    name,
                },
            );
        }
    }
    Ok(Survey {
        whole,
        later: threads.later(),
        repos: repos.into_values().collect(),
    })
}

async fn store(
    app: &App,
    tx: &mut Tx,
    lease: &Lease,
    seen: &Seen<'_>,
    tally: &Tally,
    decision: Decision,
) -> Result<()> {
    let now = tx.now();
    let (word, reason) = match &decision {
        Decision::Skip { reason, .. } => ("skip", reason.code().to_owned()),
        Decision::Ask { why } => ("ask", why.first().map_or("mode", |w| w.code()).to_owned()),
        Decision::Claim { .. } => ("claim", "below_thresholds".to_owned()),
        Decision::Report { would, why } => (
            "report",
            why.first().map_or_else(
                || format!("would_{would:?}").to_lowercase(),
                |w| w.code().to_owned(),
            ),
        ),
    };
    let judgement = Judgement {
        rules: seen.rules.fingerprint.clone(),
        at: now,
        decision: word.to_owned(),
        lines: explain(
            seen.appraisal,
            seen.facts,
            &seen.rules.config.policy,
            tally,
            now,
        ),
        amount: amount_in_words(seen.appraisal),
        platform: seen.appraisal.platform,
    };
    let text = serde_json::to_string(&judgement).unwrap_or_default();
    tx.put_appraisal(lease, seen.appraisal.amount.usd, &text)
        .await?;
    let body = json!({ "decision": word, "reason": reason, "usd": seen.appraisal.amount.usd });
    tx.journal(Entry::new(Actor::Schedule, "bounty.judged", body).bounty(seen.bounty.id))
        .await?;
    let mut step = Step {
        stage: Stage::Skipped,
        reason: Some(&reason),
        wake_at: None,
    };
    let mut keep = false;
    match decision {
        Decision::Skip {
            reason: why,
            remember,
        } => {
            if let Some(deny) = &remember {
                tx.remember_refusal(seen.bounty.id, deny).await?;
            }
            if matches!(why, SkipReason::Cap { .. }) {
                // The same facts will do when a hand is free; the claim looks again anyway.
                keep = true;
                step.stage = Stage::Found;
                step.wake_at = Some(now.plus(CAP_PAUSE));
            }
        }
        Decision::Report { .. } => step.stage = Stage::Reported,
        Decision::Ask { why } => {
            if seen.bounty.asks > i64::from(seen.rules.config.approvals.reasks) {
                step.reason = Some("asked_often_enough");
            } else {
                let me = app.me().await?;
                let login = me.as_ref().map_or("", |m| m.login.as_str());
                let proposal = proposal(seen, now);
                let mut card = Card::about(seen.facts, seen.appraisal, &why, login);
                if let Some(before) = tx.last_asked(seen.bounty.id).await? {
                    let same = before.about.hash == proposal.hash.to_string();
                    card = card.after(serde_json::from_str(&before.card).ok().as_ref(), same);
                }
                let card = serde_json::to_string(&card).unwrap_or_default();
                let quiet = seen.rules.config.approvals.quiet_hours;
                let new = NewApproval {
                    proposal: &proposal,
                    card: &card,
                    usd: seen.appraisal.amount.usd,
                    tier: "telegram",
                    send_at: quiet.and_then(|q| q.next_end(now)).unwrap_or(now),
                };
                tx.ask(lease, &new).await?;
                keep = true;
                step.stage = Stage::Asking;
            }
        }
        Decision::Claim { permit, .. } => {
            tx.grant(seen.bounty.id, permit.record()).await?;
            keep = true;
            step.stage = Stage::Permitted;
            step.wake_at = Some(now);
        }
    }
    tx.advance(lease, &step).await?;
    if keep {
        tx.put_facts(seen.bounty, seen.facts).await
    } else {
        tx.follow_name(seen.bounty, &seen.facts.repo).await?;
        tx.drop_facts(seen.bounty.id).await
    }
}

/// The permit that a yes gives. Its times and its authority are those of the answer.
fn proposal(seen: &Seen<'_>, now: UnixMillis) -> PermitRecord {
    let limits = seen.rules.config.policy.limits(seen.appraisal);
    PermitRecord {
        repository_id: seen.facts.repo.id,
        repository: seen.facts.repo.slug(),
        number: seen.facts.number,
        action: seen.appraisal.plan.clone(),
        hash: approval_hash(seen.facts, seen.appraisal, &limits),
        ceiling: limits.ceiling,
        given_at: now,
        expires_at: now,
        authority: Authority::Thresholds,
    }
}
