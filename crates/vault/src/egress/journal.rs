//! The proxy's only link to the ledger: counts before and after, one line a refusal, no content.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::budgets::Usage;
use super::refusal::Refusal;
use crate::journal::JournalRefused;

/// How many requests one line allows before the next is due.
const BATCH: u64 = 16;
/// Lines about refusals and about what was taken out, at most, for a job each; all are counted.
const MOST_LINES: usize = 100;
/// What a line shows of a name that the agent chose, in characters.
const LONGEST_NAME: usize = 100;

/// Keeps the record of what left. What cannot be recorded does not leave.
#[async_trait]
pub trait EgressJournal: Send + Sync + Debug {
    /// Records `event` of the job called `job`.
    async fn note(&self, job: &str, event: &EgressEvent) -> Result<(), JournalRefused>;
}

/// Something worth a line. Names the agent chose are cut, and shown in printable ASCII only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EgressEvent {
    /// Requests up to and including this number may now leave; written before the first of them.
    Begun {
        /// Counted from 1 over the whole job.
        up_to: u64,
    },
    /// What was used so far.
    Done {
        /// All of it, not only since the last line.
        usage: Usage,
    },
    /// A connection, request or tunnel was refused, or a request failed on its way.
    Refused {
        /// Why, such as "no_route".
        code: String,
        /// Provider, path or host.
        target: String,
    },
    /// Something was taken out of requests before they left: a field this proxy does not know, or a
    /// tool that the provider would run.
    TakenOut {
        /// Its name.
        name: String,
    },
    /// A tunnel was opened.
    TunnelOpened {
        /// To which host and port.
        host: String,
    },
    /// A tunnel ended.
    TunnelClosed {
        /// To which host and port.
        host: String,
        /// Bytes from the agent.
        sent: u64,
        /// Bytes to the agent.
        received: u64,
    },
    /// The job is over.
    Ended {
        /// What it used.
        usage: Usage,
    },
}

/// Writes a job's lines.
pub(super) struct Recorder {
    journal: Arc<dyn EgressJournal>,
    job: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Numbers up to here may leave.
    allowed: u64,
    left: u64,
    done: u64,
    refusals: usize,
    taken_out: BTreeSet<String>,
    /// A line about what has already left could not be written.
    broken: bool,
}

impl Recorder {
    pub(super) fn new(journal: Arc<dyn EgressJournal>, job: String) -> Self {
        Self {
            journal,
            job,
            state: Mutex::default(),
        }
    }

    /// Takes a request's place in the batch; writes the line that allows a new one.
    pub(super) async fn leaving(&self) -> Result<(), Refusal> {
        let mut state = self.state.lock().await;
        if state.broken {
            return Err(Refusal::Journal);
        }
        if state.left == state.allowed {
            let up_to = state.allowed.saturating_add(BATCH);
            self.write(&EgressEvent::Begun { up_to }).await?;
            state.allowed = up_to;
        }
        state.left += 1;
        Ok(())
    }

    /// A request ended.
    pub(super) async fn done(&self, usage: Usage) {
        let mut state = self.state.lock().await;
        state.done += 1;
        if state.done % BATCH == 0 {
            state.broken |= self.write(&EgressEvent::Done { usage }).await.is_err();
        }
    }

    pub(super) async fn refused(&self, refusal: Refusal, target: &str) {
        let target = shown(target);
        tracing::info!(
            job = self.job,
            code = refusal.code(),
            target,
            "egress refused"
        );
        let mut state = self.state.lock().await;
        state.refusals += 1;
        if state.refusals <= MOST_LINES {
            let code = refusal.code().to_owned();
            // A refusal stands whether or not it can be recorded.
            let _ = self.write(&EgressEvent::Refused { code, target }).await;
        }
    }

    /// One line for each name in a job.
    pub(super) async fn taken_out(&self, names: &[String]) -> Result<(), Refusal> {
        let mut state = self.state.lock().await;
        for name in names.iter().map(|name| shown(name)) {
            if state.taken_out.len() < MOST_LINES && !state.taken_out.contains(&name) {
                self.write(&EgressEvent::TakenOut { name: name.clone() })
                    .await?;
                state.taken_out.insert(name);
            }
        }
        Ok(())
    }

    /// One line about something that is about to happen.
    pub(super) async fn before(&self, event: EgressEvent) -> Result<(), Refusal> {
        if self.state.lock().await.broken {
            return Err(Refusal::Journal);
        }
        self.write(&event).await
    }

    /// One line about something that has happened.
    pub(super) async fn after(&self, event: EgressEvent) {
        let mut state = self.state.lock().await;
        state.broken |= self.write(&event).await.is_err();
    }

    async fn write(&self, event: &EgressEvent) -> Result<(), Refusal> {
        self.journal.note(&self.job, event).await.map_err(|error| {
            tracing::error!(job = self.job, %error, "the egress proxy sends nothing more");
            Refusal::Journal
        })
    }
}

/// Printable ASCII, cut: these are the agent's words.
fn shown(name: &str) -> String {
    let printable = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    let mut shown: String = name.chars().take(LONGEST_NAME).map(printable).collect();
    if name.chars().nth(LONGEST_NAME).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as Lock;

    use super::*;

    #[derive(Debug, Default)]
    struct Book {
        lines: Lock<Vec<EgressEvent>>,
        full: Lock<bool>,
    }

    #[async_trait]
    impl EgressJournal for Book {
        async fn note(&self, _: &str, event: &EgressEvent) -> Result<(), JournalRefused> {
            if *self.full.lock().expect("lock") {
                return Err(JournalRefused("disk full".to_owned()));
            }
            self.lines.lock().expect("lock").push(event.clone());
            Ok(())
        }
    }

    fn scene() -> (Arc<Book>, Recorder) {
        let book = Arc::new(Book::default());
        let recorder = Recorder::new(Arc::clone(&book) as Arc<dyn EgressJournal>, "j".to_owned());
        (book, recorder)
    }

    #[tokio::test]
    async fn no_request_leaves_before_its_batch_is_written() {
        let (book, recorder) = scene();
        for _ in 0..BATCH + 1 {
            recorder.leaving().await.expect("written");
        }
        let lines = book.lines.lock().expect("lock").clone();
        let ups: Vec<_> = [BATCH, 2 * BATCH]
            .map(|up_to| EgressEvent::Begun { up_to })
            .into();
        assert_eq!(lines, ups);
        *book.full.lock().expect("lock") = true;
        for _ in 0..BATCH - 1 {
            recorder.leaving().await.expect("allowed before");
        }
        assert_eq!(recorder.leaving().await, Err(Refusal::Journal));
        *book.full.lock().expect("lock") = false;
        recorder.leaving().await.expect("written again");
    }

    #[tokio::test]
    async fn what_left_and_cannot_be_recorded_ends_the_job() {
        let (book, recorder) = scene();
        *book.full.lock().expect("lock") = true;
        for _ in 0..BATCH {
            recorder.done(Usage::default()).await;
        }
        *book.full.lock().expect("lock") = false;
        assert_eq!(recorder.leaving().await, Err(Refusal::Journal));
    }

    #[tokio::test]
    async fn a_flood_of_refusals_is_no_flood_of_lines() {
        let (book, recorder) = scene();
        for n in 0..5000 {
            recorder.refused(Refusal::NoRoute, &format!("/{n}")).await;
        }
        assert_eq!(book.lines.lock().expect("lock").len(), MOST_LINES);
    }

    #[test]
    fn the_agents_words_are_cut_and_plain() {
        assert_eq!(shown("a\n\u{202e}b c"), "a??b?c");
        assert_eq!(shown(&"x".repeat(5000)).len(), LONGEST_NAME + 3);
    }
}
