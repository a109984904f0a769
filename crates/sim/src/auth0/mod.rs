//! An Auth0 tenant with Token Vault: the privileged worker exchange, the owner's login, the My Account API.
//!
//! Public documents it follows: Auth0's pages on the privileged worker token exchange, on connected accounts for Token
//! Vault, on private key JWT authentication, and the My Account API reference. Where they leave an answer open, the
//! strictest sensible one is given, and [`Switches`] changes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::rim::{self, Connection as Peer, Rim, Server};
use crate::seed::Seed;
use crate::tokens::Registry;
use crate::{Now, lock};

mod account;
mod connect;
mod exchange;
mod form;
mod handle;
mod jwt;
mod key;
mod login;
mod problem;
mod refusal;
mod signer;
mod state;

pub use key::Credential;
pub use refusal::Refusal;
pub use state::{
    ACCOUNT_SCOPES, Client, ClientAuth, ConnectedAccount, Connection, Exchange, ExpiresIn, Grant,
    PrivilegedAccess, Switches, TokenPlan, User, VAULT_GRANT,
};

use form::Form;
use jwt::Moment;
use refusal::Refused;
use state::Tenant;

/// What a token request may carry; anything else is noted as a violation.
const KNOWN_PARAMETERS: [&str; 16] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "connection",
    "scope",
    "code",
    "redirect_uri",
    "code_verifier",
    "login_hint",
    "audience",
    "organization",
];

pub(crate) struct Shared {
    pub(crate) rim: Arc<Rim>,
    pub(crate) seed: Seed,
    pub(crate) tenant: Mutex<Tenant>,
    registry: Registry,
    addr: SocketAddr,
}

impl Shared {
    /// Issuer and audience: the base URL with its trailing slash.
    pub(crate) fn tenant_url(&self) -> String {
        format!("http://{}/", self.addr)
    }
}

/// A running tenant, scripted through its methods.
pub struct Auth0 {
    server: Server,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Auth0 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth0")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Auth0 {
    /// Starts a tenant that has a connection `github`, and nobody in it.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(
        addr: SocketAddr,
        now: Now,
        registry: Registry,
        seed: u64,
    ) -> std::io::Result<Self> {
        let listener = rim::bind(addr).await?;
        let addr = listener.local_addr()?;
        let rim = Rim::new(now);
        let mut tenant = Tenant::default();
        tenant.switches.skew_s = 5;
        tenant.connections.insert(
            "github".to_owned(),
            Connection {
                active: true,
                disabled_for: Default::default(),
                scopes: vec!["repo".to_owned()],
            },
        );
        let shared = Arc::new(Shared {
            rim: Arc::clone(&rim),
            seed: Seed::new(seed ^ 0x0061_7574_6830),
            tenant: Mutex::new(tenant),
            registry,
            addr,
        });
        let routes = Router::new()
            .route("/oauth/token", post(token))
            .route("/authorize", get(login::authorize))
            .route("/connected-accounts/connect", get(account::consent))
            .route("/me/v1/connected-accounts/connect", post(account::begin))
            .route(
                "/me/v1/connected-accounts/complete",
                post(account::complete),
            )
            .route("/me/v1/connected-accounts/accounts", get(account::list))
            .route(
                "/me/v1/connected-accounts/connections",
                get(account::connectable),
            )
            .route(
                "/me/v1/connected-accounts/accounts/{id}",
                delete(account::remove),
            )
            .route("/.well-known/openid-configuration", get(login::discovery))
            .route("/.well-known/jwks.json", get(login::jwks))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: rim::serve(listener, routes, rim)?,
            shared,
        })
    }
}

/// `POST /oauth/token`
async fn token(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut tenant = lock(&shared.tenant);
    let now_ms = shared.rim.now();
    if let Some(until) = tenant
        .switches
        .rate_limited_until_ms
        .filter(|until| now_ms < *until)
    {
        return rate_limited(&tenant, until);
    }
    let tenant_url = shared.tenant_url();
    let moment = Moment {
        tenant_url: &tenant_url,
        now_s: now_ms.div_euclid(1_000),
        now_ms,
    };
    let outcome = Form::read(&headers, &body).and_then(|form| {
        for name in form.names().filter(|name| !KNOWN_PARAMETERS.contains(name)) {
            shared.rim.violation(
                "POST /oauth/token",
                format!("parameter {name} is not documented"),
            );
        }
        match form.require("grant_type")? {
            VAULT_GRANT => exchange::worker(
                &mut tenant,
                &shared.registry,
                &form,
                peer.peer.ip(),
                &moment,
            ),
            "authorization_code" => login::code_grant(&shared, &mut tenant, &form, &moment),
            other => Err(Refused::new(
                Refusal::GrantTypeUnknown,
                format!("Unsupported grant type: {other}"),
            )),
        }
    });
    outcome.unwrap_or_else(|refused| {
        let code = tenant
            .switches
            .answers
            .get(&refused.why)
            .copied()
            .unwrap_or_else(|| refused.why.answer());
        refused.response(code, tenant.switches.unknown_fields)
    })
}

fn rate_limited(tenant: &Tenant, until_ms: i64) -> Response {
    let text = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers.";
    let refused = Refused::new(Refusal::RateLimited, text);
    let code = tenant
        .switches
        .answers
        .get(&refused.why)
        .copied()
        .unwrap_or_else(|| refused.why.answer());
    let mut response = refused.response(code, false);
    let headers = response.headers_mut();
    headers.insert("x-ratelimit-limit", HeaderValue::from_static("30"));
    headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
    headers.insert(
        "x-ratelimit-reset",
        HeaderValue::from(until_ms.saturating_add(999).div_euclid(1_000)),
    );
    response
}
