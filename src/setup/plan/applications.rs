//! The two applications: the worker, which exchanges, and the one with which the owner logs in.

use vault::tenant::{Application, Authentication, PrivilegedAccess};

use super::{Action, Difference, Known, Part, Step, action};
use crate::setup::found::Found;
use crate::setup::wanted::{VAULT_GRANT, Wanted};

/// Keys that the privileged slot holds.
const SLOT: usize = 2;

const WORKER: &str =
    "bountyd exchanges its signed requests for your GitHub token as this application";
const LOGIN: &str = "with it you log in when you connect your GitHub account; it has no secret and cannot exchange anything";

/// The worker.
pub(super) fn worker(wanted: &Wanted, found: &Found, known: Known) -> Step {
    let object = format!("application \"{}\" (machine to machine)", wanted.name);
    let step = |action, differences| Step {
        part: Part::Worker,
        action,
        object: object.clone(),
        why: WORKER,
        differences,
    };
    let Some(app) = &found.worker else {
        return match namesake(found, &wanted.name) {
            None => step(Action::Create, Vec::new()),
            Some(other) => step(Action::Stop, vec![taken(other, "--worker-client-id")]),
        };
    };
    let differences = worker_differences(wanted, found, app);
    let action = match action(&differences) {
        Action::Overwrite if differences.iter().any(|d| d.setting == FULL && !d.adds) => {
            Action::Stop
        }
        Action::Overwrite if known.worker_is_fresh => Action::Change,
        other => other,
    };
    step(action, differences)
}

/// The slot is full of other keys.
const FULL: &str = "token_vault_privileged_access.credentials";

fn worker_differences(wanted: &Wanted, found: &Found, app: &Application) -> Vec<Difference> {
    let mut differences = Vec::new();
    if app.is_first_party != Some(true) {
        differences.push(Difference::replaces("is_first_party", "false", "true"));
    }
    if app.oidc_conformant != Some(true) {
        differences.push(Difference::replaces("oidc_conformant", "false", "true"));
    }
    if !app.grant_types.iter().any(|grant| grant == VAULT_GRANT) {
        differences.push(Difference::adds(
            "grant_types",
            &app.grant_types.join(", "),
            format!("and {VAULT_GRANT}"),
        ));
    }
    match app.jwt_alg() {
        Some("RS256") => {}
        None => differences.push(Difference::adds("jwt_configuration.alg", "none", "RS256")),
        Some(other) => {
            differences.push(Difference::replaces(
                "jwt_configuration.alg",
                other,
                "RS256",
            ));
        }
    }
    let none = PrivilegedAccess::default();
    let slot = app.token_vault_privileged_access.as_ref().unwrap_or(&none);
    if !holds_our_key(
        wanted,
        found,
        slot.credentials.iter().map(|c| c.id.as_str()),
    ) {
        let kid = wanted.kid.as_deref().unwrap_or("the new key");
        let said = format!("{} of others", slot.credentials.len());
        differences.push(if slot.credentials.len() < SLOT {
            Difference::adds(FULL, &said, format!("and {kid}"))
        } else {
            let wanted = format!("room for {kid}: take one out (bountyd keys retire)");
            Difference::replaces(FULL, &said, wanted)
        });
    }
    let missing: Vec<&str> = wanted
        .addresses
        .iter()
        .map(String::as_str)
        .filter(|a| !slot.ip_allowlist.iter().any(|listed| listed == a))
        .collect();
    let listed = slot.ip_allowlist.join(", ");
    if !missing.is_empty() {
        differences.push(Difference::adds(
            "token_vault_privileged_access.ip_allowlist",
            &listed,
            format!("and {}", missing.join(", ")),
        ));
    } else if slot.ip_allowlist.is_empty() {
        differences.push(Difference::adds(
            "token_vault_privileged_access.ip_allowlist",
            "",
            "this machine, as the tenant sees it",
        ));
    }
    let granted = slot
        .grants
        .iter()
        .find(|grant| grant.connection == wanted.connection);
    let has = granted.map(|grant| grant.scopes.as_slice());
    let lacks = |scope: &&String| !has.unwrap_or_default().contains(scope);
    let missing: Vec<String> = wanted.scopes.iter().filter(lacks).cloned().collect();
    if !missing.is_empty() {
        let has = has.map_or_else(String::new, |scopes| scopes.join(" "));
        differences.push(Difference::adds(
            "token_vault_privileged_access.grants",
            &has,
            format!("and {}: {}", wanted.connection, missing.join(" ")),
        ));
    }
    differences
}

pub(super) fn holds_our_key<'a>(
    wanted: &Wanted,
    found: &Found,
    mut ids: impl Iterator<Item = &'a str>,
) -> bool {
    let ours = our_key(wanted, found);
    ours.is_some_and(|ours| ids.any(|id| id == ours))
}

/// The id under which the tenant knows our key.
pub(crate) fn our_key<'a>(wanted: &Wanted, found: &'a Found) -> Option<&'a str> {
    let kid = wanted.kid.as_deref()?;
    let known = found.keys.iter().find(|k| k.kid.as_deref() == Some(kid));
    known.map(|key| key.id.as_str())
}

/// The login application.
pub(super) fn login(wanted: &Wanted, found: &Found, known: Known) -> Step {
    let name = wanted.login_name();
    let object = format!("application \"{name}\" (native)");
    let step = |action, differences| Step {
        part: Part::Login,
        action,
        object: object.clone(),
        why: LOGIN,
        differences,
    };
    let Some(app) = &found.login else {
        return match namesake(found, &name) {
            None => step(Action::Create, Vec::new()),
            Some(other) => step(Action::Stop, vec![taken(other, "--login-client-id")]),
        };
    };
    let mut differences = Vec::new();
    if app.oidc_conformant != Some(true) {
        differences.push(Difference::replaces("oidc_conformant", "false", "true"));
    }
    if app.authentication() != Some(Authentication::Public) {
        differences.push(Difference::replaces(
            "token_endpoint_auth_method",
            app.token_endpoint_auth_method
                .as_deref()
                .unwrap_or("a key or another way"),
            "none",
        ));
    }
    if !app.grant_types.iter().any(|g| g == "authorization_code") {
        differences.push(Difference::adds(
            "grant_types",
            &app.grant_types.join(", "),
            "and authorization_code",
        ));
    }
    let missing: Vec<&str> = wanted
        .callbacks
        .iter()
        .map(String::as_str)
        .filter(|url| !app.callbacks.iter().any(|listed| listed == url))
        .collect();
    if !missing.is_empty() {
        differences.push(Difference::adds(
            "callbacks",
            &app.callbacks.join(", "),
            format!("and {}", missing.join(", ")),
        ));
    }
    let action = match action(&differences) {
        Action::Overwrite if known.login_is_fresh => Action::Change,
        other => other,
    };
    step(action, differences)
}

fn namesake<'a>(found: &'a Found, name: &str) -> Option<&'a Application> {
    found.namesakes.iter().find(|app| app.name == name)
}

fn taken(other: &Application, flag: &str) -> Difference {
    Difference::replaces(
        "name",
        &format!(
            "an application of that name that bountyd did not make, {}",
            other.client_id
        ),
        format!(
            "say {flag} {} to use it, or --name for another name",
            other.client_id
        ),
    )
}
