//! The operator's own right to his tenant, for one run of one command: a token from a private file, typed where
//! nothing is shown, or by a code that he confirms in his browser. It is stored nowhere.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use vault::EnteredSecret;
use vault::tenant::{Management, OperatorToken, Tenant, TenantAddress, TenantError};

use super::session::Stop;
use super::untrusted::block;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::exit::Exit;

/// Whether the tenant is asked, and how the operator proves himself.
#[derive(Debug, Args)]
pub(super) struct Operator {
    /// With a Management API token of your own, which is asked for and stored nowhere
    #[arg(long)]
    pub(super) tenant: bool,
    /// With --tenant: a file of mode 0600 with the token
    #[arg(
        long,
        value_name = "FILE",
        requires = "tenant",
        conflicts_with = "device_client_id"
    )]
    token_file: Option<PathBuf>,
    /// With --tenant: sign in by device flow with this native application
    #[arg(long, value_name = "ID", requires = "tenant")]
    device_client_id: Option<String>,
}

impl Operator {
    /// The tenant of the configuration, and the right to ask of it what takes `needed`; `useful` is asked for as well
    /// where he signs in.
    pub(super) async fn manage(
        &self,
        config: &Config,
        needed: &[&'static str],
        useful: &[&'static str],
    ) -> Result<Management, Stop> {
        let base = config.auth0.base_url.clone();
        let address = TenantAddress {
            allow_insecure_loopback: config.allow_insecure_loopback,
            base,
            user_agent: concat!("bountyd/", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let tenant = Tenant::reach(address, Arc::new(SystemClock))
            .await
            .map_err(stop)?;
        let all: Vec<&str> = needed.iter().chain(useful).copied().collect();
        let token = self.token(&tenant, &all).await?;
        let management = Management::new(tenant, token).map_err(stop)?;
        let missing = management.missing_scopes(needed);
        if missing.is_empty() {
            return Ok(management);
        }
        Err(Stop::Say(
            Exit::NotAllowed,
            format!(
                "the management token lacks the scopes {}; get one that has them all",
                missing.join(" ")
            ),
        ))
    }

    async fn token(&self, tenant: &Tenant, scopes: &[&str]) -> Result<OperatorToken, Stop> {
        if let Some(file) = &self.token_file {
            let entered = EnteredSecret::from_file(file)
                .map_err(|error| Stop::Say(Exit::NoInput, error.to_string()))?;
            return Ok(OperatorToken::from_entered(&entered));
        }
        if let Some(id) = &self.device_client_id {
            let code = tenant.begin_sign_in(id, scopes).await.map_err(stop)?;
            eprintln!(
                "Open this page in any browser, compare the code, and confirm:\n  {}\n  {}",
                block(code.page.as_str()),
                block(&code.user_code)
            );
            return tenant.finish_sign_in(code).await.map_err(stop);
        }
        let entered = EnteredSecret::from_terminal(
            "Management API token (Auth0 > Applications > APIs > Auth0 Management API > API Explorer)",
            "name a file of mode 0600 with --token-file",
        );
        entered
            .map(|secret| OperatorToken::from_entered(&secret))
            .map_err(|error| Stop::Say(Exit::NotAllowed, error.to_string()))
    }
}

/// Why the tenant did not do it, as the end of a command.
pub(super) fn stop(error: TenantError) -> Stop {
    Stop::Say(exit(&error), error.to_string())
}

/// The tenant's troubles, as the shell sees them.
pub(super) fn exit(error: &TenantError) -> Exit {
    match error {
        TenantError::Network { .. } | TenantError::Server { .. } => Exit::Unavailable,
        TenantError::RateLimited { .. } => Exit::TryLater,
        TenantError::Token { .. } | TenantError::Scope { .. } | TenantError::SignIn(_) => {
            Exit::NotAllowed
        }
        TenantError::NotATenant { .. }
        | TenantError::OtherName { .. }
        | TenantError::Address(_)
        | TenantError::Feature { .. } => Exit::Config,
        TenantError::Secret(_) => Exit::NoInput,
        TenantError::Store { .. } => Exit::CannotCreate,
        TenantError::Refused { .. } | TenantError::Odd { .. } => Exit::Failure,
    }
}
