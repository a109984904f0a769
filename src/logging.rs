//! Where log lines go: the journal when systemd listens there, else stderr.

use std::io::IsTerminal as _;

use rustix::fs::fstat;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, Logging};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter is malformed.
    #[error(
        "the log filter is malformed: {0}; write levels by module, such as \"info,octocrab=warn\""
    )]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The journal was asked for by name and is not there.
    #[error("the journal does not answer: {0}; set [logging] format to \"text\" or \"json\"")]
    NoJournal(std::io::Error),
    /// Somebody has set up logging already.
    #[error(transparent)]
    Twice(#[from] TryInitError),
}

/// Sends the log of this process where `logging` says, from now on.
///
/// # Errors
/// When the filter is malformed, the journal was asked for and is missing, or it was done before.
pub fn start(logging: &Logging) -> Result<(), LoggingError> {
    let filter = EnvFilter::try_new(&logging.filter)?;
    let journal = match logging.format {
        LogFormat::Journald => Some(journal().map_err(LoggingError::NoJournal)?),
        LogFormat::Auto if stderr_is_the_journal() => journal().ok(),
        LogFormat::Auto | LogFormat::Text | LogFormat::Json => None,
    };
    let layer = match journal {
        Some(journal) => journal.boxed(),
        None if logging.format == LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
        None => tracing_subscriber::fmt::layer()
            .with_ansi(crate::cli::colors_on(&std::io::stderr()))
            .with_target(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init()?;
    Ok(())
}

fn journal() -> std::io::Result<tracing_journald::Layer> {
    Ok(tracing_journald::layer()?
        .with_syslog_identifier("bountyd".into())
        .with_field_prefix(None))
}

/// Whether stderr is the stream that systemd connected to the journal, and not, say, a file that a
/// shell put in its place: `$JOURNAL_STREAM` names its device and inode (systemd.exec(5)).
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    fstat(std::io::stderr()).is_ok_and(|stat| names(&stream, stat.st_dev, stat.st_ino))
}

fn names(stream: &str, device: u64, inode: u64) -> bool {
    stream
        .split_once(':')
        .is_some_and(|(d, i)| d.parse() == Ok(device) && i.parse() == Ok(inode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_known_by_device_and_inode() {
        assert!(names("8:1234", 8, 1234));
        for stream in ["8:1235", "9:1234", "8", "", "8:1234:1", "-8:1234"] {
            assert!(!names(stream, 8, 1234), "{stream}");
        }
    }
}
