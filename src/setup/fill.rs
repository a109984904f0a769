//! What is written into the configuration, and how the change is shown.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};
use toml_edit::Value;

use super::wanted::Wanted;

/// A setting: its section (empty: the top), its key, its value.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its section.
    pub section: String,
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: Value,
}

/// A setting that has no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a setting; write it as section.key")]
pub struct NoName(String);

/// What the set-up has found out.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// The worker's id.
    pub client_id: &'a str,
    /// The login application's id.
    pub login_client_id: &'a str,
    /// Whether the worker proves itself with a secret.
    pub by_secret: bool,
}

impl Setting {
    /// A setting by its full name, such as `policy.minimum_usd`.
    ///
    /// # Errors
    /// It is no name.
    pub fn named(name: &str, value: impl Into<Value>) -> Result<Self, NoName> {
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        };
        let (section, key) = match name.rsplit_once('.') {
            None => ("", name),
            Some((section, key)) if plain(section) => (section, key),
            Some(_) => return Err(NoName(name.to_owned())),
        };
        if !plain(key) {
            return Err(NoName(name.to_owned()));
        }
        Ok(Self {
            section: section.to_owned(),
            key: key.to_owned(),
            value: value.into(),
        })
    }
}

/// Everything the set-up writes down.
///
/// # Errors
/// One of the owner's own settings has no name.
pub fn settings(
    wanted: &Wanted,
    outcome: &Outcome<'_>,
    mode: Option<&str>,
    others: &std::collections::BTreeMap<String, toml::Value>,
) -> Result<Vec<Setting>, NoName> {
    let mut list = Vec::new();
    let mut say = |name: &str, value: Value| -> Result<(), NoName> {
        list.push(Setting::named(name, value)?);
        Ok(())
    };
    let text = |text: &str| Value::from(text.to_owned());
    if let Some(mode) = mode {
        say("mode", text(mode))?;
    }
    if wanted.base.scheme() == "http" {
        say("allow_insecure_loopback", Value::from(true))?;
    }
    say("auth0.domain", text(&wanted.domain))?;
    say("auth0.client_id", text(outcome.client_id))?;
    say("auth0.user_id", text(&wanted.user_id))?;
    if wanted.connection != "github" {
        say("auth0.connection", text(&wanted.connection))?;
    }
    if outcome.by_secret {
        say("auth0.client_authentication", text("client_secret"))?;
        let file = wanted.client_secret_file.to_string_lossy();
        say("auth0.client_secret_file", text(&file))?;
    }
    let key = wanted.key.to_string_lossy();
    say("auth0.keys", [key.as_ref()].into_iter().collect::<Value>())?;
    say("auth0.login_client_id", text(outcome.login_client_id))?;
    if wanted.base_given {
        say("auth0.base_url", text(wanted.base.as_str()))?;
    }
    for (name, value) in others {
        let value = value.to_string();
        let value = value.parse::<Value>().map_err(|_| NoName(name.clone()))?;
        say(name, value)?;
    }
    Ok(list)
}

/// What changes from one text to the other, line by line, with three lines around.
#[must_use]
pub fn changes(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = String::new();
    for group in diff.grouped_ops(2) {
        if !out.is_empty() {
            out.push_str("  …\n");
        }
        for op in group {
            for change in diff.iter_changes(&op) {
                let sign = match change.tag() {
                    ChangeTag::Delete => "-",
                    ChangeTag::Insert => "+",
                    ChangeTag::Equal => " ",
                };
                // Writing to a String cannot fail.
                let _ = writeln!(out, "  {sign} {}", change.value().trim_end_matches('\n'));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
