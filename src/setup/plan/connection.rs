//! The connection that leads to GitHub, whom it is on for, and the one the owner logs in by.

use super::{Action, Difference, Known, Part, Step, action};
use crate::setup::found::Found;
use crate::setup::wanted::Wanted;

/// The connection, its keys at GitHub and its purpose.
pub(super) fn connection(wanted: &Wanted, found: &Found, known: Known) -> Step {
    let step = |action, differences| Step {
        part: Part::Connection,
        action,
        object: format!("connection \"{}\" to GitHub", wanted.connection),
        why: "Token Vault keeps your GitHub account in it, and asks GitHub as the application you registered there",
        differences,
    };
    let Some(connection) = &found.connection else {
        return match wanted.github_client_id {
            Some(_) => step(Action::Create, Vec::new()),
            None => step(
                Action::Stop,
                vec![Difference::replaces(
                    "options.client_id",
                    "none",
                    "the client id of your application at GitHub (--github-client-id)",
                )],
            ),
        };
    };
    if connection.strategy != "github" {
        return step(
            Action::Stop,
            vec![Difference::replaces(
                "strategy",
                &connection.strategy,
                "github: say --connection for another name",
            )],
        );
    }
    let mut differences = Vec::new();
    match (connection.provider_client_id(), &wanted.github_client_id) {
        (None, Some(id)) => {
            differences.push(Difference::adds("options.client_id", "none", id.as_str()));
        }
        (None, None) => {
            return step(
                Action::Stop,
                vec![Difference::replaces(
                    "options.client_id",
                    "Auth0's developer keys, which Token Vault does not take",
                    "the client id of your application at GitHub (--github-client-id)",
                )],
            );
        }
        (Some(has), Some(id)) if has != id => {
            differences.push(Difference::replaces("options.client_id", has, id.as_str()));
        }
        (Some(_), _) => {}
    }
    if !connection.for_token_vault() {
        differences.push(Difference::adds(
            "connected_accounts.active",
            "false",
            "true",
        ));
    }
    if logs_in_by_it(wanted) && !connection.for_login() {
        return step(
            Action::Stop,
            vec![Difference::replaces(
                "authentication.active",
                "false",
                "true, because you log in by it: switch it on under Authentication > Social",
            )],
        );
    }
    let action = match action(&differences) {
        Action::Overwrite if known.connection_is_fresh => Action::Change,
        other => other,
    };
    step(action, differences)
}

/// Whether the owner is one of this connection's users.
fn logs_in_by_it(wanted: &Wanted) -> bool {
    wanted.user_id.starts_with("github|")
}

/// For whom the connection is on.
pub(super) fn enabling(wanted: &Wanted, found: &Found) -> Step {
    let apps = [
        (&found.worker, wanted.name.clone()),
        (&found.login, wanted.login_name()),
    ];
    let off: Vec<String> = apps
        .into_iter()
        .filter(|(app, _)| {
            let id = app.as_ref().map(|app| &app.client_id);
            id.is_none_or(|id| !found.enabled.contains(id))
        })
        .map(|(_, name)| name)
        .collect();
    let differences: Vec<Difference> = off
        .iter()
        .map(|name| Difference::adds("clients", "off", format!("on for \"{name}\"")))
        .collect();
    Step {
        part: Part::Enabling,
        action: action(&differences),
        object: format!("connection \"{}\" for both applications", wanted.connection),
        why: "a connection serves only the applications it is on for; without this, exchange and connecting are refused",
        differences,
    }
}

/// The connection by which the owner logs in, where that is another one.
pub(super) fn owners_login(found: &Found) -> Option<Step> {
    let (connection, enabled) = found.login_connection.as_ref()?;
    let on = found
        .login
        .as_ref()
        .is_some_and(|app| enabled.contains(&app.client_id));
    let differences = if on {
        Vec::new()
    } else {
        vec![Difference::adds(
            "clients",
            "off",
            "on for the login application",
        )]
    };
    Some(Step {
        part: Part::OwnersLogin,
        action: if on { Action::Leave } else { Action::Change },
        object: format!("connection \"{}\", by which you log in", connection.name),
        why: "you log in to the tenant by it when you connect your GitHub account",
        differences,
    })
}
