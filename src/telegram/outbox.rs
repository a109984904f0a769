//! Messages that wait in the ledger, sent at least once, oldest first.

use std::time::Duration;

use vault::telegram::RichText;

use crate::app::App;
use crate::ledger::Result;

/// The pause after a first failure; it doubles up to an hour.
const RETRY: Duration = Duration::from_secs(60);

/// A message that could not be delivered so often is left to `status`.
const MOST_ATTEMPTS: i64 = 20;

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
    let sent = telegram.send(chat, &text, &[]).await;
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(_) => {
            tx.notice_sent(&notice.key).await?;
            app.live(|l| l.delivery_trouble = None);
        }
        Err(error) => {
            let doublings = u32::try_from(notice.attempts.clamp(0, 6)).unwrap_or(6);
            let asked = super::asked_pause(&error);
            let pause = asked.unwrap_or_else(|| RETRY.saturating_mul(1 << doublings));
            // Being asked to wait says nothing about the message: it is not given up for that.
            let again =
                (asked.is_some() || notice.attempts < MOST_ATTEMPTS).then(|| tx.now().plus(pause));
            tracing::error!(
                key = notice.key,
                "message to the owner not delivered: {error}"
            );
            app.live(|l| l.delivery_trouble = Some(error.to_string()));
            tx.notice_failed(&notice.key, again).await?;
        }
    }
    tx.commit().await?;
    app.progress();
    Ok(true)
}
