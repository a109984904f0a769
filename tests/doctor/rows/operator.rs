//! What is wrong in the tenant and only its settings show, or show more precisely than the exchange.

use sim::auth0::{Client, Connection, Credential};

use super::super::table::{Row, Seed};
use super::super::world::{OTHER, World};
use super::row;

fn client(world: &World, change: impl FnOnce(&mut Client)) {
    world.sim.auth0.change_client(&world.cast.client_id, change);
}

fn connection(world: &World, change: impl FnOnce(&mut Connection)) {
    world.sim.auth0.change_connection("github", change);
}

fn disconnected(world: &World) {
    world.sim.auth0.disconnect(&world.cast.user_id, "github");
}

/// When the tenant's key ends, in days from now.
fn ends_in(world: &World, days: i64) {
    let at = world.sim.auth0.rim().now() + days * 86_400_000;
    client(world, |c| {
        if let Some(privileged) = &mut c.privileged {
            for key in &mut privileged.credentials {
                key.expires_at_ms = Some(at);
            }
        }
    });
}

pub(super) static ROWS: &[Row] = &[
    row(
        "the client id is that of no application",
        "tenant.client",
        "auth0.client_id",
        Seed::Now(|w| w.edit("client_id = \"bountyd-worker\"", "client_id = \"other\"")),
    ),
    row(
        "two settings are wrong at once, and both are seen",
        "tenant.client_settings",
        "first party",
        Seed::Now(|w| {
            client(w, |c| c.first_party = false);
            w.sim
                .auth0
                .set_grants(&w.cast.client_id, &[("gitlab", &["api"])]);
        }),
    ),
    row(
        "the allow-list is empty",
        "tenant.ip_allowlist",
        "ip_allowlist",
        Seed::Now(|w| w.sim.auth0.set_ip_allowlist(&w.cast.client_id, &[])),
    ),
    row(
        "the tenant saw the worker somewhere else",
        "tenant.ip_allowlist",
        "as the tenant saw it: 127.0.0.1",
        Seed::Now(|w| {
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["203.0.113.7"]);
        }),
    ),
    row(
        "the allow-list keeps nobody out",
        "tenant.ip_allowlist",
        "this machine alone",
        Seed::Now(|w| {
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["0.0.0.0/0"])
        }),
    )
    .warning(),
    row(
        "the slot holds another key than ours",
        "tenant.privileged_key",
        "bountyd keys public",
        Seed::Now(|w| {
            let other = Credential::from_pem(&OTHER.2).expect("a public key");
            client(w, |c| {
                if let Some(privileged) = &mut c.privileged {
                    privileged.credentials = vec![other];
                }
            });
        }),
    ),
    row(
        "a stranger's key stands beside ours",
        "tenant.privileged_key",
        "take it out",
        Seed::Now(|w| {
            let other = Credential::from_pem(&OTHER.2).expect("a public key");
            w.sim.auth0.add_key(&w.cast.client_id, &other);
        }),
    )
    .warning(),
    row(
        "the key ends next week",
        "tenant.client",
        "keys rotate --tenant",
        Seed::Now(|w| ends_in(w, 7)),
    )
    .warning(),
    row(
        "a scope is asked for that is not granted, which is named",
        "tenant.grants",
        "grant workflow as well",
        Seed::Now(|w| w.edit("keys =", "scope = \"repo workflow\"\nkeys =")),
    ),
    row(
        "there is no such connection",
        "tenant.connection",
        "correct auth0.connection",
        Seed::Now(|w| {
            w.sim
                .auth0
                .set_grants(&w.cast.client_id, &[("gitlab", &["api"])]);
            w.edit("keys =", "connection = \"gitlab\"\nkeys =");
        }),
    ),
    row(
        "the connection has no purpose, says its setting",
        "tenant.connection",
        "Connected Accounts for Token Vault",
        Seed::Now(|w| connection(w, |c| c.active = false)),
    ),
    row(
        "a second factor is always asked for, says the policy",
        "tenant.mfa",
        "Policy to Never",
        Seed::Now(|w| w.sim.auth0.switch(|s| s.mfa_always = true)),
    ),
    row(
        "the user is blocked",
        "tenant.user",
        "unblock him",
        Seed::Now(|w| {
            w.sim
                .auth0
                .change_user(&w.cast.user_id, |u| u.blocked = true)
        }),
    ),
    row(
        "the user was linked to another",
        "tenant.user",
        "set auth0.user_id to auth0|first",
        Seed::Now(|w| {
            w.sim
                .auth0
                .add_user("auth0|first", "first@example.org", w.cast.github_id);
            w.sim.auth0.link_users("auth0|first", &w.cast.user_id);
        }),
    ),
    row(
        "nobody of that id is there",
        "tenant.user",
        "User Management > Users",
        Seed::Now(|w| w.edit("user_id = \"auth0|owner\"", "user_id = \"auth0|nobody\"")),
    ),
    row(
        "the login application cannot come back to the machine",
        "tenant.login",
        "bountyd init",
        Seed::Now(|w| client(w, |c| c.callbacks.clear())),
    )
    .warning(),
    row(
        "the login application is not there, and nothing is connected",
        "tenant.login",
        "auth0.login_client_id",
        Seed::Now(|w| {
            disconnected(w);
            w.edit("keys =", "login_client_id = \"gone\"\nkeys =");
        }),
    ),
    row(
        "the My Account API is not active, and nothing is connected",
        "tenant.my_account",
        "activate it",
        Seed::Now(|w| {
            disconnected(w);
            w.sim.auth0.deactivate_my_account();
        }),
    ),
    row(
        "the My Account API is not active, and all is connected",
        "tenant.my_account",
        "activate it",
        Seed::Now(|w| w.sim.auth0.deactivate_my_account()),
    )
    .warning(),
    row(
        "the login application has no client grant",
        "tenant.my_account",
        "subject_type user",
        Seed::Now(|w| {
            let own = w.sim.auth0.client(&w.cast.client_id).expect("the worker");
            w.sim.auth0.add_client(own);
        }),
    )
    .warning(),
    row(
        "nothing is connected, and everything is ready for it",
        "tenant.account",
        "bountyd connect github",
        Seed::Now(disconnected),
    ),
];
