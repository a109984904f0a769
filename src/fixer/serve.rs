//! The patch process at work: one order, one job, and its end.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use clock::{Clock, Entropy};
use fix::job::{self, JobError, Onlooker, Outcome, Progress};
use gate::Secrets;
use gate::carried::Carried;
use gate::secrets::NoSecrets;
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use vault::egress::Usage;

use super::desk::{Door, Ear, Mouth};
use super::egress::{Grant, Said};
use super::keys::{Keys, Question};
use super::lines;
use super::order::Order;
use super::papers::LARGEST;
use super::parts::{self, Shared};
use super::word::{Ended, Reply, Word};
use crate::config::{Config, Environment, Fix};
use crate::ledger::in_full;
use crate::ledger::lock::InstanceLock;

/// How often one that waits for its turn looks.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A provider of this name is none: the agent asks no model.
const NO_PROVIDER: &str = "none";

/// Why there is no job.
enum Halt {
    /// Something is missing here: the configuration, a part of the machine.
    Missing(String),
    /// It may work later.
    Later(String),
    /// Something failed.
    Failed(String),
}

impl Halt {
    fn word(self) -> Word {
        let (may_pass, missing, why) = match self {
            Self::Missing(why) => (false, true, why),
            Self::Later(why) => (true, false, why),
            Self::Failed(why) => (false, false, why),
        };
        Word::Failed {
            may_pass,
            missing,
            why,
        }
    }
}

impl From<JobError> for Halt {
    fn from(error: JobError) -> Self {
        match error {
            // The network, another process's limits, a full disk.
            JobError::Fetch(_) | JobError::Report { .. } | JobError::Run(_) => {
                Self::Later(in_full(&error))
            }
            error => Self::Failed(in_full(&error)),
        }
    }
}

/// Where jobs work: systemd's directory for this service, else beside the ledger.
fn rooms(config: &Config, environment: &Environment) -> PathBuf {
    let state = environment.state_directory.as_ref();
    state.unwrap_or(&config.state_directory).join("jobs")
}

/// Reads an order from `input`, carries it out, and says so on `output`.
///
/// # Errors
/// The other side cannot be read or written.
pub async fn serve(
    config: &Config,
    environment: &Environment,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    mut input: impl AsyncBufRead + Unpin + Send + 'static,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let Some(order) = lines::read::<Order>(&mut input).await? else {
        return Ok(());
    };
    let (say, mut said) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let (answer, answers) = mpsc::unbounded_channel();
    // Whoever ordered is gone when his end is closed, and then nobody wants the result.
    let hearing = tokio::spawn(async move {
        while let Ok(Some(Reply::Noted { number })) = lines::read(&mut input).await {
            let _ = answer.send(number);
        }
        let _ = stop.send(true);
    });
    let desk = Desk {
        config,
        clock,
        entropy,
        say,
        stopped,
    };
    let rooms = rooms(config, environment);
    let work = async {
        let last = match desk.work(order, &rooms, answers).await {
            Ok(ended) => Word::Ended(Box::new(ended)),
            Err(halt) => halt.word(),
        };
        let _ = desk.say.send(last);
        drop(desk);
    };
    let writing = async {
        let mut gone = None;
        while let Some(word) = said.recv().await {
            // A reader that is gone has closed his end as well: the job is ending.
            if gone.is_none() {
                gone = lines::write(&mut output, &word).await.err();
            }
        }
        gone.map_or(Ok(()), Err)
    };
    let ((), written) = tokio::join!(work, writing);
    hearing.abort();
    written
}

struct Desk<'a> {
    config: &'a Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    say: mpsc::UnboundedSender<Word>,
    stopped: watch::Receiver<bool>,
}

/// Passes on what happens.
struct Teller(mpsc::UnboundedSender<Word>);

impl Onlooker for Teller {
    fn saw(&self, progress: Progress) {
        let event = serde_json::to_value(&progress).unwrap_or_default();
        let _ = self.0.send(Word::Progress {
            text: progress.to_string(),
            event,
        });
    }
}

impl Desk<'_> {
    async fn work(
        &self,
        order: Order,
        rooms: &Path,
        answers: mpsc::UnboundedReceiver<u64>,
    ) -> Result<Ended, Halt> {
        if rustix::process::geteuid().is_root() {
            return Err(Halt::Missing(
                "patches are not made as root: agents and tests of strangers run here; run this as a \
                 user of its own"
                    .to_owned(),
            ));
        }
        let fix = self.config.fix.as_ref().ok_or_else(|| {
            let path = self.config.path.display();
            Halt::Missing(format!(
                "{path} has no [fix]: name a coding agent there (docs/fixing.md)"
            ))
        })?;
        crate::daemon::make_directory(rooms, 0o700)
            .map_err(|error| Halt::Missing(in_full(&error)))?;
        let _lock = self.turn(rooms).await?;
        clear(rooms)?;
        let shared = self.shared(fix, rooms)?;
        let (id, unattended) = (order.id.clone(), order.unattended);
        let job = order
            .job(self.config)
            .map_err(|error| Halt::Missing(error.to_string()))?;
        let provider = fix.provider.as_ref().unwrap_or(&shared.profile.provider);
        let door = match provider.as_str() {
            NO_PROVIDER => None,
            name if self.config.egress.providers.contains_key(name) => {
                let grant = Grant {
                    id: id.clone(),
                    provider: name.to_owned(),
                };
                Some(
                    Door::open(self.config, &grant)
                        .await
                        .map_err(Halt::Missing)?,
                )
            }
            name => {
                return Err(Halt::Missing(format!(
                    "{} asks the provider `{name}`, and there is no [egress.providers.{name}]",
                    shared.profile.name
                )));
            }
        };
        let (door, ear, mouth) = match door {
            None => (None, None, None),
            Some(Door { socket, ear, mouth }) => (Some(socket), Some(ear), Some(mouth)),
        };
        // This process knows no secret. The egress process knows the models' keys; whoever submits looks
        // for the others.
        let (keys, questions) = Keys::new();
        let secrets: Arc<dyn Secrets + Send + Sync> = match &ear {
            Some(_) => Arc::new(keys),
            None => Arc::new(NoSecrets),
        };
        let stopped = self.stopped.clone();
        let parts = shared
            .parts(fix, rooms.to_owned(), door, secrets, unattended, stopped)
            .map_err(Halt::Missing)?;
        let (done, over) = watch::channel(false);
        let relayed = relay(ear, mouth, answers, questions, self.say.clone(), over);
        let working = async {
            let outcome = job::run(job, &parts, Arc::new(Teller(self.say.clone()))).await;
            let _ = done.send(true);
            outcome
        };
        let (outcome, usage) = tokio::join!(working, relayed);
        let ended = ended(outcome?, rooms, &id, usage)?;
        clear(rooms)?;
        Ok(ended)
    }

    /// Waits until no other patch is made here: one by hand, or one whose orderer was killed and that still
    /// clears away. Neither is a failure of this job.
    async fn turn(&self, rooms: &Path) -> Result<InstanceLock, Halt> {
        let mut told = false;
        loop {
            match InstanceLock::take(&rooms.join("one")) {
                Ok(lock) => return Ok(lock),
                Err(error) if error.is_held() => {}
                Err(error) => return Err(Halt::Later(in_full(&error))),
            }
            if !std::mem::replace(&mut told, true) {
                let _ = self.say.send(Word::Progress {
                    text: "another patch is being made here: waiting for its end".to_owned(),
                    event: serde_json::json!({ "event": "waiting" }),
                });
            }
            let mut stopped = self.stopped.clone();
            tokio::select! {
                () = self.clock.sleep_until(self.clock.monotonic() + LOOK_AGAIN) => {}
                _ = stopped.wait_for(|stopped| *stopped) => {
                    return Err(Halt::Later("it was told to stop".to_owned()));
                }
            }
        }
    }

    fn shared(&self, fix: &Fix, rooms: &Path) -> Result<Shared, Halt> {
        Ok(Shared {
            profile: parts::profile(fix).map_err(Halt::Missing)?,
            settings: parts::settings(fix).map_err(Halt::Missing)?,
            jail: Arc::new(parts::jail(fix, rooms).map_err(Halt::Missing)?),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
        })
    }
}

/// Removes what earlier jobs left: their reports were passed on, or nobody was there to take them.
fn clear(rooms: &Path) -> Result<(), Halt> {
    let failed =
        |error: String| Halt::Failed(format!("{} cannot be cleared: {error}", rooms.display()));
    job::sweep(rooms).map_err(|error| failed(in_full(&error)))?;
    let entries = std::fs::read_dir(rooms).map_err(|error| failed(error.to_string()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.join("job.json").is_file() {
            fix::walk::remove_tree(&path).map_err(|error| failed(in_full(&error)))?;
        }
    }
    Ok(())
}

/// Carries what the egress process says to whoever ordered, and his answers back, until the job is over.
async fn relay(
    ear: Option<Ear>,
    mouth: Option<Mouth>,
    mut answers: mpsc::UnboundedReceiver<u64>,
    mut questions: mpsc::UnboundedReceiver<Question>,
    say: mpsc::UnboundedSender<Word>,
    mut over: watch::Receiver<bool>,
) -> Option<Usage> {
    let (mut ear, mouth) = (ear?, mouth?);
    let mut mouth = Some(mouth);
    let (mut usage, mut told) = (None, false);
    let (mut asked, mut open) = (0, BTreeMap::new());
    loop {
        tokio::select! {
            said = ear.hear() => match said {
                Some(Said::Event { number, event }) => {
                    let _ = say.send(Word::Egress { number, event });
                }
                Some(Said::Ended { usage: used }) => {
                    usage = Some(used);
                    break;
                }
                Some(Said::Looked { number, found }) => {
                    let waits: Option<SyncSender<bool>> = open.remove(&number);
                    let _ = waits.map(|waits| waits.send(found));
                }
                Some(Said::Ready { .. }) => {}
                // It is gone: the agent finds no model any more, and the job ends with that.
                Some(Said::Refused { .. }) | None => break,
            },
            answer = answers.recv(), if mouth.is_some() => match (answer, &mut mouth) {
                (Some(number), Some(mouth)) => mouth.noted(number).await,
                // Nobody keeps the record any more: it is hung up on.
                _ => mouth = None,
            },
            Some(question) = questions.recv() => {
                if let Some(mouth) = &mut mouth {
                    asked += 1;
                    open.insert(asked, question.answer);
                    mouth.look(asked, &question.bytes).await;
                }
            }
            // It says what was used, which is for the record too.
            _ = over.wait_for(|over| *over), if !told => {
                told = true;
                if let Some(mouth) = &mut mouth {
                    mouth.over().await;
                }
            }
        }
    }
    ear.gone().await;
    usage
}

/// Reads the reports back, which the job has written.
fn ended(outcome: Outcome, rooms: &Path, id: &str, usage: Option<Usage>) -> Result<Ended, Halt> {
    let dir = rooms.join(id);
    let text = |name: &str| match std::fs::read(dir.join(name)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Halt::Failed(format!("{}/{name}: {error}", dir.display()))),
    };
    let record = text("job.json")?.unwrap_or_default();
    let record = serde_json::from_str(&record)
        .map_err(|error| Halt::Failed(format!("{}/job.json: {error}", dir.display())))?;
    let patch = match outcome {
        Outcome::Gated { .. } | Outcome::Held { .. } => Some(patch(&dir)?),
        Outcome::Blocked { .. } | Outcome::NoFix { .. } | Outcome::Refused { .. } => None,
    };
    Ok(Ended {
        record,
        gate: text("gate.txt")?,
        sarif: text("gate.sarif")?,
        diff: text("patch.diff")?,
        patch,
        usage,
    })
}

fn patch(dir: &Path) -> Result<Box<Carried>, Halt> {
    let path = dir.join("patch.json");
    let failed = |why: String| Halt::Failed(format!("{}: {why}", path.display()));
    let bytes = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
    let carried = Carried::read(&bytes, LARGEST).map_err(|error| failed(error.to_string()))?;
    Ok(Box::new(carried))
}
