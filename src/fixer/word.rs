//! What the patch process says, a line each, and what it is answered.

use fix::job::Record;
use gate::carried::Carried;
use serde::{Deserialize, Serialize};
use vault::egress::{EgressEvent, Usage};

/// A line from the patch process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Word {
    /// Something happened.
    Progress {
        /// In words, on one line.
        text: String,
        /// For programs.
        event: serde_json::Value,
    },
    /// Something is about to leave for a model, or has left, or was refused. Nothing leaves before
    /// this is answered with [`Reply::Noted`].
    Egress {
        /// Counts from 1.
        number: u64,
        /// What.
        event: EgressEvent,
    },
    /// It is over; the last line.
    Ended(Box<Ended>),
    /// Something of ours failed, and nothing can be said about the job; the last line.
    Failed {
        /// Whether it may work later, without anybody changing something.
        may_pass: bool,
        /// Whether the configuration or the machine lacks something.
        missing: bool,
        /// What and why.
        why: String,
    },
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Everything that is known about it.
    pub record: Record,
    /// What the gate says, for people.
    pub gate: Option<String>,
    /// The same as SARIF.
    pub sarif: Option<String>,
    /// The change for people; holds strangers' words.
    pub diff: Option<String>,
    /// The change with its judgement, where it may be submitted.
    pub patch: Option<Box<Carried>>,
    /// What was asked of models.
    pub usage: Option<Usage>,
}

/// A line to the patch process, after the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The journal has it.
    Noted {
        /// [`Word::Egress`]'s number.
        number: u64,
    },
    /// To the egress process: say whether a provider's key stands in some bytes.
    Look {
        /// Counts from 1.
        number: u64,
        /// The bytes, in base64.
        base64: String,
    },
    /// To the egress process: the job is over. It serves nobody any more, and says what was used.
    Over,
}
