//! The tenant's Management API, for the operator who sets it up: typed calls, with a token of his own
//! that lives in this process only.
//!
//! Nothing here is used by the daemon. What the API hands out as a secret (a client's) is written to
//! the file it is for by this module, and goes nowhere else.

mod apis;
mod applications;
mod call;
mod connections;
mod credentials;
mod error;
mod insight;
mod reach;
mod scopes;
mod sign_in;
mod token;

pub use self::apis::{Api, ClientGrant, NewApi, NewGrant, SubjectType};
pub use self::applications::{
    Application, ApplicationBody, Authentication, CredentialId, PrivilegedAccess, VaultGrant,
};
pub use self::connections::{Connection, NewConnection};
pub use self::credentials::Credential;
pub use self::error::TenantError;
pub use self::insight::{Identity, LinkedAccount, TenantUser};
pub use self::reach::{Tenant, TenantAddress};
pub use self::scopes::{
    EXAMINE_SCOPES, OPTIONAL_SCOPES, RETIRE_SCOPES, ROTATE_SCOPES, SET_UP_SCOPES,
};
pub use self::sign_in::DeviceCode;
pub use self::token::OperatorToken;

/// A tenant, and the operator's right to change it.
pub struct Management {
    tenant: Tenant,
    token: OperatorToken,
}

impl std::fmt::Debug for Management {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Management").finish_non_exhaustive()
    }
}

impl Management {
    /// Looks at what the token says of itself, before anything is asked with it.
    ///
    /// # Errors
    /// It is over, or for another tenant.
    pub fn new(tenant: Tenant, token: OperatorToken) -> Result<Self, TenantError> {
        token.check(&tenant)?;
        Ok(Self { tenant, token })
    }

    /// Which of `needed` the token says it lacks; none if it does not say what it may do.
    #[must_use]
    pub fn missing_scopes(&self, needed: &[&'static str]) -> Vec<&'static str> {
        self.token.missing(needed)
    }

    /// The tenant this is about.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }
}
