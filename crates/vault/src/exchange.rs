//! The exchange itself: proofs out, token in. Auth0 docs, "Privileged Worker Token Exchange with
//! Token Vault" (Early Access).

mod answer;
mod body;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, DATE};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use self::answer::Granted;
pub(crate) use self::body::FreshBody;
use crate::assertion::{Claims, Mint, Stamp};
use crate::classify::{self, Refusal};
use crate::failure::{Failure, FailureClass};
use crate::http_client::{self, BodyError, Role};
use crate::journal::{ExchangeFacts, ExchangeIntent, ExchangeJournal, JournalRefused};
use crate::keys::ring::Ring;
use crate::keys::signer::Signer;
use crate::lifetime;
use crate::settings::Settings;
use crate::token::Token;
use clock::{Clock, Entropy, UnixMillis};

const GRANT: &str =
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";
const SUBJECT_KIND: &str = "urn:ietf:params:oauth:token-type:jwt";
const WANTED_KIND: &str = "http://auth0.com/oauth/token-type/token-vault-access-token";
const ASSERTION_KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// A provider's bad moment is over after this, or it is none.
const SECOND_LOOK: Duration = Duration::from_secs(60);
/// Clocks further apart than this are told apart from slow answers.
const SKEW_THAT_COUNTS: i64 = 5;
const WAIT: &str = "nothing to do, it is tried again later";

/// Asks Auth0 for tokens and keeps the record of it.
pub(crate) struct Exchanger {
    pub(crate) settings: Arc<Settings>,
    pub(crate) token_url: Url,
    pub(crate) http: reqwest::Client,
    pub(crate) ring: Ring,
    /// Absent: the client proves itself with a second JWT.
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) journal: Arc<dyn ExchangeJournal>,
    /// Auth0's time in its last dated answer, and our monotonic clock then.
    pub(crate) told: Mutex<Option<(UnixMillis, Duration)>>,
    /// The last word on the refresh token was that it failed.
    pub(crate) refresh_failed: AtomicBool,
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(crate) enum Denied {
    /// The exchange could not be recorded, so it did not happen or does not count.
    Journal(JournalRefused),
    /// It happened and failed.
    Failed(Failure),
}

/// A token and how long it may be kept from `asked` on.
pub(crate) struct Grant {
    pub(crate) token: Token,
    pub(crate) scopes: Vec<String>,
    pub(crate) held_for: Duration,
    /// Before the request left, so that a slow answer shortens the stay.
    pub(crate) asked_wall: UnixMillis,
    pub(crate) asked_monotonic: Duration,
}

impl Exchanger {
    /// Auth0's clock minus ours in seconds. Time has passed since the last dated answer, and this
    /// machine's clock may have been set; the monotonic clock was not.
    pub(crate) fn skew(&self) -> Option<i64> {
        let (theirs, at) = (*self.told.lock().unwrap_or_else(|e| e.into_inner()))?;
        let theirs = theirs.plus(self.clock.monotonic().saturating_sub(at));
        Some(theirs.seconds().saturating_sub(self.clock.now().seconds()))
    }

    /// One exchange: at most two requests, one journal entry, one key.
    pub(crate) async fn run(&self, reason: &str) -> Result<Grant, Denied> {
        self.run_with(reason, &self.ring.signer()).await
    }

    /// As [`Exchanger::run`], signed by this key whether or not it is the one that signs.
    pub(crate) async fn run_with(&self, reason: &str, signer: &Signer) -> Result<Grant, Denied> {
        let intent = ExchangeIntent {
            reason: reason.to_owned(),
            connection: self.settings.connection.clone(),
            kid: signer.kid().to_owned(),
        };
        let id = self.journal.begin(&intent).await.map_err(Denied::Journal)?;
        let (asked_wall, asked_monotonic) = (self.clock.now(), self.clock.monotonic());
        let asked = self.ask(signer, reason, id).await;
        match asked.map_err(|failure| self.doubted(failure)) {
            Ok(granted) => {
                self.look_afresh();
                let held_for = lifetime::hold(
                    granted.expires_in,
                    self.settings.buffer,
                    self.settings.hold_cap,
                );
                let facts = ExchangeFacts {
                    expires_in: granted.expires_in,
                    held_for,
                    scopes: granted.scopes.clone(),
                    token_sha256: granted.token.sha256(),
                    token_kind: granted.token.kind(),
                };
                self.journal
                    .done(id, &facts)
                    .await
                    .map_err(Denied::Journal)?;
                Ok(Grant {
                    token: granted.token,
                    scopes: granted.scopes,
                    held_for,
                    asked_wall,
                    asked_monotonic,
                })
            }
            Err(failure) => {
                tracing::warn!(%failure, reason, journal = id, "no token");
                if let Err(refused) = self.journal.failed(id, &failure).await {
                    tracing::error!(%refused, journal = id, "a failed exchange stays open in the journal");
                }
                Err(Denied::Failed(failure))
            }
        }
    }

    /// What failed before says nothing of the next refresh.
    pub(crate) fn look_afresh(&self) {
        self.refresh_failed.store(false, Ordering::Relaxed);
    }

    /// A provider that is down makes a refresh fail just as one that refuses: the owner is sent for
    /// when it failed a second time, a while later.
    fn doubted(&self, failure: Failure) -> Failure {
        if failure.code != classify::REFRESH_FAILED
            || self.refresh_failed.swap(true, Ordering::Relaxed)
        {
            return failure;
        }
        let retry_after = Some(self.clock.now().plus(SECOND_LOOK));
        Failure {
            class: FailureClass::Transient { retry_after },
            remedy: "nothing to do yet, it is tried again in a minute; if that fails too, connect the account again: bountyd connect github".to_owned(),
            ..failure
        }
    }

    /// Asks, and once more with fresh proofs where that may help.
    async fn ask(&self, signer: &Signer, reason: &str, id: i64) -> Result<Granted, Failure> {
        let refusal = match self.attempt(signer, reason, id, 0).await? {
            Ok(granted) => return Ok(granted),
            Err(refusal) => refusal,
        };
        let skew = self
            .skew()
            .filter(|skew| skew.abs() > SKEW_THAT_COUNTS && refusal.clock_may_be_wrong);
        if skew.is_none() && !refusal.fresh_proof_may_help {
            return Err(refusal.failure);
        }
        if let Some(skew) = skew {
            tracing::warn!(
                skew,
                "this machine's clock differs from Auth0's; trying once with theirs"
            );
        }
        self.attempt(signer, reason, id, skew.unwrap_or(0))
            .await?
            .map_err(|refusal| match skew {
                Some(skew) => Failure {
                    message: format!(
                        "{} (the clocks differ by {skew} s)",
                        refusal.failure.message
                    ),
                    ..refusal.failure
                },
                None => refusal.failure,
            })
    }

    /// One request with its own proofs. The outer error is final.
    async fn attempt(
        &self,
        signer: &Signer,
        reason: &str,
        id: i64,
        skew: i64,
    ) -> Result<Result<Granted, Refusal>, Failure> {
        let stamp = Stamp::now(&*self.clock);
        let (form, secrets) = self.form(signer, reason, id, skew)?;
        let secrets: Vec<&str> = secrets.iter().map(|s| s.as_str()).collect();
        let body = FreshBody::new(form, stamp, Arc::clone(&self.clock));
        let stale = body.stale();
        let sent = self
            .http
            .post(self.token_url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(CONTENT_LENGTH, body.len())
            .body(reqwest::Body::wrap(body))
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(_) if stale.is_set() => {
                return Err(Failure::transient(
                    "assertion_stale",
                    "the signed request had grown older than 60 s before it could leave",
                    WAIT,
                ));
            }
            Err(error) => return Err(unreachable(error)),
        };
        self.note_date(response.headers());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = http_client::read_secret(response, LONGEST_ANSWER)
            .await
            .map_err(|error| match error {
                BodyError::TooLarge => Failure::transient(
                    "answer_too_large",
                    "an answer above 64 KiB",
                    "check that [auth0] domain names Auth0; it is tried again later",
                ),
                BodyError::Broken(error) => unreachable(error),
            })?;
        if !status.is_success() {
            let now = self.clock.now();
            return Ok(Err(classify::classify(
                status, &headers, &body, now, &secrets,
            )));
        }
        answer::parse(status, &headers, &body).map(Ok)
    }

    fn form(
        &self,
        signer: &Signer,
        reason: &str,
        id: i64,
        skew: i64,
    ) -> Result<(Zeroizing<String>, Vec<Zeroizing<String>>), Failure> {
        let settings = &self.settings;
        let mint = Mint {
            signer,
            entropy: &*self.entropy,
            issued_at: self.clock.now().seconds().saturating_add(skew),
        };
        let subject = mint
            .subject(Claims {
                client_id: &settings.client_id,
                user_id: &settings.user_id,
                audience: &settings.audience,
                reason,
                journal_id: id,
            })
            .map_err(unsigned)?;
        let mut form = Serializer::new(String::with_capacity(16 * 1024));
        form.append_pair("grant_type", GRANT)
            .append_pair("client_id", &settings.client_id)
            .append_pair("subject_token", &subject)
            .append_pair("subject_token_type", SUBJECT_KIND)
            .append_pair("requested_token_type", WANTED_KIND)
            .append_pair("connection", &settings.connection);
        if let Some(scope) = &settings.scope {
            form.append_pair("scope", scope);
        }
        let mut secrets = vec![subject];
        secrets.push(self.prove_client(&mut form, &mint)?);
        Ok((Zeroizing::new(form.finish()), secrets))
    }

    /// Puts the client's own proof into a form; gives it back, for what no error may quote.
    pub(crate) fn prove_client(
        &self,
        form: &mut Serializer<'_, String>,
        mint: &Mint<'_>,
    ) -> Result<Zeroizing<String>, Failure> {
        if let Some(secret) = &self.client_secret {
            form.append_pair("client_secret", secret.expose_secret());
            return Ok(Zeroizing::new(secret.expose_secret().to_owned()));
        }
        let settings = &self.settings;
        let assertion = mint
            .client(&settings.client_id, &settings.audience)
            .map_err(unsigned)?;
        form.append_pair("client_assertion_type", ASSERTION_KIND)
            .append_pair("client_assertion", &assertion);
        Ok(assertion)
    }

    /// Notes Auth0's time from its answer.
    pub(crate) fn note_date(&self, headers: &HeaderMap) {
        let theirs = headers
            .get(DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(classify::http_date);
        if let Some(theirs) = theirs {
            let told = Some((theirs, self.clock.monotonic()));
            *self.told.lock().unwrap_or_else(|e| e.into_inner()) = told;
        }
    }
}

fn unsigned(error: jsonwebtoken::errors::Error) -> Failure {
    Failure {
        class: FailureClass::Configuration,
        code: "signing_failed".to_owned(),
        status: None,
        message: crate::redact::clean(&error.to_string(), &[]),
        remedy: "the key signed at start and does not now: restart, then replace it".to_owned(),
    }
}

/// A failure below HTTP. Repeating an exchange is harmless, so it does not matter what arrived.
pub(crate) fn unreachable(error: reqwest::Error) -> Failure {
    let code = if error.is_timeout() {
        "timeout"
    } else if http_client::never_left(&error) {
        "unreachable"
    } else {
        "broken_off"
    };
    Failure::transient(
        code,
        http_client::describe(Role::Tenant, error),
        "check this machine's network if it lasts; it is tried again later",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_client::{Patience, Reuse};

    /// A server that takes the call and never answers it.
    #[tokio::test]
    async fn a_silent_server_is_a_passing_timeout() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        let url = format!(
            "http://{}/?code=secret",
            silent.local_addr().expect("address")
        );
        let short = Duration::from_millis(20);
        let patience = Patience {
            connect: short,
            total: short,
        };
        let trust = http_client::trust().await.expect("a certificate store");
        let client =
            http_client::build(&trust, "test", false, Reuse::Fresh, patience).expect("client");
        let error = client.post(url).send().await.expect_err("silence");
        assert!(!http_client::never_left(&error), "it may have arrived");
        let failure = unreachable(error);
        assert_eq!(failure.code, "timeout");
        assert!(failure.is_transient());
        assert!(
            failure.message.starts_with("your tenant at 127.0.0.1:"),
            "{failure}"
        );
        assert!(!failure.message.contains("secret"), "{failure}");
    }
}
