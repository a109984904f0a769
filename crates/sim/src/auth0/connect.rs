//! How an account gets into the vault, by the flow of the owner or by a test's word.

use super::Shared;
use super::connection::Connection;
use super::state::{ConnectedAccount, Tenant, TokenPlan};

/// The connection, if the client may use it for Token Vault.
pub(crate) fn enabled<'a>(
    tenant: &'a Tenant,
    name: &str,
    client_id: &str,
) -> Option<&'a Connection> {
    tenant
        .connections
        .get(name)
        .filter(|connection| connection.active && connection.enabled(client_id))
}

/// Puts the browser's provider account into the user's vault, replacing an earlier one of the same connection.
pub(crate) fn connect(
    shared: &Shared,
    tenant: &mut Tenant,
    user_id: &str,
    connection: &str,
    scopes: &[String],
    plan: TokenPlan,
    now_ms: i64,
) -> Option<ConnectedAccount> {
    let user = tenant.users.get_mut(user_id)?;
    let account = ConnectedAccount {
        id: format!("cac_{}", shared.seed.letters(22)),
        connection: connection.to_owned(),
        provider_user_id: user.github_user_id,
        scopes: scopes.to_vec(),
        created_at_ms: now_ms,
        plan,
        stored: None,
        refreshable: true,
    };
    user.accounts.retain(|known| known.connection != connection);
    user.accounts.push(account.clone());
    Some(account)
}
