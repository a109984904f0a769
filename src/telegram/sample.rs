//! Shows the owner a question that is none, and that his tap arrives.

use std::time::Duration;

use vault::telegram::{Telegram, TelegramError, UpdateKind};

use super::inbox::is_owner_tap;
use crate::clock::Clock;
use crate::messages::card::buttons;
use crate::messages::pairing;

/// How long the owner may take.
pub const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// How long Telegram may hold a poll open, in seconds.
const POLL: u64 = 25;

/// The tap that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tapped {
    /// The yes, and not the no.
    pub approve: bool,
    /// From the question's delivery to the tap's arrival.
    pub after: Duration,
}

/// Why no tap was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// The daemon would miss them.
    #[error(
        "{0} messages or taps wait in the chat that bountyd has not read yet; start it once, so that no answer is lost, and try again"
    )]
    Unread(usize),
    /// It was not tapped.
    #[error("no tap arrived within {} minutes; open the chat with the bot and try again", PATIENCE.as_secs() / 60)]
    NoTap,
    /// Somebody else reads the chat.
    #[error("{0}; a running bountyd is such a program: stop it first (`systemctl stop bountyd`)")]
    Conflict(TelegramError),
    /// The Bot API does not answer as it should.
    #[error("Telegram: {0}")]
    Bot(#[from] TelegramError),
}

fn trouble(error: TelegramError) -> SampleError {
    match error {
        TelegramError::Conflict => SampleError::Conflict(error),
        other => SampleError::Bot(other),
    }
}

/// Sends the sample under the made-up `id` to the private chat of `owner` and waits for his tap; `sent`
/// is told when it is there.
///
/// # Errors
/// See [`SampleError`].
pub async fn try_out(
    bot: &Telegram,
    clock: &dyn Clock,
    owner: u64,
    id: &str,
    sent: impl FnOnce(),
) -> Result<Tapped, SampleError> {
    // Read without an offset, so that nothing counts as read.
    match bot.updates(0, 0).await.map_err(trouble)?.len() {
        0 => {}
        unread => return Err(SampleError::Unread(unread)),
    }
    let chat = i64::try_from(owner).unwrap_or(i64::MAX);
    let buttons = buttons(id);
    let message = bot
        .send(chat, &pairing::sample(), &buttons)
        .await
        .map_err(trouble)?;
    sent();
    let begun = clock.monotonic();
    let mut offset = 0;
    let ended = loop {
        let waited = clock.monotonic().saturating_sub(begun);
        let Some(left) = PATIENCE.checked_sub(waited).filter(|left| !left.is_zero()) else {
            break Err(SampleError::NoTap);
        };
        let wait = u32::try_from(left.as_secs().clamp(1, POLL)).unwrap_or(1);
        let updates = match bot.updates(offset, wait).await {
            Ok(updates) => updates,
            Err(error) => break Err(trouble(error)),
        };
        let mut tapped = None;
        for update in updates {
            offset = offset.max(update.id.saturating_add(1));
            let UpdateKind::Tap(tap) = update.kind else {
                continue;
            };
            if !is_owner_tap(&tap, Some(owner)) || tap.message_id != Some(message) {
                continue;
            }
            let data = tap.data.unwrap_or_default();
            let mut all = buttons.iter().flatten();
            if let Some(at) = all.position(|button| button.data == data) {
                tapped = Some((tap.query_id, at == 0));
            }
        }
        if let Some((query, approve)) = tapped {
            let after = clock.monotonic().saturating_sub(begun);
            // The pop-up is a nicety; the tap has arrived.
            let _ = bot.answer(&query, pairing::TAP_ARRIVED).await;
            break Ok(Tapped { approve, after });
        }
    };
    if offset > 0 {
        let _ = bot.updates(offset, 0).await;
    }
    let words = pairing::sample_ended(ended.as_ref().ok().map(|tapped| tapped.approve));
    let _ = bot.edit(chat, message, &words, &[]).await;
    ended
}
