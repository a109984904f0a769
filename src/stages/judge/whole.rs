//! Long threads, read to their beginning. A search shows the newest comments and events of an issue;
//! the platform's offer is often the very first comment.

use std::collections::HashMap;
use std::time::Duration;

use super::super::{backoff, owner_and_name, waited};
use crate::app::App;
use crate::bounty::facts::IssueFacts;
use crate::clock::UnixMillis;
use crate::github::Trouble;
use crate::health;
use crate::ledger::Result;
use crate::ledger::bounties::Bounty;

/// Threads read in one round, a request or more each: a round must end before its leases do.
const AT_ONCE: usize = 10;
/// And with so much text, in bytes, to a thread more or less: all of it is held until the round ends.
const MOST_TEXT: usize = 16 * 1024 * 1024;
/// None is begun after so long, and none may take longer: taps and cards wait behind it.
const ROUND: Duration = Duration::from_secs(60);
/// After so many failures it is judged by what there is.
const TRIES: i64 = 3;

/// When to look again at what could not be read whole now, by bounty; and whether that was a failure.
pub(super) type Later = HashMap<i64, (UnixMillis, bool)>;

/// Reads threads whole, as many as a round allows.
pub(super) struct Reader {
    left: Allowance,
    /// On the monotonic clock.
    until: Duration,
    wait: Option<UnixMillis>,
    later: Later,
}

impl Reader {
    pub(super) fn new(app: &App) -> Self {
        Self {
            left: Allowance::default(),
            until: app.clock.monotonic() + ROUND,
            wait: None,
            later: Later::new(),
        }
    }

    /// What is to be looked at again, and when.
    pub(super) fn later(self) -> Later {
        self.later
    }

    /// Reads an issue whole. `None`: it is judged by what there is, unless it was put off until later.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(super) async fn read(&mut self, app: &App, bounty: &Bounty) -> Result<Option<IssueFacts>> {
        if self.left.is_spent() || self.wait.is_some() || app.clock.monotonic() >= self.until {
            let at = self.wait.unwrap_or_else(|| app.now());
            self.later.insert(bounty.id, (at, false));
            return Ok(None);
        }
        self.left.threads -= 1;
        let (owner, name) = owner_and_name(&bounty.repo);
        // Each request has its own limit, but a thread may be many of them.
        let too_long = app.clock.sleep_until(app.clock.monotonic() + ROUND);
        let read = tokio::select! {
            read = app.github.thread(owner, name, bounty.number) => read,
            () = too_long => Err(Trouble::Retry {
                why: format!("it did not come within {} s", ROUND.as_secs()),
            }),
        };
        match read {
            Ok(whole) if whole.repo.id == Some(bounty.repository_id) => {
                self.left.hold(&whole);
                return Ok(Some(whole));
            }
            // Another repository under the old name is not what was found; the claim would see it.
            Ok(_) | Err(Trouble::Gone { .. }) => {}
            Err(Trouble::WaitUntil { at, .. }) => {
                let at = waited(at, app.now());
                self.wait = Some(at);
                self.later.insert(bounty.id, (at, false));
            }
            Err(trouble) => {
                // What hangs for one hangs for the next.
                self.left.threads = 0;
                if let Trouble::Reconnect(failure) | Trouble::Configuration(failure) = &trouble {
                    health::report(app, failure).await?;
                }
                if bounty.failures < TRIES {
                    let at = app.now().plus(backoff(bounty.failures));
                    self.later.insert(bounty.id, (at, true));
                } else {
                    tracing::warn!(repo = %bounty.repo, number = bounty.number, "the thread could not be read whole: {trouble}");
                }
            }
        }
        Ok(None)
    }
}

/// What a round may still read.
struct Allowance {
    threads: usize,
    text: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            threads: AT_ONCE,
            text: MOST_TEXT,
        }
    }
}

impl Allowance {
    fn is_spent(&self) -> bool {
        self.threads == 0 || self.text == 0
    }

    fn hold(&mut self, thread: &IssueFacts) {
        let comments = thread.comments.iter().map(|comment| comment.body.len());
        let body = thread.body.as_ref().map(String::len);
        self.text = self.text.saturating_sub(comments.chain(body).sum());
    }
}

/// Whether a search showed not all of it.
pub(super) fn is_cut(facts: &IssueFacts) -> bool {
    !(facts.comments_complete && facts.timeline_complete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::facts::{Actor, Association, Comment, RepoFacts};

    #[test]
    fn a_round_ends_when_it_holds_enough() {
        let comment = Comment {
            id: None,
            author: Actor::default(),
            association: Association::None,
            body: "x".repeat(MOST_TEXT / 4),
            created_at: None,
        };
        let thread = IssueFacts {
            repo: RepoFacts::default(),
            number: 1,
            node_id: None,
            title: String::new(),
            body: None,
            state: None,
            locked: None,
            author: Actor::default(),
            association: Association::None,
            created_at: None,
            updated_at: None,
            served_at: None,
            labels: None,
            assignees: None,
            comments: vec![comment; 2],
            comments_complete: true,
            pull_requests: Vec::new(),
            timeline_complete: true,
        };
        let mut left = Allowance::default();
        left.hold(&thread);
        assert!(!left.is_spent());
        left.hold(&thread);
        assert!(left.is_spent());
        left.hold(&thread);
        assert!(left.is_spent(), "and stays so");

        let thread = IssueFacts {
            body: Some("x".repeat(MOST_TEXT)),
            comments: Vec::new(),
            ..thread
        };
        let mut left = Allowance::default();
        left.hold(&thread);
        assert!(left.is_spent(), "whatever the text is of");
    }
}
