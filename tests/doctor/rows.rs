//! The seeded mistakes, in the order of the checks.

use sim::auth0::{Client, ClientAuth, Credential, TokenPlan, VAULT_GRANT};
use sim::faults::{What, When};
use sim::github::Resource;

use super::table::{Row, Seed};
use super::world::{OTHER, SECRET, World};

const fn row(wrong: &'static str, first: &'static str, remedy: &'static str, seed: Seed) -> Row {
    Row {
        wrong,
        seed,
        first,
        verdict: "failure",
        remedy,
        code: 78,
    }
}

impl Row {
    const fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// No failure: a warning comes first, and the command leaves with 0.
    const fn warning(self) -> Self {
        Self {
            verdict: "warning",
            code: 0,
            ..self
        }
    }
}

const EC_KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";

/// An agent of the owner's own, whose program is on every machine.
const AGENT: &str = "[agents.own]\nname = \"Own\"\nprovider = \"openai\"\n\
    [agents.own.exec]\nargv = [\"sh\", \"-c\", \"{prompt}\"]\nparser = \"text\"\n";

const FIX: &str = "[fix]\nagent = \"own\"\nprofiles = \"agents.toml\"\nlimits = \"rlimit-only\"\n\
    [egress.providers.openai]\napi = \"openai\"\nbase_url = \"https://api.openai.com/v1\"\n\
    key_file = \"secret/model-key\"\n";

fn fixing(world: &World) {
    std::fs::write(world.path("agents.toml"), AGENT).expect("written");
    world.write_private("secret/model-key", "sk-canary");
    world.add(FIX);
}

fn client(world: &World, change: impl FnOnce(&mut Client)) {
    world.sim.auth0.change_client(&world.cast.client_id, change);
}

fn other_key() -> Credential {
    Credential::from_pem(&OTHER.2).expect("a public key")
}

fn gone(world: &World, name: &str) {
    std::fs::remove_file(world.path(name)).expect("it was there");
}

/// The tenant's base URL in the configuration becomes another.
fn moved(world: &World, to: &str) {
    let now = format!("base_url = \"{}/\"", world.sim.auth0.url());
    world.edit(&now, &format!("base_url = \"{to}\""));
}

pub(crate) static ROWS: &[Row] = &[
    // The configuration.
    row(
        "there is no configuration",
        "config",
        "copy config/bountyd.toml there",
        Seed::Now(|w| gone(w, "bountyd.toml")),
    ),
    row(
        "the configuration is not TOML",
        "config",
        "see https://toml.io",
        Seed::Now(|w| w.edit("mode = \"ask\"", "mode = ask")),
    ),
    row(
        "a setting is misspelt",
        "config",
        "user_id",
        Seed::Now(|w| w.edit("user_id =", "userid =")),
    ),
    row(
        "a secret stands in the configuration",
        "config",
        "file",
        Seed::Now(|w| {
            let token = w.sim.telegram.token();
            w.edit(
                "token_file =",
                &format!("token = \"{token}\"\ntoken_file ="),
            );
        }),
    ),
    row(
        "the schedule names a day that never comes",
        "config",
        "day-of-month",
        Seed::Now(|w| w.edit("timezone =", "schedule = \"0 0 30 2 *\"\ntimezone =")),
    ),
    // Keys and secrets.
    row(
        "there is no key",
        "key.file",
        "LoadCredential=assertion-key",
        Seed::Now(|w| gone(w, "secret/key.pem")),
    ),
    row(
        "others may read the key",
        "key.file",
        "chmod 600",
        Seed::Now(|w| w.chmod("secret/key.pem", 0o644)),
    ),
    row(
        "the file holds the public half",
        "key.file",
        "the private half",
        Seed::Now(|w| w.write_private("secret/key.pem", &super::world::KEY.2)),
    ),
    row(
        "the key is of an elliptic curve",
        "key.file",
        "bountyd keys new FILE",
        Seed::Now(|w| w.write_private("secret/key.pem", EC_KEY)),
    ),
    row(
        "the key is cut short",
        "key.file",
        "backup",
        Seed::Now(|w| {
            let key = std::fs::read_to_string(w.path("secret/key.pem")).expect("read");
            let lines: Vec<&str> = key.lines().collect();
            let cut = [&lines[..9], &lines[lines.len() - 1..]].concat().join("\n");
            w.write_private("secret/key.pem", &cut);
        }),
    ),
    row(
        "the signing key is none of the keys",
        "key.file",
        "bountyd keys public",
        Seed::Now(|w| w.edit("keys =", "signing_key = \"nobody\"\nkeys =")),
    ),
    row(
        "there is no client secret",
        "key.client_secret",
        "LoadCredential=client-secret",
        Seed::Other(|| {
            Box::pin(async {
                let world = World::with(TokenPlan::oauth_app(), Some(SECRET)).await;
                gone(&world, "secret/client-secret");
                world
            })
        }),
    ),
    row(
        "there is no bot token",
        "telegram.token",
        "LoadCredential=telegram-token",
        Seed::Now(|w| gone(w, "secret/bot-token")),
    ),
    row(
        "others may read the bot token",
        "telegram.token",
        "chmod 600",
        Seed::Now(|w| w.chmod("secret/bot-token", 0o640)),
    ),
    row(
        "the bot token's file is empty",
        "telegram.token",
        "store the secret in it",
        Seed::Now(|w| w.write_private("secret/bot-token", "")),
    ),
    // The ledger.
    row(
        "the state directory does not exist",
        "ledger.directory",
        "bountyd doctor --fix",
        Seed::Now(|w| std::fs::remove_dir(w.path("state")).expect("removed")),
    )
    .code(73),
    row(
        "anybody may put a ledger there",
        "ledger.directory",
        "chmod 700",
        Seed::Now(|w| w.chmod("state", 0o777)),
    )
    .code(73),
    row(
        "the ledger is no ledger",
        "ledger.open",
        "restore it from a backup",
        Seed::Now(|w| {
            let rubbish = "not a database at all\n".repeat(1000);
            w.write_private("state/ledger.db", &rubbish);
        }),
    )
    .code(65),
    row(
        "the ledger is of a newer version",
        "ledger.open",
        "install the newer bountyd again",
        Seed::Later(|w| {
            Box::pin(async {
                w.doctor();
                w.sql(
                    "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                     execution_time) VALUES (9999, 'future', 1, x'00', 0)",
                )
                .await;
            })
        }),
    )
    .code(65),
    row(
        "anybody may write the ledger",
        "ledger.open",
        "chmod 600",
        Seed::Now(|w| {
            w.doctor();
            w.chmod("state/ledger.db", 0o666);
        }),
    )
    .code(65),
    row(
        "anybody may read the ledger",
        "ledger.open",
        "chmod 600",
        Seed::Now(|w| {
            w.doctor();
            w.chmod("state/ledger.db", 0o644);
        }),
    )
    .warning(),
    row(
        "a page of the ledger is damaged",
        "ledger.integrity",
        "restore the ledger from a backup",
        Seed::Later(|w| {
            Box::pin(async {
                w.doctor();
                // An index that should hold all rows, and holds those of bounties.
                w.sql(
                    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = \
                     'CREATE INDEX journal_by_bounty ON journal (bounty_id, seq)' \
                     WHERE name = 'journal_by_bounty'",
                )
                .await;
            })
        }),
    )
    .code(65),
    row(
        "somebody has changed the journal",
        "journal.chain",
        "something other than bountyd has changed the ledger",
        Seed::Later(|w| {
            Box::pin(async {
                w.doctor();
                w.sql("UPDATE journal SET body = '{\"of\":7}' WHERE seq = 2")
                    .await;
            })
        }),
    )
    .code(65),
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
        "the tenant has had enough for now",
        "exchange",
        "it is tried again later",
        Seed::Now(|w| w.sim.auth0.rate_limit_for(3600)),
    )
    .code(69),
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
    // Patches.
    row(
        "there is no such agent",
        "fix.agent",
        "[fix] agent",
        Seed::Now(|w| {
            fixing(w);
            w.edit("agent = \"own\"", "agent = \"nobody\"");
        }),
    ),
    row(
        "the agent is not installed",
        "fix.agent",
        "fix.programs",
        Seed::Now(|w| {
            fixing(w);
            let profiles = AGENT.replace("\"sh\"", "\"no-such-agent\"");
            std::fs::write(w.path("agents.toml"), profiles).expect("written");
        }),
    ),
    row(
        "nobody makes patches behind the socket",
        "fix.sandbox",
        "bountyd-fixer.socket",
        Seed::Now(|w| {
            fixing(w);
            let socket = w.path("fixer.sock");
            let lines = format!(
                "agent = \"own\"\nsocket = \"{0}\"\negress_socket = \"{0}\"",
                socket.display()
            );
            w.edit("agent = \"own\"", &lines);
        }),
    ),
    row(
        "there is no key for the model",
        "fix.model_key",
        "install -m 0600",
        Seed::Now(|w| {
            fixing(w);
            gone(w, "secret/model-key");
        }),
    ),
    // Habits.
    row(
        "scans are months apart",
        "schedule",
        "scan more often",
        Seed::Now(|w| w.edit("timezone =", "schedule = \"0 0 1 1 *\"\ntimezone =")),
    )
    .warning(),
    row(
        "the caps let nothing through",
        "rates",
        "policy.claims_per_day is 0",
        Seed::Now(|w| w.add("[policy]\nclaims_per_day = 0")),
    )
    .warning(),
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
