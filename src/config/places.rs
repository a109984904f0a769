//! Where files are when the configuration does not say: systemd's directories, then XDG's.

use std::path::{Path, PathBuf};

/// The environment variables that matter, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// systemd's `StateDirectory=` (`$STATE_DIRECTORY`).
    pub state_directory: Option<PathBuf>,
    /// systemd's `RuntimeDirectory=` (`$RUNTIME_DIRECTORY`).
    pub runtime_directory: Option<PathBuf>,
    /// systemd's `LoadCredential=` (`$CREDENTIALS_DIRECTORY`).
    pub credentials_directory: Option<PathBuf>,
    /// `$XDG_STATE_HOME`
    pub xdg_state_home: Option<PathBuf>,
    /// `$XDG_RUNTIME_DIR`
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`
    pub xdg_config_home: Option<PathBuf>,
    /// `$HOME`
    pub home: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process. Relative values are ignored, as the XDG specification asks.
    #[must_use]
    pub fn of_this_process() -> Self {
        let path = |name: &str| {
            let value = std::env::var_os(name)?;
            // systemd joins several directories with colons; the first is ours.
            let first = std::env::split_paths(&value).next()?;
            first.is_absolute().then_some(first)
        };
        Self {
            state_directory: path("STATE_DIRECTORY"),
            runtime_directory: path("RUNTIME_DIRECTORY"),
            credentials_directory: path("CREDENTIALS_DIRECTORY"),
            xdg_state_home: path("XDG_STATE_HOME"),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR"),
            xdg_config_home: path("XDG_CONFIG_HOME"),
            home: path("HOME"),
        }
    }

    /// Where the ledger lives by default.
    #[must_use]
    pub fn default_state_directory(&self) -> Option<PathBuf> {
        let xdg = || {
            let home = self.home.as_ref().map(|home| home.join(".local/state"));
            Some(self.xdg_state_home.clone().or(home)?.join("bountyd"))
        };
        self.state_directory.clone().or_else(xdg)
    }

    /// Where the control socket lives by default, given the state directory.
    #[must_use]
    pub fn default_runtime_directory(&self, state: &Path) -> PathBuf {
        let xdg = || Some(self.xdg_runtime_dir.as_ref()?.join("bountyd"));
        self.runtime_directory
            .clone()
            .or_else(xdg)
            .unwrap_or_else(|| state.to_owned())
    }

    /// Where the configuration is looked for, in this order.
    #[must_use]
    pub fn config_candidates(&self) -> Vec<PathBuf> {
        let home = || Some(self.home.as_ref()?.join(".config"));
        let user = self.xdg_config_home.clone().or_else(home);
        let mut candidates = vec![PathBuf::from("/etc/bountyd/bountyd.toml")];
        candidates.extend(user.map(|dir| dir.join("bountyd/bountyd.toml")));
        candidates
    }

    /// The configuration to read: the one asked for, else the first that exists, else the first
    /// place of all, so that the error message names it.
    #[must_use]
    pub fn config_path(&self, asked_for: Option<&Path>) -> PathBuf {
        if let Some(path) = asked_for {
            return path.to_owned();
        }
        let candidates = self.config_candidates();
        candidates
            .iter()
            .find(|path| path.exists())
            .or(candidates.first())
            .cloned()
            .unwrap_or_default()
    }
}
