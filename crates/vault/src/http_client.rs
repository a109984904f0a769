//! One way to speak HTTPS: no redirects, no proxy from the environment, no retries, short patience.

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use rustls::ClientConfig;
use zeroize::Zeroizing;

use crate::settings::OpenError;
use crate::trust::{self, Trust};

/// How long the other side may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until a connection stands (DNS, TCP and TLS).
    pub(crate) connect: Duration,
    /// From the first byte to the last.
    pub(crate) total: Duration,
}

/// How long a request may take, from its first byte to the last of the answer.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// What production uses.
pub(crate) const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(10),
    total: LONGEST_REQUEST,
};

/// Whether connections are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Yes: reads.
    Pool,
    /// No: a write on a connection the server is just closing would end in doubt for nothing.
    Fresh,
}

/// This machine's certificate store, read now, for what has nothing else to do meanwhile.
pub(crate) async fn trust() -> Result<ClientConfig, OpenError> {
    let trust = Trust::unread();
    trust.read(trust::PATIENCE).await?;
    Ok(trust.config().clone())
}

/// Builds a client. A proxy named by an environment variable would see plain-http test traffic and
/// learn whom we talk to; the environment is not asked.
pub(crate) fn build(
    trust: &ClientConfig,
    user_agent: &str,
    https_only: bool,
    reuse: Reuse,
    patience: Patience,
) -> Result<reqwest::Client, OpenError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(trust.clone())
        .user_agent(user_agent)
        .https_only(https_only)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(patience.connect)
        .timeout(patience.total);
    if reuse == Reuse::Fresh {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().map_err(|e| OpenError::Http(chain(&e, &[])))
}

/// True only if not one byte of the request can have reached the other side: name resolution, the
/// connection or the TLS handshake failed, or the request could not be built.
pub(crate) fn never_left(error: &reqwest::Error) -> bool {
    error.is_connect() || error.is_builder()
}

/// The other end, as its owner knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Auth0.
    Tenant,
    /// GitHub.
    Github,
    /// The Bot API.
    Telegram,
}

/// An error and its causes: who could not be reached at which host, without the rest of the URL
/// (which may hold a token).
pub(crate) fn describe(role: Role, error: reqwest::Error) -> String {
    describe_without(role, error, &[])
}

/// As [`describe`], and without `secrets` wherever they turn up.
pub(crate) fn describe_without(role: Role, error: reqwest::Error, secrets: &[&str]) -> String {
    let role = match role {
        Role::Tenant => "your tenant",
        Role::Github => "GitHub",
        Role::Telegram => "Telegram",
    };
    let host = error.url().and_then(|url| {
        let host = url.host_str()?;
        Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    });
    let place = host.map_or_else(|| role.to_owned(), |host| format!("{role} at {host}"));
    format!("{place}: {}", chain(&error.without_url(), secrets))
}

fn chain(error: &dyn Error, secrets: &[&str]) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(said, ": {cause}");
        source = cause.source();
    }
    crate::redact::clean(&said, secrets)
}

/// Why an answer's body is not at hand.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// Longer than allowed.
    TooLarge,
    /// It ended early or timed out.
    Broken(reqwest::Error),
}

/// Reads a body of at most `cap` bytes into memory that is wiped.
pub(crate) async fn read_secret(
    mut response: reqwest::Response,
    cap: usize,
) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    // All at once, because growing would leave unwiped copies behind.
    let mut body = Zeroizing::new(Vec::with_capacity(cap));
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > cap {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a body of at most `cap` bytes.
pub(crate) async fn read(
    mut response: reqwest::Response,
    cap: usize,
) -> Result<Vec<u8>, BodyError> {
    if response.content_length().is_some_and(|n| n > cap as u64) {
        return Err(BodyError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > cap {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
