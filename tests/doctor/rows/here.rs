//! What can be wrong on this machine: the configuration, keys, the ledger, the making of patches, habits.

use sim::auth0::TokenPlan;

use super::super::table::{Row, Seed};
use super::super::world::{KEY, SECRET, World};
use super::{gone, row};

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

pub(super) static ROWS: &[Row] = &[
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
        Seed::Now(|w| w.write_private("secret/key.pem", &KEY.2)),
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
                     'CREATE INDEX journal_judged ON journal (bounty_id, seq)' \
                     WHERE name = 'journal_judged'",
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
