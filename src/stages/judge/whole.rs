//! Long threads, read to their beginning. A search shows the newest comments and events of an issue;
//! the platform's offer is often the very first comment.

use std::collections::HashMap;

use super::super::{backoff, owner_and_name};
use crate::app::App;
use crate::bounty::appraise::{Me, appraise};
use crate::bounty::facts::IssueFacts;
use crate::bounty::policy::{Decision, SkipReason, Tally, decide};
use crate::clock::UnixMillis;
use crate::github::Trouble;
use crate::health;
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease};
use crate::rules::Rules;

/// Threads read in one round, a request or more each: a round must end before its leases do.
const AT_ONCE: usize = 10;
/// After so many failures it is judged by what there is.
const TRIES: i64 = 3;

/// When to look again at what could not be read whole now, by bounty; and whether that was a failure.
pub(super) type Later = HashMap<i64, (UnixMillis, bool)>;

/// What was read whole, and what was not; by bounty.
#[derive(Default)]
pub(super) struct Threads {
    pub(super) whole: HashMap<i64, IssueFacts>,
    pub(super) later: Later,
}

/// Reads whole what a search cut short, where that can make a difference.
///
/// # Errors
/// The ledger cannot be read or written.
pub(super) async fn read(
    app: &App,
    rules: &Rules,
    me: Option<&Me>,
    work: &[(Bounty, Lease)],
) -> Result<Threads> {
    let Threads {
        mut whole,
        mut later,
    } = Threads::default();
    let mut left = AT_ONCE;
    let mut wait = None;
    for (bounty, _) in work {
        let facts = app.ledger.facts(bounty.id).await?;
        let Some(cut) = facts.filter(is_cut) else {
            continue;
        };
        let now = app.now();
        if !may_matter(&cut, rules, me, now) {
            continue;
        }
        if left == 0 || wait.is_some() {
            later.insert(bounty.id, (wait.unwrap_or(now), false));
            continue;
        }
        left -= 1;
        let (owner, name) = owner_and_name(&bounty.repo);
        match app
            .github
            .issue_in_passing(owner, name, bounty.number)
            .await
        {
            // Another repository under the old name is not what was found; the claim would see it.
            Ok(read) if read.repo.id == cut.repo.id => {
                whole.insert(bounty.id, read);
            }
            Ok(_) | Err(Trouble::Gone { .. }) => {}
            Err(Trouble::WaitUntil { at, .. }) => {
                wait = Some(at);
                later.insert(bounty.id, (at, false));
            }
            Err(trouble) => {
                if let Trouble::Reconnect(failure) | Trouble::Configuration(failure) = &trouble {
                    health::report(app, failure).await?;
                }
                if bounty.failures < TRIES {
                    let at = now.plus(backoff(bounty.failures));
                    later.insert(bounty.id, (at, true));
                } else {
                    tracing::warn!(repo = %bounty.repo, number = bounty.number, "the thread could not be read whole: {trouble}");
                }
            }
        }
    }
    Ok(Threads { whole, later })
}

fn is_cut(facts: &IssueFacts) -> bool {
    !(facts.comments_complete && facts.timeline_complete)
}

/// Nothing that is seen already settles it.
fn may_matter(facts: &IssueFacts, rules: &Rules, me: Option<&Me>, now: UnixMillis) -> bool {
    let appraisal = appraise(facts, &rules.lists, me, now);
    let decision = decide(
        &appraisal,
        facts,
        &rules.config.policy,
        &Tally::default(),
        now,
    );
    !matches!(decision, Decision::Skip { reason, .. } if reason != SkipReason::PoliciesNotRead)
}
