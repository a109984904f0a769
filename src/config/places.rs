//! Where files are when the configuration does not say: where systemd says; for the system's
//! configuration where systemd would say, so that the commands meet the service; else XDG's places.

use std::path::{Component, Path, PathBuf};

/// The configuration of the service, as its unit names it.
const SYSTEM_CONFIG: &str = "etc/bountyd/bountyd.toml";

/// The unit's `StateDirectory=` and `RuntimeDirectory=`.
const SYSTEM_STATE: &str = "var/lib/bountyd";
const SYSTEM_RUNTIME: &str = "run/bountyd";

/// Where systemd looks for the credentials that the unit names (systemd.exec(5)), plain and sealed.
const SYSTEM_CREDENTIALS: &str = "etc/credstore";
const SYSTEM_SEALED: &str = "etc/credstore.encrypted";

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
    /// What the system's directories are in; `/` unless a test has its own.
    pub root: Option<PathBuf>,
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
            root: None,
        }
    }

    fn system(&self, path: &str) -> PathBuf {
        let root = self.root.as_deref().unwrap_or(Path::new("/"));
        root.join(path)
    }

    /// Whether `config` is the system's: it lies under `/etc`.
    #[must_use]
    pub fn is_the_systems(&self, config: &Path) -> bool {
        // Whoever stands in /etc/bountyd may name the file by its last part.
        std::path::absolute(config).is_ok_and(|path| {
            path.starts_with(self.system("etc"))
                && !path.components().any(|part| part == Component::ParentDir)
        })
    }

    /// Where the ledger lives by default, for the configuration at `config`.
    #[must_use]
    pub fn default_state_directory(&self, config: &Path) -> Option<PathBuf> {
        if let Some(directory) = &self.state_directory {
            return Some(directory.clone());
        }
        if self.is_the_systems(config) {
            return Some(self.system(SYSTEM_STATE));
        }
        let home = self.home.as_ref().map(|home| home.join(".local/state"));
        Some(self.xdg_state_home.clone().or(home)?.join("bountyd"))
    }

    /// Where the control socket lives by default, given configuration and state directory.
    #[must_use]
    pub fn default_runtime_directory(&self, config: &Path, state: &Path) -> PathBuf {
        if let Some(directory) = &self.runtime_directory {
            return directory.clone();
        }
        if self.is_the_systems(config) {
            return self.system(SYSTEM_RUNTIME);
        }
        self.xdg_runtime_dir
            .as_ref()
            .map_or_else(|| state.to_owned(), |directory| directory.join("bountyd"))
    }

    /// Where the secret that the unit passes on as the credential `name` is stored by default: where the
    /// unit looks, else beside the configuration.
    #[must_use]
    pub fn default_credential(&self, config: &Path, name: &str) -> PathBuf {
        if self.is_the_systems(config) {
            return self.system(&format!("{SYSTEM_CREDENTIALS}/bountyd.{name}"));
        }
        let config = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
        config.with_file_name(name)
    }

    /// As [`Environment::default_credential`], for one that systemd has sealed.
    #[must_use]
    pub fn sealed_credential(&self, config: &Path, name: &str) -> PathBuf {
        if self.is_the_systems(config) {
            return self.system(&format!("{SYSTEM_SEALED}/bountyd.{name}"));
        }
        let config = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
        config.with_file_name(format!("{name}.sealed"))
    }

    /// Where the configuration is looked for, in this order.
    #[must_use]
    pub fn config_candidates(&self) -> Vec<PathBuf> {
        let home = || Some(self.home.as_ref()?.join(".config"));
        let user = self.xdg_config_home.clone().or_else(home);
        let mut candidates = vec![self.system(SYSTEM_CONFIG)];
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
