//! Where a bounty stands.

use serde::{Deserialize, Serialize};

use super::appraise::Reason;
use super::comments::Said;
use super::competition::Competition;
use super::evidence::Evidence;
use super::facts::IssueState;
use super::labels::Meaning;
use super::marks::{accepted, installed_label, offer, plainly_paid};
use super::platform::Platform;
use super::programmes;
use super::reading::Reading;
use super::text::count;
use super::title::Place;
use super::traps::{FAKE_FROM, TrapVerdict};
use super::valuation::Valuation;

/// Where a bounty stands. Only the first two may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody else is at it.
    Open,
    /// Others try; it is not exclusive.
    Tried,
    /// Taken by one person.
    Claimed,
    /// Work has been handed in.
    Submitted,
    /// Paid, or about to be.
    Paid,
    /// Withdrawn, or the issue is closed.
    Cancelled,
    /// Promised only; nobody has put money in.
    Unfunded,
    /// A trap, a forgery, a joke, a test.
    Fake,
    /// No bounty at all.
    NotABounty,
}

impl Status {
    /// Its name in the ledger and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tried => "tried",
            Self::Claimed => "claimed",
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Unfunded => "unfunded",
            Self::Fake => "fake",
            Self::NotABounty => "not_a_bounty",
        }
    }

    /// A claim may be made.
    #[must_use]
    pub const fn claimable(self) -> bool {
        matches!(self, Self::Open | Self::Tried)
    }
}

/// What the rules before have found.
pub(crate) struct Findings<'a> {
    pub(crate) platform: Option<Platform>,
    pub(crate) value: &'a Valuation,
    pub(crate) competition: &'a Competition,
    pub(crate) traps: &'a TrapVerdict,
}

/// Where the bounty stands, with the reason that decided it.
pub(crate) fn status(reading: &Reading<'_>, found: &Findings<'_>) -> (Status, Reason) {
    nothing_here(reading, found)
        .or_else(|| fake(found))
        .or_else(|| over(reading, found))
        .or_else(|| without_money(reading, found))
        .or_else(|| taken(reading, found))
        .unwrap_or_else(|| live(found))
}

fn say(status: Status, code: &str, text: impl Into<String>) -> Option<(Status, Reason)> {
    Some((status, Reason::new(code, text)))
}

fn nothing_here(reading: &Reading<'_>, found: &Findings<'_>) -> Option<(Status, Reason)> {
    let no = Status::NotABounty;
    if let Some(what) = reading.title.never {
        return say(no, "not_an_offer", what);
    }
    // Where a platform's app has put its label on, an odd title is just a title.
    let installed = installed_label(reading);
    if let Some(what) = reading.title.unlikely.filter(|_| !installed) {
        return say(no, "not_an_offer", what);
    }
    if programmes::of(&reading.facts.repo.owner).is_some_and(|p| p.ended) {
        return say(no, "dead_platform", "the owner's bounty scheme has ended");
    }
    if let Some(label) = reading.label(|m| matches!(m, Meaning::Mirror)) {
        return say(
            no,
            "mirror",
            format!(
                "label “{}”: a copy or a list of other people's bounties",
                label.name
            ),
        );
    }
    if reading.label(|m| matches!(m, Meaning::NoMoney)).is_some() {
        return say(no, "no_money", "a label says that no money is paid");
    }
    if reading.title.place == Place::DeadSuffix
        && reading.bounty_label().is_none()
        && found.platform != Some(Platform::BountyHub)
    {
        return say(
            no,
            "dead_platform",
            "a price at the end of the title and nothing else: left behind by Bountysource, which no longer pays",
        );
    }
    let Some(_) = offer(reading) else {
        return match found.platform {
            Some(dead @ (Platform::Bountysource | Platform::Gitcoin | Platform::Polar)) => say(
                no,
                "dead_platform",
                format!("only a block of {}, which no longer pays", dead.as_str()),
            ),
            _ => say(no, "no_offer", "no label, title or platform offers money"),
        };
    };
    let priced = found.value.amount.is_some();
    let labelled = reading.bounty_label().is_some();
    let doubted = !priced || reading.title.proposal && !labelled;
    if let Some(what) = reading.title.about.filter(|_| doubted && !installed) {
        return say(no, "not_an_offer", what);
    }
    if !(priced && labelled || installed)
        && reading.label(|m| matches!(m, Meaning::Proposal)).is_some()
    {
        return say(
            no,
            "not_an_offer",
            "a label says that it is a proposal or a discussion",
        );
    }
    if reading.body.no_money {
        return say(no, "no_money", "the text says that no real money is paid");
    }
    None
}

fn fake(found: &Findings<'_>) -> Option<(Status, Reason)> {
    if found.traps.score < FAKE_FROM {
        return None;
    }
    let text = found
        .traps
        .hits
        .iter()
        .map(|hit| hit.text.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    say(Status::Fake, "trap", text)
}

fn over(reading: &Reading<'_>, found: &Findings<'_>) -> Option<(Status, Reason)> {
    let facts = reading.facts;
    if let Some(label) = reading
        .label(|m| matches!(m, Meaning::PaidOut))
        .or_else(|| plainly_paid(reading))
    {
        return say(Status::Paid, "paid", format!("label “{}”", label.name));
    }
    if reading
        .body
        .issuehunt
        .as_ref()
        .is_some_and(|block| block.rewarded)
    {
        return say(Status::Paid, "paid", "IssueHunt's badge says rewarded");
    }
    // A platform's later offer stands over an earlier payment.
    let last = reading.said.iter().rev().find(|(_, s)| {
        matches!(
            s,
            Said::PlatformOffer { .. } | Said::PlatformPaid { .. } | Said::PlatformCancelled { .. }
        )
    });
    match last.map(|(_, said)| said) {
        Some(Said::PlatformPaid { .. }) => {
            return say(
                Status::Paid,
                "paid",
                "the platform says that it has been rewarded",
            );
        }
        Some(Said::PlatformCancelled { .. }) => {
            return say(
                Status::Cancelled,
                "cancelled",
                "the platform has struck it through",
            );
        }
        _ => {}
    }
    if facts.state == Some(IssueState::Closed) {
        return say(Status::Cancelled, "closed", "the issue is closed");
    }
    if let Some((status, why)) = reading.title.over {
        return say(status, "title_says_over", why);
    }
    if facts.locked == Some(true) {
        return say(Status::Cancelled, "locked", "the conversation is locked");
    }
    if let Some(label) = reading.label(|m| matches!(m, Meaning::NotWanted | Meaning::Reserved)) {
        return say(
            Status::Cancelled,
            "not_for_us",
            format!("label “{}”", label.name),
        );
    }
    if let Some(why) = reading.body.closed {
        return say(Status::Cancelled, "blocked", why);
    }
    let wants_help = reading
        .label(|m| matches!(m, Meaning::HelpWanted))
        .is_some();
    if found.platform == Some(Platform::Expensify) && !wants_help {
        return say(
            Status::Cancelled,
            "not_open",
            "proposals are taken only while “Help Wanted” is on",
        );
    }
    None
}

fn without_money(reading: &Reading<'_>, found: &Findings<'_>) -> Option<(Status, Reason)> {
    let no = Status::Unfunded;
    if let Some(label) = reading.label(|m| matches!(m, Meaning::Unfunded)) {
        return say(no, "unfunded", format!("label “{}”", label.name));
    }
    if found
        .value
        .amount
        .as_ref()
        .is_some_and(|a| a.value.is_zero())
    {
        return say(no, "unfunded", "the amount is 0");
    }
    if matches!(
        found.platform,
        Some(Platform::Bountysource | Platform::Gitcoin | Platform::Polar)
    ) && !installed_label(reading)
        // Bountysource put a plain bounty label on by itself; a price on a label is a new promise.
        && reading.label(|m| matches!(m, Meaning::Amount { .. })).is_none()
    {
        return say(
            Status::NotABounty,
            "dead_platform",
            "the platform behind it no longer pays",
        );
    }
    let labelled = reading.bounty_label().is_some();
    let spoken = reading.said.iter().any(|(_, s)| {
        matches!(s, Said::PlatformOffer { evidence, .. } if *evidence != Evidence::Unknown)
            || matches!(
                s,
                Said::MaintainerOffer { .. } | Said::MaintainerPromise { .. }
            )
    });
    let needs_label = programmes::of(&reading.facts.repo.owner).is_some_and(|p| p.needs_label);
    let labels_known = reading.facts.labels.is_some();
    // Expensify's own mark is “Help Wanted”, which was asked for before.
    let own_mark = found.platform == Some(Platform::Expensify);
    if labels_known
        && !labelled
        && !own_mark
        && !spoken
        && (needs_label || reading.by_outsider())
        && reading.body.issuehunt.is_none()
        // The crowd pays there, and whoever keeps the title up to date copies what it pledged.
        && (needs_label || found.platform != Some(Platform::BountyHub))
    {
        return say(
            no,
            "not_approved",
            "an outsider set the price: no maintainer has put a bounty label on it",
        );
    }
    None
}

fn taken(reading: &Reading<'_>, found: &Findings<'_>) -> Option<(Status, Reason)> {
    let others = found.competition;
    if !others.assignees.is_empty() {
        return say(
            Status::Claimed,
            "assigned",
            format!("assigned to {}", others.assignees.join(", ")),
        );
    }
    if let Some(label) = reading.label(|m| matches!(m, Meaning::Taken)) {
        return say(
            Status::Claimed,
            "label_taken",
            format!("label “{}”", label.name),
        );
    }
    if let Some(words) = &others.taken_in_words {
        return say(
            Status::Claimed,
            "maintainer_says_taken",
            format!("a maintainer or the author writes “{words}”"),
        );
    }
    if let Some(label) = reading
        .label(|m| matches!(m, Meaning::Delivered))
        .or_else(|| accepted(reading))
    {
        return say(
            Status::Submitted,
            "delivered",
            format!("label “{}”", label.name),
        );
    }
    if others.merged {
        return say(
            Status::Submitted,
            "merged",
            "a pull request that closes it has been merged",
        );
    }
    None
}

fn live(found: &Findings<'_>) -> (Status, Reason) {
    let others = found.competition;
    let worth = found
        .value
        .amount
        .as_ref()
        .map_or_else(|| "of unknown worth".to_owned(), |a| format!("of {a}"));
    if others.attempts.is_empty() && others.open_pull_requests == 0 {
        let who = match &others.ours {
            Some(ours) => format!("{ours}, and nobody else is at it"),
            None => "and nobody else is at it".to_owned(),
        };
        return (
            Status::Open,
            Reason::new("open", format!("a bounty {worth}, {who}")),
        );
    }
    let text = format!(
        "a bounty {worth}; {}, {}",
        count(others.attempts.len(), "other tries", "others try"),
        count(
            others.open_pull_requests,
            "open pull request",
            "open pull requests"
        )
    );
    (Status::Tried, Reason::new("tried", text))
}
