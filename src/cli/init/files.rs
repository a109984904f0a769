//! What is on this machine: the key, the client secret's file, and the configuration.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rustix::fs::RenameFlags;
use vault::tenant::TenantError;
use vault::{KeyError, PublicKey, SecretError, SecretSource};

use super::Trouble;
use super::state::put;
use crate::cli::{Context, colors_on};
use crate::clock::{Clock as _, SystemClock};
use crate::config::edit::Edit;
use crate::config::{ClientAuthentication, Config, Environment};
use crate::exit::Exit;
use crate::setup::answers::{Answers, Wish};
use crate::setup::fill::{self, Setting};
use crate::setup::wanted::Places;

/// The configuration as it is shipped.
pub(super) const TEMPLATE: &str = include_str!("../../../config/bountyd.toml");

/// What the template has where the owner is to write something.
const PLACEHOLDER: &str = "YOUR-";

/// The configuration that is there, or is to be.
pub(super) struct Present {
    pub(super) path: PathBuf,
    /// Its text; `None`: there is none.
    pub(super) text: Option<String>,
    /// What it says, if it is more than the template.
    pub(super) config: Option<Config>,
}

/// Names a file for which no credential stands.
fn plain(file: &Path) -> SecretSource {
    SecretSource {
        credential: String::new(),
        file: Some(file.to_owned()),
    }
}

/// The public half of the key in `file`; `None` if there is no such file.
pub(super) fn public(file: &Path) -> Result<Option<PublicKey>, Trouble> {
    match vault::public_key(&plain(file)) {
        Ok(key) => Ok(Some(key)),
        Err(KeyError::Secret(SecretError::Missing { .. })) => Ok(None),
        Err(error) => Err(Trouble(
            Exit::Config,
            format!("the key: {error}; or name another with --key"),
        )),
    }
}

/// Its PEM, for the tenant.
pub(super) fn public_pem(file: &Path) -> Result<String, TenantError> {
    vault::public_key(&plain(file))
        .map(|key| key.pem)
        .map_err(|error| TenantError::Address(error.to_string()))
}

/// Whether there is no client secret to be used in `file`.
pub(super) fn secret_missing(file: &Path) -> bool {
    plain(file).probe().is_err()
}

impl Present {
    /// Reads what is there. One that this version does not understand whole is not worked on.
    pub(super) fn read(context: &Context) -> Result<Self, Trouble> {
        let environment = &context.environment;
        let path = match &context.config_path {
            Some(path) => path.clone(),
            None => writable(environment),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Trouble(
                    Exit::NoInput,
                    format!(
                        "{}: {error}; run this with sudo, or name another file with --config",
                        path.display()
                    ),
                ));
            }
        };
        let config = match &text {
            None => None,
            Some(text) if text == TEMPLATE => None,
            Some(text) => {
                let read = Config::parse(text, &path, environment, SystemClock.now());
                let loaded = read.map_err(|problems| {
                    eprint!("{}", problems.render(colors_on(&std::io::stderr())));
                    Trouble(
                        Exit::Config,
                        format!(
                            "{} is left as it is: a configuration that is not understood whole (a mistake, or settings of a newer bountyd) is not changed. Put it right, or move it away and start with a fresh one",
                            path.display()
                        ),
                    )
                })?;
                Some(loaded.config)
            }
        };
        Ok(Self { path, text, config })
    }

    /// What the configuration answers already.
    pub(super) fn answers(&self) -> Answers {
        let Some(config) = &self.config else {
            return Answers::default();
        };
        let said = |text: &str| (!text.contains(PLACEHOLDER)).then(|| text.to_owned());
        let auth0 = &config.auth0;
        // As they stand there: a base URL is no domain, and the other way round.
        let table: toml::Table = self
            .text
            .as_deref()
            .and_then(|text| toml::from_str(text).ok())
            .unwrap_or_default();
        let written = |key: &str| table.get("auth0")?.get(key)?.as_str().and_then(said);
        let (authentication, secret) = match &auth0.client_authentication {
            ClientAuthentication::PrivateKeyJwt => (None, None),
            ClientAuthentication::ClientSecret(file) => (Some(Wish::ClientSecret), file.clone()),
        };
        Answers {
            domain: written("domain"),
            base_url: written("base_url").and_then(|url| url.parse().ok()),
            connection: Some(auth0.connection.clone()),
            user_id: said(&auth0.user_id),
            key: auth0.keys.first().cloned(),
            client_secret_file: secret,
            authentication,
            ..Answers::default()
        }
    }

    /// The applications it names.
    pub(super) fn ids(&self) -> super::gather::Ids {
        let said =
            |text: &String| (!text.contains(PLACEHOLDER) && !text.is_empty()).then(|| text.clone());
        let auth0 = self.config.as_ref().map(|config| &config.auth0);
        super::gather::Ids {
            worker: auth0.and_then(|auth0| said(&auth0.client_id)),
            login: auth0.and_then(|auth0| auth0.login_client_id.as_ref().and_then(said)),
        }
    }

    /// Where the credentials go that the owner does not place elsewhere: for the service's configuration
    /// where its unit looks for them, else beside the configuration.
    pub(super) fn places(&self, environment: &Environment) -> Places {
        Places {
            key: environment.default_credential(&self.path, "assertion-key"),
            client_secret: environment.default_credential(&self.path, "client-secret"),
        }
    }

    /// What becomes of it: the text, and what of it is new.
    pub(super) fn filled(&self, settings: &[Setting]) -> Result<(String, String), Trouble> {
        let before = self.text.as_deref().unwrap_or(TEMPLATE);
        let after = Edit::of(&self.path, before)
            .and_then(|mut edit| {
                for Setting {
                    section,
                    key,
                    value,
                } in settings
                {
                    edit.set(section, key, value.clone())?;
                }
                Ok(edit.text().to_owned())
            })
            .map_err(|error| Trouble(Exit::Config, format!("{}: {error}", self.path.display())))?;
        let changes = fill::changes(before, &after);
        Ok((after, changes))
    }

    /// Writes it, whole or not at all, with a copy of what was there. Mode and owner stay. What somebody else
    /// wrote since it was read is left alone.
    pub(super) fn write(&self, text: &str) -> Result<Option<PathBuf>, Trouble> {
        let failed = |error: std::io::Error| {
            Trouble(
                Exit::CannotCreate,
                format!(
                    "{}: {error}; the tenant is set up, and run again this goes on with the configuration",
                    self.path.display()
                ),
            )
        };
        if let Some(directory) = self.path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        let there = match std::fs::read(&self.path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if there.as_deref() != self.text.as_deref().map(str::as_bytes) {
            return Err(Trouble(
                Exit::Config,
                format!(
                    "{} was changed by somebody else while this ran, and is left as it is; the tenant is set up, and run again this goes on with the configuration",
                    self.path.display()
                ),
            ));
        }
        let Some(before) = self.text.as_deref() else {
            let flags = RenameFlags::NOREPLACE;
            put(&self.path, text.as_bytes(), 0o644, None, flags).map_err(failed)?;
            return Ok(None);
        };
        let like = std::fs::metadata(&self.path).map_err(failed)?;
        let mut backup = None;
        if before != TEMPLATE {
            backup = Some(self.keep(before, &like).map_err(failed)?);
        }
        let flags = RenameFlags::empty();
        put(&self.path, text.as_bytes(), 0o644, Some(&like), flags).map_err(failed)?;
        Ok(backup)
    }

    /// Keeps `before` under the first name that is free, or that has exactly this in it.
    fn keep(&self, before: &str, like: &Metadata) -> std::io::Result<PathBuf> {
        for nth in 1_u32.. {
            let mut name = self.path.as_os_str().to_owned();
            name.push(".before-init");
            if nth > 1 {
                name.push(format!(".{nth}"));
            }
            let path = PathBuf::from(name);
            match std::fs::symlink_metadata(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let flags = RenameFlags::NOREPLACE;
                    put(&path, before.as_bytes(), 0o644, Some(like), flags)?;
                    return Ok(path);
                }
                Err(error) => return Err(error),
                Ok(found) if found.is_file() && std::fs::read(&path)? == before.as_bytes() => {
                    return Ok(path);
                }
                Ok(_) => {}
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

/// The configuration to work on: the first that exists; else the service's for root, and the user's own for
/// everybody else.
fn writable(environment: &Environment) -> PathBuf {
    let candidates = environment.config_candidates();
    let root = rustix::process::geteuid().is_root();
    let there = candidates.iter().find(|path| path.exists());
    let own = candidates.iter().rev().find(|_| !root);
    there
        .or(own)
        .or(candidates.first())
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_meanwhile_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("bountyd.toml");
        for read in [None, Some("read = 1\n".to_owned())] {
            std::fs::write(&path, "theirs = 1\n").expect("written");
            let present = Present {
                path: path.clone(),
                text: read,
                config: None,
            };
            let Trouble(exit, why) = present.write("ours = 1\n").expect_err("refused");
            assert_eq!(exit, Exit::Config);
            assert!(why.contains("changed by somebody else"), "{why}");
            let there = std::fs::read_to_string(&path).expect("read");
            assert_eq!(there, "theirs = 1\n");
            let names = std::fs::read_dir(dir.path()).expect("read").count();
            assert_eq!(names, 1, "and no copy is made");
        }
    }
}
