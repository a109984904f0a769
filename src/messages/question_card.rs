//! The card of a question, whatever it is about, as it was stored.

use std::time::Duration;

use vault::telegram::{Button, RichText};

use super::card::{self, Card};
use super::lease;
use super::patch_card::{self, PatchCard};
use super::request_card::{self, RequestCard};
use crate::clock::UnixMillis;
use crate::ledger::asked::{Matter, Question, Topic};
use crate::schedule::Zone;

/// What the owner is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionCard {
    /// A claim.
    Claim(Box<Card>),
    /// A patch.
    Patch(Box<PatchCard>),
    /// What a client wants.
    Request(Box<RequestCard>),
}

impl QuestionCard {
    /// Reads a question's card; `None` where another version wrote it, or the disk has spoilt it.
    #[must_use]
    pub fn read<A: Topic>(question: &Question<A>) -> Option<Self> {
        let card = &question.card;
        match question.about.matter() {
            Matter::Claim => serde_json::from_str(card).ok().map(Self::Claim),
            Matter::Patch => serde_json::from_str(card).ok().map(Self::Patch),
            Matter::Request => serde_json::from_str(card).ok().map(Self::Request),
        }
    }

    /// The card as a message.
    #[must_use]
    pub fn question(&self, id: &str, valid_for: Duration, now: UnixMillis) -> RichText {
        match self {
            Self::Claim(card) => card::question(card, id, valid_for, now),
            Self::Patch(card) => patch_card::question(card, id, valid_for),
            Self::Request(card) => request_card::question(card, id, valid_for),
        }
    }

    /// The buttons below it: both, unless not all of it is shown, or a yes is given elsewhere.
    #[must_use]
    pub fn buttons(&self, id: &str) -> Vec<Vec<Button>> {
        let mut rows = card::buttons(id);
        if let Self::Request(card) = self
            && (card.is_answered_on_the_phone() || !request_card::is_whole(card))
        {
            for row in &mut rows {
                row.retain(|button| !button.data.starts_with("a:"));
            }
        } else if let Self::Request(card) = self
            && let Some(terms) = card.lease
        {
            rows.push(vec![Button {
                label: format!("✅ And {} more in {}", terms.at_most, lease::lasting(terms)),
                data: format!("l:{id}"),
            }]);
        }
        rows
    }

    /// The card after the decision.
    #[must_use]
    pub fn settled<A>(&self, question: &Question<A>, zone: Zone, now: UnixMillis) -> RichText {
        match self {
            Self::Claim(card) => card::settled(card, question, zone, now),
            Self::Patch(card) => patch_card::settled(card, question, zone),
            Self::Request(card) => request_card::settled(card, question, zone),
        }
    }

    /// How it came to the question, a line each.
    #[must_use]
    pub fn explained(&self) -> Vec<String> {
        match self {
            Self::Claim(card) => card.why.clone(),
            Self::Patch(card) => patch_card::explained(card),
            Self::Request(card) => request_card::explained(card),
        }
    }

    /// The amount, or what would be done.
    #[must_use]
    pub fn amount(&self) -> String {
        match self {
            Self::Claim(card) => card.amount.clone(),
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
            Self::Claim(card) => &card.repo,
            Self::Patch(card) => &card.repo,
            Self::Request(card) => &card.repo,
        }
    }

    /// The issue, where it is about one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Claim(card) => Some(card.number),
            Self::Patch(card) => card.number,
            Self::Request(card) => card.number,
        }
    }

    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self.number() {
            Some(number) => format!("{}#{number}", self.repo()),
            None => self.repo().to_owned(),
        }
    }
}
