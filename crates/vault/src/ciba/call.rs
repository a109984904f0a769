//! The two calls: `/bc-authorize`, and the token endpoint with the CIBA grant. Both take a form and nothing else, and
//! the client proves itself as for an exchange.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::binding::BindingMessage;
use super::outcome::{NotAsked, WhyNotAsked};
use crate::assertion::{Mint, Stamp};
use crate::brake::Brake;
use crate::classify;
use crate::exchange::{Exchanger, FreshBody, unreachable};
use crate::failure::{Failure, FailureClass};
use crate::http_client;
use crate::lifetime::parse_expires_in;
use crate::vault::endpoint;

const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// Longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Clocks further apart than this are told apart from slow answers, in seconds.
const SKEW_THAT_COUNTS: i64 = 5;
const WAIT: &str = "nothing to do, it is tried again later";

/// The way to the tenant.
pub(super) struct Line<'a> {
    pub(super) exchanger: &'a Exchanger,
    pub(super) brake: &'a Brake,
}

/// A request that stands.
pub(super) struct Started {
    pub(super) auth_req_id: SecretString,
    pub(super) expires_in: Option<Duration>,
    pub(super) interval: Option<Duration>,
}

/// What a poll was answered.
pub(super) enum Said {
    /// The ID token that came with it, not judged yet.
    Yes(Arc<SecretString>),
    Pending,
    /// And the interval that it names.
    SlowDown(Option<Duration>),
    /// A no, or no answer in time.
    Denied,
    Expired,
    /// The tenant knows no such request, or has answered it before.
    Invalid,
    /// A yes without what would prove it.
    NoToken(&'static str),
    Failed(Failure),
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
    /// What the request had in it and no error may quote.
    secrets: Vec<Zeroizing<String>>,
}

impl Line<'_> {
    pub(super) async fn start(
        &self,
        message: &BindingMessage,
        time: Duration,
    ) -> Result<Started, NotAsked> {
        let settings = &self.exchanger.settings;
        let hint = json!({ "format": "iss_sub", "iss": settings.issuer, "sub": settings.user_id });
        let (hint, time) = (hint.to_string(), time.as_secs().to_string());
        let pairs = [
            ("login_hint", hint.as_str()),
            ("scope", "openid"),
            ("binding_message", message.as_str()),
            ("requested_expiry", &time),
        ];
        let url = endpoint(&settings.auth0_base, "bc-authorize");
        let answer = self.post(url, &pairs).await.map_err(passing)?;
        if !answer.status.is_success() {
            return Err(self.not_asked(&answer));
        }
        started(&answer.body).ok_or_else(|| {
            passing(Failure {
                status: Some(answer.status.as_u16()),
                ..Failure::transient("invalid_answer", "no auth_req_id in the answer", WAIT)
            })
        })
    }

    pub(super) async fn poll(&self, auth_req_id: &SecretString) -> Said {
        let id = auth_req_id.expose_secret();
        let pairs = [("grant_type", GRANT), ("auth_req_id", id)];
        let url = self.exchanger.token_url.clone();
        let mut answer = match self.post(url, &pairs).await {
            Ok(answer) => answer,
            Err(failure) => return Said::Failed(failure),
        };
        if answer.status.is_success() {
            return granted(&answer);
        }
        answer.secrets.push(Zeroizing::new(id.to_owned()));
        let refusal = self.refusal(&answer);
        match refusal.code.as_str() {
            "authorization_pending" => Said::Pending,
            "slow_down" => Said::SlowDown(named_interval(&answer)),
            "access_denied" => Said::Denied,
            "expired_token" => Said::Expired,
            "invalid_grant" => Said::Invalid,
            "unauthorized_client" => Said::Failed(Failure {
                remedy: NOT_GRANTED.to_owned(),
                ..refusal
            }),
            _ => Said::Failed(refusal),
        }
    }

    /// One request with the client's own proof, made now.
    async fn post(&self, url: Url, pairs: &[(&str, &str)]) -> Result<Answer, Failure> {
        if let Some(stopped) = self.brake.refusal() {
            // It is lifted some day, and then the request is as it was.
            let class = FailureClass::Transient { retry_after: None };
            return Err(Failure { class, ..stopped });
        }
        let exchanger = self.exchanger;
        let stamp = Stamp::now(&*exchanger.clock);
        let (form, proof) = self.form(pairs)?;
        let body = FreshBody::new(form, stamp, Arc::clone(&exchanger.clock));
        let sent = exchanger
            .http
            .post(url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(CONTENT_LENGTH, body.len())
            .body(reqwest::Body::wrap(body))
            .send();
        let response = tokio::select! {
            sent = sent => sent.map_err(unreachable)?,
            () = self.brake.held() => {
                return Err(Failure::transient(crate::EMERGENCY_STOP, "broken off", WAIT));
            }
        };
        exchanger.note_date(response.headers());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = http_client::read_secret(response, LONGEST_ANSWER).await;
        let body = body.map_err(|_| {
            Failure::transient("broken_off", "the answer did not arrive whole", WAIT)
        })?;
        Ok(Answer {
            status,
            headers,
            body,
            secrets: vec![proof],
        })
    }

    /// The form, with the client's own proof in it; and the proof, for what no error may quote.
    fn form(
        &self,
        pairs: &[(&str, &str)],
    ) -> Result<(Zeroizing<String>, Zeroizing<String>), Failure> {
        let exchanger = self.exchanger;
        let skew = exchanger.skew().unwrap_or(0);
        let skew = if skew.abs() > SKEW_THAT_COUNTS {
            skew
        } else {
            0
        };
        let signer = exchanger.ring.signer();
        let mint = Mint {
            signer: &signer,
            entropy: &*exchanger.entropy,
            issued_at: exchanger.clock.now().seconds().saturating_add(skew),
        };
        let mut form = Serializer::new(String::with_capacity(8 * 1024));
        form.append_pair("client_id", &exchanger.settings.client_id);
        for (name, value) in pairs {
            form.append_pair(name, value);
        }
        let proof = exchanger.prove_client(&mut form, &mint)?;
        Ok((Zeroizing::new(form.finish()), proof))
    }

    fn refusal(&self, answer: &Answer) -> Failure {
        let secrets: Vec<&str> = answer.secrets.iter().map(|s| s.as_str()).collect();
        let now = self.exchanger.clock.now();
        classify::classify(answer.status, &answer.headers, &answer.body, now, &secrets).failure
    }

    fn not_asked(&self, answer: &Answer) -> NotAsked {
        let failure = self.refusal(answer);
        let (why, remedy) = match failure.code.as_str() {
            _ if failure.is_transient() => (WhyNotAsked::Passing, None),
            "unknown_user_id" => (
                WhyNotAsked::UnknownOwner,
                Some("check [auth0] user_id: the tenant knows no such user"),
            ),
            "unauthorized_client" | "unsupported_grant_type" | "http_404" => {
                (WhyNotAsked::NotGranted, Some(NOT_GRANTED))
            }
            // What we send is right by construction, but for the hint; what is left is that there is no phone.
            "invalid_request" if failure.message.contains("login_hint") => (
                WhyNotAsked::UnknownOwner,
                Some("check [auth0] user_id and issuer: the tenant cannot read them"),
            ),
            "invalid_request" if !failure.message.contains("binding_message") => {
                (WhyNotAsked::NotEnrolled, Some(NOT_ENROLLED))
            }
            _ => (WhyNotAsked::Refused, None),
        };
        let remedy = remedy.map_or(failure.remedy.clone(), str::to_owned);
        NotAsked {
            why,
            failure: Failure { remedy, ..failure },
        }
    }
}

const NOT_GRANTED: &str = "in Auth0, give the application the grant type CIBA and the channel Guardian push (it takes a plan that has CIBA); see docs/step-up.md";
const NOT_ENROLLED: &str = "enrol your phone with the Guardian app, and switch push notifications on in the tenant; see docs/step-up.md";

fn passing(failure: Failure) -> NotAsked {
    NotAsked {
        why: if failure.is_transient() {
            WhyNotAsked::Passing
        } else {
            WhyNotAsked::Refused
        },
        failure,
    }
}

/// Unknown members are ignored.
#[derive(Deserialize)]
struct StartedBody {
    auth_req_id: String,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

fn started(body: &[u8]) -> Option<Started> {
    let body: StartedBody = serde_json::from_slice(body).ok()?;
    if body.auth_req_id.is_empty() {
        return None;
    }
    let seconds = |value: Option<&Value>| parse_expires_in(value).map(Duration::from_secs);
    Some(Started {
        auth_req_id: body.auth_req_id.into(),
        expires_in: seconds(body.expires_in.as_ref()),
        interval: seconds(body.interval.as_ref()),
    })
}

/// The access token beside it is of no use to us: it is not even read.
#[derive(Deserialize)]
struct GrantedBody {
    id_token: Option<String>,
}

fn granted(answer: &Answer) -> Said {
    let odd = |said: &str| {
        Said::Failed(Failure {
            status: Some(answer.status.as_u16()),
            ..Failure::transient("invalid_answer", said, WAIT)
        })
    };
    if !classify::content_type(&answer.headers).eq_ignore_ascii_case("application/json") {
        return odd("an answer that is no JSON");
    }
    match serde_json::from_slice::<GrantedBody>(&answer.body) {
        Ok(GrantedBody {
            id_token: Some(token),
        }) => Said::Yes(Arc::new(token.into())),
        Ok(_) => Said::NoToken("the answer has none"),
        Err(_) => odd("an answer in broken JSON"),
    }
}

/// The larger of what body and header name.
fn named_interval(answer: &Answer) -> Option<Duration> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let body = parse_expires_in(body.as_ref().and_then(|body| body.get("interval")));
    let header = answer.headers.get(RETRY_AFTER);
    let header = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    body.max(header).map(Duration::from_secs)
}
