//! The emergency stop: from this instant nothing leaves, and only a person on the machine lifts it.
//!
//! It is kept three times. The vault holds it in memory, which stops this process at once. A file beside
//! the ledger stops every process before its next request, also where the ledger cannot be written. And
//! the ledger has it with a journal entry, so that a file that is lost does not lift it.

mod watch;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde_json::json;
use vault::Brake;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::{self, Command, Outcome, Paused};
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Ledger, LedgerError, Result, Tx};
use crate::messages::halt;
use crate::telegram::outbox;

pub use watch::watch;

/// How it comes about when the file was made by hand.
const BY_FILE: &str = "file";

/// Makes the file. That it is there is what counts; what is in it is for a person who looks.
///
/// # Errors
/// It cannot be made.
pub fn make_file(path: &Path, by: &str, at: UnixMillis) -> std::io::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(path);
    let mut file = match made {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    };
    // A full disk may have room for a name and none for words.
    let _ = writeln!(file, "{}", json!({ "by": by, "at": at }));
    let _ = file.sync_all();
    sync_directory(path)
}

fn remove_file(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync_directory(path)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

/// What is in force by the file alone: who made it, and when.
#[must_use]
pub fn by_the_file(path: &Path) -> Option<Paused> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(_) => {
            return Some(Paused {
                by: format!("{}, which cannot be looked at", path.display()),
                at: UnixMillis(0),
            });
        }
    };
    Some(Paused {
        by: Actor::Operator(found.uid()).to_string(),
        at: UnixMillis(found.mtime().saturating_mul(1000)),
    })
}

/// Stops everything in this process, and for every other one and every later one.
///
/// # Errors
/// Neither the file nor the ledger could be written. This process lets nothing leave all the same.
pub async fn engage(app: &App, actor: &Actor, channel: &'static str) -> Result<Outcome> {
    hold(app);
    let file = app.rules().config.emergency_stop();
    let filed = make_file(&file, &actor.to_string(), app.now());
    if let Err(error) = &filed {
        tracing::error!("the emergency stop has no file {}: {error}", file.display());
    }
    let recorded = record(&app.ledger, actor, channel).await;
    if recorded.is_ok() {
        // Somebody may have lifted an earlier one between the file and the note: this one came after.
        hold(app);
        if let Err(error) = make_file(&file, &actor.to_string(), app.now()) {
            tracing::error!("the emergency stop has no file {}: {error}", file.display());
        }
    }
    app.work.notify_one();
    match (recorded, filed) {
        (Err(error), Ok(())) => {
            tracing::error!("the emergency stop holds by its file alone: {error}");
            Ok(Outcome::Stopped)
        }
        (recorded, _) => recorded,
    }
}

/// The part of it that cannot fail.
fn hold(app: &App) {
    if !app.vault.brake().is_held() {
        tracing::error!("EMERGENCY STOP: nothing leaves from now on");
    }
    app.vault.brake().hold();
    app.vault.forget();
}

/// Notes the stop in the ledger and tells the owner, unless it is noted already.
///
/// # Errors
/// The ledger cannot be written.
pub async fn record(ledger: &Ledger, actor: &Actor, channel: &'static str) -> Result<Outcome> {
    let mut tx = ledger.begin().await?;
    let outcome = note(&mut tx, &Command::Stop, actor, channel).await?;
    tx.commit().await?;
    Ok(outcome)
}

async fn note(
    tx: &mut Tx,
    command: &Command,
    actor: &Actor,
    channel: &'static str,
) -> Result<Outcome> {
    let none = std::time::Duration::ZERO;
    let outcome = control::apply(tx, command, actor, channel, none).await?;
    let by = actor.to_string();
    let (word, text) = match outcome {
        Outcome::Stopped => ("stopped", halt::stopped(&by)),
        Outcome::Lifted => ("lifted", halt::lifted(&by)),
        _ => return Ok(outcome),
    };
    let now = tx.now();
    let key = format!("estop:{word}:{}", now.0);
    tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    Ok(outcome)
}

/// Lifts it: the file goes within the transaction that notes it, and this process is let go after it, so that
/// what is not noted is not lifted. `brake` is that of the process that works on the ledger, if it has one.
///
/// # Errors
/// The ledger or the file cannot be changed; then it stays in force.
pub async fn lift(
    ledger: &Ledger,
    file: &Path,
    brake: Option<&Brake>,
    actor: &Actor,
    channel: &'static str,
) -> Result<Outcome> {
    let mut tx = ledger.begin().await?;
    let was = by_the_file(file);
    let mut outcome = note(&mut tx, &Command::Lift, actor, channel).await?;
    if outcome == Outcome::AlreadySo && was.is_some() {
        // By its file alone: it was never noted, and is now, on the way out.
        note(&mut tx, &Command::Stop, actor, BY_FILE).await?;
        outcome = note(&mut tx, &Command::Lift, actor, channel).await?;
    }
    remove_file(file).map_err(|source| LedgerError::File {
        what: "removing the emergency stop",
        path: file.to_owned(),
        source,
    })?;
    if let Err(error) = tx.commit().await {
        // Its time is the file's own.
        let _ = make_file(file, &actor.to_string(), UnixMillis(0));
        return Err(error);
    }
    if let Some(brake) = brake {
        brake.release();
        // One that was noted since must not be let go with the one that is lifted.
        let noted = ledger.setting::<Paused>(&Setting::Stopped).await;
        if !matches!(noted, Ok(None)) {
            brake.hold();
        }
    }
    Ok(outcome)
}

/// At the start: what the ledger or the file says is in force, in all three places.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn at_start(app: &App) -> Result<()> {
    let stopped: Option<Paused> = app.ledger.setting(&Setting::Stopped).await?;
    if let Some(stopped) = stopped {
        hold(app);
        let file = app.rules().config.emergency_stop();
        if let Err(error) = make_file(&file, &stopped.by, stopped.at) {
            tracing::error!("the emergency stop has no file {}: {error}", file.display());
        }
    }
    catch_up(app).await
}

/// Notes in the ledger what is in force by the file alone.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn catch_up(app: &App) -> Result<()> {
    if !app.vault.brake().is_on() {
        return Ok(());
    }
    hold(app);
    if app
        .ledger
        .setting::<Paused>(&Setting::Stopped)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let file = app.rules().config.emergency_stop();
    let actor = match std::fs::symlink_metadata(&file) {
        Ok(found) => Actor::Operator(found.uid()),
        Err(_) => Actor::Daemon,
    };
    let mut tx = app.ledger.begin().await?;
    // It may have been lifted while the ledger was waited for.
    if app.vault.brake().is_on() {
        note(&mut tx, &Command::Stop, &actor, BY_FILE).await?;
        tx.commit().await?;
        hold(app);
    }
    Ok(())
}
