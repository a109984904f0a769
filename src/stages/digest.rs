//! Digest: one message a morning, and what is forgotten with it.

use std::time::Duration;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::health::Trouble;
use crate::ledger::Result;
use crate::ledger::settings::Setting;
use crate::messages::card::short;
use crate::messages::notice::{self, Digest};
use crate::status;
use crate::telegram::outbox;

/// A message that was told is remembered this long, so that a repeated cause is not told again.
const TOLD_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// What is settled is kept this long beside the journal, and so is a bounty of which nothing is heard.
const SETTLED_KEPT: Duration = Duration::from_secs(180 * 24 * 3600);

/// When the next digest is due.
///
/// # Errors
/// The ledger cannot be read.
pub async fn next(app: &App) -> Result<Option<UnixMillis>> {
    app.ledger.setting(&Setting::NextDigest).await
}

/// Writes the digest if it is due; says whether it was.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let rules = app.rules();
    let now = app.now();
    let following = rules
        .config
        .digest_at
        .next_after(now, rules.config.timezone);
    let due: Option<UnixMillis> = next(app).await?;
    match due {
        Some(at) if at <= now => {}
        // Planned, and not moved nearer by another configuration or a clock set back.
        Some(at) if following.is_none_or(|f| at <= f) => return Ok(false),
        _ => {
            let mut tx = app.ledger.begin().await?;
            tx.put_setting(&Setting::NextDigest, &following).await?;
            tx.commit().await?;
            return Ok(false);
        }
    }
    // Since the last one, however long ago: what happened before a long sleep is told too.
    let last: Option<UnixMillis> = app.ledger.setting(&Setting::LastDigest).await?;
    // The first one tells everything.
    let since = last.filter(|at| *at < now).unwrap_or(UnixMillis(0));
    let mut digest: Digest = app.ledger.digest_since(since).await?;
    digest.since = Some(since);
    let waiting = status::waiting(app).await?;
    digest.waiting = waiting
        .iter()
        .map(|w| {
            (
                short(&w.id).to_owned(),
                format!("{} {}", w.amount(), w.name()),
            )
        })
        .collect();
    if let Some(trouble) = app.ledger.setting::<Trouble>(&Setting::Trouble).await? {
        digest
            .problems
            .insert(0, format!("stopped: {} – {}", trouble.code, trouble.remedy));
    }
    if let Some(stop) = app.ledger.setting::<Paused>(&Setting::Stopped).await? {
        let by = stop.by;
        digest.problems.insert(
            0,
            format!("emergency stop by {by}: bountyd estop --lift on the machine ends it"),
        );
    }
    digest.head = Some(app.ledger.journal_head().await?);
    let mut tx = app.ledger.begin().await?;
    let key = format!("digest:{}", due.map_or(now.0, |d| d.0));
    tx.notify_owner(&key, &outbox::encode(&notice::digest(&digest)), now)
        .await?;
    tx.put_setting(&Setting::NextDigest, &following).await?;
    tx.put_setting(&Setting::LastDigest, &now).await?;
    tx.trim_notices(now.minus(TOLD_KEPT)).await?;
    tx.trim_settled(now.minus(SETTLED_KEPT)).await?;
    if let Some(kept) = rules.config.journal_retention {
        tx.trim_journal(now.minus(kept)).await?;
    }
    tx.commit().await?;
    app.progress();
    Ok(true)
}
