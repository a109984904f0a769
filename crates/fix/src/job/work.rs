//! What all steps of a job share.

use std::sync::Arc;

use serde_json::Value;

use super::asked::Job;
use super::error::JobError;
use super::outcome::Outcome;
use super::parts::Parts;
use super::patience::Patience;
use super::progress::{Onlooker, Progress};
use super::record::{Record, Word};
use super::room::Room;

/// One job at work.
pub(super) struct Work<'a> {
    pub(super) job: &'a Job,
    pub(super) parts: &'a Parts,
    pub(super) room: &'a Room,
    pub(super) onlooker: Arc<dyn Onlooker>,
    pub(super) patience: Patience,
    pub(super) record: Record,
    pub(super) papers: Papers,
}

/// The reports beside `job.json`, as far as there are any.
#[derive(Default)]
pub(super) struct Papers {
    pub(super) gate: Option<String>,
    pub(super) sarif: Option<Value>,
    pub(super) diff: Option<Vec<u8>>,
    /// The change with its judgement, for whoever submits it.
    pub(super) patch: Option<Vec<u8>>,
}

impl<'a> Work<'a> {
    pub(super) fn begin(
        job: &'a Job,
        parts: &'a Parts,
        room: &'a Room,
        onlooker: Arc<dyn Onlooker>,
    ) -> Self {
        let now = parts.clock.now();
        Self {
            job,
            parts,
            room,
            onlooker,
            patience: Patience::new(
                Arc::clone(&parts.clock),
                parts.limits.wall,
                parts.stopped.clone(),
            ),
            record: Record {
                version: 1,
                id: job.id.clone(),
                repository: job.repository.clone(),
                issue: job.issue.as_ref().map(|issue| issue.number),
                agent: match &job.given {
                    Some(given) => given.by.clone(),
                    None => parts.agent.name.clone(),
                },
                base_commit: None,
                base_tree: None,
                tree: None,
                patch_sha256: None,
                diff_cut: false,
                test_command: None,
                test_command_why: None,
                tests_before: None,
                rounds: Vec::new(),
                tests_after: None,
                evidence: None,
                request: Vec::new(),
                scans: Vec::new(),
                findings: Vec::new(),
                outcome: None,
                why: None,
                started: now,
                ended: now,
            },
            papers: Papers::default(),
        }
    }

    pub(super) fn saw(&self, progress: Progress) {
        self.onlooker.saw(progress);
    }

    /// The record and the reports when it is over.
    pub(super) fn finish(mut self, outcome: Option<&Outcome>) -> (Record, Papers) {
        self.record.ended = self.parts.clock.now();
        self.record.outcome = outcome.map(Word::of);
        self.record.why = outcome.and_then(Outcome::why);
        (self.record, self.papers)
    }
}

/// Runs what blocks on a thread for that.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JobError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| JobError::Thread(error.to_string()))
}
