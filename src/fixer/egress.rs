//! The egress process: the only one that holds a model provider's key. It serves one job on a socket,
//! and ends when whoever started it says that the job is over, or hangs up.
//!
//! In: a [`Grant`], then a [`Reply`] for each event. Out: [`Said`], a line each. Nothing leaves for a
//! model before the event that announces it has been answered.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::Clock;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::net::UnixListener;
use tokio::sync::{Mutex as AsyncMutex, oneshot, watch};
use vault::JournalRefused;
use vault::egress::{Egress, EgressEvent, EgressJournal, JobGrant, Phase, Usage};

use super::lines;
use super::word::Reply;
use crate::config::{Config, Environment};
use crate::handle::open_socket_to_all;
use crate::ledger::in_full;

/// What a job is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The job's name.
    pub id: String,
    /// The one provider that its agent asks.
    pub provider: String,
}

/// A line from the egress process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    /// The socket is there.
    Ready {
        /// Where.
        socket: PathBuf,
    },
    /// To be written to the journal, and answered.
    Event {
        /// Counts from 1.
        number: u64,
        /// What.
        event: EgressEvent,
    },
    /// The answer to [`Reply::Look`].
    Looked {
        /// Its number.
        number: u64,
        /// Whether a key stands there; also where the bytes could not be read.
        found: bool,
    },
    /// It is over; the last line.
    Ended {
        /// What the job used.
        usage: Usage,
    },
    /// It cannot be done; the last line.
    Refused {
        /// Why, with the remedy.
        why: String,
    },
}

type Line = Arc<AsyncMutex<Box<dyn AsyncWrite + Send + Unpin>>>;

/// Asks the other side to keep the record.
struct Asking {
    out: Line,
    waiting: Arc<Mutex<Waiting>>,
}

/// Who waits for which answer. Nobody once the other side is gone.
#[derive(Default)]
struct Waiting {
    last: u64,
    gone: bool,
    open: BTreeMap<u64, oneshot::Sender<()>>,
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

fn held(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl EgressJournal for Asking {
    async fn note(&self, _job: &str, event: &EgressEvent) -> Result<(), JournalRefused> {
        let (answer, answered) = oneshot::channel();
        let number = {
            let mut waiting = held(&self.waiting);
            if waiting.gone {
                return Err(JournalRefused(
                    "nobody keeps the record any more".to_owned(),
                ));
            }
            waiting.last += 1;
            let number = waiting.last;
            waiting.open.insert(number, answer);
            number
        };
        let said = Said::Event {
            number,
            event: event.clone(),
        };
        let written = lines::write(&mut *self.out.lock().await, &said).await;
        written.map_err(|error| JournalRefused(error.to_string()))?;
        answered
            .await
            .map_err(|_| JournalRefused("nobody keeps the record any more".to_owned()))
    }
}

/// Serves one job: reads the grant from `input` and ends with it.
///
/// # Errors
/// The other side cannot be read or written. What is wrong with the grant or the configuration is said on
/// the line.
pub async fn serve(
    config: &Config,
    environment: &Environment,
    clock: Arc<dyn Clock>,
    mut input: impl AsyncBufRead + Unpin + Send + 'static,
    output: Box<dyn AsyncWrite + Send + Unpin>,
) -> io::Result<()> {
    let out: Line = Arc::new(AsyncMutex::new(output));
    let Some(grant) = lines::read::<Grant>(&mut input).await? else {
        return Ok(());
    };
    let waiting = Arc::new(Mutex::new(Waiting::default()));
    let journal = Arc::new(Asking {
        out: Arc::clone(&out),
        waiting: Arc::clone(&waiting),
    });
    let open = open(config, rooms(config, environment), clock, journal, &grant).await;
    let (egress, listener, place) = match open {
        Ok(open) => open,
        Err(why) => return lines::write(&mut *out.lock().await, &Said::Refused { why }).await,
    };
    let ready = Said::Ready {
        socket: place.0.clone(),
    };
    lines::write(&mut *out.lock().await, &ready).await?;
    let (stop, mut stopped) = watch::channel(false);
    // Answers come until the last line about the job is written, and their end is the end of the job.
    let answers = tokio::spawn({
        let (waiting, out, egress) = (Arc::clone(&waiting), Arc::clone(&out), egress.clone());
        async move {
            while let Ok(Some(reply)) = lines::read(&mut input).await {
                match reply {
                    Reply::Noted { number } => {
                        if let Some(answer) = held(&waiting).open.remove(&number) {
                            let _ = answer.send(());
                        }
                    }
                    Reply::Look { number, base64 } => {
                        let bytes = STANDARD.decode(base64);
                        let found = bytes.map_or(true, |bytes| egress.key_in(&bytes));
                        // Gone: then nobody waits for it either.
                        let said = Said::Looked { number, found };
                        let _ = lines::write(&mut *out.lock().await, &said).await;
                    }
                    // What is said about the end is to be answered as well.
                    Reply::Over => {
                        let _ = stop.send(true);
                    }
                }
            }
            let mut waiting = held(&waiting);
            waiting.gone = true;
            waiting.open.clear();
            drop(waiting);
            let _ = stop.send(true);
        }
    });
    let grant = JobGrant {
        id: grant.id,
        providers: vec![grant.provider],
        budgets: config.egress.budgets(),
        phase: Phase::Work,
    };
    let over = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let said = match egress.serve_job(listener, grant, over).await {
        Ok(usage) => Said::Ended { usage },
        Err(refused) => Said::Refused {
            why: refused.to_string(),
        },
    };
    answers.abort();
    drop(place);
    lines::write(&mut *out.lock().await, &said).await
}

/// A socket's path, which goes with it.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where jobs' sockets are: systemd's directory for this service, whatever the configuration says for the
/// daemon, whose user is another one; else beside the control socket.
fn rooms<'a>(config: &'a Config, environment: &'a Environment) -> &'a Path {
    let runtime = environment.runtime_directory.as_ref();
    runtime.unwrap_or(&config.runtime_directory)
}

async fn open(
    config: &Config,
    directory: &Path,
    clock: Arc<dyn Clock>,
    journal: Arc<Asking>,
    grant: &Grant,
) -> Result<(Egress, UnixListener, Place), String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if grant.id.is_empty() || grant.id.len() > 40 || !grant.id.chars().all(is_name) {
        return Err("the job's name must be 1 to 40 small letters, digits and `-`".to_owned());
    }
    let uid = peer_uid();
    let egress = Egress::open(config.egress_settings(uid), clock, journal)
        .await
        .map_err(|error| in_full(&error))?;
    crate::daemon::make_directory(directory, 0o711).map_err(|error| in_full(&error))?;
    let path = directory.join(format!("egress-{}.sock", grant.id));
    // One that was killed may have left it.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .map_err(|error| format!("cannot listen at {}: {error}", path.display()))?;
    let place = Place(path);
    // Who may speak is asked of each peer; the box's user is another one under systemd.
    open_socket_to_all(&place.0)
        .map_err(|error| format!("cannot open {} to the box: {error}", place.0.display()))?;
    Ok((egress, listener, place))
}

/// The user whose boxes may speak: whoever connected, where the standard input is a socket that systemd
/// took a connection on (the patch process then, since nobody else may open that door); else this user,
/// whose child this is and whose pipe it reads. The kernel noted it when the connection was made, and a box
/// has its maker's number outside, whatever number it sees inside.
fn peer_uid() -> u32 {
    rustix::net::sockopt::socket_peercred(std::io::stdin())
        .map_or_else(|_| rustix::process::getuid(), |peer| peer.uid)
        .as_raw()
}
