//! The question to the owner about what a client wants, as it appears on his phone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vault::telegram::RichText;

use super::card::{Verdict, short, verdict};
use super::{IssueLink, cut, span};
use crate::ledger::questions::Question;
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
}

/// Characters of a part that fit into a message; the whole is on the machine.
const PART: usize = 1_500;

impl RequestCard {
    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// Whether a message shows less than all of it.
    fn is_cut(&self) -> bool {
        let long = |(_, text): &(String, String)| text.chars().count() > PART;
        self.parts.len() > 2 || self.parts.iter().any(long)
    }
}

/// The card as a message. `valid_for`: how long it stands once it has arrived.
#[must_use]
pub fn question(card: &RequestCard, id: &str, valid_for: Duration) -> RichText {
    let mut text = body(card);
    if card.is_cut() {
        text = text
            .plain("… all of it: ")
            .code(&format!("bountyd approve {}", short(id)))
            .plain("\n");
    }
    text.plain("\nA yes does exactly this, once, as you.\n")
        .plain(&format!(
            "Answer within {}. No answer means no.\n",
            span(valid_for)
        ))
        .plain("/approve ")
        .code(short(id))
        .plain(" · /deny ")
        .code(short(id))
}

/// The card after the decision: what was asked and what came of it. No buttons.
#[must_use]
pub fn settled(card: &RequestCard, question: &Question, zone: Zone) -> RichText {
    let head = Verdict {
        state: question.state,
        at: question.decided_at,
        channel: question.channel.as_deref(),
        why: question.why.as_deref(),
        changed: "the client took it back",
    };
    RichText::new()
        .bold(&verdict(&head, zone))
        .plain("\n\n")
        .join(&body(card))
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

fn body(card: &RequestCard) -> RichText {
    let mut text = RichText::new()
        .bold(&format!("🤖 {} · {}", card.client, card.slug()))
        .plain("\nIt wants to ")
        .code(&card.act)
        .plain("\n");
    if let Some(number) = card.number {
        text = text.issue("open the issue", &card.repo, number).plain("\n");
    }
    // What a program words may quote strangers: as code, so that nothing in it can be tapped.
    for (name, part) in card.parts.iter().take(2) {
        text = text
            .plain(&format!("\n{name}:\n"))
            .pre(&cut(part, PART))
            .plain("\n");
    }
    text.plain("\nWhy I ask: ")
        .code(&cut(&card.why, 200))
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
        };
        let text = question(&card, &"c".repeat(32), Duration::from_secs(3600));
        assert!(text.text().encode_utf16().count() <= 4096);
        for part in [
            "openclaw · acme/widgets#7",
            "comment on an issue",
            "user 1001, process 77",
            "abababababab",
            "/approve cccccccc",
            "bountyd approve cccccccc",
            "Answer within 1h",
        ] {
            assert!(text.text().contains(part), "{part}: {}", text.text());
        }
        let short = RequestCard {
            parts: vec![("text".to_owned(), "hello".to_owned())],
            ..card
        };
        let text = question(&short, &"c".repeat(32), Duration::from_secs(60));
        assert!(!text.text().contains("all of it"));
    }
}
