//! The side that orders: starts or reaches the patch process, and hears what it says.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufRead, AsyncWrite, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use super::lines;
use super::order::Order;
use super::word::{Reply, Word};
use crate::config::Config;

/// A patch process at work. Dropped, it hangs up; the process then ends its job and clears away.
pub struct Call {
    from: Box<dyn AsyncBufRead + Send + Unpin>,
    to: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    child: Option<Child>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// Why nobody works on the order.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service is not there.
    #[error(
        "nobody listens at {path} (fix.socket): start bountyd-fixer.socket, or remove the line to have patches made by a child"
    )]
    Nobody {
        /// Where.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The child does not start.
    #[error("the patch process does not start")]
    Start(#[source] io::Error),
    /// It is gone, or speaks another language.
    #[error("the patch process broke off; see its log")]
    Broke(#[source] io::Error),
    /// It ended without a word.
    #[error("the patch process ended before the job was over; see its log")]
    Silent,
}

impl Call {
    /// Has `order` worked on.
    ///
    /// # Errors
    /// There is no such process.
    pub async fn place(config: &Config, order: &Order) -> Result<Self, CallError> {
        let socket = config.fix.as_ref().and_then(|fix| fix.socket.as_ref());
        let mut call = match socket {
            Some(path) => {
                let stream = UnixStream::connect(path).await;
                let stream = stream.map_err(|source| CallError::Nobody {
                    path: path.display().to_string(),
                    source,
                })?;
                let (from, to) = stream.into_split();
                Self {
                    from: Box::new(BufReader::new(from)),
                    to: Some(Box::new(to)),
                    child: None,
                }
            }
            None => Self::child(config).map_err(CallError::Start)?,
        };
        call.say(order).await?;
        Ok(call)
    }

    fn child(config: &Config) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("fixer")
            .arg("--config")
            .arg(&config.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            // A signal from the terminal is for whoever asked: he hangs up, and the process clears away.
            .process_group(0);
        let mut child = command.spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child without pipes"));
        };
        Ok(Self {
            from: Box::new(BufReader::new(from)),
            to: Some(Box::new(to)),
            child: Some(child),
        })
    }

    async fn say(&mut self, what: &impl serde::Serialize) -> Result<(), CallError> {
        match &mut self.to {
            Some(to) => lines::write(to, what).await.map_err(CallError::Broke),
            None => Ok(()),
        }
    }

    /// What it says next. After [`Word::Ended`] or [`Word::Failed`] it says nothing more.
    ///
    /// # Errors
    /// It broke off.
    pub async fn next(&mut self) -> Result<Word, CallError> {
        let heard = lines::read(&mut self.from).await;
        heard.map_err(CallError::Broke)?.ok_or(CallError::Silent)
    }

    /// Tells it that the journal has what it said under `number`.
    ///
    /// # Errors
    /// It broke off.
    pub async fn noted(&mut self, number: u64) -> Result<(), CallError> {
        self.say(&Reply::Noted { number }).await
    }

    /// Has it stop; what it says until its end can still be heard.
    pub fn hang_up(&mut self) {
        self.to = None;
    }

    /// Hangs up, and waits until it has cleared away.
    pub async fn end(mut self) {
        self.hang_up();
        while let Ok(Some(_)) = lines::read::<Word>(&mut self.from).await {}
        if let Some(mut child) = self.child.take() {
            let _ = child.wait().await;
        }
    }
}
