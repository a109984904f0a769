//! What the commands share that talk to the daemon or to its ledger.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use super::{Context, untrusted};
use crate::app::Doing;
use crate::clock::{Clock as _, OsEntropy, SystemClock, UnixMillis};
use crate::config::Config;
use crate::control_socket::{Answer, Client, ClientError, Failing, Refused, Request};
use crate::daemon::StartError;
use crate::exit::Exit;
use crate::ledger::error::in_full;
use crate::ledger::{Ledger, LedgerError};

/// Why a command ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// For a reason that is on the terminal already.
    Said(Exit),
    /// For this reason.
    Say(Exit, String),
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        StartError::from(error).into()
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        Self::Say(error.exit(), in_full(&error))
    }
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::Say(Exit::Unavailable, error.to_string())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Say(Exit::NotAllowed, refused.to_string())
    }
}

/// Runs a command's work, and says why it ended early if it did.
pub(super) fn run(context: &Context, work: impl Future<Output = Result<Exit, Stop>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Stop::Say(Exit::Failure, format!("cannot start: {error}"))),
    };
    match done {
        Ok(exit) | Err(Stop::Said(exit)) => exit,
        // It may quote what GitHub or a stranger wrote.
        Err(Stop::Say(exit, why)) => context.fail(exit, &untrusted::line(&why)),
    }
}

impl Context {
    /// The configuration, for a command that ends early without one.
    pub(super) fn config(&self) -> Result<Config, Stop> {
        self.load_config().map_err(Stop::Said)
    }
}

/// Asks the daemon; `None` if none listens. A refusal and a failure end the command.
pub(super) async fn ask_daemon(
    config: &Config,
    request: &Request,
    progress: impl FnMut(&Doing),
) -> Result<Option<Answer>, Stop> {
    let Some(client) = Client::connect(&config.control_socket()).await? else {
        return Ok(None);
    };
    let answer = client.ask(request, &SystemClock, progress).await?;
    good(answer).map(Some)
}

/// Whether there is a daemon to ask.
pub(super) async fn daemon_listens(config: &Config) -> Result<bool, Stop> {
    Ok(Client::connect(&config.control_socket()).await?.is_some())
}

/// The answer, unless it is a no.
pub(super) fn good(answer: Answer) -> Result<Answer, Stop> {
    match answer {
        Answer::Refused { why } => Err(Stop::Say(Exit::NotAllowed, why)),
        Answer::Failed { kind, why } => {
            let exit = match kind {
                Failing::BadRequest | Failing::NotFound | Failing::Other => Exit::Failure,
                Failing::TryLater => Exit::TryLater,
                Failing::Unavailable => Exit::Unavailable,
                Failing::Configuration => Exit::Config,
            };
            Err(Stop::Say(exit, why))
        }
        answer => Ok(answer),
    }
}

/// The daemon answered something else than it was asked.
pub(super) fn beside_the_point(answer: &Answer) -> Stop {
    let text = format!("{answer:?}");
    let kind = text.split([' ', '{']).next().unwrap_or_default();
    Stop::Say(
        Exit::Failure,
        format!("the daemon answered `{kind}`: is it the same version as this command?"),
    )
}

/// Adds that no daemon runs to the news that there is no ledger: both are what a command meets that
/// looks in the wrong place.
pub(super) fn without_daemon(config: &Config, stop: Stop) -> Stop {
    match stop {
        Stop::Say(Exit::Unavailable, why) => {
            let socket = config.control_socket();
            let why = format!("no daemon listens at {}, and {why}", socket.display());
            Stop::Say(Exit::Unavailable, why)
        }
        other => other,
    }
}

/// Opens the ledger for reading, where no daemon listens.
pub(super) async fn read_ledger_alone(config: &Config) -> Result<Ledger, Stop> {
    let read = read_ledger(config).await;
    read.map_err(|stop| without_daemon(config, stop))
}

/// Opens the ledger for reading, beside the daemon if one runs.
pub(super) async fn read_ledger(config: &Config) -> Result<Ledger, Stop> {
    let path = config.ledger_path();
    readable(&path)?;
    let ledger = Ledger::open_read_only(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
    Ok(ledger)
}

/// Says who owns the ledger, or why it cannot be looked at.
pub(super) fn readable(path: &Path) -> Result<u32, Stop> {
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) => Ok(found.uid()),
        Err(e) if e.kind() == ErrorKind::NotFound => Err(LedgerError::Missing {
            path: path.to_owned(),
        }
        .into()),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Err(Stop::Say(
            Exit::NotAllowed,
            format!(
                "you may not read the ledger {}: run this with sudo, or as the user bountyd runs as; \
                 what the daemon answers itself (`status`, `pending`, `approve` …) approvers may use \
                 while it runs",
                path.display()
            ),
        )),
        Err(e) => Err(Stop::Say(
            Exit::Failure,
            format!("cannot read the ledger {}: {e}", path.display()),
        )),
    }
}

/// The user who runs this command.
pub(super) fn my_uid() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Now.
pub(super) fn now() -> UnixMillis {
    SystemClock.now()
}

/// A command as it is to be typed: with `sudo`, where this one was.
pub(super) fn by_sudo(command: &str) -> String {
    match std::env::var_os("SUDO_USER") {
        Some(_) => format!("sudo {command}"),
        None => command.to_owned(),
    }
}
