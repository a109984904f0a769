//! An Auth0 tenant with Token Vault: the privileged worker exchange, the owner's login and device flow, approval on the
//! phone (CIBA), the My Account API, the Management API. They all read and write one state.
//!
//! Public documents it follows: Auth0's pages on the privileged worker token exchange, on connected accounts for Token
//! Vault, on private key JWT authentication, on the device authorization flow, and the references of the My Account API and
//! the Management API. Where they leave an answer open, the strictest sensible one is given, and [`Switches`] changes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{any, delete, get, post};

use crate::Now;
use crate::rim::{self, Rim, Server};
use crate::seed::Seed;
use crate::tokens::Registry;

mod account;
mod account_list;
mod activate;
mod allowlist;
mod api;
mod backchannel;
mod backchannel_poll;
mod client;
mod connect;
mod connection;
mod device;
mod discovery;
mod exchange;
mod flows;
mod form;
mod guardian;
mod handle;
mod handle_client;
mod issue;
mod jwt;
mod key;
mod log;
mod login;
mod management;
mod pages;
mod person;
mod problem;
mod refresh;
mod refusal;
mod signer;
mod state;
mod switches;
mod token;

pub use client::{
    ACCOUNT_SCOPES, CIBA_GRANT, Client, ClientAuth, DEVICE_GRANT, Grant, PrivilegedAccess,
    VAULT_GRANT,
};
pub use connection::Connection;
pub use key::Credential;
pub use log::{Entry, Exchange};
pub use person::{Person, Push, Word};
pub use refusal::Refusal;
pub use state::{ConnectedAccount, Identity, TokenPlan, User};
pub use switches::{ExpiresIn, IdToken, Switches};

use api::Api;
use state::Tenant;

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

    /// A name such as `cred_…`, of Auth0's length.
    pub(crate) fn id(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.seed.letters(16))
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
    /// Starts a tenant that has a connection `github` and an active My Account API, and nobody in it.
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
        tenant.switches.ciba_per_minute = Some(5);
        tenant.push_enabled = true;
        let shared = Arc::new(Shared {
            rim: Arc::clone(&rim),
            seed: Seed::new(seed ^ 0x0061_7574_6830),
            tenant: Mutex::new(tenant),
            registry,
            addr,
        });
        shared.furnish();
        let routes = Router::new()
            .route("/oauth/token", post(token::token))
            .route("/oauth/device/code", post(device::code))
            .route("/activate", get(activate::show).post(activate::choose))
            .route("/bc-authorize", post(backchannel::begin))
            .route("/oauth/revoke", post(refresh::revoke))
            .route("/guardian", get(guardian::show).post(guardian::choose))
            .route("/u/continue", get(login::go_on))
            .route("/api/v2/{*path}", any(management::serve))
            .route("/authorize", get(login::authorize))
            .route("/connected-accounts/connect", get(account::consent))
            .route("/me/v1/connected-accounts/connect", post(account::begin))
            .route(
                "/me/v1/connected-accounts/complete",
                post(account::complete),
            )
            .route(
                "/me/v1/connected-accounts/accounts",
                get(account_list::list),
            )
            .route(
                "/me/v1/connected-accounts/connections",
                get(account_list::connectable),
            )
            .route(
                "/me/v1/connected-accounts/accounts/{id}",
                delete(account_list::remove),
            )
            .route(
                "/.well-known/openid-configuration",
                get(discovery::discovery),
            )
            .route("/.well-known/jwks.json", get(discovery::jwks))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: rim::serve(listener, routes, rim)?,
            shared,
        })
    }
}
