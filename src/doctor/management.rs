//! Reads the tenant's settings with a management token of the operator's. Nothing is written, and the token is the
//! calling process's own: the daemon never has it.

use vault::tenant::{Management, TenantError};

use super::check::Check;
use super::facts::{Facts, Seen, merge};
use super::finding::Verdict;
use super::{Report, secrets};
use crate::clock::UnixMillis;
use crate::config::{Config, Environment};

/// Looks at every setting that the exchange and connecting depend on, and puts what they show into the report.
pub async fn look(
    report: &mut Report,
    config: &Config,
    environment: &Environment,
    management: &Management,
    now: UnixMillis,
) {
    let auth0 = &config.auth0;
    let keys = secrets::keys(config, environment);
    let kids: Vec<String> = keys.iter().filter_map(|key| key.kid.clone()).collect();
    let first = keys.first().and_then(|key| key.kid.as_deref());
    let login = auth0.login_client_id.as_ref().unwrap_or(&auth0.client_id);
    let name = &auth0.connection;
    let connection = seen(management.connections().await)
        .map(|all| all.into_iter().find(|connection| connection.name == *name));
    let enabled = match &connection {
        Ok(Some(found)) => seen(management.enabled_clients(&found.id).await),
        Ok(None) => Ok(Vec::new()),
        Err(why) => Err(why.clone()),
    };
    let user = seen(management.user(&auth0.user_id).await);
    let others = match &user {
        // He may be a part of somebody else by now.
        Ok(None) => seen(management.users().await),
        _ => Ok(Vec::new()),
    };
    let accounts = match &user {
        Ok(None) => Ok(Vec::new()),
        _ => seen(management.linked_accounts(&auth0.user_id).await),
    };
    let identifier = management.tenant().my_account();
    let facts = Facts {
        auth0,
        kid: auth0.signing_key.as_deref().or(first),
        kids: &kids,
        now,
        came: report
            .of(Check::Exchange)
            .is_some_and(|f| f.verdict == Verdict::Ok),
        worker: seen(there(management.application(&auth0.client_id).await)),
        keys: seen(there(management.credentials(&auth0.client_id).await))
            .map(Option::unwrap_or_default),
        login: seen(there(management.application(login).await)),
        connection,
        enabled,
        user,
        others,
        accounts,
        my_account: seen(management.apis().await)
            .map(|all| all.into_iter().find(|api| api.identifier == identifier)),
        grants: seen(management.client_grants(login, &identifier).await),
        mfa_always: seen(management.always_asks_second_factor().await),
        address: seen(management.last_exchange_address(&auth0.client_id).await),
    };
    let found = facts.findings();
    merge(report, found);
}

fn seen<T>(read: Result<T, TenantError>) -> Seen<T> {
    read.map_err(|error| error.to_string())
}

/// "Not there" is an answer.
fn there<T>(read: Result<T, TenantError>) -> Result<Option<T>, TenantError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(TenantError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
