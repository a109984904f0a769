//! What can be wrong at the tenant, and on the way there.

use sim::auth0::{Client, ClientAuth, Credential, TokenPlan, VAULT_GRANT};

use super::super::table::{Row, Seed};
use super::super::world::{OTHER, SECRET, World};
use super::row;

fn client(world: &World, change: impl FnOnce(&mut Client)) {
    world.sim.auth0.change_client(&world.cast.client_id, change);
}

fn other_key() -> Credential {
    Credential::from_pem(&OTHER.2).expect("a public key")
}

/// The tenant's base URL in the configuration becomes another.
fn moved(world: &World, to: &str) {
    let now = format!("base_url = \"{}/\"", world.sim.auth0.url());
    world.edit(&now, &format!("base_url = \"{to}\""));
}
pub(super) static ROWS: &[Row] = &[
    // The tenant.
    row(
        "the domain has no address",
        "tenant.reachable",
        "correct [auth0] domain",
        Seed::Now(|w| moved(w, "https://acme.invalid/")),
    )
    .code(69),
    row(
        "nothing answers at the tenant's address",
        "tenant.reachable",
        "port 443",
        Seed::Now(|w| {
            let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
            moved(w, &format!("http://{}/", closed.local_addr().expect("one")));
        }),
    )
    .code(69),
    row(
        "the tenant's address does not speak TLS",
        "tenant.reachable",
        "ca-certificates",
        Seed::Now(|w| moved(w, &w.sim.auth0.url().replace("http://", "https://"))),
    )
    .code(69),
    row(
        "the address is not a tenant's",
        "tenant.issuer",
        "there is no Auth0 tenant",
        Seed::Now(|w| moved(w, &format!("{}/", w.sim.github.url()))),
    ),
    row(
        "the audience is another than the tenant calls itself",
        "tenant.issuer",
        "set auth0.audience",
        Seed::Now(|w| {
            w.edit(
                "client_id =",
                "audience = \"https://acme.example/\"\nclient_id =",
            )
        }),
    ),
    row(
        "this machine's clock is ten minutes off",
        "clock",
        "timedatectl",
        Seed::Now(|w| w.sim.auth0.clock_offset(600_000)),
    ),
    row(
        "this machine's clock is 30 s off",
        "clock",
        "timedatectl",
        Seed::Now(|w| w.sim.auth0.clock_offset(-30_000)),
    )
    .warning(),
    row(
        "the client id is wrong",
        "tenant.client",
        "auth0.client_id",
        Seed::Now(|w| w.edit("client_id = \"bountyd-worker\"", "client_id = \"other\"")),
    ),
    row(
        "the key is not registered with the application",
        "tenant.client",
        "Private Key JWT",
        Seed::Now(|w| {
            client(w, |c| c.auth = ClientAuth::PrivateKeyJwt(vec![other_key()]));
        }),
    ),
    row(
        "the client secret is wrong",
        "tenant.client",
        "copy the client secret",
        Seed::Other(|| {
            Box::pin(async {
                let world = World::with(TokenPlan::oauth_app(), Some(SECRET)).await;
                world.write_private("secret/client-secret", "another-one");
                world
            })
        }),
    ),
    row(
        "the application is not OIDC conformant",
        "tenant.client_settings",
        "OIDC Conformant",
        Seed::Now(|w| client(w, |c| c.oidc_conformant = false)),
    ),
    row(
        "the application lacks the grant type",
        "tenant.grant_type",
        "Grant Types",
        Seed::Now(|w| {
            client(w, |c| {
                c.grant_types.remove(VAULT_GRANT);
            });
        }),
    ),
    row(
        "the tenant lacks the feature",
        "tenant.feature",
        "Auth0 Support",
        Seed::Now(|w| w.sim.auth0.switch(|s| s.feature_off = true)),
    ),
    row(
        "this machine's address is not on the list",
        "tenant.ip_allowlist",
        "ip_allowlist",
        Seed::Now(|w| {
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["203.0.113.7"]);
        }),
    ),
    row(
        "the address has changed since it worked",
        "tenant.ip_allowlist",
        "the address has probably changed",
        Seed::Now(|w| {
            w.doctor();
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["203.0.113.7"]);
        }),
    ),
    row(
        "the key is not in the privileged slot",
        "tenant.privileged_key",
        "token_vault_privileged_access.credentials",
        Seed::Now(|w| {
            client(w, |c| {
                if let Some(privileged) = &mut c.privileged {
                    privileged.credentials = vec![other_key()];
                }
            });
        }),
    ),
    row(
        "the application has no privileged access at all",
        "tenant.privileged_key",
        "give the application privileged access",
        Seed::Now(|w| client(w, |c| c.privileged = None)),
    ),
    row(
        "the connection is not granted",
        "tenant.grants",
        "list the connection github",
        Seed::Now(|w| {
            w.sim
                .auth0
                .set_grants(&w.cast.client_id, &[("gitlab", &["api"])]);
        }),
    ),
    row(
        "a scope is asked for that is not granted",
        "tenant.grants",
        "auth0.scope (workflow)",
        Seed::Now(|w| w.edit("keys =", "scope = \"workflow\"\nkeys =")),
    ),
    row(
        "the connection lacks the purpose",
        "tenant.connection",
        "Connected Accounts for Token Vault",
        Seed::Now(|w| {
            w.sim
                .auth0
                .change_connection("github", |c| c.active = false)
        }),
    ),
    row(
        "the connection is not enabled for the application",
        "tenant.connection",
        "enable it for the application bountyd-worker",
        Seed::Now(|w| {
            let id = w.cast.client_id.clone();
            let off = |c: &mut sim::auth0::Connection| {
                c.disabled_for.insert(id);
            };
            w.sim.auth0.change_connection("github", off);
        }),
    ),
    row(
        "a second factor is asked for always",
        "tenant.mfa",
        "Policy to Never",
        Seed::Now(|w| w.sim.auth0.switch(|s| s.mfa_always = true)),
    ),
    row(
        "nothing is connected",
        "tenant.account",
        "bountyd connect github",
        Seed::Now(|w| w.sim.auth0.disconnect(&w.cast.user_id, "github")),
    ),
    row(
        "the user id is that of a linked identity",
        "tenant.account",
        "only the primary identity counts",
        Seed::Now(|w| w.edit("user_id = \"auth0|owner\"", "user_id = \"github|7\"")),
    ),
    row(
        "the application was removed at GitHub",
        "tenant.account",
        "connect the account again",
        Seed::Now(|w| {
            w.sim.auth0.provider_revoke(&w.cast.user_id, "github");
            w.sim.auth0.expire_stored_token(&w.cast.user_id, "github");
        }),
    ),
    row(
        "local AI is to ask the phone, and the application may not",
        "tenant.push",
        "grant type CIBA",
        Seed::Now(|w| w.edit("[telegram]", "[mcp.step_up]\npush = true\n\n[telegram]")),
    ),
    row(
        "the tenant has had enough for now",
        "exchange",
        "it is tried again later",
        Seed::Now(|w| w.sim.auth0.rate_limit_for(3600)),
    )
    .code(69),
];
