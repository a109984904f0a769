//! What can be wrong with GitHub and Telegram.

use sim::auth0::TokenPlan;
use sim::faults::{What, When};
use sim::github::Resource;

use super::super::table::{Row, Seed};
use super::super::world::World;
use super::row;

pub(super) static ROWS: &[Row] = &[
    // GitHub.
    row(
        "GitHub does not know the token that the vault hands out",
        "github.account",
        "connect the account again",
        Seed::Now(|w| {
            w.doctor();
            w.sim.auth0.provider_revoke(&w.cast.user_id, "github");
        }),
    )
    .code(69),
    row(
        "the account is suspended",
        "github.account",
        "GitHub Support",
        Seed::Now(|w| {
            let said = r#"{"message":"Sorry. Your account was suspended."}"#;
            let always = When::on("GET", "/user");
            w.sim
                .github
                .faults()
                .always(always, What::status(403, said));
        }),
    )
    .code(69),
    row(
        "GitHub's address is wrong",
        "github.account",
        "api_url",
        Seed::Now(|w| {
            let now = format!("api_url = \"{}/\"\ngraphql", w.sim.github.url());
            w.edit(&now, "api_url = \"http://127.0.0.1:9/\"\ngraphql");
        }),
    )
    .code(69),
    row(
        "GraphQL's address is wrong",
        "github.graphql",
        "graphql_url",
        Seed::Now(|w| {
            let now = w.sim.github.graphql_url();
            w.edit(&now, &now.replace("/graphql", "/graph"));
        }),
    ),
    row(
        "the token may only read",
        "github.token",
        "public_repo",
        Seed::Now(|w| {
            w.sim.auth0.disconnect(&w.cast.user_id, "github");
            let scopes = ["read:user"];
            let plan = TokenPlan::oauth_app();
            let made = w
                .sim
                .auth0
                .connect_account(&w.cast.user_id, "github", &scopes, plan);
            assert!(made.is_some());
        }),
    ),
    row(
        "the token is a GitHub App's",
        "github.token",
        "connect an OAuth App",
        Seed::Other(|| Box::pin(World::with(TokenPlan::github_app(), None))),
    )
    .warning(),
    row(
        "the hour's requests are used up",
        "github.budget",
        "wait",
        Seed::Now(|w| {
            let id = Some(w.cast.github_id);
            w.sim.github.set_remaining(id, Resource::Core, 0);
        }),
    )
    .code(75),
    row(
        "the hour's points are nearly used up",
        "github.budget",
        "wait",
        Seed::Now(|w| {
            let id = Some(w.cast.github_id);
            w.sim.github.set_remaining(id, Resource::Graphql, 30);
        }),
    )
    .warning(),
    // Telegram.
    row(
        "the bot token was revoked",
        "telegram.bot",
        "@BotFather",
        Seed::Now(|w| w.write_private("secret/bot-token", "7000000001:revoked")),
    ),
    row(
        "Telegram's address is wrong",
        "telegram.bot",
        "telegram.api_url",
        Seed::Now(|w| {
            let now = format!("api_url = \"{}/\"", w.sim.telegram.url());
            w.edit(&now, "api_url = \"http://127.0.0.1:9/\"");
        }),
    ),
    row(
        "a webhook is set",
        "telegram.webhook",
        "bountyd doctor --fix",
        Seed::Now(|w| w.sim.telegram.switch(|s| s.webhook = true)),
    ),
    row(
        "another program polls",
        "telegram.poller",
        "another program polls",
        Seed::Later(|w| {
            Box::pin(async {
                w.keep(tokio::spawn(polls(
                    w.sim.telegram.url(),
                    w.sim.telegram.token(),
                )))
            })
        }),
    ),
    row(
        "the owner has never started the bot",
        "telegram.pairing",
        "press Start",
        Seed::Now(|w| w.edit("owner_id = 4200001", "owner_id = 4200099")),
    ),
    row(
        "the owner's id is the bot's",
        "telegram.pairing",
        "your own id",
        Seed::Now(|w| {
            let token = w.sim.telegram.token();
            let (id, _) = token.split_once(':').expect("a bot token");
            w.edit("owner_id = 4200001", &format!("owner_id = {id}"));
        }),
    ),
];

/// Another program with the same bot token: it polls, and polls again when it is put out.
async fn polls(url: String, token: String) {
    let client = reqwest::Client::new();
    let url = format!("{url}/bot{token}/getUpdates");
    let body = serde_json::json!({ "timeout": 50 });
    loop {
        let _ = client.post(&url).json(&body).send().await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
