//! Messages that wait in the ledger, sent at least once, oldest first.

use std::time::Duration;

use vault::telegram::{RichText, TelegramError};

use crate::app::App;
use crate::ledger::Result;

/// The pause after a first attempt; it doubles up to an hour.
const RETRY: Duration = Duration::from_secs(60);

/// The longest pause between two attempts.
const LONGEST_RETRY: Duration = Duration::from_secs(3600);

/// A message that Telegram answered with a no so often is itself what is wrong; the log has it.
/// Anything else passes one day, and then the owner hears what he missed.
const MOST_REFUSALS: i64 = 20;

/// How long to wait for a second attempt at something that was attempted so often before.
#[must_use]
pub fn pause_after(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 6)).unwrap_or(6);
    RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY)
}

/// A message as the ledger keeps it.
#[must_use]
pub fn encode(text: &RichText) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Sends what is due; says whether anything was tried.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let rules = app.rules();
    let due = app.ledger.due_notices(app.now()).await?;
    let (Some(telegram), Some(chat)) = (&app.telegram, rules.config.telegram.as_ref()) else {
        // Without a chat, the log and `status` are where the owner looks.
        for notice in &due {
            let text: RichText = serde_json::from_str(&notice.text).unwrap_or_default();
            tracing::warn!(key = notice.key, "for the owner: {}", text.text());
            let mut tx = app.ledger.begin().await?;
            tx.notice_sent(&notice.key).await?;
            tx.commit().await?;
        }
        return Ok(!due.is_empty());
    };
    let chat = i64::try_from(chat.owner_id).unwrap_or(i64::MAX);
    let Some(notice) = due.first() else {
        return Ok(false);
    };
    let text: RichText = serde_json::from_str(&notice.text).unwrap_or_default();
    // The attempt is durable before it is made: while the ledger takes nothing, the owner would
    // otherwise be told the same again and again.
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(pause_after(notice.attempts));
    tx.notice_tried(&notice.key, again).await?;
    tx.commit().await?;
    let sent = telegram.send(chat, &text, &[]).await;
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(_) => {
            tx.notice_sent(&notice.key).await?;
            app.live(|l| l.delivery_trouble = None);
        }
        Err(error) => {
            tracing::error!(
                key = notice.key,
                "message to the owner not delivered: {error}"
            );
            app.live(|l| l.delivery_trouble = Some(error.to_string()));
            if let Some(pause) = super::asked_pause(&error) {
                let again = tx.now().plus(pause);
                tx.notice_waits(&notice.key, Some(again)).await?;
            } else if matches!(error, TelegramError::Refused(_)) && notice.attempts >= MOST_REFUSALS
            {
                tx.notice_waits(&notice.key, None).await?;
            }
        }
    }
    tx.commit().await?;
    app.progress();
    Ok(true)
}
