//! Reads of the tenant what the plan is about.

use vault::tenant::{Management, TenantError};

use crate::setup::found::{Found, Ours, ours};
use crate::setup::plan::Part;
use crate::setup::wanted::Wanted;

/// Applications that are to be ours although they do not carry our mark.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    pub(super) worker: Option<String>,
    pub(super) login: Option<String>,
}

/// Everything.
pub(super) async fn all(
    management: &Management,
    wanted: &Wanted,
    ids: &Ids,
) -> Result<Found, TenantError> {
    let mut found = Found::default();
    applications(management, wanted, ids, &mut found).await?;
    connections(management, wanted, &mut found).await?;
    my_account(management, wanted, &mut found).await?;
    grants(management, wanted, &mut found).await?;
    // Neither is needed, and either takes a scope of its own.
    found.mfa_always = management.always_asks_second_factor().await.ok();
    Ok(found)
}

/// What may have changed when something was done about `part`.
pub(super) async fn again(
    management: &Management,
    wanted: &Wanted,
    ids: &Ids,
    part: Part,
    found: &mut Found,
) -> Result<(), TenantError> {
    match part {
        Part::Key => Ok(()),
        Part::Worker | Part::Authentication | Part::Login => {
            applications(management, wanted, ids, found).await
        }
        Part::Connection | Part::Enabling | Part::OwnersLogin => {
            connections(management, wanted, found).await
        }
        Part::MyAccount => my_account(management, wanted, found).await,
        Part::Grant => grants(management, wanted, found).await,
    }
}

async fn applications(
    management: &Management,
    wanted: &Wanted,
    ids: &Ids,
    found: &mut Found,
) -> Result<(), TenantError> {
    let all = management.applications().await?;
    let Ours {
        worker,
        login,
        namesakes,
    } = ours(all, wanted, ids.worker.as_deref(), ids.login.as_deref());
    found.keys = match &worker {
        Some(app) => management.credentials(&app.client_id).await?,
        None => Vec::new(),
    };
    (found.worker, found.login, found.namesakes) = (worker, login, namesakes);
    Ok(())
}

async fn connections(
    management: &Management,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), TenantError> {
    let all = management.connections().await?;
    let by_name = |name: &str| all.iter().find(|c| c.name == name).cloned();
    found.connection = by_name(&wanted.connection);
    found.enabled = match &found.connection {
        Some(connection) => management.enabled_clients(&connection.id).await?,
        None => Vec::new(),
    };
    found.user = management.user(&wanted.user_id).await?;
    let logs_in_by = found
        .user
        .as_ref()
        .and_then(|user| user.identities.first())
        .map(|identity| identity.connection.clone())
        .filter(|name| *name != wanted.connection);
    found.login_connection = match logs_in_by.and_then(|name| by_name(&name)) {
        Some(connection) => {
            let enabled = management.enabled_clients(&connection.id).await?;
            Some((connection, enabled))
        }
        None => None,
    };
    Ok(())
}

async fn my_account(
    management: &Management,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), TenantError> {
    let identifier = wanted.my_account();
    let all = management.apis().await?;
    found.my_account = all.into_iter().find(|api| api.identifier == identifier);
    Ok(())
}

async fn grants(
    management: &Management,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), TenantError> {
    found.grants = match &found.login {
        Some(app) => {
            management
                .client_grants(&app.client_id, &wanted.my_account())
                .await?
        }
        None => Vec::new(),
    };
    Ok(())
}
