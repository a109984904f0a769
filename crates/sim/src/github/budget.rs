//! Rate limits: the three primary budgets, and the secondary limits that a clock can show
//! (docs.github.com, "Rate limits for the REST API" and for the GraphQL API).

use std::collections::{HashMap, VecDeque};

/// A primary budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// REST except search: 5,000 an hour (60 without a token).
    Core,
    /// REST search: 30 a minute (10 without a token).
    Search,
    /// GraphQL: 5,000 points an hour.
    Graphql,
}

impl Resource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::Graphql => "graphql",
        }
    }

    fn window_ms(self) -> i64 {
        match self {
            Self::Core | Self::Graphql => 3_600_000,
            Self::Search => 60_000,
        }
    }

    fn limit(self, known: bool) -> u64 {
        match (self, known) {
            (Self::Core | Self::Graphql, true) => 5_000,
            (Self::Search, true) => 30,
            (Self::Core, false) => 60,
            (Self::Search, false) => 10,
            (Self::Graphql, false) => 0,
        }
    }
}

/// Where a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: u64,
    pub(super) used: u64,
    /// Unix seconds.
    pub(super) reset: i64,
}

impl Standing {
    pub(super) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// A secondary limit that strikes the next requests, whatever the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondaryLimit {
    /// How many requests it refuses before it is over.
    pub times: u64,
    /// 403 or 429: GitHub uses both.
    pub status: u16,
    /// Seconds in `Retry-After`; `None` leaves the header out.
    pub retry_after: Option<u64>,
    /// Only POST, PATCH, PUT and DELETE on REST and mutations on GraphQL are refused.
    pub writes_only: bool,
}

/// A caller was told to wait. Requests that were under way then cannot know.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: i64,
    until: i64,
    under_way: u32,
}

/// Requests that may have been sent before a refusal of another could be read.
const UNDER_WAY: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Budgets {
    standings: HashMap<(Option<u64>, Resource), Standing>,
    limits: HashMap<Resource, u64>,
    secondary: VecDeque<SecondaryLimit>,
    /// Times of content-creating requests in the last hour, by account.
    creations: HashMap<u64, VecDeque<i64>>,
    /// Time and points of REST requests in the last minute, by account.
    points: HashMap<u64, VecDeque<(i64, u64)>>,
    /// Points are not counted, as on GitHub Enterprise Server, which limits nothing unless told to.
    pub(super) points_uncounted: bool,
    /// Callers that were told to wait; `None` in place of a resource means for everything.
    told_to_wait: HashMap<(Option<u64>, Option<Resource>), Told>,
}

impl Budgets {
    /// Where the budget stands at `now`, a window that has ended being a new one.
    pub(super) fn standing(&mut self, who: Option<u64>, resource: Resource, now: i64) -> Standing {
        let limit = self
            .limits
            .get(&resource)
            .copied()
            .unwrap_or_else(|| resource.limit(who.is_some()));
        let fresh = Standing {
            limit,
            used: 0,
            reset: (now + resource.window_ms()).div_euclid(1000),
        };
        let standing = self.standings.entry((who, resource)).or_insert(fresh);
        if standing.reset * 1000 <= now {
            *standing = fresh;
        }
        standing.limit = limit;
        *standing
    }

    /// Takes `cost` from the budget; `false` if it is exhausted, and then nothing is taken.
    pub(super) fn spend(
        &mut self,
        who: Option<u64>,
        resource: Resource,
        cost: u64,
        now: i64,
    ) -> bool {
        let standing = self.standing(who, resource, now);
        if standing.remaining() < cost.max(1) {
            return cost == 0;
        }
        if let Some(standing) = self.standings.get_mut(&(who, resource)) {
            standing.used += cost;
        }
        true
    }

    /// Sets what is left of the present window.
    pub(super) fn set_remaining(
        &mut self,
        who: Option<u64>,
        resource: Resource,
        left: u64,
        now: i64,
    ) {
        let standing = self.standing(who, resource, now);
        if let Some(entry) = self.standings.get_mut(&(who, resource)) {
            entry.used = standing.limit.saturating_sub(left);
        }
    }

    /// Sets the size of a budget for everybody.
    pub(super) fn set_limit(&mut self, resource: Resource, limit: u64) {
        self.limits.insert(resource, limit);
    }

    pub(super) fn push_secondary(&mut self, limit: SecondaryLimit) {
        self.secondary.push_back(limit);
    }

    /// The secondary limit this request runs into, scripted or earned.
    pub(super) fn secondary(
        &mut self,
        who: Option<u64>,
        write: bool,
        rest: bool,
        now: i64,
    ) -> Option<SecondaryLimit> {
        if let Some(front) = self.secondary.front_mut()
            && (write || !front.writes_only)
        {
            let hit = *front;
            front.times = front.times.saturating_sub(1);
            if front.times == 0 {
                self.secondary.pop_front();
            }
            return Some(hit);
        }
        let who = who?;
        let earned = SecondaryLimit {
            times: 1,
            status: 403,
            retry_after: Some(60),
            writes_only: false,
        };
        if write {
            let times = self.creations.entry(who).or_default();
            while times.front().is_some_and(|at| *at <= now - 3_600_000) {
                times.pop_front();
            }
            let last_minute = times.iter().filter(|at| **at > now - 60_000).count();
            if last_minute >= 80 || times.len() >= 500 {
                return Some(earned);
            }
            times.push_back(now);
        }
        if rest && !self.points_uncounted {
            let points = self.points.entry(who).or_default();
            while points.front().is_some_and(|(at, _)| *at <= now - 60_000) {
                points.pop_front();
            }
            let cost = if write { 5 } else { 1 };
            if points.iter().map(|(_, cost)| cost).sum::<u64>() + cost > 900 {
                return Some(earned);
            }
            points.push_back((now, cost));
        }
        None
    }

    /// Notes that the caller was told not to come back before `until` (unix ms).
    pub(super) fn tell_to_wait(
        &mut self,
        who: Option<u64>,
        what: Option<Resource>,
        now: i64,
        until: i64,
    ) {
        let told = Told {
            at: now,
            until,
            under_way: UNDER_WAY,
        };
        let standing = self.told_to_wait.entry((who, what)).or_insert(told);
        if standing.until <= now {
            *standing = told;
        }
    }

    /// The caller was told to wait and did not.
    pub(super) fn was_impatient(&mut self, who: Option<u64>, what: Resource, now: i64) -> bool {
        [None, Some(what)].into_iter().any(|what| {
            let Some(told) = self.told_to_wait.get_mut(&(who, what)) else {
                return false;
            };
            if now >= told.until {
                return false;
            }
            if now - told.at < 1_000 && told.under_way > 0 {
                told.under_way -= 1;
                return false;
            }
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_used_up_and_comes_back_with_the_next_window() {
        let mut budgets = Budgets::default();
        for _ in 0..30 {
            assert!(budgets.spend(Some(1), Resource::Search, 1, 0));
        }
        assert!(!budgets.spend(Some(1), Resource::Search, 1, 59_000));
        assert!(
            budgets.spend(Some(2), Resource::Search, 1, 59_000),
            "another account's budget"
        );
        assert!(budgets.spend(Some(1), Resource::Search, 1, 60_000));
        assert_eq!(
            budgets
                .standing(Some(1), Resource::Search, 60_000)
                .remaining(),
            29
        );
    }

    #[test]
    fn the_eighty_first_comment_in_a_minute_is_refused() {
        let mut budgets = Budgets::default();
        for at in 0..80 {
            assert_eq!(budgets.secondary(Some(1), true, true, at), None);
        }
        assert!(budgets.secondary(Some(1), true, true, 1_000).is_some());
        assert_eq!(budgets.secondary(Some(1), true, true, 61_000), None);
    }
}
