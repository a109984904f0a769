//! Which setting the tenant's answer to an exchange is about. Pure.
//!
//! Auth0's documentation names some codes and few texts, and a tenant may word them differently; so a
//! code decides the family, its words the member, and where the words say nothing the likeliest member
//! is named together with the others.

use vault::Failure;

use super::check::Check;
use crate::clock::UnixMillis;

/// How the exchange of Token Vault for a privileged worker is set up.
const WORKER: &str = "https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/privileged-worker-token-exchange-with-token-vault";
/// The purpose of a connection.
const VAULT: &str =
    "https://auth0.com/docs/secure/call-apis-on-users-behalf/token-vault/configure-token-vault";
/// How an application proves itself with a key.
const KEY_JWT: &str = "https://auth0.com/docs/get-started/authentication-and-authorization-flow/authenticate-with-private-key-jwt";
/// What linking does to user ids.
const CONNECT: &str = "bountyd connect github";

/// What is known beside the answer itself.
#[derive(Clone, Debug)]
pub(super) struct Known<'a> {
    /// `auth0.client_id`.
    pub(super) client_id: &'a str,
    /// `auth0.user_id`.
    pub(super) user_id: &'a str,
    /// `auth0.connection`.
    pub(super) connection: &'a str,
    /// `auth0.scope`.
    pub(super) scope: Option<&'a str>,
    /// The key that signs.
    pub(super) kid: &'a str,
    /// The application proves itself with a secret, not with the key.
    pub(super) by_secret: bool,
    /// The tenant's clock minus ours, in seconds.
    pub(super) skew: Option<i64>,
    /// When an exchange last went well.
    pub(super) worked_at: Option<UnixMillis>,
}

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// What is to be mended.
    pub(super) check: Check,
    /// What to do, in a sentence.
    pub(super) remedy: String,
    /// A command or a page.
    pub(super) link: Option<&'static str>,
}

/// Clocks further apart than this explain a refused proof; the vault has tried the tenant's time then.
const SKEW: i64 = 60;

/// Judges a failed exchange.
#[must_use]
pub(super) fn diagnose(failure: &Failure, known: &Known<'_>) -> Diagnosis {
    let said = failure.message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["token vault is not enabled"]) {
        return connection(known);
    }
    match failure.code.as_str() {
        "journal" => of(
            Check::LedgerOpen,
            "see that there is room for the ledger and that it may be written",
            None,
        ),
        "signing_failed" => of(
            Check::KeyFile,
            "make a new key with `bountyd keys new FILE` and register it",
            Some(KEY_JWT),
        ),
        "invalid_client" => client(&says, known),
        "unauthorized_client" | "unsupported_grant_type" => unauthorized(&says),
        "access_denied" | "invalid_scope" | "invalid_target" => denied(&says, known),
        "mfa_required" | "unmet_authentication_requirements" => of(
            Check::TenantMfa,
            "in Auth0, set Security > Multi-factor Auth > Policy to Never, and require it in a \
             post-login Action instead: nobody can answer a prompt at night",
            Some("https://auth0.com/docs/secure/multi-factor-authentication/customize-mfa"),
        ),
        "federated_connection_refresh_token_not_found" | "tokenset_not_found" => of(
            Check::TenantAccount,
            format!(
                "connect the account: `{CONNECT}`. If you have, auth0.user_id ({}) is not who you are \
                 to the tenant: after accounts were linked only the primary identity counts, and a \
                 blocked user has nothing; `{CONNECT}` says so when you log in as somebody else",
                known.user_id
            ),
            Some(CONNECT),
        ),
        "federated_connection_refresh_token_flow_failed" => of(
            Check::TenantAccount,
            "GitHub does not renew what the vault keeps: the application was removed there, or its \
             refresh token has died; connect the account again",
            Some(CONNECT),
        ),
        "http_404" | "http_405" => of(
            Check::TenantIssuer,
            "there is no token endpoint at this address: correct [auth0] domain or base_url",
            None,
        ),
        "invalid_grant" | "expired_token" | "invalid_token" | "http_401" => proof(&says, known),
        "invalid_request" => request(&says, known),
        _ if failure.is_transient() => of(
            Check::Exchange,
            failure.remedy.clone(),
            Some("https://status.auth0.com"),
        ),
        _ if (300..400).contains(&failure.status.unwrap_or(0)) => of(
            Check::TenantIssuer,
            "the address redirects, and a secret is never sent after a redirect: set [auth0] domain \
             to the final host",
            None,
        ),
        _ => of(Check::Exchange, failure.remedy.clone(), Some(WORKER)),
    }
}

fn of(check: Check, remedy: impl Into<String>, link: Option<&'static str>) -> Diagnosis {
    Diagnosis {
        check,
        remedy: remedy.into(),
        link,
    }
}

/// The application did not prove itself.
fn client(says: &dyn Fn(&[&str]) -> bool, known: &Known<'_>) -> Diagnosis {
    let key = format!(
        "in Auth0, under Credentials of the application {}, authenticate with Private Key JWT and add \
         the public key of `bountyd keys public` (kid {})",
        known.client_id, known.kid
    );
    if known.skew.is_some_and(|skew| skew.abs() > SKEW)
        && says(&["expire", "iat", "nbf", "future", "time"])
    {
        return clock();
    }
    if says(&["unknown client", "client not found", "no such client"]) {
        return of(
            Check::TenantClient,
            format!(
                "the tenant knows no application {}: copy the client id of the worker application into \
                 auth0.client_id",
                known.client_id
            ),
            None,
        );
    }
    if says(&["aud"]) {
        return audience();
    }
    match known.by_secret {
        true => of(
            Check::TenantClient,
            format!(
                "copy the client secret of the application {} anew, or give it a key and set \
                 client_authentication = \"private_key_jwt\"",
                known.client_id
            ),
            None,
        ),
        false => of(Check::TenantClient, key, Some(KEY_JWT)),
    }
}

/// The application may not do this at all.
fn unauthorized(says: &dyn Fn(&[&str]) -> bool) -> Diagnosis {
    if says(&["first-party", "first party", "oidc"]) {
        return of(
            Check::TenantClientSettings,
            "in Auth0, the application must be first party (is_first_party) and OIDC conformant \
             (Advanced Settings > OAuth > OIDC Conformant)",
            Some(WORKER),
        );
    }
    if says(&[
        "not enabled for the tenant",
        "subject token type",
        "subject_token_type",
    ]) {
        return of(
            Check::TenantFeature,
            "Privileged Worker Token Exchange is not switched on for this tenant: ask Auth0 Support, or \
             your account manager, for the Early Access",
            Some(WORKER),
        );
    }
    let all = if says(&["grant type"]) {
        "in Auth0, give the application the Token Vault grant type (Advanced Settings > Grant Types)"
    } else {
        "in Auth0, give the application the Token Vault grant type (Advanced Settings > Grant Types); \
         if it has that: is it first party and OIDC conformant, and is Privileged Worker Token Exchange \
         switched on for the tenant?"
    };
    of(Check::TenantGrantType, all, Some(WORKER))
}

/// The application may, but not from here, or not this.
fn denied(says: &dyn Fn(&[&str]) -> bool, known: &Known<'_>) -> Diagnosis {
    let address = "put the address from which this machine reaches the internet on the list \
                   token_vault_privileged_access.ip_allowlist of the application";
    let grants = format!(
        "list the connection {} with its scopes under token_vault_privileged_access.grants of the \
         application",
        known.connection
    );
    if says(&[
        "no privileged access",
        "privileged access is not",
        "token_vault_privileged_access",
    ]) {
        return of(
            Check::TenantPrivilegedKey,
            format!(
                "in Auth0, give the application privileged access to Token Vault: this key (kid {}), \
                 the address of this machine and the grants",
                known.kid
            ),
            Some(WORKER),
        );
    }
    if says(&[
        "address",
        "ip_allowlist",
        "ip allow",
        "allow-list",
        "allowlist",
    ]) {
        let again = match known.worked_at {
            Some(_) => "; it worked before, so the address has probably changed",
            None => "",
        };
        return of(
            Check::TenantIpAllowlist,
            format!("in Auth0, {address}{again}"),
            Some(WORKER),
        );
    }
    if says(&["scope"]) {
        let scope = known.scope.map_or_else(
            || "the scopes that are asked for".to_owned(),
            |scope| format!("auth0.scope ({scope})"),
        );
        return of(
            Check::TenantGrants,
            format!(
                "{scope} must be among the scopes of the grant for {}; in Auth0, {grants}, or leave auth0.scope out",
                known.connection
            ),
            Some(WORKER),
        );
    }
    if says(&["connection", "grant"]) {
        return of(
            Check::TenantGrants,
            format!("in Auth0, {grants}"),
            Some(WORKER),
        );
    }
    of(
        Check::TenantIpAllowlist,
        match known.worked_at {
            Some(_) => format!(
                "it worked before, so this machine's public address has probably changed: in Auth0, \
                 {address}; else {grants}"
            ),
            None => {
                format!("in Auth0, {address}, and {grants}; either list empty refuses everything")
            }
        },
        Some(WORKER),
    )
}

/// The subject token was not believed.
fn proof(says: &dyn Fn(&[&str]) -> bool, known: &Known<'_>) -> Diagnosis {
    let dated = says(&["iat", "issued", "exp", "nbf", "future", "too old"]);
    if dated || known.skew.is_some_and(|skew| skew.abs() > SKEW) {
        return clock();
    }
    if says(&["aud", "iss"]) {
        return audience();
    }
    if says(&["user", " sub "]) {
        return of(
            Check::TenantUser,
            format!(
                "auth0.user_id ({}) is nobody's in the tenant: copy user_id from User Management > \
                 Users; after accounts were linked that is the primary identity's",
                known.user_id
            ),
            Some(
                "https://auth0.com/docs/manage-users/user-accounts/user-account-linking/link-user-accounts",
            ),
        );
    }
    let key = format!(
        "in Auth0, the public key that signs (kid {}, `bountyd keys public`) must stand under \
         token_vault_privileged_access.credentials of the application, beside its ordinary credentials",
        known.kid
    );
    if says(&["kid", "signature", "key", "alg"]) {
        return of(Check::TenantPrivilegedKey, key, Some(WORKER));
    }
    of(
        Check::TenantPrivilegedKey,
        format!(
            "{key}; if it does, auth0.user_id ({}) is not the primary identity of a user",
            known.user_id
        ),
        Some(WORKER),
    )
}

/// The request itself.
fn request(says: &dyn Fn(&[&str]) -> bool, known: &Known<'_>) -> Diagnosis {
    if says(&["connection"]) {
        return connection(known);
    }
    of(
        Check::TenantFeature,
        "the tenant does not understand the request: is Privileged Worker Token Exchange switched on for \
         it? Otherwise check auth0.connection and auth0.scope",
        Some(WORKER),
    )
}

fn connection(known: &Known<'_>) -> Diagnosis {
    of(
        Check::TenantConnection,
        format!(
            "in Auth0, give the connection {} the purpose Connected Accounts for Token Vault, and enable \
             it for the application {}",
            known.connection, known.client_id
        ),
        Some(VAULT),
    )
}

fn clock() -> Diagnosis {
    of(
        Check::Clock,
        "set this machine's clock, and keep it right: `timedatectl set-ntp true`",
        Some("timedatectl set-ntp true"),
    )
}

fn audience() -> Diagnosis {
    of(
        Check::TenantIssuer,
        "auth0.audience and auth0.issuer must be what the tenant calls itself, with the slash at the \
         end; leave both out unless a custom domain is used",
        None,
    )
}

#[cfg(test)]
mod tests;
