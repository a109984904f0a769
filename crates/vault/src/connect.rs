//! The owner's one-time consent: log in, then connect the GitHub account to Auth0's Token Vault.
//! Logging in with GitHub is not enough: the vault reads *connected accounts*, which only this flow
//! fills (Auth0 docs, "Connected Accounts for Token Vault" and "My Account API"). And, after a login of the
//! same kind, the list of what is connected and the way to take it back.

mod account;
mod accounts;
mod login;
mod loopback;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use self::account::MyAccount;
pub use self::accounts::{AccountSession, sign_in};
use self::loopback::Loopback;
use crate::vault::Vault;
use clock::Entropy;

/// How long the owner may take for each of the two pages; Auth0's ticket lives as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// How to connect.
pub struct ConnectOptions<'a> {
    /// Ports of `http://127.0.0.1:{port}/callback` registered with the login client, in order of
    /// preference; Auth0 compares callbacks literally. [`ConnectOptions::PORTS`] are the usual.
    pub ports: Vec<u16>,
    /// A public client for the login; absent: the worker client with its own authentication.
    pub client_id: Option<String>,
    /// Provider scopes to ask for; empty: those chosen in Auth0's dashboard.
    pub scopes: Vec<String>,
    /// Shows the owner a page's address, by opening a browser or by printing it.
    pub open: &'a Opener<'a>,
    /// Addresses at which a browser ended that cannot reach this machine, such as a phone's, as the owner
    /// pastes them. What is none of ours is passed over.
    pub pasted: Option<&'a Pasted>,
}

/// Lines that somebody pastes while a page is waited for.
pub type Pasted = tokio::sync::Mutex<tokio::sync::mpsc::UnboundedReceiver<String>>;

/// Shows the owner one of the two pages.
pub type Opener<'a> = dyn Fn(Page, &Url) + Send + Sync + 'a;

/// The pages the owner has to open, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The login to the tenant.
    Login,
    /// GitHub's question whether the tenant may act for him.
    Consent,
    /// The login to the tenant, and nothing after it.
    Account,
}

impl Page {
    /// What is done there, as errors name it.
    fn step(self) -> &'static str {
        match self {
            Self::Login | Self::Account => "login",
            Self::Consent => "connecting the account",
        }
    }

    /// What the browser shows when it came back from there with a code.
    fn done(self) -> &'static str {
        match self {
            Self::Login => {
                "1 of 2 done: you are logged in. Go on with the second page; the terminal shows its address."
            }
            Self::Consent => {
                "2 of 2 done. You can close this page and go back to the terminal, which tries the connection."
            }
            Self::Account => {
                "Done: you are logged in. You can close this page and go back to the terminal."
            }
        }
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Login => "1 of 2: log in to your tenant",
            Self::Consent => "2 of 2: let your tenant act for you at GitHub",
            Self::Account => "log in to your tenant",
        })
    }
}

impl ConnectOptions<'_> {
    /// Ports to register as callbacks.
    pub const PORTS: std::ops::RangeInclusive<u16> = 18484..=18489;
}

/// The connection that stands afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Connected {
    /// `cac_…`.
    pub id: String,
    /// Connection name.
    pub connection: String,
    /// What the owner granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// RFC 3339, as Auth0 says it.
    #[serde(default)]
    pub created_at: Option<String>,
    /// RFC 3339; absent: no end.
    #[serde(default)]
    pub expires_at: Option<String>,
}

/// Why nothing is connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// All callback ports are taken.
    #[error(
        "none of the ports {ports:?} is free on 127.0.0.1 ({reason}); close what uses them (another connect?) and try again"
    )]
    NoPort {
        /// Those tried.
        ports: Vec<u16>,
        /// The last refusal.
        reason: String,
    },
    /// The owner did not come back in time.
    #[error("no answer from the browser within {} minutes; start again", PATIENCE.as_secs() / 60)]
    TimedOut,
    /// Auth0 or the owner refused on a page.
    #[error("{step}: refused with {code}: {message}")]
    Refused {
        /// Login or consent.
        step: &'static str,
        /// `error` of the callback.
        code: String,
        /// `error_description`, cleaned.
        message: String,
    },
    /// Auth0 refused a call.
    #[error("{step}: HTTP {status}: {message}; {remedy}")]
    Answer {
        /// Which call.
        step: &'static str,
        /// Status.
        status: u16,
        /// What it said, cleaned.
        message: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The call did not get through.
    #[error("{step}: {message}; check the network and start again")]
    Network {
        /// Which call.
        step: &'static str,
        /// The library's words.
        message: String,
    },
    /// Somebody else logged in.
    #[error(
        "logged in as {got}, but the worker acts for {expected}; log out in the browser and log in as the owner, or correct user_id"
    )]
    WrongUser {
        /// `user_id` of the configuration.
        expected: String,
        /// `sub` of the login.
        got: String,
    },
    /// The ID token is not for us, or not for this login.
    #[error("the ID token is not acceptable: {0}; start again")]
    IdToken(&'static str),
    /// The client assertion could not be signed.
    #[error("the key does not sign: {0}")]
    Signing(String),
    /// The browser would be sent somewhere it should not go.
    #[error("Auth0 answered with an address that is not https: {0}")]
    Address(String),
    /// The loopback listener failed.
    #[error("listening on 127.0.0.1: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs the flow: opens two pages in the owner's browser and waits for both.
///
/// # Errors
/// See [`ConnectError`]. Nothing is stored on this machine either way.
pub async fn connect(
    vault: &Vault,
    options: ConnectOptions<'_>,
) -> Result<Connected, ConnectError> {
    let loopback = Loopback::bind(&options.ports, options.pasted).await?;
    let redirect_uri = loopback.redirect_uri();
    let login = login::Login {
        vault,
        client_id: options.client_id.as_deref(),
        redirect_uri: &redirect_uri,
        page: Page::Login,
        scopes: account::CONNECT,
    };
    let token = login.run(&loopback, options.open).await?;
    let account = MyAccount {
        vault,
        token,
        redirect_uri: &redirect_uri,
    };
    account
        .connect(&options.scopes, &loopback, options.open)
        .await
}

/// A secret for one round trip through the browser, and its hash (RFC 7636 §4).
struct Pkce {
    verifier: zeroize::Zeroizing<String>,
    challenge: String,
}

impl Pkce {
    fn new(entropy: &dyn Entropy) -> Self {
        let verifier = zeroize::Zeroizing::new(nonce(entropy));
        Self {
            challenge: URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            verifier,
        }
    }
}

/// 256 random bits, base64url.
fn nonce(entropy: &dyn Entropy) -> String {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    entropy.fill(&mut *bytes);
    URL_SAFE_NO_PAD.encode(bytes.as_slice())
}
