//! The owner's hand: a script, or a person at the keys. Either taps on the simulated phone; a
//! person may as well tap on the page that shows it.

use std::collections::HashSet;
use std::io::{IsTerminal, Read};
use std::time::Duration;

use bountyd::clock::UnixMillis;
use bountyd::ledger::approvals::Approval;
use bountyd::messages::card::Card;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use sim::telegram::Person;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::page::{Ink, Page, clock_time};
use crate::world::EVENING;

/// The labels of the two buttons.
pub(crate) const YES: &str = "✅ Approve";
/// See [`YES`].
pub(crate) const NO: &str = "❌ Deny";

/// How long, in real time, the night waits for an answer to one card; counted anew while the phone
/// page is open.
const ONE_CARD: Duration = Duration::from_secs(60);

/// What the script does about a card: the repository, how many minutes after the evening at the
/// earliest and at least 5 after delivery, which button. The first card about `paperboat/regatta`
/// is superseded before its time; nobody answers `harbourlight/beacon`.
const SCRIPT: &[(&str, u64, &str)] = &[
    ("northwind-maps/atlas", 6, YES),
    ("quillworks/typeset", 9, NO),
    (CHANGING, 38, YES),
    ("nightjar-radio/tuner", 9 * 60 + 7, YES),
];

/// The issue that somebody rewrites: a person at the keys is asked about it afterwards only.
const CHANGING: &str = "paperboat/regatta";
const REWRITTEN: UnixMillis = UnixMillis(EVENING + 25 * 60_000);

/// Whose hand it is.
pub(crate) enum Hand {
    /// Taps by [`SCRIPT`].
    Script,
    /// Reads keys.
    Keys(Box<Keys>),
}

/// A person at a terminal.
pub(crate) struct Keys {
    keys: mpsc::UnboundedReceiver<u8>,
    asked: Option<Asked>,
    left: HashSet<String>,
    _terminal: RawTerminal,
}

/// A card that a person is being asked about.
#[derive(Clone, Debug)]
struct Asked {
    id: String,
    /// When the time to answer began, or began anew.
    since: Instant,
    phone_open: bool,
}

impl Asked {
    /// Time left to answer. Whoever has the phone page open is reading.
    fn left(&mut self, now: Instant, phone_open: bool) -> Duration {
        self.phone_open = phone_open;
        if phone_open {
            self.since = now;
        }
        ONE_CARD.saturating_sub(now.saturating_duration_since(self.since))
    }

    /// What stands below the card while it waits.
    fn prompt(&self, left: Duration) -> String {
        let keys = "[a] approve  [d] deny  [s] leave it";
        if self.phone_open {
            return format!("{keys}  (waits: phone open)");
        }
        let seconds = left.as_millis().div_ceil(1_000);
        format!("{keys}  ({seconds} s left)")
    }
}

impl Hand {
    /// Keys if somebody can press them and the script is not wanted.
    pub(crate) fn new(auto: bool) -> Self {
        if auto || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Self::Script;
        }
        let Some(terminal) = RawTerminal::new() else {
            return Self::Script;
        };
        let (pressed, keys) = mpsc::unbounded_channel();
        // A plain thread: nothing else can wait for a terminal, and it ends with the process.
        std::thread::spawn(move || {
            let mut key = [0_u8];
            while let Ok(1) = std::io::stdin().read(&mut key) {
                if pressed.send(key[0]).is_err() {
                    return;
                }
            }
        });
        Self::Keys(Box::new(Keys {
            keys,
            asked: None,
            left: HashSet::new(),
            _terminal: terminal,
        }))
    }

    /// Whether a person decides.
    pub(crate) fn is_person(&self) -> bool {
        matches!(self, Self::Keys(_))
    }

    /// When the script taps next.
    pub(crate) fn due(&self, waiting: &[(Approval, Card)], now: UnixMillis) -> Option<UnixMillis> {
        match self {
            Self::Keys(_) => None,
            Self::Script => waiting
                .iter()
                .filter_map(|(approval, card)| Some(scripted(approval, card)?.0))
                .filter(|at| *at > now)
                .min(),
        }
    }

    /// Looks at the cards that wait; true while a person is being asked. `phone_open`: somebody has
    /// the phone page before him.
    pub(crate) fn look(
        &mut self,
        page: Page,
        owner: &Person,
        waiting: &[(Approval, Card)],
        now: UnixMillis,
        phone_open: bool,
    ) -> bool {
        match self {
            Self::Script => {
                for (approval, card) in waiting {
                    if let Some((at, label)) = scripted(approval, card)
                        && at <= now
                    {
                        tap(owner, approval, label);
                    }
                }
                false
            }
            Self::Keys(keys) => keys.look(page, owner, waiting, now, phone_open),
        }
    }
}

fn scripted(approval: &Approval, card: &Card) -> Option<(UnixMillis, &'static str)> {
    let (_, minutes, label) = SCRIPT.iter().find(|(repo, ..)| *repo == card.repo)?;
    let at = UnixMillis(EVENING).plus(Duration::from_secs(minutes * 60));
    let read = approval.delivered_at?.plus(Duration::from_secs(5 * 60));
    Some((at.max(read), label))
}

/// A second tap while the first is under way would only be a stale one.
fn tap(owner: &Person, approval: &Approval, label: &str) {
    if owner.unanswered_taps() == 0
        && let Some(message) = approval.message_id
    {
        // The button may have gone in this moment; then there is nothing to tap.
        let _ = owner.taps_on(message, label);
    }
}

impl Keys {
    fn look(
        &mut self,
        page: Page,
        owner: &Person,
        waiting: &[(Approval, Card)],
        now: UnixMillis,
        phone_open: bool,
    ) -> bool {
        if let Some(asked) = &self.asked
            && !waiting.iter().any(|(approval, _)| approval.id == asked.id)
        {
            page.fleeting("");
            self.asked = None;
        }
        let mut asked = match self.asked.take().or_else(|| self.next(page, waiting, now)) {
            Some(asked) => asked,
            None => return false,
        };
        let Some((approval, _)) = waiting.iter().find(|(approval, _)| approval.id == asked.id)
        else {
            return false;
        };
        let left = asked.left(Instant::now(), phone_open);
        let key = self.keys.try_recv().ok();
        match key.map(|key| key.to_ascii_lowercase()) {
            Some(b'a') => tap(owner, approval, YES),
            Some(b'd') => tap(owner, approval, NO),
            Some(b's') => {
                self.leave(page, approval, now, "you leave it");
                return false;
            }
            _ if left.is_zero() => {
                self.leave(page, approval, now, "no answer: the night goes on");
                return false;
            }
            _ => {}
        }
        page.fleeting(&asked.prompt(left));
        self.asked = Some(asked);
        true
    }

    /// The next card to ask about, shown.
    fn next(&mut self, page: Page, waiting: &[(Approval, Card)], now: UnixMillis) -> Option<Asked> {
        while self.keys.try_recv().is_ok() {}
        let (approval, card) = waiting.iter().find(|(approval, card)| {
            !self.left.contains(&approval.id)
                && (card.repo != CHANGING || approval.created_at > REWRITTEN)
        })?;
        let name = format!("{} {}#{}", card.amount, card.repo, card.number);
        let more = ["the clock waits for you, here or on the phone page".to_owned()];
        page.event(now, Ink::Ask, "▶ you", &name, &more);
        Some(Asked {
            id: approval.id.clone(),
            since: Instant::now(),
            phone_open: false,
        })
    }

    fn leave(&mut self, page: Page, approval: &Approval, now: UnixMillis, why: &str) {
        let until = approval.expires_at.map_or_else(
            || "it stays on the phone".to_owned(),
            |at| {
                let at = clock_time(at);
                format!("it stays on the phone until {at}, which the night reaches soon")
            },
        );
        page.event(now, Ink::Plain, "", &format!("{why}; {until}"), &[]);
        self.left.insert(approval.id.clone());
    }
}

/// Single keys without an echo; as it was before when dropped. Ctrl-C stays a signal.
struct RawTerminal {
    before: Termios,
}

impl RawTerminal {
    fn new() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut raw = before.clone();
        raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).ok()?;
        Some(Self { before })
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_waits_a_minute_and_as_long_as_the_phone_is_open() {
        let begun = Instant::now();
        let after = |s| begun + Duration::from_secs(s);
        let mut asked = Asked {
            id: "00".to_owned(),
            since: begun,
            phone_open: false,
        };
        let left = asked.left(after(59), false);
        assert_eq!(left, Duration::from_secs(1));
        assert!(asked.prompt(left).ends_with("(1 s left)"));
        assert!(asked.left(after(60), false).is_zero());
        let left = asked.left(after(300), true);
        assert_eq!(left, ONE_CARD);
        assert!(asked.prompt(left).contains("phone open"));
        assert_eq!(asked.left(after(330), false), Duration::from_secs(30));
        assert!(asked.left(after(360), false).is_zero());
    }
}
