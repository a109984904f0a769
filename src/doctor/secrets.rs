//! Which of the secrets that the daemon needs can be seen from here, by this user, and what is wrong
//! with those that cannot.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde::Serialize;
use vault::{ClientAuthentication, KeyError, OpenError, SecretError, SecretSource};

use super::check::Check;
use super::finding::Finding;
use super::mend::Mend;
use crate::config::{Config, Environment};

/// A secret, as far as it can be seen from here.
#[derive(Debug, Serialize)]
pub struct Seen {
    credential: String,
    file: Option<PathBuf>,
    /// Of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Its size, of a key.
    #[serde(skip)]
    bits: Option<usize>,
    /// Why it cannot be used, or seen.
    pub trouble: Option<String>,
    /// The trouble would stop the daemon too.
    pub fatal: bool,
    /// Others may read it, which `--fix` can mend.
    #[serde(skip)]
    exposed: bool,
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

/// What a secret that can be used is like.
#[derive(Default)]
struct Fit {
    kid: Option<String>,
    bits: Option<usize>,
}

impl Seen {
    /// Where it is looked for.
    #[must_use]
    pub fn name(&self) -> String {
        self.file.as_ref().map_or_else(
            || format!("credential {}", self.credential),
            |file| file.display().to_string(),
        )
    }

    /// What was found there.
    #[must_use]
    pub fn state(&self) -> String {
        match (&self.kid, &self.trouble) {
            (_, Some(_)) if self.fatal => "cannot be used, see below".to_owned(),
            (_, Some(_)) => "cannot be seen from here, see below".to_owned(),
            (Some(kid), None) => format!("kid {kid}"),
            (None, None) => "is there".to_owned(),
        }
    }

    fn of(source: SecretSource, found: Result<Fit, Fault>, service: bool) -> Self {
        let exposed = matches!(found, Err(Fault::Unread(SecretError::Exposed { .. })));
        let (fit, trouble, fatal) = match found {
            Ok(fit) => (fit, None, false),
            Err(Fault::Unread(error)) => match hidden(&error, service) {
                Some(why) => (Fit::default(), Some(why), false),
                None => (Fit::default(), Some(error.to_string()), true),
            },
            Err(Fault::Unfit(why)) => (Fit::default(), Some(why), true),
        };
        Self {
            credential: source.credential,
            file: source.file,
            kid: fit.kid,
            bits: fit.bits,
            trouble,
            fatal,
            exposed,
        }
    }

    /// As a finding of `check`.
    fn finding(&self, check: Check) -> Finding {
        let Some(trouble) = &self.trouble else {
            let bits = self.bits.map(|bits| format!(", {bits} bits"));
            let kid = self.kid.as_ref().map(|kid| format!(", kid {kid}"));
            let (bits, kid) = (bits.unwrap_or_default(), kid.unwrap_or_default());
            return Finding::ok(check, format!("{}{bits}{kid}", self.name()));
        };
        let (found, remedy) = apart(&trouble.replace("bountyd check", "bountyd doctor"));
        if !self.fatal {
            return Finding {
                remedy: Some(remedy),
                ..Finding::not_tried(check, found)
            };
        }
        let finding = Finding::failure(check, found, remedy);
        match (self.exposed, check) {
            (true, _) => finding.mend(Mend::SecretModes),
            (false, Check::KeyFile) => finding.link("bountyd keys new FILE"),
            _ => finding,
        }
    }
}

/// What is wrong, and what to do: our own texts set the second off from the first.
fn apart(text: &str) -> (String, String) {
    let cut = ["; ", ": run ", ": make ", ": write ", ": name ", ": add "]
        .iter()
        .filter_map(|mark| text.find(mark).map(|at| (at, mark.find(' ').unwrap_or(0))))
        .min();
    match cut {
        Some((at, mark)) => {
            let (found, remedy) = (text.get(..at), text.get(at + mark..));
            let (found, remedy) = (found.unwrap_or(text), remedy.unwrap_or_default());
            (found.to_owned(), remedy.trim().to_owned())
        }
        None => (text.to_owned(), "see docs/config.md".to_owned()),
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
#[must_use]
pub fn keys(config: &Config, environment: &Environment) -> Vec<Seen> {
    let service = environment.credentials_directory.is_some();
    let sources = config.key_sources(environment);
    let look = |source: SecretSource| {
        let found = vault::public_key(&source)
            .map(|key| Fit {
                kid: Some(key.kid),
                bits: Some(key.bits),
            })
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
#[must_use]
pub fn others(config: &Config, environment: &Environment) -> Vec<Seen> {
    let service = environment.credentials_directory.is_some();
    let settings = config.vault_settings(environment);
    let mut seen = Vec::new();
    if let ClientAuthentication::ClientSecret(source) = settings.client_authentication {
        let found = source.probe().map(|()| Fit::default());
        seen.push(Seen::of(source, found.map_err(Fault::Unread), service));
    }
    if let Some(source) = settings.telegram_token {
        let found = vault::check_bot_token(&source, &settings.telegram_api);
        let found = found.map(|()| Fit::default()).map_err(Fault::from);
        seen.push(Seen::of(source, found, service));
    }
    seen
}

/// The same as findings.
#[must_use]
pub fn findings(config: &Config, environment: &Environment) -> Vec<Finding> {
    let keys = keys(config, environment);
    // Of several, the one that is worst off; keys that are well all say so.
    let worst = keys
        .iter()
        .filter(|key| key.trouble.is_some())
        .max_by_key(|key| key.fatal);
    let mut found = vec![match worst {
        Some(key) => key.finding(Check::KeyFile),
        None => {
            let all: Vec<String> = keys
                .iter()
                .map(|key| key.finding(Check::KeyFile).found)
                .collect();
            Finding::ok(Check::KeyFile, all.join("; "))
        }
    }];
    let others = others(config, environment);
    for (check, credential, why) in [
        (
            Check::ClientSecret,
            "client-secret",
            "the application authenticates with its key",
        ),
        (
            Check::TelegramToken,
            "telegram-token",
            "no [telegram] is configured: questions are answered with `bountyd approve`",
        ),
    ] {
        let seen = others.iter().find(|seen| seen.credential == credential);
        found.push(match seen {
            Some(seen) => seen.finding(check),
            None => Finding::not_applicable(check, why),
        });
    }
    found
}

/// The files of secrets that others may read, for `--fix`.
#[must_use]
pub fn exposed(config: &Config, environment: &Environment) -> Vec<PathBuf> {
    let keys = keys(config, environment);
    let others = others(config, environment);
    keys.into_iter()
        .chain(others)
        .filter(|seen| seen.exposed)
        .filter_map(|seen| seen.file)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_and_what_to_do_are_set_apart() {
        let told = |text: &str| apart(text);
        let (found, remedy) = told("/k: mode 0644 lets other users at it; run: chmod 600 /k");
        assert_eq!(found, "/k: mode 0644 lets other users at it");
        assert_eq!(remedy, "run: chmod 600 /k");
        let (found, remedy) =
            told("/k: 1024 bits; Auth0 takes 2048 to 4096: make one with `bountyd keys new FILE`");
        assert_eq!(found, "/k: 1024 bits");
        assert_eq!(
            remedy,
            "Auth0 takes 2048 to 4096: make one with `bountyd keys new FILE`"
        );
        let (found, remedy) = told("/k: this user may not read it: run `sudo bountyd check`");
        assert_eq!(
            (found.as_str(), remedy.as_str()),
            ("/k: this user may not read it", "run `sudo bountyd check`")
        );
        assert_eq!(told("odd").0, "odd");
    }
}
