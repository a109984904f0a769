//! The asking end of the control socket.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::protocol::{Answer, LONGEST_ANSWER, Request};
use crate::app::Doing;
use crate::clock::Clock;

/// A connection to the running daemon, good for one request.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
    path: PathBuf,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Something is there, but not for us.
    #[error(
        "cannot reach the daemon at {}: {source}; its directory must let you pass (RuntimeDirectoryMode=0755)", path.display()
    )]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The connection broke.
    #[error(
        "the daemon at {} hung up before it answered ({why}); `bountyd status` and `bountyd journal` tell what was done", path.display()
    )]
    HungUp {
        /// The socket.
        path: PathBuf,
        /// How.
        why: String,
    },
    /// It takes too long.
    #[error(
        "the daemon at {} does not answer; see its log, and `bountyd journal` for what was done", path.display()
    )]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// It speaks another version of this protocol.
    #[error("the daemon's answer cannot be read ({0}): is it the same version as this command?")]
    Incomprehensible(String),
}

impl Client {
    /// Connects to the daemon that listens at `path`; `None` if none does.
    ///
    /// # Errors
    /// A socket that may not be reached.
    pub async fn connect(path: &Path) -> Result<Option<Self>, ClientError> {
        match UnixStream::connect(path).await {
            Ok(stream) => Ok(Some(Self {
                stream: BufReader::new(stream),
                path: path.to_owned(),
            })),
            // A socket file that nobody listens on was left by a daemon that was killed.
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(source) => Err(ClientError::Unreachable {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The daemon's process id, by the kernel's word.
    #[must_use]
    pub fn daemon_pid(&self) -> Option<i32> {
        self.stream.get_ref().peer_cred().ok()?.pid()
    }

    /// Asks, and waits for the answer; `progress` is given each line that comes before it.
    ///
    /// # Errors
    /// No answer came, or none that can be read.
    pub async fn ask(
        mut self,
        request: &Request,
        clock: &dyn Clock,
        mut progress: impl FnMut(&Doing),
    ) -> Result<Answer, ClientError> {
        let mut line = serde_json::to_vec(request)
            .map_err(|e| ClientError::Incomprehensible(e.to_string()))?;
        line.push(b'\n');
        // A refusal may come, and the other end be gone, before we have written.
        let sent = self.stream.get_mut().write_all(&line).await;
        loop {
            let read = self.line();
            let line = match request.patience() {
                None => read.await,
                Some(patience) => {
                    let late = clock.sleep_until(clock.monotonic() + patience);
                    tokio::select! {
                        biased;
                        line = read => line,
                        () = late => return Err(ClientError::Silent { path: self.path }),
                    }
                }
            };
            let line = match (line, &sent) {
                (Ok(line), _) if !line.is_empty() => line,
                (Err(e), _) => return Err(self.hung_up(&e.to_string())),
                (Ok(_), Err(e)) => return Err(self.hung_up(&e.to_string())),
                (Ok(_), Ok(())) => return Err(self.hung_up("end of the connection")),
            };
            match serde_json::from_slice(&line) {
                Ok(Answer::Progress(doing)) => progress(&doing),
                Ok(answer) => return Ok(answer),
                Err(e) => return Err(ClientError::Incomprehensible(e.to_string())),
            }
        }
    }

    async fn line(&mut self) -> std::io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let most = u64::try_from(LONGEST_ANSWER).unwrap_or(u64::MAX);
        (&mut self.stream)
            .take(most)
            .read_until(b'\n', &mut line)
            .await?;
        Ok(line)
    }

    fn hung_up(&self, why: &str) -> ClientError {
        ClientError::HungUp {
            path: self.path.clone(),
            why: why.to_owned(),
        }
    }
}
