//! A line to GitHub that proves the owner's identity itself. What goes in is a request without any
//! secret; what comes out is GitHub's answer. Which requests may go in was said when it was made.

mod request;
mod route;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use url::Url;

use self::request::Outgoing;
use self::route::Route;
use crate::cell::{Cell, Lease};
use crate::exchange::Denied;
use crate::failure::{Failure, FailureClass};
use crate::http_client::{self, BodyError, Role};
use crate::scope::{Capability, WireScope};
use crate::token::Token;

/// Longest answer that is passed on, in bytes.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;
/// A read follows this many redirects.
const MOST_HOPS: usize = 3;

/// Why there is no answer from GitHub.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WireError {
    /// The request is outside the wire's scope; nothing was sent.
    #[error("not allowed on this wire: {0}")]
    NotAllowed(String),
    /// There is no token; nothing was executed.
    #[error("no token: {0}")]
    Exchange(Failure),
    /// The request cannot have reached GitHub.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have been executed: look before repeating a write.
    #[error("sent, but without a whole answer: {0}")]
    Unknown(String),
    /// The request was executed; its answer is above 32 MiB and was not read.
    #[error("the answer is larger than 32 MiB")]
    TooLarge,
}

impl From<Infallible> for WireError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The connections all wires share.
pub(crate) struct Lines {
    pub(crate) reads: reqwest::Client,
    pub(crate) writes: reqwest::Client,
    pub(crate) api: Url,
    pub(crate) graphql: Url,
}

/// See the module's text. A tower service over any body; bodies above 1 MiB are refused where the scope
/// does not say otherwise.
#[derive(Clone)]
pub struct GithubWire {
    cell: Arc<Cell>,
    lines: Arc<Lines>,
    scope: Arc<WireScope>,
    capability: Option<Capability>,
}

impl fmt::Debug for GithubWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubWire")
            .field("scope", &self.scope)
            .field("capability", &self.capability)
            .finish_non_exhaustive()
    }
}

impl<B> tower::Service<http::Request<B>> for GithubWire
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: fmt::Display,
{
    type Response = Response<Full<Bytes>>;
    type Error = WireError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, WireError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let wire = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let route = Route::find(&wire.lines, &wire.scope, &head.method, &head.uri)?;
            let outgoing = Outgoing::prepare(head, body, &route, &wire.scope).await?;
            wire.within(&route, &outgoing)?;
            wire.converse(route, outgoing).await
        })
    }
}

impl GithubWire {
    pub(crate) fn new(
        cell: Arc<Cell>,
        lines: Arc<Lines>,
        scope: WireScope,
        capability: Option<Capability>,
    ) -> Self {
        Self {
            cell,
            lines,
            scope: Arc::new(scope),
            capability,
        }
    }

    /// Whether the capability covers it, where there is one.
    fn within(&self, route: &Route, outgoing: &Outgoing) -> Result<(), WireError> {
        let Some(capability) = &self.capability else {
            return Ok(());
        };
        let (method, start) = (&outgoing.method, route.start.as_str());
        let now = self.cell.exchanger().clock.monotonic();
        capability
            .admit(now, method, start, route.url.query())
            .map_err(|why| WireError::NotAllowed(format!("{method} {start}: {why}")))
    }

    async fn converse(
        &self,
        mut route: Route,
        outgoing: Outgoing,
    ) -> Result<Response<Full<Bytes>>, WireError> {
        let mut lease = self.lease().await?;
        let mut refused_before = false;
        let mut hops = 0;
        loop {
            let answer = self.send(&route.url, &outgoing, &lease).await?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                if refused_before {
                    return Err(self.give_up(&lease));
                }
                self.cell.drop_epoch(lease.epoch);
                if !outgoing.repeatable {
                    // Nothing was executed. But with another token it would be another request, perhaps
                    // of another account: whoever asked for a write looks again first whether it may
                    // still be made.
                    return Err(WireError::NotSent(
                        "GitHub turned the token away (401); the next try uses another".to_owned(),
                    ));
                }
                refused_before = true;
                lease = self.lease().await?;
                continue;
            }
            // A capability is for a place by its name. One that has another name now is another place.
            if outgoing.method == Method::GET
                && self.capability.is_none()
                && let Some(next) = route.follow(&self.lines, &self.scope, &answer)?
            {
                hops += 1;
                if hops > MOST_HOPS {
                    return Err(WireError::NotAllowed(format!(
                        "more than {MOST_HOPS} redirects from {}",
                        route.start
                    )));
                }
                route.url = next;
                continue;
            }
            return deliver(answer, &lease.token).await;
        }
    }

    async fn lease(&self) -> Result<Lease, WireError> {
        self.cell
            .acquire(self.scope.reason)
            .await
            .map_err(|denied| match denied {
                Denied::Failed(failure) => WireError::Exchange(failure),
                Denied::Journal(refused) => WireError::NotSent(refused.to_string()),
            })
    }

    async fn send(
        &self,
        url: &Url,
        outgoing: &Outgoing,
        lease: &Lease,
    ) -> Result<reqwest::Response, WireError> {
        let proof = lease
            .token
            .header()
            .ok_or_else(|| WireError::NotSent("the token fits no header".to_owned()))?;
        let client = if outgoing.repeatable {
            &self.lines.reads
        } else {
            &self.lines.writes
        };
        let brake = self.cell.brake();
        // Once more: time has passed since the token was asked for.
        if let Some(stopped) = brake.refusal() {
            self.cell.forget();
            return Err(WireError::Exchange(stopped));
        }
        let sending = client
            .request(outgoing.method.clone(), url.clone())
            .headers(outgoing.headers.clone())
            .header(AUTHORIZATION, proof)
            .body(outgoing.body.clone())
            .send();
        let sent = tokio::select! {
            biased;
            // What has not left yet never will; of what has, nobody knows.
            () = brake.held() => {
                return Err(WireError::Unknown("broken off by the emergency stop".to_owned()));
            }
            sent = sending => sent,
        };
        sent.map_err(|error| {
            if http_client::never_left(&error) {
                WireError::NotSent(http_client::describe(Role::Github, error))
            } else {
                WireError::Unknown(http_client::describe(Role::Github, error))
            }
        })
    }

    /// GitHub refused a token that Auth0 had just handed out.
    fn give_up(&self, lease: &Lease) -> WireError {
        let failure = Failure {
            class: FailureClass::Reconnect,
            code: "github_unauthorized".to_owned(),
            status: Some(StatusCode::UNAUTHORIZED.as_u16()),
            message: "GitHub refuses the token Auth0 hands out, also a second one".to_owned(),
            remedy: "look whether the app was removed at GitHub, then connect the account again: bountyd connect github".to_owned(),
        };
        self.cell.condemn(lease.epoch, failure.clone());
        WireError::Exchange(failure)
    }
}

async fn deliver(
    answer: reqwest::Response,
    token: &Token,
) -> Result<Response<Full<Bytes>>, WireError> {
    let (status, version, mut headers) =
        (answer.status(), answer.version(), answer.headers().clone());
    let mut body = match http_client::read(answer, LONGEST_ANSWER).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return Err(WireError::TooLarge),
        Err(BodyError::Broken(error)) => {
            return Err(WireError::Unknown(http_client::describe(
                Role::Github,
                error,
            )));
        }
    };
    // A proxy that quotes the request in its error page would carry the token out of here, into
    // messages, the log and the ledger.
    token.blot(&mut body);
    for value in headers.values_mut() {
        let mut text = value.as_bytes().to_vec();
        if token.blot(&mut text)
            && let Ok(blotted) = HeaderValue::from_bytes(&text)
        {
            *value = blotted;
        }
    }
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    *response.version_mut() = version;
    *response.headers_mut() = headers;
    Ok(response)
}
