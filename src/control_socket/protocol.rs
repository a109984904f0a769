//! What goes over the control socket.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vault::{ExchangeFacts, TokenKind};

use super::verbs::explain::Explanation;
use super::verbs::fix::{Fixed, Wanted};
use super::verbs::questions::Question;
use super::verbs::scanned::Scanned;
use crate::app::Doing;
use crate::control::Outcome;
use crate::doctor::{Finding, Mend};
use crate::ledger::request_leases::RequestLease;
use crate::messages::reply::Waiting;

/// Bytes of a request at most, its line break included.
pub const LONGEST_REQUEST: usize = 64 * 1024;

/// Bytes of an answer at most: an explanation quotes what others wrote.
pub const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What somebody asks for: one line, such as `{"verb":"pause"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How the daemon is.
    Status {},
    /// The questions that wait.
    Pending {},
    /// One question, as the owner is shown it.
    Question {
        /// Its id, or at least its first 6 characters.
        id: String,
    },
    /// Yes.
    Approve {
        /// The question's whole id.
        id: String,
    },
    /// Yes, and to more of the same for a while.
    Lease {
        /// The question's whole id.
        id: String,
    },
    /// Take such a yes back.
    EndLease {
        /// Its id, or its first characters.
        id: String,
    },
    /// What the owner said yes to for a while.
    Leases {},
    /// No.
    Deny {
        /// The question's whole id.
        id: String,
        /// In the operator's words.
        why: Option<String>,
    },
    /// Stop acting.
    Pause {},
    /// Go on.
    Resume {},
    /// The emergency stop.
    Stop {},
    /// Its end.
    Lift {},
    /// Give a claim more time.
    Extend {
        /// `owner/name`.
        repo: String,
        /// Issue number.
        number: u64,
        /// From now, in milliseconds.
        by_ms: u64,
    },
    /// Scan now.
    Scan {},
    /// Find out now whose account the connection is.
    Identify {},
    /// Find out now whether the tenant knows a loaded key.
    ProveKey {
        /// Its thumbprint.
        kid: String,
    },
    /// Look at everything, and try the connection.
    Doctor {},
    /// Mend something, or note that it is about to be mended.
    Mend {
        /// What.
        mend: Mend,
    },
    /// Read an issue afresh and say what would be decided, and why.
    Explain {
        /// `owner/name`.
        repo: String,
        /// Issue number.
        number: u64,
    },
    /// Have a patch made.
    Fix {
        /// For what.
        wanted: Wanted,
    },
}

impl Request {
    /// How long to wait for the next line of the answer; `None` where GitHub sets the pace.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        match self {
            Self::Doctor {} | Self::Mend { .. } => None,
            Self::Scan {}
            | Self::Identify {}
            | Self::ProveKey { .. }
            | Self::Explain { .. }
            | Self::Fix { .. } => None,
            // Its file is there already; who calls for it is in a hurry.
            Self::Stop {} => Some(Duration::from_secs(5)),
            _ => Some(Duration::from_secs(30)),
        }
    }
}

/// A line of the answer. Only [`Answer::Progress`] is followed by another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// What is being done.
    Progress(Doing),
    /// How the daemon is.
    Status {
        /// The snapshot, see [`crate::status::Status`].
        status: Value,
        /// The same for people.
        lines: Vec<String>,
    },
    /// The questions that wait, dearest first.
    Pending {
        /// Each.
        questions: Vec<Waiting>,
    },
    /// One question.
    Question {
        /// It.
        question: Box<Question>,
    },
    /// What the owner said yes to for a while.
    Leases {
        /// Each, the one that ends last first.
        leases: Vec<RequestLease>,
    },
    /// What a change did.
    Changed {
        /// It.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// A scan has ended.
    Scanned {
        /// What it did, and what came of it.
        scanned: Scanned,
    },
    /// Whose account it is.
    Identified {
        /// GitHub login.
        login: String,
        /// GitHub user id.
        id: u64,
        /// What the token is that proved it.
        token: Option<TokenFacts>,
    },
    /// The tenant took a request that this key signed.
    Proved {
        /// Its thumbprint.
        kid: String,
    },
    /// What was found.
    Examined {
        /// Of each check that was made.
        findings: Vec<Finding>,
    },
    /// It is mended, or noted.
    Mended {},
    /// What would be decided.
    Explained {
        /// Why.
        explanation: Box<Explanation>,
    },
    /// A patch was tried.
    Fixed {
        /// What came of it.
        fixed: Box<Fixed>,
    },
    /// The asker may not have this.
    Refused {
        /// Why, and who may.
        why: String,
    },
    /// It could not be done.
    Failed {
        /// What kind of trouble.
        kind: Failing,
        /// For people.
        why: String,
    },
}

/// What may be known of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFacts {
    /// By its prefix.
    pub kind: TokenKind,
    /// What the provider says it may do.
    pub scopes: Vec<String>,
    /// Seconds from the exchange; `None`: it names no end.
    pub expires_in: Option<u64>,
    /// Of a GitHub App's token: on whose repositories the app is installed, if that was answered.
    pub installed_on: Option<Vec<String>>,
}

impl From<ExchangeFacts> for TokenFacts {
    fn from(facts: ExchangeFacts) -> Self {
        Self {
            kind: facts.token_kind,
            scopes: facts.scopes,
            expires_in: facts.expires_in,
            installed_on: None,
        }
    }
}

impl Answer {
    /// It could not be done.
    #[must_use]
    pub fn failed(kind: Failing, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Failed { kind, why }
    }
}

/// Why something could not be done, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// It is no request this daemon knows.
    BadRequest,
    /// There is no such thing.
    NotFound,
    /// It may work later.
    TryLater,
    /// A service cannot be reached.
    Unavailable,
    /// A setting is wrong.
    Configuration,
    /// The ledger, or anything else.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::asked::ApprovalState;

    #[test]
    fn a_request_reads_back_and_nothing_else_is_one() {
        let request = Request::Deny {
            id: "00".into(),
            why: Some("too far".into()),
        };
        let text = serde_json::to_string(&request).expect("json");
        assert_eq!(text, r#"{"verb":"deny","id":"00","why":"too far"}"#);
        assert_eq!(
            serde_json::from_str::<Request>(&text).expect("reads"),
            request
        );
        for wrong in [
            "{}",
            "[]",
            r#"{"verb":"sudo"}"#,
            r#"{"verb":"approve"}"#,
            r#"{"verb":"approve","id":"00","as":"root"}"#,
            r#"{"verb":"pause","for":"ever"}"#,
            r#"{"verb":"extend","repo":"a/b","number":-1,"by_ms":0}"#,
        ] {
            assert!(serde_json::from_str::<Request>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_outcome_keeps_its_state() {
        let answer = Answer::Changed {
            outcome: Outcome::Already(ApprovalState::Expired),
        };
        let text = serde_json::to_string(&answer).expect("json");
        assert_eq!(
            text,
            r#"{"answer":"changed","outcome":"already","state":"expired"}"#
        );
        assert_eq!(
            serde_json::from_str::<Answer>(&text).expect("reads"),
            answer
        );
    }
}
