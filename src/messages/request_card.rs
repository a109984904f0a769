//! The question to the owner about what a client wants, as it appears on his phone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vault::telegram::RichText;

use super::card::{answer_within, how_to_answer, short, verdict};
use super::lease::lasting;
use super::{IssueLink, cut};
use crate::bounty::text::reveal;
use crate::ledger::asked::Question;
use crate::ledger::request_leases::LeaseTerms;
use crate::ledger::requests::Request;
use crate::schedule::Zone;

/// What a careful person needs to know before something is done for a program. Stored with the question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestCard {
    /// The request.
    pub request: String,
    /// Over exactly what is shown here, and who wants it.
    pub hash: String,
    /// The client's name in the configuration.
    pub client: String,
    /// The user and the process that asked.
    pub process: String,
    /// What would be done, in words.
    pub act: String,
    /// `owner/name`.
    pub repo: String,
    /// The issue, where it is about one.
    pub number: Option<u64>,
    /// Each argument with its whole text, hidden characters made visible.
    pub parts: Vec<(String, String)>,
    /// Why the owner is asked.
    pub why: String,
    /// What a yes takes beside the buttons, by its name in the configuration: `push` or `both`.
    #[serde(default)]
    pub takes: Option<String>,
    /// A yes for a while that is offered beside the yes.
    #[serde(default)]
    pub lease: Option<LeaseTerms>,
}

/// Parts that a message shows; the whole is on the machine.
const PARTS: usize = 2;

impl RequestCard {
    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// A yes in the chat does not count, and one on the phone does.
    #[must_use]
    pub fn is_answered_on_the_phone(&self) -> bool {
        self.takes.as_deref() == Some("push")
    }
}

/// Stand-ins as long as what is not known when the room is counted: an id, and a time to answer.
const ANY_ID: &str = "00000000";
const ANY_SPAN: Duration = Duration::from_secs(999 * 86_400 + 23 * 3600);

/// The card as a message. `valid_for`: how long it stands once it has arrived. What it cannot show whole is not
/// approved from it.
#[must_use]
pub fn question(card: &RequestCard, id: &str, valid_for: Duration) -> RichText {
    let (parts, whole) = parts(card, room(card));
    let text = head(card).join(&parts).join(&tail(card));
    text.join(&answer(card, id, valid_for, whole))
}

/// Whether the message shows all of it, so that a yes from the chat is to what was read.
#[must_use]
pub fn is_whole(card: &RequestCard) -> bool {
    parts(card, room(card)).1
}

/// What the client's words have: all that is left by what the owner has to know.
fn room(card: &RequestCard) -> usize {
    // The longer of the two ways.
    let [whole, cut] = [true, false].map(|whole| answer(card, ANY_ID, ANY_SPAN, whole));
    let text = head(card).join(&tail(card));
    text.clone().join(&whole).room().min(text.join(&cut).room())
}

/// How it is answered.
fn answer(card: &RequestCard, id: &str, valid_for: Duration, whole: bool) -> RichText {
    let text = RichText::new().plain("\nA yes does exactly this, once, as you.\n");
    let elsewhere = RichText::new()
        .plain("It does not fit here. Read all of it, and approve it, on the machine: ")
        .code(&format!("bountyd approve {}", short(id)));
    let here = if whole {
        how_to_answer(id, valid_for)
    } else {
        let answer = answer_within(valid_for).join(&elsewhere);
        answer.plain(" · /deny ").code(short(id))
    };
    match card.takes.as_deref() {
        None => text.join(&here).join(&offer(card, id, whole)),
        Some("push") => text
            .plain("🔐 Say yes on your phone: it asks by push. No answer means no.\n/deny ")
            .code(short(id)),
        Some(_) => {
            let place = if whole { "here" } else { "on the machine" };
            text.plain(&format!(
                "🔐 It takes a yes {place} and one on your phone, which asks by push.\n"
            ))
            .join(&here)
        }
    }
}

/// The yes for a while, where one is offered here.
fn offer(card: &RequestCard, id: &str, whole: bool) -> RichText {
    let Some(terms) = card.lease.filter(|_| whole) else {
        return RichText::new();
    };
    RichText::new()
        .plain(&format!(
            "\nOr yes to this and, for {}, to at most {} more of the kind by {} in {}, unasked: /lease ",
            lasting(terms),
            terms.at_most,
            card.client,
            card.repo,
        ))
        .code(short(id))
}

/// The card after the decision: what was asked and what came of it. No buttons.
#[must_use]
pub fn settled<A>(card: &RequestCard, question: &Question<A>, zone: Zone) -> RichText {
    let text = verdict(question, "the client took it back", zone).join(&head(card));
    let tail = tail(card);
    let room = text.clone().join(&tail).room();
    text.join(&parts(card, room).0).join(&tail)
}

/// What he said yes to and was not done.
#[must_use]
pub fn not_done(request: &Request, why: &str) -> RichText {
    let Request { client, repo, .. } = request;
    let place = match request.number {
        Some(number) => format!("{repo}#{number}"),
        None => repo.clone(),
    };
    RichText::new()
        .bold(&format!("✋ Not done: {client} · {place}"))
        .plain("\nYou said yes to it. Why: ")
        .code(&cut(&reveal(why), 500))
}

/// How it came to the question, a line each.
#[must_use]
pub fn explained(card: &RequestCard) -> Vec<String> {
    vec![
        format!("{} wants to {}", card.client, card.act),
        card.process.clone(),
        card.why.clone(),
        format!("hash {}", card.hash),
    ]
}

/// What would be done, and where.
fn head(card: &RequestCard) -> RichText {
    let text = RichText::new()
        .bold(&format!("🤖 {} · {}", card.client, card.slug()))
        .plain("\nIt wants to ")
        .code(&card.act)
        .plain("\n");
    match card.number {
        Some(number) => text.issue("open the issue", &card.repo, number).plain("\n"),
        None => text,
    }
}

/// The client's words, as far as they fit into so many UTF-16 units; and whether that is all of them.
fn parts(card: &RequestCard, mut room: usize) -> (RichText, bool) {
    let mut text = RichText::new();
    let mut whole = card.parts.len() <= PARTS;
    let count = card.parts.len().min(PARTS);
    for (at, (name, part)) in card.parts.iter().take(PARTS).enumerate() {
        let label = format!("\n{name}:\n");
        // What one part leaves is for the next.
        let share = room / (count - at);
        let words = cut_units(part, share.saturating_sub(units(&label) + 1));
        whole &= words == *part;
        // What a program words may quote strangers: as code, so that nothing in it can be tapped.
        text = text.plain(&label).pre(&words).plain("\n");
        room = room.saturating_sub(units(&label) + units(&words) + 1);
    }
    (text, whole)
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// At most `most` UTF-16 units, as Telegram counts, the cut marked.
fn cut_units(text: &str, most: usize) -> String {
    if units(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let taken = left.checked_sub(c.len_utf16());
        left = taken.unwrap_or(0);
        taken.is_some()
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// How it came to the question.
fn tail(card: &RequestCard) -> RichText {
    RichText::new()
        .plain("\nWhy I ask: ")
        .code(&cut(&card.why, 500))
        .plain(&format!("\nAsked by {}\n", card.process))
        .plain("Hash ")
        .code(card.hash.get(..12).unwrap_or(&card.hash))
        .plain("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_shows_what_would_be_done_and_fits() {
        let card = RequestCard {
            request: "0".repeat(32),
            hash: "ab".repeat(32),
            client: "openclaw".to_owned(),
            process: "user 1001, process 77".to_owned(),
            act: "comment on an issue".to_owned(),
            repo: "acme/widgets".to_owned(),
            number: Some(7),
            parts: vec![("text".to_owned(), "<b>@everyone</b> ".repeat(2_000))],
            why: "rule `speaking`: ask, comment in acme/widgets (acme/*)".to_owned(),
            takes: None,
            lease: None,
        };
        let text = question(&card, &"c".repeat(32), Duration::from_secs(3600));
        assert!(text.text().encode_utf16().count() <= 4096);
        for part in [
            "openclaw · acme/widgets#7",
            "comment on an issue",
            "user 1001, process 77",
            "abababababab",
            "bountyd approve cccccccc",
            "/deny cccccccc",
            "Answer within 1h",
        ] {
            assert!(text.text().contains(part), "{part}: {}", text.text());
        }
        // A yes is to what was read.
        assert!(!is_whole(&card) && !text.text().contains("/approve"));
        // An emoji is two units of Telegram's, and one character.
        for long in [500, 1_400, 1_800, 20_000] {
            let emoji = "🦀".repeat(long);
            let parts = vec![
                ("The title".to_owned(), "🦀".repeat(256)),
                ("The text".to_owned(), emoji.clone()),
            ];
            let card = RequestCard {
                parts,
                ..card.clone()
            };
            let text = question(&card, &"c".repeat(32), Duration::from_secs(3600));
            let text = text.text();
            assert!(text.encode_utf16().count() <= 4096);
            assert!(text.contains(&"🦀".repeat(257.min(long))), "{text}");
            assert_eq!(
                text.contains("bountyd approve cccccccc"),
                !text.contains(&format!("{emoji}\n")),
                "{long}"
            );
            for part in [
                "Why I ask: rule `speaking`",
                "Asked by user 1001, process 77",
                "Hash abababababab",
                "Answer within 1h",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert_eq!(text.contains("/approve cccccccc"), is_whole(&card));
            assert!(text.ends_with("approve cccccccc · /deny cccccccc"));
        }
        let short = RequestCard {
            parts: vec![("text".to_owned(), "hello".to_owned())],
            ..card
        };
        let text = question(&short, &"c".repeat(32), Duration::from_secs(60));
        assert!(is_whole(&short) && text.text().contains("\n/approve cccccccc"));
        assert!(!text.text().contains("does not fit"));
    }
}
