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

use crate::page::{Ink, Page};
use crate::world::EVENING;

/// The labels of the two buttons.
pub(crate) const YES: &str = "✅ Approve";
/// See [`YES`].
pub(crate) const NO: &str = "❌ Deny";

/// How long, in real time, one card waits for a key, and all cards together.
const ONE_CARD: Duration = Duration::from_secs(15);
const ALL_CARDS: Duration = Duration::from_secs(55);

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
    asked: Option<(String, Instant)>,
    left: HashSet<String>,
    budget: Duration,
    _terminal: RawTerminal,
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
            budget: ALL_CARDS,
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

    /// Looks at the cards that wait; true while a person is being asked.
    pub(crate) fn look(
        &mut self,
        page: Page,
        owner: &Person,
        waiting: &[(Approval, Card)],
        now: UnixMillis,
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
            Self::Keys(keys) => keys.look(page, owner, waiting, now),
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
    ) -> bool {
        if let Some((id, _)) = &self.asked
            && !waiting.iter().any(|(approval, _)| approval.id == *id)
        {
            self.asked = None;
        }
        if self.asked.is_none() {
            while self.keys.try_recv().is_ok() {}
            let next = waiting.iter().find(|(approval, card)| {
                !self.left.contains(&approval.id)
                    && (card.repo != CHANGING || approval.created_at > REWRITTEN)
            });
            let Some((approval, card)) = next else {
                return false;
            };
            if self.budget.is_zero() {
                return false;
            }
            page.event(
                now,
                Ink::Ask,
                "▶ you",
                &format!("{} {}#{}", card.amount, card.repo, card.number),
                &["[a] approve  [d] deny  [s] leave it, or tap on the phone".to_owned()],
            );
            self.asked = Some((approval.id.clone(), Instant::now()));
        }
        let Some((id, since)) = self.asked.clone() else {
            return false;
        };
        let Some((approval, _)) = waiting.iter().find(|(approval, _)| approval.id == id) else {
            return false;
        };
        let answer = self
            .keys
            .try_recv()
            .ok()
            .map(|key| key.to_ascii_lowercase());
        match answer {
            Some(b'a') => tap(owner, approval, YES),
            Some(b'd') => tap(owner, approval, NO),
            Some(b's') => self.leave(page, &id, since, now, "you let it wait"),
            _ if since.elapsed() > ONE_CARD => {
                self.leave(page, &id, since, now, "no key: it waits on the phone");
            }
            _ => {}
        }
        self.asked.is_some()
    }

    fn leave(&mut self, page: Page, id: &str, since: Instant, now: UnixMillis, why: &str) {
        page.event(now, Ink::Plain, "", why, &[]);
        self.budget = self.budget.saturating_sub(since.elapsed());
        self.left.insert(id.to_owned());
        self.asked = None;
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
