//! Puts the program together from its configuration, and runs it as a service.

mod doors;

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use vault::Vault;

use crate::app::App;
use crate::clock::{Clock, Entropy};
use crate::config::{Config, Environment};
use crate::control_socket::ListenError;
use crate::driver;
use crate::estop;
use crate::exit::Exit;
use crate::github::{Github, Options};
use crate::health::Trouble;
use crate::ledger::lock::InstanceLock;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Ledger, LedgerError, in_full};
use crate::rules::Rules;
use doors::Doors;

/// The program, holding its ledger.
#[derive(Debug)]
pub struct Daemon {
    /// Its parts.
    pub app: Arc<App>,
    lock: InstanceLock,
}

/// Why it cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A directory of ours cannot be made.
    #[error("cannot make the directory {}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// This user may not write there.
    #[error(
        "you may not write {}: run this with sudo, or as the user bountyd runs as, or name directories of your own with `state_directory` and `runtime_directory`", path.display()
    )]
    Forbidden {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(LedgerError),
    /// The control socket.
    #[error(transparent)]
    Socket(#[from] ListenError),
    /// The address for MCP over HTTP.
    #[error("cannot listen at {at} (mcp.http.listen)")]
    Http {
        /// Where.
        at: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key, a secret or an address.
    #[error(transparent)]
    Vault(#[from] vault::OpenError),
    /// The kernel refuses signal handlers.
    #[error("cannot listen to signals")]
    Signals(#[source] std::io::Error),
}

impl From<LedgerError> for StartError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::File { path, source, .. }
                if source.kind() == ErrorKind::PermissionDenied =>
            {
                Self::Forbidden { path, source }
            }
            other => Self::Ledger(other),
        }
    }
}

impl StartError {
    /// The code to leave with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Directory { .. }
            | Self::Socket(_)
            | Self::Http { .. }
            | Self::Ledger(LedgerError::InTheWay { .. }) => Exit::CannotCreate,
            Self::Ledger(
                LedgerError::Held { .. } | LedgerError::Busy { .. } | LedgerError::Full { .. },
            )
            | Self::Vault(vault::OpenError::CertificatesHang(_)) => Exit::TryLater,
            Self::Forbidden { .. } => Exit::NotAllowed,
            Self::Ledger(LedgerError::Missing { .. }) => Exit::Unavailable,
            Self::Ledger(LedgerError::Newer { .. } | LedgerError::Upgrade { .. })
            | Self::Vault(_) => Exit::Config,
            Self::Ledger(LedgerError::Damaged { .. } | LedgerError::Corrupt { .. }) => Exit::Data,
            Self::Ledger(_) | Self::Signals(_) => Exit::Failure,
        }
    }
}

/// Takes the instance lock and opens ledger, vault and rims.
///
/// # Errors
/// As [`StartError`] says; nothing was sent anywhere.
pub async fn open(
    config: Config,
    environment: &Environment,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Daemon, StartError> {
    make_directory(&config.state_directory, 0o700)?;
    // Others may pass through to the socket, which asks each peer who he is; they see no list.
    make_directory(&config.runtime_directory, 0o711)?;
    let path = config.ledger_path();
    let lock = InstanceLock::take(&path)?;
    let patience = tokio::spawn(ask_for_patience());
    let opened = Ledger::open(&path, Arc::clone(&clock), Arc::clone(&entropy)).await;
    patience.abort();
    let ledger = opened?;
    let mut settings = config.vault_settings(environment);
    // A process that runs once and ends would for ever take what it meets for the first time.
    let trouble: Option<Trouble> = ledger.setting(&Setting::Trouble).await?;
    settings.last_failure = trouble
        .filter(|trouble| trouble.next_try <= clock.now())
        .map(|trouble| trouble.code);
    let vault = Vault::open(
        settings,
        Arc::clone(&clock),
        Arc::clone(&entropy),
        Arc::new(ledger.clone()),
    )
    .await?;
    let github = Github::new(&vault, Arc::clone(&clock), Options::default());
    let rules = Rules::of(config);
    let mut tx = ledger.begin().await?;
    // Under the lock nobody else works on one.
    tx.drop_interrupted_jobs().await?;
    let before: Option<String> = tx.setting(&Setting::Rules).await?;
    if before.as_ref() != Some(&rules.fingerprint) {
        if before.is_some() {
            tx.forget_judgements().await?;
        }
        tx.put_setting(&Setting::Rules, &rules.fingerprint).await?;
        let body = json!({ "before": before, "now": rules.fingerprint });
        tx.journal(Entry::new(Actor::Daemon, "rules.changed", body))
            .await?;
    }
    tx.commit().await?;
    let app = Arc::new(App::new(rules, ledger, vault, github, clock, entropy));
    estop::at_start(&app).await?;
    Ok(Daemon { app, lock })
}

/// A large ledger takes a while to be copied, brought up to date and read back: systemd gives a start so much
/// more time as long as this runs. On real time, which is systemd's.
async fn ask_for_patience() {
    let mut ticks = tokio::time::interval(Duration::from_secs(20));
    ticks.tick().await;
    loop {
        ticks.tick().await;
        notify(&[
            NotifyState::ExtendTimeoutUsec(60_000_000),
            NotifyState::Status("bringing the ledger up to date"),
        ]);
    }
}

/// Makes a directory of ours, unless it is there.
pub(crate) fn make_directory(path: &Path, mode: u32) -> Result<(), StartError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|source| {
            let path = path.to_owned();
            match source.kind() {
                ErrorKind::PermissionDenied => StartError::Forbidden { path, source },
                _ => StartError::Directory { path, source },
            }
        })
}

/// Runs until a signal to stop, telling systemd how it is.
///
/// # Errors
/// A socket cannot be bound, nobody can be trusted over TLS, or the ledger cannot be written at the very
/// start or end.
pub async fn serve(daemon: Daemon, environment: Environment) -> Result<(), StartError> {
    let app = Arc::clone(&daemon.app);
    // Before readiness is told: a reload or a stop right after it would meet the default action,
    // which ends the process on the spot.
    let caught = |kind| signal(kind).map_err(StartError::Signals);
    let hangup = caught(SignalKind::hangup())?;
    let mut terminate = caught(SignalKind::terminate())?;
    let mut interrupt = caught(SignalKind::interrupt())?;
    let doors = Doors::bind(&app, &daemon.lock).await?;
    let reload = tokio::spawn(reload_on_hangup(Arc::clone(&app), environment, hangup));
    let pulse = tokio::spawn(pulse(Arc::clone(&app)));
    let brake = tokio::spawn(estop::watch(Arc::clone(&app)));
    notify(&[NotifyState::Ready, NotifyState::Status("ready")]);
    let mut signalled = pin!(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: finishing the step at hand");
        notify(&[NotifyState::Stopping]);
    });
    // Hundreds of files, which nobody has to wait for who waits for readiness. Until it is known whom to trust
    // nothing goes out and nobody is served; who connects is heard after it.
    let trusted = tokio::select! {
        read = app.vault.read_trust() => read.map(|()| true),
        () = &mut signalled => Ok(false),
    };
    let done = match trusted {
        Ok(true) => doors.serve(&app, signalled).await,
        Ok(false) => {
            doors.close();
            Ok(())
        }
        Err(error) => {
            doors.close();
            Err(error.into())
        }
    };
    reload.abort();
    pulse.abort();
    brake.abort();
    app.ledger.close().await;
    done
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd was not told: {error}");
    }
}

/// Pings the watchdog while every lane moves, and keeps the status line current. On real time: a
/// hung clock of ours must not look like a hung daemon.
async fn pulse(app: Arc<App>) {
    let every = sd_notify::watchdog_enabled().map_or(Duration::from_secs(10), |limit| limit / 2);
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = app.clock.monotonic();
        let stuck = app.lanes(|lanes| lanes.iter().find(|l| l.is_stuck(now)).map(|l| l.name()));
        if let Some(lane) = stuck {
            tracing::error!(
                lane,
                "a lane has not moved for {:?}: the watchdog is not fed",
                driver::STALL
            );
            continue;
        }
        let status = status_line(&app).await;
        notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
    }
}

async fn status_line(app: &App) -> String {
    match crate::status::gather(app).await {
        Ok(status) => match status.ledger {
            Some(trouble) => format!("nothing goes out: {}", trouble.message),
            None => format!(
                "{}, mode {}, {} waiting",
                status.state, status.mode, status.pending
            ),
        },
        Err(error) => format!("nothing goes out: {}", in_full(&error)),
    }
}

/// `systemctl reload`: a configuration that does not hold leaves the old one in force.
async fn reload_on_hangup(app: Arc<App>, environment: Environment, mut hangup: Signal) {
    while hangup.recv().await.is_some() {
        let path = app.rules().config.path.clone();
        match Config::load(&path, &environment, app.now()) {
            Ok(loaded) => {
                if let Err(error) = put_in_force(&app, loaded.config, &environment).await {
                    tracing::error!("the configuration was not reloaded: {}", in_full(&error));
                }
            }
            Err(problems) => {
                tracing::error!(
                    "the configuration was not reloaded:\n{}",
                    problems.render(false)
                );
            }
        }
    }
}

/// Puts another configuration in force while the program runs.
///
/// # Errors
/// The ledger cannot be written, or a key not be used; then the old one stays in force.
pub async fn put_in_force(
    app: &App,
    config: Config,
    environment: &Environment,
) -> Result<(), StartError> {
    let old = app.rules();
    let sources = config.key_sources(environment);
    let keys = app
        .vault
        .new_keys(sources, config.auth0.signing_key.as_deref());
    let keys = keys.await?;
    let kept = old.config.needs_restart(&config);
    if !kept.is_empty() {
        tracing::warn!("these take effect at the next start: {}", kept.join(", "));
    }
    let rules = Rules::of(config.until_restart(&old.config));
    let mut tx = app.ledger.begin().await?;
    if rules.fingerprint != old.fingerprint {
        tx.forget_judgements().await?;
        tx.put_setting(&Setting::Rules, &rules.fingerprint).await?;
    }
    let body = json!({ "before": old.fingerprint, "now": rules.fingerprint });
    tx.journal(Entry::new(Actor::Daemon, "config.reloaded", body))
        .await?;
    // Before anybody else can write again: what is under way by the old rules must see it.
    app.set_rules(Arc::new(rules));
    if let Err(error) = tx.commit().await {
        app.set_rules(old);
        return Err(error.into());
    }
    app.vault.rekey(keys);
    tracing::info!(kid = app.vault.status().kid, "configuration reloaded");
    Ok(())
}
