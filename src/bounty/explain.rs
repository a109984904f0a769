//! The checks of a decision, one line each. `decide` folds them; `explain` prints them: so an
//! explanation cannot say something else than what was decided.

use serde::{Deserialize, Serialize};

use super::appraise::Appraisal;
use super::checks::checks;
use super::facts::IssueFacts;
use super::policy::{AskReason, Deny, Policy, SkipReason, Tally};
use crate::clock::UnixMillis;

/// How a check came out, as one sign for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Fine.
    Pass,
    /// Worth knowing; decides nothing.
    Note,
    /// The owner is asked.
    Ask,
    /// It is left alone.
    Stop,
}

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How it came out.
    pub mark: Mark,
    /// Short stable name of the check.
    pub code: String,
    /// One sentence for people.
    pub sentence: String,
    /// What it rests on.
    pub evidence: Option<String>,
}

/// What a check does to the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    Note,
    Ask(AskReason),
    /// Unknown or unverified amount: to the digest, not to a card.
    Look(AskReason),
    Skip {
        reason: SkipReason,
        remember: Option<Deny>,
    },
}

/// A check with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) line: Line,
    pub(crate) outcome: Outcome,
}

/// Why this decision: every check, in order, those after the first stop included.
#[must_use]
pub fn explain(
    appraisal: &Appraisal,
    facts: &IssueFacts,
    policy: &Policy,
    tally: &Tally,
    now: UnixMillis,
) -> Vec<Line> {
    checks(appraisal, facts, policy, tally, now)
        .into_iter()
        .map(|check| check.line)
        .collect()
}
