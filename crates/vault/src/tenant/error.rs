//! Why the tenant cannot be set up or looked at, each with its remedy.

use std::path::PathBuf;

use crate::secret::SecretError;

/// What went wrong between the operator and his tenant.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// Nothing came back.
    #[error("{step}: no answer from {message}; check the spelling of the domain, and the network")]
    Network {
        /// What was being done.
        step: &'static str,
        /// The library's words.
        message: String,
    },
    /// Something answers there, and it is no Auth0 tenant.
    #[error(
        "{address} is not an Auth0 tenant ({reason}); copy the domain from Auth0 > Settings > Custom Domains or from the page of any application"
    )]
    NotATenant {
        /// As it was asked.
        address: String,
        /// What gave it away.
        reason: String,
    },
    /// A tenant answers that calls itself something else.
    #[error(
        "the tenant at {address} calls itself {issuer}; set it up under that domain, or name it as base_url"
    )]
    OtherName {
        /// As it was asked.
        address: String,
        /// `issuer` of its discovery document, cleaned.
        issuer: String,
    },
    /// The HTTP client cannot be built, or the address may not be used.
    #[error("{0}")]
    Address(String),
    /// The management token is not taken.
    #[error("the management token {reason}; {remedy}")]
    Token {
        /// What is wrong with it.
        reason: String,
        /// Where to get another.
        remedy: &'static str,
    },
    /// The management token may not do this.
    #[error(
        "{step}: the management token lacks the scope {}; get one that has it (bountyd init --help lists them all)",
        missing.join(" or ")
    )]
    Scope {
        /// What was being done.
        step: &'static str,
        /// The scopes, of which one would do.
        missing: Vec<String>,
    },
    /// The tenant, or its plan, does not have what is asked for.
    #[error("{step}: this tenant does not have {feature} (it says: {message}); {remedy}")]
    Feature {
        /// What was being done.
        step: &'static str,
        /// The missing feature.
        feature: Feature,
        /// What it said, cleaned.
        message: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Too many requests, and waiting as long as was asked did not help.
    #[error("{step}: the tenant wants fewer requests; try again in {wait_s} s")]
    RateLimited {
        /// What was being done.
        step: &'static str,
        /// Seconds.
        wait_s: u64,
    },
    /// The tenant has a bad moment.
    #[error("{step}: the tenant answers HTTP {status} ({message}); try again later")]
    Server {
        /// What was being done.
        step: &'static str,
        /// Status.
        status: u16,
        /// What it said, cleaned.
        message: String,
    },
    /// Any other refusal.
    #[error("{step}: refused with HTTP {status} {code}: {message}")]
    Refused {
        /// What was being done.
        step: &'static str,
        /// Status.
        status: u16,
        /// `errorCode` or `error`, cleaned.
        code: String,
        /// What it said, cleaned.
        message: String,
    },
    /// An answer that is none.
    #[error("{step}: an answer that cannot be read ({reason}); is the domain right?")]
    Odd {
        /// What was being done.
        step: &'static str,
        /// Why, without a word of it.
        reason: String,
    },
    /// The operator said no, or the code ran out, while signing in on the page.
    #[error("signing in: {0}")]
    SignIn(String),
    /// A secret that goes in cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A secret that came out cannot be stored.
    #[error("{}: {reason}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why, with the remedy.
        reason: String,
    },
}

impl TenantError {
    /// Whether the tenant has answered that it does not do it. After any other failure it may have done it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Token { .. }
            | Self::Scope { .. }
            | Self::Feature { .. }
            | Self::RateLimited { .. } => true,
            // 408: it did not hear all of it, or somebody in between did not.
            Self::Refused { status, .. } => (400..500).contains(status) && *status != 408,
            _ => false,
        }
    }
}

/// What a tenant may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Token Vault's privileged worker exchange.
    PrivilegedWorker,
    /// Applications that prove themselves with a key.
    PrivateKeyJwt,
    /// Connected accounts, on a connection.
    ConnectedAccounts,
    /// The My Account API.
    MyAccount,
    /// Something else.
    Other,
}

impl std::fmt::Display for Feature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PrivilegedWorker => "the privileged worker exchange of Token Vault",
            Self::PrivateKeyJwt => "Private Key JWT, which is a part of the Enterprise plan",
            Self::ConnectedAccounts => "connected accounts for Token Vault",
            Self::MyAccount => "the My Account API",
            Self::Other => "a feature that this takes",
        })
    }
}

impl Feature {
    /// What the owner can do about it.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::PrivilegedWorker => {
                "it is Early Access: ask Auth0's support or your account manager to switch it on, then start again; nothing was created"
            }
            Self::PrivateKeyJwt => "use a client secret instead (--authentication client_secret)",
            Self::ConnectedAccounts => {
                "ask Auth0's support to switch Token Vault on for the tenant, then start again"
            }
            Self::MyAccount => {
                "activate it by hand under Applications > APIs > Auth0 My Account API, then start again"
            }
            Self::Other => "ask Auth0's support whether the tenant's plan has it",
        }
    }
}
