//! Answers to what the owner types or taps.

use serde::{Deserialize, Serialize};
use vault::telegram::RichText;

use super::card::short;
use super::{IssueLink, count, cut};
use crate::clock::UnixMillis;
use crate::control::Outcome;
use crate::ledger::approvals::ApprovalState;
use crate::money::Usd;

/// What the bot understands.
#[must_use]
pub fn help() -> RichText {
    RichText::new().bold("What I understand").plain(
        "\n/pending – questions that wait for you\n/approve ID – yes\n/deny ID reason – no\n\
         /why ID – how I came to ask\n/status – what I am doing\n/pause – stop acting at once\n\
         /resume – go on\n/help – this",
    )
}

/// Something that is no command.
#[must_use]
pub fn not_understood() -> RichText {
    RichText::new().plain("I did not understand that. /help lists what I understand.")
}

/// A verb without the question it is about.
#[must_use]
pub fn which() -> RichText {
    RichText::new().plain("Which one? /pending lists them.")
}

/// What a command did, in one line short enough for a pop-up (200 characters).
#[must_use]
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Approved => "Approved. I check everything once more, then claim.".to_owned(),
        Outcome::Denied => "Denied. Nothing will be done.".to_owned(),
        Outcome::Already(state) => match state {
            ApprovalState::Approved => "Already approved.".to_owned(),
            ApprovalState::Denied => "Already denied.".to_owned(),
            ApprovalState::Expired => {
                "Too late: this question has expired. Nothing was done.".to_owned()
            }
            ApprovalState::Superseded => {
                "Too late: the issue changed since I asked. Nothing was done.".to_owned()
            }
            ApprovalState::Pending => "Still waiting.".to_owned(),
        },
        Outcome::NoSuchApproval => "I do not know this question.".to_owned(),
        Outcome::Paused => "Paused. I write nothing until /resume.".to_owned(),
        Outcome::Resumed => "Going on.".to_owned(),
        Outcome::AlreadySo => "Nothing to change: it stands like that already.".to_owned(),
        Outcome::Extended => "Extended.".to_owned(),
        Outcome::NothingToExtend => "There is no claim of ours there to extend.".to_owned(),
    }
}

/// A question in the list of those that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Approval id.
    pub id: String,
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// The amount in words.
    pub amount: String,
    /// The amount in US cents, where it is known.
    pub usd_cents: Option<Usd>,
    /// Time left in words; how it stands when it was not delivered yet.
    pub left: String,
    /// When the owner's channel confirmed it.
    pub delivered_at: Option<UnixMillis>,
    /// When it stops to count; unset until it was delivered.
    pub expires_at: Option<UnixMillis>,
}

/// The questions that wait.
#[must_use]
pub fn pending(list: &[Waiting]) -> RichText {
    if list.is_empty() {
        return RichText::new().plain("Nothing waits for you.");
    }
    let n = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let mut text = RichText::new().bold(&format!(
        "{} for you",
        count(n, "question waits", "questions wait")
    ));
    for one in list.iter().take(15) {
        text = text
            .plain("\n\n")
            .code(short(&one.id))
            .plain(&format!(" {} ", one.amount))
            .issue(
                &format!("{}#{}", one.repo, one.number),
                &one.repo,
                one.number,
            )
            .plain(&format!(", {}", one.left));
    }
    text
}

/// Lines that explain a decision.
#[must_use]
pub fn why(name: &str, lines: &[String]) -> RichText {
    let mut text = RichText::new().bold(name);
    for line in lines.iter().take(40) {
        text = text.plain("\n").code(&cut(line, 240));
    }
    text
}

/// Plain lines, such as the status.
#[must_use]
pub fn lines(title: &str, lines: &[String]) -> RichText {
    let mut text = RichText::new().bold(title);
    for line in lines {
        text = text.plain("\n").plain(line);
    }
    text
}
