//! A question that is not about a claim, whatever it is about: its card, as it was stored.

use std::time::Duration;

use vault::telegram::{Button, RichText};

use super::card::buttons;
use super::patch_card::{self, PatchCard};
use super::reply::Matter;
use super::request_card::{self, RequestCard};
use crate::ledger::questions::{About, Question};
use crate::schedule::Zone;

/// What the owner is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionCard {
    /// A patch.
    Patch(Box<PatchCard>),
    /// What a client wants.
    Request(Box<RequestCard>),
}

impl QuestionCard {
    /// Reads a question's card; `None` where another version wrote it, or the disk has spoilt it.
    #[must_use]
    pub fn read(question: &Question) -> Option<Self> {
        let card = &question.card;
        match question.about {
            About::Patch { .. } => serde_json::from_str(card).ok().map(Self::Patch),
            About::Request { .. } => serde_json::from_str(card).ok().map(Self::Request),
        }
    }

    /// The card as a message.
    #[must_use]
    pub fn question(&self, id: &str, valid_for: Duration) -> RichText {
        match self {
            Self::Patch(card) => patch_card::question(card, id, valid_for),
            Self::Request(card) => request_card::question(card, id, valid_for),
        }
    }

    /// The buttons below it: both, unless a yes is given elsewhere.
    #[must_use]
    pub fn buttons(&self, id: &str) -> Vec<Vec<Button>> {
        let mut rows = buttons(id);
        if let Self::Request(card) = self
            && card.is_answered_on_the_phone()
        {
            for row in &mut rows {
                row.retain(|button| !button.data.starts_with("a:"));
            }
        }
        rows
    }

    /// The card after the decision.
    #[must_use]
    pub fn settled(&self, question: &Question, zone: Zone) -> RichText {
        match self {
            Self::Patch(card) => patch_card::settled(card, question, zone),
            Self::Request(card) => request_card::settled(card, question, zone),
        }
    }

    /// How it came to the question, a line each.
    #[must_use]
    pub fn explained(&self) -> Vec<String> {
        match self {
            Self::Patch(card) => patch_card::explained(card),
            Self::Request(card) => request_card::explained(card),
        }
    }

    /// What kind of thing it is about.
    #[must_use]
    pub fn matter(&self) -> Matter {
        match self {
            Self::Patch(_) => Matter::Patch,
            Self::Request(_) => Matter::Request,
        }
    }

    /// The amount, or what would be done.
    #[must_use]
    pub fn amount(&self) -> String {
        match self {
            Self::Patch(card) => {
                let none = || "no amount".to_owned();
                card.amount.clone().unwrap_or_else(none)
            }
            Self::Request(card) => format!("{} wants to {}", card.client, card.act),
        }
    }

    /// `owner/name`.
    #[must_use]
    pub fn repo(&self) -> &str {
        match self {
            Self::Patch(card) => &card.repo,
            Self::Request(card) => &card.repo,
        }
    }

    /// The issue, where it is about one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Patch(card) => card.number,
            Self::Request(card) => card.number,
        }
    }

    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self {
            Self::Patch(card) => card.slug(),
            Self::Request(card) => card.slug(),
        }
    }
}
