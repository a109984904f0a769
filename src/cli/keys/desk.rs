//! What the commands about keys share: the configured keys, the tenant's part, and a daemon that takes
//! other keys while it runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clock::OsEntropy;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use vault::{KeyError, PublicKey, SecretError, SecretSource, Vault};

use crate::cli::Context;
use crate::cli::session::{Stop, ask_daemon, beside_the_point, now};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::config::edit::{Edit, EditError};
use crate::control_socket::{Answer, Client, Request};
use crate::daemon::{StartError, make_directory};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::lock::InstanceLock;

/// How long a daemon may take to read its configuration again.
const RELOAD: Duration = Duration::from_secs(20);

/// Between two looks at it.
const GLANCE: Duration = Duration::from_millis(100);

/// A key in its file.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) file: PathBuf,
    pub(super) public: PublicKey,
}

/// Reads a key that lies in a file, as root reads what the service is passed as a credential.
pub(super) fn read(file: &Path) -> Result<Key, Stop> {
    let source = SecretSource {
        credential: String::new(),
        file: Some(file.to_owned()),
    };
    let public = vault::public_key(&source).map_err(|error| match error {
        KeyError::Secret(SecretError::Missing { .. }) => Stop::Say(
            Exit::Config,
            format!(
                "{}: no such file; one that is sealed with systemd-creds is read by the service only, and these \
                 commands do not change it",
                file.display()
            ),
        ),
        error => Stop::Say(super::exit(&error), error.to_string()),
    })?;
    Ok(Key {
        file: file.to_owned(),
        public,
    })
}

/// Where the successor of the key in `file` is made: what the unit passes on as `assertion-key-2`.
pub(super) fn successor(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-2");
    PathBuf::from(name)
}

/// The keys as the configuration lists them, by their files.
pub(super) fn files(config: &Config) -> Result<&[PathBuf], Stop> {
    match config.auth0.keys.as_slice() {
        [] => Err(Stop::Say(
            Exit::Config,
            "the configuration names no key file: list it under [auth0] keys, as \
             keys = [\"/etc/credstore/bountyd.assertion-key\"]"
                .to_owned(),
        )),
        files => Ok(files),
    }
}

/// What the running daemon signs with; `None` if none listens.
pub(super) async fn in_force(config: &Config) -> Result<Option<(String, Vec<String>)>, Stop> {
    match ask_daemon(config, &Request::Status {}, |_| {}).await? {
        None => Ok(None),
        Some(Answer::Status { status, .. }) => {
            let vault = &status["vault"];
            let kids = vault["kids"].as_array().into_iter().flatten();
            let kids = kids.filter_map(Value::as_str).map(str::to_owned).collect();
            Ok(Some((
                vault["kid"].as_str().unwrap_or_default().to_owned(),
                kids,
            )))
        }
        Some(other) => Err(beside_the_point(&other)),
    }
}

/// Writes keys and signing key into the configuration, and has the daemon take them.
pub(super) async fn put_in_force(
    context: &Context,
    config: &Config,
    files: &[&Path],
    signing: &str,
    expected: (&str, usize),
) -> Result<(), Stop> {
    let mut edit = Edit::open(&config.path).map_err(unchanged)?;
    let listed: toml_edit::Array = files.iter().map(|f| f.display().to_string()).collect();
    edit.set("auth0", "keys", listed).map_err(unchanged)?;
    edit.set("auth0", "signing_key", signing)
        .map_err(unchanged)?;
    if let Err(problems) = Config::parse(edit.text(), &config.path, &context.environment, now()) {
        eprint!("{}", problems.render(false));
        return Err(Stop::Say(
            Exit::Config,
            "the configuration would not be usable afterwards, and is left as it is".to_owned(),
        ));
    }
    edit.save().map_err(unchanged)?;
    reload(config, expected).await
}

/// Has the daemon read its configuration again, and waits until it signs with `kid` and has `count`
/// keys.
async fn reload(config: &Config, (kid, count): (&str, usize)) -> Result<(), Stop> {
    let Some(client) = Client::connect(&config.control_socket()).await? else {
        return Ok(());
    };
    let pid = client.daemon_pid().and_then(Pid::from_raw);
    drop(client);
    let told = pid.map(|pid| kill_process(pid, Signal::HUP));
    let end = SystemClock.monotonic().saturating_add(RELOAD);
    while matches!(told, Some(Ok(()))) && SystemClock.monotonic() < end {
        match in_force(config).await? {
            Some((signs, kids)) if signs == kid && kids.len() == count => return Ok(()),
            Some(_) => {}
            None => return Ok(()),
        }
        SystemClock
            .sleep_until(SystemClock.monotonic().saturating_add(GLANCE))
            .await;
    }
    Err(Stop::Say(
        Exit::TryLater,
        "the configuration is changed, and the running bountyd has not taken it: a service gets its keys \
         when it starts. Restart it, which ends the step at hand first, and run this command again: \
         systemctl restart bountyd"
            .to_owned(),
    ))
}

/// One exchange signed by this key: the daemon makes it, and without one this command does, under the
/// instance lock. It stands in the journal like every other.
pub(super) async fn prove(context: &Context, config: &Config, kid: &str) -> Result<(), Stop> {
    let request = Request::ProveKey {
        kid: kid.to_owned(),
    };
    match ask_daemon(config, &request, |_| {}).await? {
        Some(Answer::Proved { .. }) => return Ok(()),
        Some(other) => return Err(beside_the_point(&other)),
        None => {}
    }
    make_directory(&config.state_directory, 0o700)?;
    let path = config.ledger_path();
    let _lock = InstanceLock::take(&path).map_err(StartError::from)?;
    let ledger = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
    let mut settings = config.vault_settings(&context.environment);
    settings.telegram_token = None;
    let journal = Arc::new(ledger.clone());
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let vault = match Vault::open(settings, clock, entropy, journal).await {
        Ok(vault) => vault.read_trust().await.map(|()| vault),
        Err(error) => Err(error),
    };
    let proved = match vault {
        Ok(vault) => vault.prove(kid).await.map_err(|failure| {
            let exit = if failure.is_transient() {
                Exit::Unavailable
            } else {
                Exit::Config
            };
            Stop::Say(exit, failure.to_string())
        }),
        Err(error) => Err(StartError::from(error).into()),
    };
    ledger.close().await;
    proved
}

pub(super) fn unchanged(error: EditError) -> Stop {
    let exit = match &error {
        EditError::Io { .. } => Exit::CannotCreate,
        EditError::Changed(_) => Exit::TryLater,
        _ => Exit::Config,
    };
    Stop::Say(exit, error.to_string())
}

/// Where the owner registers a key by hand.
pub(super) fn how_to_register(config: &Config, key: &Key, old: &str) -> String {
    format!(
        "In your tenant, open Applications > Applications > the one with the client id {client}:\n\
         \x20 1. Credentials > Add New Key: paste the public key above, algorithm RS256.\n\
         \x20 2. In the privileged access of Token Vault list both keys, the old one first:\n\
         \x20      {old}\n\
         \x20      {new}\n\
         \x20 3. With Private Key JWT as the authentication method, let it use both, too.\n\
         Leave the old one there: it signs until the new one has proved itself.\n",
        client = config.auth0.client_id,
        new = key.public.kid,
    )
}
