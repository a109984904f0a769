//! The journal's chain, looked after: its newest part at every start, the whole of it every day. If it
//! does not hold, somebody has changed the record by which the program knows what it did and what it
//! may do. Then it writes nothing more until the owner says so.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::messages::notice;
use crate::telegram::outbox;

/// Rows that are walked at a start, which must not take long.
const NEWEST: i64 = 10_000;

/// Who pauses when the chain is broken.
const BY: &str = "the check of the journal";

/// A place where the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The first row that is wrong.
    pub row: i64,
    /// Why.
    pub why: String,
    /// When it was found.
    pub at: UnixMillis,
}

/// Walks the newest part of the chain.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn check_newest(app: &App) -> Result<()> {
    let head = app.ledger.journal_head().await?;
    let known = known(app).await?.map_or(0, |broken| broken.row);
    walk(app, known.max(head.seq - NEWEST)).await
}

/// Walks the whole chain before a digest that is due tells its end; says whether it did.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let now = app.now();
    let digest: Option<UnixMillis> = app.ledger.setting(&Setting::NextDigest).await?;
    let Some(due) = digest.filter(|at| *at <= now) else {
        return Ok(false);
    };
    let checked: Option<UnixMillis> = app.ledger.setting(&Setting::JournalChecked).await?;
    // One dated in the future was made before the clock was set back.
    if checked.is_some_and(|at| at >= due && at <= now) {
        return Ok(false);
    }
    check_whole(app).await?;
    let mut tx = app.ledger.begin().await?;
    tx.put_setting(&Setting::JournalChecked, &now).await?;
    tx.commit().await?;
    Ok(true)
}

/// A thousand rows at a time, between which others have their turn. A break that the owner knows is
/// passed by; one that is mended is forgotten.
async fn check_whole(app: &App) -> Result<()> {
    let Some(known) = known(app).await? else {
        return walk(app, 0).await;
    };
    let whole = app.ledger.verify_journal().await?;
    if whole.broken.is_some_and(|(row, _)| row == known.row) {
        return walk(app, known.row).await;
    }
    let mut tx = app.ledger.begin().await?;
    tx.drop_setting(&Setting::JournalBroken).await?;
    tx.commit().await?;
    walk(app, 0).await
}

async fn known(app: &App) -> Result<Option<Broken>> {
    app.ledger.setting(&Setting::JournalBroken).await
}

async fn walk(app: &App, after: i64) -> Result<()> {
    let Some((row, why)) = app.ledger.verify_journal_after(after).await?.broken else {
        return Ok(());
    };
    let mut tx = app.ledger.begin().await?;
    let at = tx.now();
    if tx.setting::<Paused>(&Setting::Paused).await?.is_none() {
        let by = BY.to_owned();
        tx.put_setting(&Setting::Paused, &Paused { by, at }).await?;
    }
    let body = json!({ "row": row, "why": why });
    tx.journal(Entry::new(Actor::Daemon, "journal.broken", body))
        .await?;
    let text = notice::journal_broken(row, &why);
    let key = format!("journal-broken:{row}:{}", at.0);
    tx.notify_owner(&key, &outbox::encode(&text), at).await?;
    let why_logged = why.clone();
    let broken = Broken { row, why, at };
    tx.put_setting(&Setting::JournalBroken, &broken).await?;
    tx.commit().await?;
    tracing::error!(row, why = why_logged, "the journal does not hold: paused");
    app.work.notify_one();
    Ok(())
}
