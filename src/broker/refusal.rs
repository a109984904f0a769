//! A no to a client: what, why, and what would help, with a code that stays the same.

use std::fmt;

use serde::Serialize;

use super::policy::NameError;
use crate::github::Trouble;
use crate::ledger::LedgerError;

/// Why a call comes to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// For programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would help.
    pub remedy: String,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// Arguments that are not the tool's.
    #[must_use]
    pub fn arguments(message: impl Into<String>) -> Self {
        let remedy = "call it with what its input schema says, and with nothing else";
        Self::new("bad_arguments", message, remedy)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.message, self.remedy)
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        let remedy = "write owner/name in plain ASCII, as GitHub shows it";
        Self::new(error.code(), error.to_string(), remedy)
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        // What is wrong with a disk is the owner's business, and stands in his log.
        tracing::error!("a client's call was refused, the ledger cannot be used: {error}");
        let message = "nothing is done that the journal does not have, and it cannot be written";
        Self::new(
            "ledger",
            message,
            "try again; the owner sees why in `bountyd status`",
        )
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        let (code, remedy) = match &trouble {
            Trouble::WaitUntil { .. } => ("rate_limited", "wait until then"),
            Trouble::Retry { .. } => ("unavailable", "try again in a while"),
            Trouble::Reconnect(_) | Trouble::Configuration(_) => {
                // The tenant's words are for the owner.
                let message = "the owner's connection to GitHub does not work at the moment";
                let remedy = "the owner sees why in `bountyd status`";
                return Self::new("not_connected", message, remedy);
            }
            Trouble::AppCannotAct { .. } | Trouble::Forbidden { .. } => {
                ("forbidden", "the owner's account may not do this there")
            }
            Trouble::Gone { .. } => ("not_found", "check the name and the number"),
            Trouble::Invalid { .. } => ("invalid", "ask for something else"),
            Trouble::Malformed { .. } => ("malformed", "try again in a while"),
        };
        Self::new(code, trouble.to_string(), remedy)
    }
}
