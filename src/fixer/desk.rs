//! The egress process as the patch process sees it: started or connected to, spoken with, and ended.

use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufRead, AsyncWrite, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use super::egress::{Grant, Said};
use super::lines::{self, Lines};
use super::word::Reply;
use crate::config::Config;

/// An egress process that serves.
pub(super) struct Door {
    /// Where the agent's box finds it.
    pub(super) socket: PathBuf,
    /// What it says.
    pub(super) ear: Ear,
    /// What it is answered.
    pub(super) mouth: Mouth,
}

/// The reading side.
pub(super) struct Ear {
    from: Lines<Box<dyn AsyncBufRead + Send + Unpin>>,
    /// Kept so that it is waited for.
    child: Option<Child>,
}

/// The writing side. Dropped, it hangs up, which ends the process.
pub(super) struct Mouth(Box<dyn AsyncWrite + Send + Unpin>);

impl Door {
    /// Has one serve `grant`.
    ///
    /// # Errors
    /// In words, with the remedy.
    pub(super) async fn open(config: &Config, grant: &Grant) -> Result<Self, String> {
        let socket = config.fix.as_ref().and_then(|f| f.egress_socket.as_ref());
        let (mut ear, mut mouth) = match socket {
            Some(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| {
                    format!(
                        "nobody listens at {} (fix.egress_socket): {error}; start bountyd-egress.socket",
                        path.display()
                    )
                })?;
                let (from, to) = stream.into_split();
                let from: Box<dyn AsyncBufRead + Send + Unpin> = Box::new(BufReader::new(from));
                let from = Lines::new(from);
                (Ear { from, child: None }, Mouth(Box::new(to)))
            }
            None => child(config)?,
        };
        lines::write(&mut mouth.0, grant)
            .await
            .map_err(|error| format!("the egress process is gone: {error}"))?;
        match ear.hear().await {
            Some(Said::Ready { socket }) => Ok(Self { socket, ear, mouth }),
            Some(Said::Refused { why }) => Err(why),
            _ => Err("the egress process ended before it served; see its log".to_owned()),
        }
    }
}

/// As a child of this process, on the same configuration.
fn child(config: &Config) -> Result<(Ear, Mouth), String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("this program does not find itself: {error}"))?;
    let mut command = Command::new(program);
    command
        .arg("egress")
        .arg("--config")
        .arg(&config.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = command
        .spawn()
        .map_err(|error| format!("the egress process does not start: {error}"))?;
    let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the egress process has no line to it".to_owned());
    };
    let ear = Ear {
        from: Lines::new(Box::new(BufReader::new(from))),
        child: Some(child),
    };
    Ok((ear, Mouth(Box::new(to))))
}

impl Ear {
    /// What it says next; `None` when it has ended, or says nothing that can be read. Nothing is lost
    /// when something else comes first.
    pub(super) async fn hear(&mut self) -> Option<Said> {
        self.from.next().await.ok().flatten()
    }

    /// Waits until its process is gone.
    pub(super) async fn gone(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.wait().await;
        }
    }
}

impl Mouth {
    /// Tells it that the journal has what it said.
    pub(super) async fn noted(&mut self, number: u64) {
        // Gone: then it says nothing more either, and the job sees that.
        let _ = lines::write(&mut self.0, &Reply::Noted { number }).await;
    }

    /// Has it look for keys in `bytes`.
    pub(super) async fn look(&mut self, number: u64, bytes: &[u8]) {
        let base64 = STANDARD.encode(bytes);
        // Gone: then no answer comes, which counts as a key.
        let _ = lines::write(&mut self.0, &Reply::Look { number, base64 }).await;
    }

    /// Tells it that the job is over.
    pub(super) async fn over(&mut self) {
        // Gone: then the job is over for it as well.
        let _ = lines::write(&mut self.0, &Reply::Over).await;
    }
}
