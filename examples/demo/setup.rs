//! What a person would set up: a key, a configuration, the daemon.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bountyd::clock::{Clock, FedClock, OsEntropy};
use bountyd::ledger::Ledger;
use sim::{Cast, Sim};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::pace::TICK;

/// The daemon's program, which was built beside this one.
pub(crate) fn program() -> Result<PathBuf> {
    let here = std::env::current_exe().context("cannot find this program")?;
    let beside = here
        .parent()
        .and_then(Path::parent)
        .map(|d| d.join("bountyd"));
    match beside.filter(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("the daemon is not built; start the demo with ./demo"),
    }
}

/// Makes the key as its owner would, with the daemon's own command.
pub(crate) async fn make_key(bountyd: &Path, path: &Path) -> Result<String> {
    let made = Command::new(bountyd)
        .args(["keys", "new"])
        .arg(path)
        .output()
        .await
        .context("cannot run `bountyd keys new`")?;
    if !made.status.success() {
        bail!(
            "`bountyd keys new` failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }
    String::from_utf8(made.stdout).context("the public key is not text")
}

pub(crate) fn write_config(sim: &Sim, cast: &Cast, at: &Path) -> Result<PathBuf> {
    let token = at.join("bot-token");
    fs::write(&token, sim.telegram.token()).context("cannot write the bot's token")?;
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600))
        .context("cannot protect the bot's token")?;
    let services = sim.config(cast, &at.join("key.pem"), &token, &at.join("state"), None);
    let text = services.replace("mode = \"ask\"\n", RULES) + POLICY;
    let path = at.join("bountyd.toml");
    fs::write(&path, text).context("cannot write the configuration")?;
    Ok(path)
}

/// The owner of the demo: claims small things by itself, asks above 500 dollars (the default),
/// sleeps from 23:00 to 07:00.
const RULES: &str = r#"mode = "auto"
claim_without_fixer = true
schedule = "*/30 * * * *"
jitter = "0s"
timezone = "UTC"
"#;

/// More hands than by default, so that one night can show every way.
const POLICY: &str = r#"
[policy]
always_ask_first_time_repository = false
in_hand = 6
claims_per_day = 6

[approvals]
quiet_hours = "23:00-07:00"
"#;

pub(crate) fn start(bountyd: &Path, config: &Path, socket: &Path, at: &Path) -> Result<Child> {
    let log = fs::File::create(at.join("daemon.log")).context("cannot write the log")?;
    Command::new(bountyd)
        .arg("--config")
        .arg(config)
        .args(["run", "--clock-socket"])
        .arg(socket)
        .env_remove("NOTIFY_SOCKET")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        // Ctrl-C is for the demo, which then ends the daemon in good order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the daemon")
}

/// Reads the ledger beside the daemon, as soon as there is one.
pub(crate) async fn open_ledger(path: &Path, clock: FedClock, at: &Path) -> Result<Ledger> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let begun = Instant::now();
    loop {
        let opened = Ledger::open_read_only(path, Arc::clone(&clock), Arc::new(OsEntropy)).await;
        let error = match opened {
            // While the daemon still makes the tables there is nothing to read.
            Ok(ledger) => match ledger.journal_head().await {
                Ok(_) => return Ok(ledger),
                Err(error) => error,
            },
            Err(error) => error,
        };
        if begun.elapsed() > Duration::from_secs(20) {
            show_log(at);
            return Err(error).context("the daemon did not start");
        }
        tokio::time::sleep(TICK).await;
    }
}

/// The end of the daemon's log, when something went wrong.
pub(crate) fn show_log(at: &Path) {
    if let Ok(log) = fs::read_to_string(at.join("daemon.log")) {
        let lines: Vec<&str> = log.lines().collect();
        eprintln!("\nThe last lines of the daemon's log:");
        for line in &lines[lines.len().saturating_sub(15)..] {
            eprintln!("  {line}");
        }
    }
}
