//! What `--fix` can do by itself. Each is said before, is safe to repeat, and takes nothing away that
//! anybody could miss; the one that reaches outside is asked about.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::secrets;
use crate::config::{Config, Environment};
use crate::daemon::make_directory;
use crate::handle;

/// One thing that can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// Files of secrets become readable by their owner alone.
    SecretModes,
    /// The missing state directory is made.
    Directories,
    /// Ledger and state directory become their owner's alone.
    LedgerModes,
    /// The write-ahead log is folded into the ledger.
    Checkpoint,
    /// The bot's webhook is removed, so that bountyd can poll.
    Webhook,
}

impl Mend {
    /// Its name, as the journal has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SecretModes => "secret_modes",
            Self::Directories => "directories",
            Self::LedgerModes => "ledger_modes",
            Self::Checkpoint => "checkpoint",
            Self::Webhook => "webhook",
        }
    }

    /// What is about to be done.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::SecretModes => "files of secrets: mode 0600",
            Self::Directories => "make the state directory, mode 0700",
            Self::LedgerModes => "ledger: mode 0600, its directory 0700",
            Self::Checkpoint => "fold the ledger's write-ahead log into its file",
            Self::Webhook => {
                "remove the bot's webhook at Telegram; whatever program it called gets nothing any more"
            }
        }
    }

    /// Whether somebody must say yes to just this.
    #[must_use]
    pub fn is_asked_about(self) -> bool {
        self == Self::Webhook
    }

    /// Whether it is done by whoever holds the ledger, and not by the command.
    #[must_use]
    pub fn needs_the_holder(self) -> bool {
        matches!(self, Self::Checkpoint | Self::Webhook)
    }
}

/// Mends what lies in files of this machine.
///
/// # Errors
/// The operating system's refusal, with the file.
pub fn on_disk(mend: Mend, config: &Config, environment: &Environment) -> Result<(), String> {
    match mend {
        Mend::SecretModes => secrets::exposed(config, environment)
            .iter()
            .try_for_each(|file| close(file, 0o600)),
        // The other one is the service manager's, or is made when a daemon listens.
        Mend::Directories => {
            make_directory(&config.state_directory, 0o700).map_err(|error| error.to_string())
        }
        Mend::LedgerModes => {
            let told = |path: &Path| {
                let path = path.display().to_string();
                move |error: io::Error| format!("{path}: {error}")
            };
            let place = &config.state_directory;
            let directory = handle::open(place).map_err(told(place))?;
            handle::close_to_others(&directory, 0o700).map_err(told(place))?;
            let ledger = config.ledger_path();
            let ledger = ledger.file_name().unwrap_or_default();
            for end in ["", "-wal", "-shm"] {
                let mut name = ledger.to_owned();
                name.push(end);
                let told = told(&place.join(&name));
                match handle::open_in(&directory, &name) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    opened => opened
                        .and_then(|file| handle::close_to_others(&file, 0o600))
                        .map_err(told)?,
                }
            }
            Ok(())
        }
        Mend::Checkpoint | Mend::Webhook => {
            Err("this is done by whoever holds the ledger".to_owned())
        }
    }
}

fn close(file: &Path, mode: u32) -> Result<(), String> {
    handle::open(file)
        .and_then(|held| handle::close_to_others(&held, mode))
        .map_err(|error| format!("{}: {error}", file.display()))
}
