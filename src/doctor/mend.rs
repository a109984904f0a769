//! What `--fix` can do by itself. Each is said before, is safe to repeat, and takes nothing away that
//! anybody could miss; the one that reaches outside is asked about.

use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::secrets;
use crate::config::{Config, Environment};
use crate::daemon::make_directory;

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
            close(&config.state_directory, 0o700)?;
            let ledger = config.ledger_path();
            for end in ["", "-wal", "-shm"] {
                let mut name = ledger.clone().into_os_string();
                name.push(end);
                let file = Path::new(&name);
                if file.exists() {
                    close(file, 0o600)?;
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
    let told = |error: io::Error| format!("{}: {error}", file.display());
    let now = file.metadata().map_err(told)?.permissions().mode() & 0o7777;
    // What its owner may do is his choice: a key of mode 0440 becomes one of 0400.
    let closed = Permissions::from_mode(now & mode);
    set_permissions(file, closed).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_takes_from_others_and_gives_nobody_more() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("key");
        std::fs::write(&file, "x").expect("written");
        for (before, after) in [(0o644, 0o600), (0o440, 0o400), (0o600, 0o600)] {
            set_permissions(&file, Permissions::from_mode(before)).expect("set");
            close(&file, 0o600).expect("closed");
            let mode = file.metadata().expect("there").permissions().mode() & 0o7777;
            assert_eq!(mode, after, "{before:o}");
        }
        let gone = close(&dir.path().join("gone"), 0o600).expect_err("not there");
        assert!(gone.contains("gone: "), "{gone}");
    }
}
