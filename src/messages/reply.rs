//! Answers to what the owner types or taps.

use serde::{Deserialize, Serialize};
use vault::telegram::RichText;

use super::card::short;
use super::{IssueLink, count, cut};
use crate::clock::UnixMillis;
use crate::control::Outcome;
use crate::ledger::asked::{ApprovalState, Matter};
use crate::money::Usd;

/// What the bot understands.
#[must_use]
pub fn help() -> RichText {
    RichText::new().bold("What I understand").plain(
        "\n/pending – questions that wait for you\n/approve ID – yes\n/deny ID reason – no\n\
         /lease ID – yes, and to more of the same for a while\n/leases – what you said yes to for a while\n\
         /end ID – take that back\n\
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
        Outcome::PatchApproved => {
            "Approved. I check once more that nothing has moved, then submit it.".to_owned()
        }
        Outcome::PatchDenied => "Denied. The patch will not be submitted.".to_owned(),
        Outcome::RequestApproved => "Approved. I do exactly this, once.".to_owned(),
        Outcome::RequestDenied => "Denied. The client is told so.".to_owned(),
        Outcome::Leased => {
            "Approved, and more of the same for a while. /leases lists it, /end takes it back.".to_owned()
        }
        Outcome::NotOffered => {
            "Nothing was answered: this offers no yes for a while. Say yes or no to it.".to_owned()
        }
        Outcome::LeaseEnded => "Taken back. I ask about each again.".to_owned(),
        Outcome::NoSuchLease => "I do not know this yes for a while. /leases lists them.".to_owned(),
        Outcome::NotShown => {
            "Not approved: it was too long to show here. Read all of it, and approve it, on the machine: `bountyd pending`.".to_owned()
        }
        Outcome::OneOfTwo => "Noted. It takes your yes by push on your phone, too.".to_owned(),
        Outcome::TakesPush => {
            "This takes your yes by push on your phone. A no counts here, too.".to_owned()
        }
        Outcome::Already(state) => match state {
            ApprovalState::Approved => "Already approved.".to_owned(),
            ApprovalState::Denied => "Already denied.".to_owned(),
            ApprovalState::Expired => {
                "Too late: this question has expired. Nothing was done.".to_owned()
            }
            ApprovalState::Superseded => {
                "Too late: it changed since I asked. Nothing was done.".to_owned()
            }
            ApprovalState::Pending => "Still waiting.".to_owned(),
        },
        Outcome::NoSuchApproval => "I do not know this question.".to_owned(),
        Outcome::Paused => "Paused. I write nothing until /resume.".to_owned(),
        Outcome::Resumed => "Going on.".to_owned(),
        Outcome::Stopped => {
            "Stopped. Nothing leaves until `bountyd estop --lift` on the machine.".to_owned()
        }
        Outcome::Lifted => "The emergency stop is lifted.".to_owned(),
        Outcome::EmergencyStop => {
            "Not resumed: the emergency stop is in force. It is lifted on the machine alone, with `bountyd estop --lift`.".to_owned()
        }
        Outcome::AlreadySo => "Nothing to change: it stands like that already.".to_owned(),
        Outcome::Extended => "Extended.".to_owned(),
        Outcome::NothingToExtend => "There is no claim of ours there to extend.".to_owned(),
    }
}

/// A question in the list of those that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The question's id.
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub about: Matter,
    /// `owner/name`.
    pub repo: String,
    /// Issue number; a patch may be for a goal of the owner's.
    pub number: Option<u64>,
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

impl Waiting {
    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// `patch, ` before the amount, where it is about one.
    #[must_use]
    pub fn amount(&self) -> String {
        match self.about {
            Matter::Claim => self.amount.clone(),
            Matter::Patch => format!("patch, {}", self.amount),
            Matter::Request => format!("client, {}", self.amount),
        }
    }
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
            .plain(&format!(" {} ", one.amount()));
        text = match one.number {
            Some(number) => text.issue(&one.name(), &one.repo, number),
            None => text.plain(&one.repo),
        };
        text = text.plain(&format!(", {}", one.left));
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
