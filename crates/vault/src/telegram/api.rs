//! One call to the Bot API: the POST, the envelope of its answer, and the token kept out of both
//! (<https://core.telegram.org/bots/api#making-requests>).

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::error::{Refusal, TelegramError};
use crate::http_client::{self, BodyError, PATIENCE, Role};
use crate::redact;

/// Longest a poll may wait at Telegram, in seconds.
pub(super) const LONGEST_POLL: u32 = 60;
/// Longest answer that is read, in MiB. A poll asks for so few updates that they always fit.
const LONGEST_ANSWER: usize = 16;

/// What a call is, for the connection it takes and the time it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes nothing.
    Read,
    /// Waits at Telegram until something happens.
    Poll,
    /// Changes something; never on a connection that may be closing.
    Write,
}

/// The Bot API, for one bot.
pub(super) struct Api {
    reads: reqwest::Client,
    writes: reqwest::Client,
    base: Url,
    token: SecretString,
}

/// What every answer comes in.
#[derive(Deserialize)]
struct Envelope<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    // Taken as they come: an oddity in one must not hide the others.
    #[serde(default)]
    error_code: Value,
    #[serde(default)]
    description: Value,
    #[serde(default)]
    parameters: Value,
}

impl Api {
    pub(super) fn new(
        token: SecretString,
        base: Url,
        reads: reqwest::Client,
        writes: reqwest::Client,
    ) -> Self {
        Self {
            reads,
            writes,
            base,
            token,
        }
    }

    /// Calls `method` (spelled as in the documentation: some servers mind the case) and reads the
    /// `result` of its answer.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        kind: Kind,
        method: &str,
        body: &impl Serialize,
    ) -> Result<T, TelegramError> {
        let request = self.request(kind, method, body);
        let response = request.send().await.map_err(|e| self.broken(e))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(http::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let body = http_client::read(response, LONGEST_ANSWER << 20)
            .await
            .map_err(|error| match error {
                BodyError::TooLarge => TelegramError::Unknown(format!(
                    "HTTP {}, an answer of more than {LONGEST_ANSWER} MiB",
                    status.as_u16()
                )),
                BodyError::Broken(error) => TelegramError::Unknown(self.describe(error)),
            })?;
        match serde_json::from_slice::<Envelope<'_>>(&body) {
            Ok(envelope) if envelope.ok => {
                let result = envelope.result.map_or("null", RawValue::get);
                serde_json::from_str(result).map_err(|error| unreadable("result", &error))
            }
            Ok(envelope) => Err(self.refused(Refusal {
                code: envelope
                    .error_code
                    .as_u64()
                    .unwrap_or(status.as_u16().into()),
                said: Some(self.clean(envelope.description.as_str().unwrap_or("without a reason"))),
                retry_after: envelope.parameters["retry_after"].as_u64().or(retry_after),
                migrate_to: envelope.parameters["migrate_to_chat_id"].as_i64(),
            })),
            Err(error) if status.is_success() => Err(unreadable("answer", &error)),
            Err(_) => Err(self.refused(Refusal {
                code: status.as_u16().into(),
                said: None,
                retry_after,
                migrate_to: None,
            })),
        }
    }

    fn request(&self, kind: Kind, method: &str, body: &impl Serialize) -> reqwest::RequestBuilder {
        let client = match kind {
            Kind::Read | Kind::Poll => &self.reads,
            Kind::Write => &self.writes,
        };
        let request = client.post(self.url(method)).json(body);
        if kind == Kind::Poll {
            request.timeout(PATIENCE.total + Duration::from_secs(LONGEST_POLL.into()))
        } else {
            request
        }
    }

    /// `<base>/bot<token>/<method>`, whether or not the base has a path or ends with a slash.
    fn url(&self, method: &str) -> Url {
        let path = format!("bot{}/{method}", self.token.expose_secret());
        crate::vault::endpoint(&self.base, &path)
    }

    fn broken(&self, error: reqwest::Error) -> TelegramError {
        let never_left = http_client::never_left(&error);
        let said = self.describe(error);
        if never_left {
            TelegramError::NotSent(said)
        } else {
            TelegramError::Unknown(said)
        }
    }

    fn refused(&self, refusal: Refusal) -> TelegramError {
        let base = self.clean(self.base.as_str().trim_end_matches('/'));
        TelegramError::from_refusal(refusal, &base)
    }

    fn describe(&self, error: reqwest::Error) -> String {
        http_client::describe_without(Role::Telegram, error, &self.secrets())
    }

    fn clean(&self, text: &str) -> String {
        redact::clean(text, &self.secrets())
    }

    /// The token, and the part of it that is secret.
    fn secrets(&self) -> [&str; 2] {
        let token = self.token.expose_secret();
        [token, token.split_once(':').map_or(token, |(_, key)| key)]
    }
}

/// The text itself is left out: it may be a page that quotes the URL.
fn unreadable(what: &str, error: &serde_json::Error) -> TelegramError {
    TelegramError::Unknown(format!(
        "its {what} is not what the Bot API would send (line {}, column {})",
        error.line(),
        error.column()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_given_its_wait_on_top() {
        let client = reqwest::Client::new();
        let base = "https://api.telegram.org".parse().expect("url");
        let api = Api::new("1:a".into(), base, client.clone(), client);
        let patience = |kind| {
            let request = api.request(kind, "getUpdates", &1).build();
            request.expect("a request").timeout().copied()
        };
        assert_eq!(patience(Kind::Poll), Some(Duration::from_secs(90)));
        // The client's own.
        assert_eq!(patience(Kind::Read), None);
        assert_eq!(patience(Kind::Write), None);
    }
}
