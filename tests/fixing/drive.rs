//! How time goes by in a town: to what is due next once all that is due was done, and not at all while a
//! patch is being made.

use std::time::{Duration, Instant};

use bountyd::clock::UnixMillis;

use crate::child::GLANCE;
use crate::eye::Look;
use crate::town::{Says, Town};
use crate::world::World;

/// How long, in real time, something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(75);

/// Steps of time, at most: longer ones would cut off what is on its way.
const STRIDE: i64 = 600_000;

/// What is waited for.
#[derive(Clone, Copy)]
pub(crate) enum Goal<'a> {
    /// Nothing is due, now and after so much time.
    Rest(Duration),
    /// This query's number is above zero.
    Number(&'a str),
    /// It can be seen from outside.
    Seen(&'a dyn Fn(&World) -> bool),
    /// The daemon is dead.
    Dead,
}

/// When `kill -9` comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kill {
    /// So many milliseconds after a patch process was started.
    Working(u64),
    /// After so many requests to GitHub and Telegram.
    Requests(usize),
}

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    Reached,
    Died,
}

impl Town {
    /// Answers every question that is new; now and then with two taps.
    fn owner_looks(&mut self) {
        let person = &self.world.cast.owner;
        for message in person.messages() {
            if message.buttons.is_empty() || self.answered.contains(&message.id) {
                continue;
            }
            let patch = message.text.contains("A yes opens a pull request");
            let label = match if patch { self.to_patch } else { self.to_claim } {
                Says::Yes => "✅ Approve",
                Says::No => "❌ Deny",
                Says::Nothing => continue,
            };
            for _ in 0..if self.dice.once_in(3) { 2 } else { 1 } {
                // The bot may have edited the message between the look and the tap.
                let _ = person.taps_on(message.id, label);
            }
            self.answered.insert(message.id);
            if patch {
                self.patches.insert(message.id);
            }
        }
    }

    /// Moves time until the goal is reached or the daemon has died.
    pub(crate) async fn drive(&mut self, goal: Goal<'_>, kill: Option<Kill>) -> Went {
        let start = Instant::now();
        let traffic = self.traffic();
        let until = match goal {
            Goal::Rest(time) => self.hand.now().plus(time),
            _ => UnixMillis(i64::MAX),
        };
        let mut last: Option<(Option<Look>, usize, usize)> = None;
        let (mut still, mut nudge) = (0_u32, 1);
        let mut working: Option<Instant> = None;
        loop {
            if self.daemon().ended().is_some() {
                let mut daemon = self.daemon.take().expect("it runs");
                assert!(daemon.was_killed(), "it ended by itself: {}", daemon.said());
                return Went::Died;
            }
            let works = !self.daemon().children().is_empty();
            if works {
                working.get_or_insert_with(Instant::now);
            }
            let due = match kill {
                Some(Kill::Working(ms)) => {
                    working.is_some_and(|since| since.elapsed() >= Duration::from_millis(ms))
                }
                Some(Kill::Requests(n)) => self.traffic() - traffic >= n,
                None => false,
            };
            if due {
                self.kill();
                return Went::Died;
            }
            self.owner_looks();
            let now = self.hand.now();
            // Not before it has made the files of its ledger: they would be this process's.
            self.up = self.up || self.daemon().said().contains(" started ");
            let look = if self.up {
                self.eye.look(now).await
            } else {
                None
            };
            let unconfirmed = self.world.sim.telegram.unconfirmed();
            let rests = !works
                && unconfirmed == 0
                && look
                    .as_ref()
                    .is_some_and(|l| l.due == 0 && l.scan.is_some_and(|at| at > now.0));
            let reached = match goal {
                Goal::Dead => false,
                Goal::Rest(_) => {
                    rests && now >= until && look.as_ref().is_some_and(|l| l.open_effects == 0)
                }
                Goal::Number(sql) => self.up && self.eye.number(sql).await > 0,
                Goal::Seen(seen) => seen(&self.world),
            };
            let scene = Some((look.clone(), self.traffic(), unconfirmed));
            if scene == last {
                still += 1;
            } else {
                (last, still, nudge) = (scene, 0, 1);
            }
            if reached && (still >= 3 || !matches!(goal, Goal::Rest(_))) {
                return Went::Reached;
            }
            let look = look.unwrap_or_default();
            if works {
                still = 0;
            } else if rests && still >= 3 {
                let soon = [look.next, look.scan].into_iter().flatten().min();
                let step = soon.map_or(60_000, |at| at - now.0).clamp(1_000, STRIDE);
                self.hand
                    .advance(Duration::from_millis(step.unsigned_abs()));
                still = 0;
            } else if still >= 30 {
                self.hand.advance(Duration::from_secs(nudge));
                nudge = (nudge * 4).min(300);
                still = 0;
            }
            if start.elapsed() > PATIENCE {
                let jobs = self.jobs().await;
                let stages = self.stages().await;
                let said = self.said();
                let end = said.char_indices().rev().nth(5_000).map_or(0, |(at, _)| at);
                panic!(
                    "not reached; {look:?}, {unconfirmed} updates open; {stages:?} {jobs:?}; {}",
                    &said[end..]
                );
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Until nothing is due, and some time after that.
    pub(crate) async fn rest(&mut self) {
        assert_eq!(
            self.drive(Goal::Rest(Duration::from_secs(1)), None).await,
            Went::Reached
        );
    }

    /// Lets so much time pass.
    pub(crate) async fn pass(&mut self, time: Duration) {
        assert_eq!(self.drive(Goal::Rest(time), None).await, Went::Reached);
    }

    /// Until a query gives a number above zero.
    pub(crate) async fn until(&mut self, sql: &str) {
        assert_eq!(self.drive(Goal::Number(sql), None).await, Went::Reached);
    }

    /// Until the agent of the newest start is at work.
    pub(crate) async fn agent_works(&mut self) {
        let log = self.daemon().stderr.clone();
        let works = move |_: &World| {
            std::fs::read_to_string(&log).is_ok_and(|said| said.contains("the agent works"))
        };
        assert_eq!(self.drive(Goal::Seen(&works), None).await, Went::Reached);
    }

    /// Until a job is in this state.
    pub(crate) async fn until_job_is(&mut self, state: &str) {
        let sql = format!("SELECT COUNT(*) FROM job WHERE state = '{state}'");
        self.until(&sql).await;
    }
}
