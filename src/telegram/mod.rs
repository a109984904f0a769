//! The owner's chat: the poll loop that takes answers, the messages that wait to be sent, and how it is
//! set up and tried.

pub mod inbox;
pub mod outbox;
pub mod pair;
pub mod sample;

use std::time::Duration;

use vault::telegram::TelegramError;

/// However soon Telegram, or something in between, lets us come back: no call is repeated at once.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// However long it asks to wait: a call that comes too early costs one refusal, a question that is
/// never sent costs a bounty.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The pause that a refusal asks for, between a second and an hour; `None` if it asks for none.
/// See `retry_after` in <https://core.telegram.org/bots/api#responseparameters>.
#[must_use]
pub fn asked_pause(error: &TelegramError) -> Option<Duration> {
    match error {
        TelegramError::RetryAfter(pause) => Some((*pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_that_was_asked_for_is_neither_none_nor_for_ever() {
        let asked = |s| asked_pause(&TelegramError::RetryAfter(Duration::from_secs(s)));
        assert_eq!(asked(0), Some(SHORTEST_PAUSE));
        assert_eq!(asked(90), Some(Duration::from_secs(90)));
        assert_eq!(asked(10 * 24 * 3600), Some(LONGEST_PAUSE));
        assert_eq!(asked_pause(&TelegramError::Blocked), None);
    }
}
