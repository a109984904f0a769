//! The daemon's end of the control socket.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::protocol::{Answer, Failing, LONGEST_REQUEST, Request};
use super::strangers::Strangers;
use super::{access, verbs};
use crate::app::App;
use crate::handle::open_socket_to_all;
use crate::ledger::lock::InstanceLock;

/// Conversations at a time. Strangers are turned away before they take a place.
const MOST: usize = 16;

/// How long a client may take to say what it wants, or to take a line of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause after a connection could not be accepted (no file descriptors left).
const PAUSE: Duration = Duration::from_secs(1);

/// Progress lines that may wait for a slow reader; more are dropped.
const BACKLOG: usize = 16;

/// The socket, listening.
#[derive(Debug)]
pub struct Listener {
    inner: UnixListener,
    path: PathBuf,
}

/// Why the socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Something else lies where the socket should be.
    #[error("{} is no socket: move it away, or set another `runtime_directory`", path.display())]
    NotASocket {
        /// Where.
        path: PathBuf,
    },
    /// The kernel says no.
    #[error("cannot listen at {}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why: among other things, a path of more than 107 bytes (unix(7)).
        #[source]
        source: std::io::Error,
    },
}

impl Listener {
    /// Listens at `path`. A socket that a killed daemon left is replaced; the lock proves that no
    /// daemon lives that it could belong to.
    ///
    /// # Errors
    /// As [`ListenError`] says.
    pub fn bind(path: &Path, _held: &InstanceLock) -> Result<Self, ListenError> {
        let failed = |source| ListenError::Socket {
            path: path.to_owned(),
            source,
        };
        match fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => fs::remove_file(path).map_err(failed)?,
            Ok(_) => {
                return Err(ListenError::NotASocket {
                    path: path.to_owned(),
                });
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e)),
        }
        let inner = UnixListener::bind(path).map_err(failed)?;
        // Anybody may connect, so that operators who are not root can; each is asked who he is.
        open_socket_to_all(path).map_err(failed)?;
        Ok(Self {
            inner,
            path: path.to_owned(),
        })
    }

    /// The next connection.
    ///
    /// # Errors
    /// The kernel gives none at the moment (no file descriptors left).
    pub async fn accept(&self) -> std::io::Result<UnixStream> {
        self.inner.accept().await.map(|(stream, _)| stream)
    }

    /// Removes the socket. Call it while the instance lock is held: otherwise the socket removed could be
    /// a successor's.
    pub fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!("{} was not removed: {error}", self.path.display());
        }
    }
}

/// Answers until `stopped` says true, then removes the socket. Call it while the instance lock is
/// held: otherwise the socket removed could be a successor's.
pub async fn serve(app: Arc<App>, listener: Listener, mut stopped: watch::Receiver<bool>) {
    let mut talks = JoinSet::new();
    let mut strangers = Strangers::default();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(_) = talks.join_next(), if !talks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) => admit(&app, stream, &mut talks, &mut strangers),
            Err(error) => {
                tracing::warn!("a connection to the control socket was not accepted: {error}");
                app.clock.sleep_until(app.clock.monotonic() + PAUSE).await;
            }
        }
    }
    talks.shutdown().await;
    listener.remove();
}

/// Finds out who is there, and begins the conversation if there is to be one.
fn admit(app: &Arc<App>, stream: UnixStream, talks: &mut JoinSet<()>, strangers: &mut Strangers) {
    let uid = match stream.peer_cred() {
        Ok(peer) => peer.uid(),
        Err(error) => {
            tracing::warn!("the control socket's peer cannot be named: {error}");
            return;
        }
    };
    let known = access::known(uid, own_uid(), &app.rules().config.approvals.approvers);
    let no = match known {
        Err(refused) => {
            // The number is logged so that an owner can see whom to list.
            if strangers.is_news(uid, app.clock.monotonic()) {
                tracing::warn!(uid, "a stranger at the control socket was refused");
            }
            Answer::Refused {
                why: refused.to_string(),
            }
        }
        Ok(()) if talks.len() >= MOST => Answer::failed(
            Failing::TryLater,
            format!("{MOST} others are talking to the daemon; try again in a moment"),
        ),
        Ok(()) => {
            let app = Arc::clone(app);
            talks.spawn(async move {
                if let Err(error) = talk(&app, stream, uid).await {
                    tracing::debug!(uid, "a conversation on the control socket broke: {error}");
                }
            });
            return;
        }
    };
    // The socket's buffer is empty: one short line fits, or the peer goes without.
    let _ = stream.try_write(&line_of(&no));
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

async fn talk(app: &App, mut stream: UnixStream, uid: u32) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let request = match within(app, read_request(read)).await {
        Ok(request) => request,
        Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
        Err(error) => Err(error.to_string()),
    };
    let request: Request = match request {
        Ok(request) => request,
        Err(why) => {
            let no = Answer::failed(Failing::BadRequest, why);
            return within(app, write.write_all(&line_of(&no))).await;
        }
    };
    let rules = app.rules();
    let (approvers, clients) = (&rules.config.approvals.approvers, rules.config.mcp.uids());
    if let Err(refused) = access::allow(&request, uid, own_uid(), approvers, &clients) {
        tracing::warn!(uid, "refused at the control socket: {refused}");
        let no = Answer::Refused {
            why: refused.to_string(),
        };
        return within(app, write.write_all(&line_of(&no))).await;
    }
    let (tell, mut told) = mpsc::channel(BACKLOG);
    let mut work = pin!(verbs::answer(app, request, uid, &tell));
    let mut reader = Ok(());
    let answer = loop {
        tokio::select! {
            biased;
            Some(doing) = told.recv() => if reader.is_ok() {
                let line = line_of(&Answer::Progress(doing));
                reader = within(app, write.write_all(&line)).await;
            },
            answer = &mut work => break answer,
        }
    };
    // Whoever has gone away has left the work to the daemon: it is not dropped half done.
    reader?;
    within(app, write.write_all(&line_of(&answer))).await?;
    within(app, write.shutdown()).await
}

async fn read_request(
    read: tokio::net::unix::ReadHalf<'_>,
) -> std::io::Result<Result<Request, String>> {
    let mut line = Vec::new();
    let most = u64::try_from(LONGEST_REQUEST).unwrap_or(u64::MAX);
    BufReader::new(read.take(most))
        .read_until(b'\n', &mut line)
        .await?;
    if line.last() != Some(&b'\n') {
        return Ok(Err(format!(
            "a request is one line of at most {LONGEST_REQUEST} bytes, and this one has no end"
        )));
    }
    Ok(serde_json::from_slice(&line).map_err(|e| format!("this is no request: {e}")))
}

async fn within<T>(
    app: &App,
    work: impl Future<Output = std::io::Result<T>>,
) -> std::io::Result<T> {
    let late = app.clock.sleep_until(app.clock.monotonic() + PATIENCE);
    tokio::select! {
        biased;
        done = work => done,
        () = late => Err(ErrorKind::TimedOut.into()),
    }
}

fn line_of(answer: &Answer) -> Vec<u8> {
    let mut line = serde_json::to_vec(answer).unwrap_or_else(|error| {
        let why = format!("the answer cannot be written: {error}");
        serde_json::json!({ "answer": "failed", "kind": "other", "why": why })
            .to_string()
            .into_bytes()
    });
    line.push(b'\n');
    line
}
