//! Which of the secrets that the daemon needs can be seen from here, by this user.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde::Serialize;
use vault::{ClientAuthentication, KeyError, OpenError, SecretError, SecretSource};

use crate::config::{Config, Environment};

/// A secret, as far as it can be seen from here.
#[derive(Serialize)]
pub(super) struct Seen {
    credential: String,
    file: Option<PathBuf>,
    /// Of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    /// Why it cannot be used, or seen.
    pub(super) trouble: Option<String>,
    /// The trouble would stop the daemon too.
    pub(super) fatal: bool,
}

/// Why a secret cannot be used.
enum Fault {
    /// It was not read.
    Unread(SecretError),
    /// It was read, and will not do.
    Unfit(String),
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Secret(error) => Self::Unread(error),
            other => Self::Unfit(other.to_string()),
        }
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Secret(error) => Self::Unread(error),
            other => Self::Unfit(other.to_string()),
        }
    }
}

impl Seen {
    /// Where it is looked for.
    pub(super) fn name(&self) -> String {
        self.file.as_ref().map_or_else(
            || format!("credential {}", self.credential),
            |file| file.display().to_string(),
        )
    }

    /// What was found there.
    pub(super) fn state(&self) -> String {
        match (&self.kid, &self.trouble) {
            (_, Some(_)) if self.fatal => "cannot be used, see below".to_owned(),
            (_, Some(_)) => "cannot be seen from here, see below".to_owned(),
            (Some(kid), None) => format!("kid {kid}"),
            (None, None) => "is there".to_owned(),
        }
    }

    fn of(source: SecretSource, found: Result<Option<String>, Fault>, service: bool) -> Self {
        let (kid, trouble, fatal) = match found {
            Ok(kid) => (kid, None, false),
            Err(Fault::Unread(error)) => match hidden(&error, service) {
                Some(why) => (None, Some(why), false),
                None => (None, Some(error.to_string()), true),
            },
            Err(Fault::Unfit(why)) => (None, Some(why), true),
        };
        Self {
            credential: source.credential,
            file: source.file,
            kid,
            trouble,
            fatal,
        }
    }
}

/// Why the service may see what is not seen here; `None` if it will miss it as well.
fn hidden(error: &SecretError, service: bool) -> Option<String> {
    match error {
        SecretError::Missing {
            credential,
            file: None,
        } if !service => Some(format!(
            "the credential {credential} is passed to the service only (LoadCredential=) and the \
             configuration names no file for it: what is run by hand has to do without; name the \
             file to have it looked at"
        )),
        SecretError::ForeignOwner { path, owner, .. } => Some(format!(
            "{}: belongs to user id {owner}: run this as that user, which must be the one bountyd \
             runs as",
            path.display()
        )),
        SecretError::Io { path, source } if source.kind() == ErrorKind::PermissionDenied => {
            Some(format!(
                "{}: this user may not read it: run `sudo bountyd check`",
                path.display()
            ))
        }
        _ => None,
    }
}

/// Tries the private keys.
pub(super) fn keys(config: &Config, environment: &Environment) -> Vec<Seen> {
    let service = environment.credentials_directory.is_some();
    let sources = config.key_sources(environment);
    let look = |source: SecretSource| {
        let found = vault::public_key(&source)
            .map(|key| Some(key.kid))
            .map_err(Fault::from);
        Seen::of(source, found, service)
    };
    let mut keys: Vec<Seen> = sources.into_iter().map(look).collect();
    let kids: Vec<&String> = keys.iter().filter_map(|key| key.kid.as_ref()).collect();
    if let Some(wanted) = &config.auth0.signing_key
        && kids.len() == keys.len()
        && !kids.contains(&wanted)
        && let Some(first) = keys.first_mut()
    {
        first.trouble = Some(format!(
            "auth0.signing_key is {wanted}, which is none of the keys; write a kid of `bountyd keys public`, or leave it out"
        ));
        first.fatal = true;
    }
    keys
}

/// Tries the client secret, if there is to be one, and the bot token as the daemon will.
pub(super) fn others(config: &Config, environment: &Environment) -> Vec<Seen> {
    let service = environment.credentials_directory.is_some();
    let settings = config.vault_settings(environment);
    let mut seen = Vec::new();
    if let ClientAuthentication::ClientSecret(source) = settings.client_authentication {
        let found = source.probe().map(|()| None).map_err(Fault::Unread);
        seen.push(Seen::of(source, found, service));
    }
    if let Some(source) = settings.telegram_token {
        let found = vault::check_bot_token(&source, &settings.telegram_api);
        let found = found.map(|()| None).map_err(Fault::from);
        seen.push(Seen::of(source, found, service));
    }
    seen
}
