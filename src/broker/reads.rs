//! The journal's lines about reads: gathered for a tenth of a second and written together, because a read
//! changes nothing and a disk takes its time. If they cannot be written, nothing more is read.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{Identity, Refusal};
use crate::app::App;
use crate::clock::UnixMillis;
use crate::ledger::{Entry, Result};

/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(100);

/// Lines that may wait; with more the disk does not keep up, and reads wait for it.
const MOST: usize = 4096;

/// What was read and is not in the journal yet.
#[derive(Debug, Default)]
pub(super) struct Reads {
    waiting: Mutex<Waiting>,
    /// There is something to be written.
    some: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<(Identity, Value)>,
    /// The newest attempt to write them failed.
    failing: bool,
}

impl Reads {
    /// Notes a call. It is in the journal within [`GATHER`], or no further one is noted.
    ///
    /// # Errors
    /// The journal cannot be written at the moment.
    pub(super) fn note(
        &self,
        who: &Identity,
        at: UnixMillis,
        mut call: Value,
    ) -> std::result::Result<(), Refusal> {
        let mut waiting = self.lock();
        if waiting.failing || waiting.lines.len() >= MOST {
            let message =
                "nothing is read that the journal does not have, and it cannot be written";
            let remedy = "try again; the owner sees why in `bountyd status`";
            return Err(Refusal::new("ledger", message, remedy));
        }
        call["at"] = json!(at);
        waiting.lines.push((who.clone(), call));
        drop(waiting);
        self.some.notify_one();
        Ok(())
    }

    /// Writes what is noted, a tenth of a second after the first of it, for as long as it is polled.
    pub(super) async fn keep_writing(&self, app: &App) {
        loop {
            self.some.notified().await;
            app.clock.sleep_until(app.clock.monotonic() + GATHER).await;
            while self.write(app).await.is_err() {
                let pause = app.clock.monotonic() + GATHER * 10;
                app.clock.sleep_until(pause).await;
            }
        }
    }

    /// Writes what is noted, one entry for each client.
    ///
    /// # Errors
    /// The ledger cannot be written; what was noted waits on, and nothing more is taken.
    pub(super) async fn write(&self, app: &App) -> Result<()> {
        // They stay until they are written: whoever gives this up in the middle loses none.
        let lines = self.lock().lines.clone();
        if lines.is_empty() {
            return Ok(());
        }
        let written = record(app, &lines).await;
        let mut waiting = self.lock();
        waiting.failing = written.is_err();
        match &written {
            Ok(()) => drop(waiting.lines.drain(..lines.len())),
            Err(error) => {
                tracing::error!("what clients read is not in the journal yet: {error}");
            }
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn record(app: &App, lines: &[(Identity, Value)]) -> Result<()> {
    let mut by_client: Vec<(&Identity, Vec<&Value>)> = Vec::new();
    for (who, call) in lines {
        match by_client.iter_mut().find(|(other, _)| *other == who) {
            Some((_, calls)) => calls.push(call),
            None => by_client.push((who, vec![call])),
        }
    }
    let mut tx = app.ledger.begin().await?;
    for (who, calls) in by_client {
        let body = json!({ "calls": calls });
        tx.journal(Entry::new(who.actor(), "client.read", body))
            .await?;
    }
    tx.commit().await
}
