//! How much GitHub still lets this account ask, as its answers said it.
//!
//! Limits: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
//! docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::trouble::Trouble;
use crate::clock::UnixMillis;

/// GitHub's windows are one hour; a header that asks for more than this is not believed.
const LONGEST_WAIT: Duration = Duration::from_secs(2 * 3600);
/// "If there is no Retry-After, wait at least one minute", doubled at each repetition.
const FIRST_SECONDARY_WAIT: Duration = Duration::from_secs(60);
/// Doubling ends here.
const LONGEST_SECONDARY_WAIT: Duration = Duration::from_secs(3600);

/// Which of GitHub's counters a request is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// REST.
    Core,
    /// GraphQL points.
    Graphql,
    /// Searches over REST.
    Search,
}

/// How urgent a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Scanning: leaves the reserve alone.
    Bulk,
    /// The re-check before a claim, a look-up of an effect, a write: may use the reserve.
    Claim,
}

/// One counter as last seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counter {
    /// Requests or points left in the window; `None` before the first answer.
    pub remaining: Option<u64>,
    /// Requests or points a window holds.
    pub limit: Option<u64>,
    /// When the window ends.
    pub reset_at: Option<UnixMillis>,
}

/// What `status` shows of the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BudgetSnapshot {
    /// REST requests.
    pub core: Counter,
    /// GraphQL points.
    pub graphql: Counter,
    /// Searches over REST.
    pub search: Counter,
    /// A secondary limit holds everything until then.
    pub held_until: Option<UnixMillis>,
    /// Secondary limits met in a row.
    pub secondary_hits: u32,
    /// Requests sent since the start.
    pub requests: u64,
}

/// Shared by all requests of one account.
#[derive(Debug)]
pub(super) struct Budget {
    reserve: u64,
    state: Mutex<BudgetSnapshot>,
}

impl Budget {
    pub(super) fn new(reserve: u64) -> Self {
        Self {
            reserve,
            state: Mutex::default(),
        }
    }

    pub(super) fn snapshot(&self) -> BudgetSnapshot {
        *self.lock()
    }

    /// Says whether a request may go out at `now`, and counts it if so.
    pub(super) fn admit(
        &self,
        resource: Resource,
        urgency: Urgency,
        now: UnixMillis,
    ) -> Result<(), Trouble> {
        let mut state = self.lock();
        if let Some(at) = state.held_until.filter(|at| *at > now) {
            return Err(Trouble::WaitUntil {
                at,
                why: "GitHub's secondary rate limit".to_owned(),
            });
        }
        let counter = *counter(&mut state, resource);
        let floor = match urgency {
            // A small limit (an unauthenticated simulator, an enterprise setting) must not end up
            // smaller than the reserve.
            Urgency::Bulk => self.reserve.min(counter.limit.unwrap_or(u64::MAX) / 4),
            Urgency::Claim => 0,
        };
        if let (Some(remaining), Some(at)) = (counter.remaining, counter.reset_at)
            && at > now
            && remaining <= floor
        {
            return Err(Trouble::WaitUntil {
                at,
                why: match urgency {
                    Urgency::Bulk => format!(
                        "{remaining} left of GitHub's hourly budget, {floor} are kept for claims"
                    ),
                    Urgency::Claim => "GitHub's hourly budget is used up".to_owned(),
                },
            });
        }
        state.requests += 1;
        Ok(())
    }

    /// Notes what an answer's headers say about the counter.
    pub(super) fn note(&self, resource: Resource, seen: Counter, now: UnixMillis) {
        let mut state = self.lock();
        let counter = counter(&mut state, resource);
        counter.remaining = seen.remaining.or(counter.remaining);
        counter.limit = seen.limit.or(counter.limit);
        let latest = now.plus(LONGEST_WAIT);
        counter.reset_at = seen.reset_at.map(|at| at.min(latest)).or(counter.reset_at);
    }

    /// An answer that was not a limit: the series of secondary limits is over, unless the answer
    /// is to a request that was already in the air when the limit was hit.
    pub(super) fn answered(&self, now: UnixMillis) {
        let mut state = self.lock();
        if state.held_until.is_none_or(|at| at <= now) {
            state.secondary_hits = 0;
            state.held_until = None;
        }
    }

    /// The primary limit was hit: returns when to come back.
    pub(super) fn exhausted(
        &self,
        resource: Resource,
        reset_at: Option<UnixMillis>,
        now: UnixMillis,
    ) -> UnixMillis {
        let mut state = self.lock();
        let counter = counter(&mut state, resource);
        let at = clamp(
            reset_at
                .or(counter.reset_at)
                .filter(|at| *at > now)
                .unwrap_or_else(|| now.plus(FIRST_SECONDARY_WAIT)),
            now,
        );
        counter.remaining = Some(0);
        counter.reset_at = Some(at);
        at
    }

    /// A secondary limit was hit: returns when to come back. GitHub's own `Retry-After` counts for
    /// the first one; whoever runs into it again waits at least the doubled minute.
    pub(super) fn secondary(&self, retry_after: Option<Duration>, now: UnixMillis) -> UnixMillis {
        let mut state = self.lock();
        let doubled = FIRST_SECONDARY_WAIT
            .saturating_mul(1 << state.secondary_hits.min(6))
            .min(LONGEST_SECONDARY_WAIT);
        let wait = match retry_after {
            Some(asked) if state.secondary_hits == 0 => asked,
            Some(asked) => asked.max(doubled),
            None => doubled,
        };
        state.secondary_hits = state.secondary_hits.saturating_add(1);
        let at = clamp(now.plus(wait), now);
        // Requests that were already in the air must not shorten what was asked for before.
        let at = state.held_until.map_or(at, |held| held.max(at));
        state.held_until = Some(at);
        at
    }

    fn lock(&self) -> MutexGuard<'_, BudgetSnapshot> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counter(state: &mut BudgetSnapshot, resource: Resource) -> &mut Counter {
    match resource {
        Resource::Core => &mut state.core,
        Resource::Graphql => &mut state.graphql,
        Resource::Search => &mut state.search,
    }
}

/// Neither "at once" nor "next year": a wrong clock on either side must not stop the program.
fn clamp(at: UnixMillis, now: UnixMillis) -> UnixMillis {
    at.max(now.plus(Duration::from_secs(1)))
        .min(now.plus(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn seen(remaining: u64, reset_in: i64) -> Counter {
        Counter {
            remaining: Some(remaining),
            limit: Some(5000),
            reset_at: Some(UnixMillis(NOW.0 + reset_in * 1000)),
        }
    }

    #[test]
    fn scanning_leaves_the_reserve_to_claims() {
        let budget = Budget::new(200);
        budget.note(Resource::Graphql, seen(200, 600), NOW);
        assert!(matches!(
            budget.admit(Resource::Graphql, Urgency::Bulk, NOW),
            Err(Trouble::WaitUntil { at, .. }) if at == UnixMillis(NOW.0 + 600_000)
        ));
        assert!(budget.admit(Resource::Graphql, Urgency::Claim, NOW).is_ok());
        assert!(budget.admit(Resource::Core, Urgency::Bulk, NOW).is_ok());
        assert_eq!(budget.snapshot().requests, 2);
    }

    #[test]
    fn a_new_window_opens_the_budget_again() {
        let budget = Budget::new(200);
        budget.note(Resource::Core, seen(0, 600), NOW);
        assert!(budget.admit(Resource::Core, Urgency::Claim, NOW).is_err());
        let later = NOW.plus(Duration::from_secs(600));
        assert!(budget.admit(Resource::Core, Urgency::Bulk, later).is_ok());
    }

    #[test]
    fn secondary_limits_double_and_an_answer_ends_the_series() {
        let budget = Budget::new(0);
        let wait =
            |hint: Option<u64>| budget.secondary(hint.map(Duration::from_secs), NOW).0 - NOW.0;
        assert_eq!(wait(None), 60_000);
        assert_eq!(wait(None), 120_000);
        assert_eq!(wait(Some(5)), 240_000);
        assert!(budget.admit(Resource::Core, Urgency::Claim, NOW).is_err());
        budget.answered(NOW);
        assert!(
            budget.admit(Resource::Core, Urgency::Claim, NOW).is_err(),
            "an answer that was under way does not end the hold"
        );
        let later = NOW.plus(Duration::from_secs(240));
        assert!(budget.admit(Resource::Core, Urgency::Claim, later).is_ok());
        budget.answered(later);
        assert_eq!(budget.snapshot().secondary_hits, 0);
        let again = Budget::new(0);
        assert_eq!(
            again.secondary(Some(Duration::from_secs(7)), NOW).0 - NOW.0,
            7_000
        );
        assert_eq!(
            again.secondary(Some(Duration::from_secs(1 << 40)), NOW).0 - NOW.0,
            7_200_000
        );
    }

    #[test]
    fn a_reset_in_the_past_or_far_future_is_not_believed() {
        let budget = Budget::new(0);
        let past = budget.exhausted(Resource::Core, Some(UnixMillis(0)), NOW);
        assert_eq!(past.0 - NOW.0, 60_000);
        let far = budget.exhausted(Resource::Core, Some(UnixMillis(i64::MAX)), NOW);
        assert_eq!(far.0 - NOW.0, 7_200_000);
    }
}
