//! The owner's rules, and the decision they give. Pure: the ledger's counts are handed in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::appraise::Appraisal;
use super::checks::{checks, reached};
use super::explain::Outcome;
use super::facts::IssueFacts;
use super::permit::{Limits, Permit};
pub use super::reasons::{AskReason, Deny, SkipReason};
use crate::clock::UnixMillis;
use crate::money::Usd;

/// How far the program may go by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reports, writes nothing.
    #[default]
    Watch,
    /// Every bounty needs the owner's yes.
    Ask,
    /// The thresholds apply.
    Auto,
}

/// What becomes of a bounty whose amount is unknown or not verified. It never passes silently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unsure {
    /// It is named in the digest.
    #[default]
    Digest,
    /// The owner is asked.
    Ask,
}

/// The owner's rules. The defaults are what a careful owner would choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How far the program may go by itself.
    pub mode: Mode,
    /// Ask when a bounty is worth strictly more.
    pub ask_above: Usd,
    /// Ask when the amounts permitted without asking in the last 24 hours, this one included,
    /// come to strictly more.
    pub ask_above_per_day: Usd,
    /// Leave alone what is worth less.
    pub minimum: Usd,
    /// What becomes of unknown amounts and of those nobody with standing vouches for.
    pub unsure: Unsure,
    /// Ask before the first claim in a repository.
    pub ask_first_time_repository: bool,
    /// Bounties in hand at most.
    pub max_in_hand: u32,
    /// Bounties in hand at most in one organisation.
    pub max_in_hand_per_organisation: u32,
    /// Claims at most in 24 hours.
    pub max_claims_per_day: u32,
    /// A trap score above this is a trap.
    pub trap_limit: u32,
    /// Leave alone when more people than this try.
    pub max_attempts: u32,
    /// Leave alone when more open pull requests than this name the issue.
    pub max_open_pull_requests: u32,
    /// Leave alone repositories without a merge for longer than this.
    pub max_repository_silence: Duration,
    /// `owner` or `owner/name` that are never touched.
    pub deny: Vec<String>,
    /// Only these organisations; empty: all.
    pub organisations: Vec<String>,
    /// Not these organisations.
    pub unwanted_organisations: Vec<String>,
    /// Only these main languages; empty: all.
    pub languages: Vec<String>,
    /// Not these main languages.
    pub unwanted_languages: Vec<String>,
    /// How long a permit lasts.
    pub permit_lifetime: Duration,
    /// A fixer is configured.
    pub fixer: bool,
    /// Without a fixer the owner does the work himself: `auto` may claim all the same.
    pub claim_without_fixer: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::Watch,
            ask_above: Usd::dollars(500),
            ask_above_per_day: Usd::dollars(1000),
            minimum: Usd::dollars(20),
            unsure: Unsure::Digest,
            ask_first_time_repository: true,
            max_in_hand: 2,
            max_in_hand_per_organisation: 1,
            max_claims_per_day: 3,
            trap_limit: 49,
            max_attempts: 3,
            max_open_pull_requests: 0,
            max_repository_silence: Duration::from_secs(90 * 24 * 3600),
            deny: Vec::new(),
            organisations: Vec::new(),
            unwanted_organisations: Vec::new(),
            languages: Vec::new(),
            unwanted_languages: Vec::new(),
            permit_lifetime: Duration::from_secs(24 * 3600),
            fixer: false,
            claim_without_fixer: false,
        }
    }
}

/// What the ledger counts, for one bounty, at one instant. The bounty itself is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Bounties in hand.
    pub in_hand: u32,
    /// Those of them in the bounty's organisation.
    pub in_hand_in_organisation: u32,
    /// Claims written in the last 24 hours.
    pub claims_per_day: u32,
    /// Worth of what was permitted without asking in the last 24 hours.
    pub permitted_per_day: Usd,
    /// We have had a claim in this repository before.
    pub repository_known: bool,
    /// When the ledger came back from a backup: what was done before and after that was made is not in it.
    pub restored_at: Option<UnixMillis>,
    /// The ledger remembers a no for this repository or organisation: its reason.
    pub denied: Option<String>,
}

/// What would happen in another mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Would {
    /// Claim without asking.
    Claim,
    /// Ask the owner.
    Ask,
    /// Be named in the digest only: the amount is unknown or nobody vouches for it.
    Look,
}

/// What to do about a bounty.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Leave it alone.
    Skip {
        /// Why.
        reason: SkipReason,
        /// Remember it for ever.
        remember: Option<Deny>,
    },
    /// Ask the owner.
    Ask {
        /// Why; never empty.
        why: Vec<AskReason>,
    },
    /// Claim it.
    Claim {
        /// The permission.
        permit: Box<Permit>,
        /// Why nobody had to be asked.
        why: Vec<String>,
    },
    /// Tell the owner in the digest.
    Report {
        /// What would happen in a mode that acts.
        would: Would,
        /// Why the owner would be asked.
        why: Vec<AskReason>,
    },
}

impl Policy {
    /// What a permit for this bounty allows at most; part of what is approved.
    #[must_use]
    pub const fn limits(&self, appraisal: &Appraisal) -> Limits {
        Limits {
            ceiling: appraisal.amount.usd,
            lifetime: self.permit_lifetime,
        }
    }
}

/// The first cap that is reached, in words, whatever else speaks for or against a bounty.
#[must_use]
pub fn cap_reached(policy: &Policy, tally: &Tally) -> Option<String> {
    let (has, most, what) = reached(policy, tally).next()?;
    Some(format!("{has} of {most} {what}"))
}

/// Decides by the same checks that [`super::explain::explain`] shows.
#[must_use]
pub fn decide(
    appraisal: &Appraisal,
    facts: &IssueFacts,
    policy: &Policy,
    tally: &Tally,
    now: UnixMillis,
) -> Decision {
    let mut why = Vec::new();
    let mut passed = Vec::new();
    let mut look = false;
    for check in checks(appraisal, facts, policy, tally, now) {
        match check.outcome {
            Outcome::Skip { reason, remember } => return Decision::Skip { reason, remember },
            Outcome::Ask(reason) => why.push(reason),
            Outcome::Look(reason) => {
                look = true;
                why.push(reason);
            }
            Outcome::Pass => passed.push(check.line.sentence),
            Outcome::Note => {}
        }
    }
    // What may be a no weighs more than any sum: a card that is cut short must show it.
    why.sort_by_key(|reason| !matches!(reason, AskReason::MayBeUnwanted { .. }));
    let would = match (look, why.is_empty()) {
        (true, _) => Would::Look,
        (false, false) => Would::Ask,
        (false, true) => Would::Claim,
    };
    match (policy.mode, would) {
        (Mode::Watch, _) | (_, Would::Look) => Decision::Report { would, why },
        (Mode::Ask | Mode::Auto, Would::Ask) => Decision::Ask { why },
        (Mode::Ask, Would::Claim) => Decision::Ask {
            why: vec![AskReason::Mode],
        },
        (Mode::Auto, Would::Claim) => Decision::Claim {
            permit: Box::new(Permit::by_thresholds(
                facts,
                appraisal,
                &policy.limits(appraisal),
                now,
            )),
            why: passed,
        },
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod remembered;
#[cfg(test)]
mod tests;
