//! The steps about the worker: made with its key, filled in, and taught how to prove itself.

use std::time::Duration;

use vault::tenant::{
    ApplicationBody, Authentication, CredentialId, Management, PrivilegedAccess, TenantError,
    VaultGrant,
};

use super::apply::Apply;
use super::report::trouble;
use super::{Trouble, files};
use crate::clock::{Clock as _, SystemClock};
use crate::exit::Exit;
use crate::setup::answers::Wish;
use crate::setup::found::Found;
use crate::setup::plan::Part;
use crate::setup::plan::our_key;
use crate::setup::wanted::{MARK, VAULT_GRANT};

/// How often the tenant's log is read for our own call, and how long is waited in between: an entry shows
/// after some seconds.
const LOOKS: u32 = 6;
const BETWEEN: Duration = Duration::from_secs(3);

/// A list with what it lacks of another.
pub(super) fn with(list: &[String], more: &[String]) -> Vec<String> {
    let mut all = list.to_vec();
    for item in more {
        if !all.contains(item) {
            all.push(item.clone());
        }
    }
    all
}

/// Makes it, with the key in its privileged slot.
pub(super) async fn create(apply: &mut Apply<'_>) -> Result<(), Trouble> {
    let (management, wanted) = (apply.management, &*apply.wanted);
    let pem = files::public_pem(&wanted.key).map_err(trouble)?;
    let body = ApplicationBody {
        name: Some(wanted.name.clone()),
        app_type: Some("non_interactive"),
        is_first_party: Some(true),
        oidc_conformant: Some(true),
        authentication: Some(Authentication::ClientSecret),
        grant_types: Some(vec![VAULT_GRANT.to_owned()]),
        jwt_alg: Some("RS256"),
        privileged: Some(PrivilegedAccess {
            credentials: Vec::new(),
            ip_allowlist: wanted.addresses.clone(),
            grants: vec![VaultGrant {
                connection: wanted.connection.clone(),
                scopes: wanted.scopes.clone(),
            }],
        }),
        new_key: Some((wanted.key_name(), pem)),
        metadata: [(MARK.to_owned(), wanted.worker_mark())].into(),
        ..ApplicationBody::default()
    };
    apply.state.begin(Part::Worker)?;
    let made = management.create_application(&body).await;
    let client_id = apply.made(Part::Worker, made)?;
    crate::crash::point("init.made");
    if apply.wanted.addresses.is_empty() {
        listen_to_us(management, &client_id)
            .await
            .map_err(trouble)?;
    }
    Ok(())
}

/// Lets it exchange from this machine.
async fn listen_to_us(management: &Management, client_id: &str) -> Result<(), TenantError> {
    let app = management.application(client_id).await?;
    let mut slot = app.token_vault_privileged_access.unwrap_or_default();
    slot.ip_allowlist = addresses(management, client_id).await?;
    let body = ApplicationBody {
        privileged: Some(slot),
        ..ApplicationBody::default()
    };
    management.change_application(client_id, &body).await
}

/// This machine, as the tenant sees it: by the log entry of our own call.
async fn addresses(management: &Management, client_id: &str) -> Result<Vec<String>, TenantError> {
    for look in 0..LOOKS {
        if let Some(address) = management.own_address(client_id).await? {
            return Ok(vec![address.to_string()]);
        }
        if look + 1 < LOOKS {
            let until = SystemClock.monotonic() + BETWEEN;
            SystemClock.sleep_until(until).await;
        }
    }
    Err(TenantError::Address(
        "the tenant's log does not show this machine's address yet; say it yourself with --address (such as --address 203.0.113.7) and run this again: it goes on from here".to_owned(),
    ))
}

/// Adds what it lacks.
pub(super) async fn change(apply: &mut Apply<'_>, found: &Found) -> Result<(), Trouble> {
    let (Some(app), wanted) = (&found.worker, &*apply.wanted) else {
        return Ok(());
    };
    let management = apply.management;
    let mut slot = app
        .token_vault_privileged_access
        .clone()
        .unwrap_or_default();
    let key = register(apply, found, &app.client_id)
        .await
        .map_err(trouble)?;
    if !slot.credentials.iter().any(|c| c.id == key) {
        slot.credentials.push(CredentialId { id: key });
    }
    slot.ip_allowlist = with(&slot.ip_allowlist, &wanted.addresses);
    if slot.ip_allowlist.is_empty() {
        slot.ip_allowlist = addresses(management, &app.client_id)
            .await
            .map_err(trouble)?;
    }
    match slot
        .grants
        .iter_mut()
        .find(|grant| grant.connection == wanted.connection)
    {
        Some(grant) => grant.scopes = with(&grant.scopes, &wanted.scopes),
        None => slot.grants.push(VaultGrant {
            connection: wanted.connection.clone(),
            scopes: wanted.scopes.clone(),
        }),
    }
    let body = ApplicationBody {
        is_first_party: (app.is_first_party != Some(true)).then_some(true),
        oidc_conformant: Some(true),
        grant_types: Some(with(&app.grant_types, &[VAULT_GRANT.to_owned()])),
        jwt_alg: (app.jwt_alg() != Some("RS256")).then_some("RS256"),
        privileged: Some(slot),
        ..ApplicationBody::default()
    };
    management
        .change_application(&app.client_id, &body)
        .await
        .map_err(trouble)
}

/// The id of our key with this application, which gets it if it does not have it.
async fn register(
    apply: &Apply<'_>,
    found: &Found,
    client_id: &str,
) -> Result<String, TenantError> {
    if let Some(id) = our_key(apply.wanted, found) {
        return Ok(id.to_owned());
    }
    let pem = files::public_pem(&apply.wanted.key)?;
    let made = apply
        .management
        .create_credential(client_id, &apply.wanted.key_name(), &pem)
        .await?;
    crate::crash::point("init.made");
    Ok(made.id)
}

/// Lets it prove itself by its key; or by a secret, which goes into its file.
pub(super) async fn authenticate(apply: &mut Apply<'_>, found: &Found) -> Result<(), Trouble> {
    let Some(app) = &found.worker else {
        return Ok(());
    };
    let by_key = match apply.wanted.authentication {
        Wish::PrivateKeyJwt => true,
        Wish::ClientSecret => false,
        Wish::Auto => {
            let agreed = app.authentication() == Some(Authentication::ClientSecret)
                && !super::session::known(apply.state, apply.wanted, found).worker_is_fresh;
            !apply.state.kept.no_private_key_jwt && !agreed
        }
    };
    if by_key {
        let key = register(apply, found, &app.client_id)
            .await
            .map_err(trouble)?;
        let ids = match app.authentication() {
            Some(Authentication::PrivateKeyJwt(ids)) => with(&ids, &[key]),
            _ => vec![key],
        };
        let body = ApplicationBody {
            authentication: Some(Authentication::PrivateKeyJwt(ids)),
            ..ApplicationBody::default()
        };
        let changed = apply.management.change_application(&app.client_id, &body);
        match changed.await {
            Ok(()) => return Ok(()),
            Err(error @ (TenantError::Feature { .. } | TenantError::Refused { .. }))
                if apply.wanted.authentication == Wish::Auto =>
            {
                (apply.say)(&format!(
                    "warning: {error}; going on with a client secret, in {}",
                    apply.wanted.client_secret_file.display()
                ));
                apply.state.kept.no_private_key_jwt = true;
                apply.state.save()?;
            }
            Err(error) => return Err(trouble(error)),
        }
    }
    by_secret(apply, &app.client_id, app.authentication()).await
}

async fn by_secret(
    apply: &mut Apply<'_>,
    client_id: &str,
    now: Option<Authentication>,
) -> Result<(), Trouble> {
    if now != Some(Authentication::ClientSecret) {
        let body = ApplicationBody {
            authentication: Some(Authentication::ClientSecret),
            ..ApplicationBody::default()
        };
        apply
            .management
            .change_application(client_id, &body)
            .await
            .map_err(trouble)?;
        crate::crash::point("init.made");
    }
    let file = apply.wanted.client_secret_file.clone();
    let stored = apply.management.store_client_secret(client_id, &file).await;
    match stored {
        Ok(_) => {}
        // The owner put it there himself; the token is not enough to compare.
        Err(TenantError::Scope { .. }) if !files::secret_missing(&file) => {}
        Err(error @ TenantError::Scope { .. }) => {
            return Err(Trouble(
                Exit::NotAllowed,
                format!(
                    "{error}; or store the secret yourself, from the page of the application, in {} (mode 0600), and run this again",
                    file.display()
                ),
            ));
        }
        Err(other) => return Err(trouble(other)),
    }
    apply.state.kept.secret_stored = true;
    apply.state.save()
}
