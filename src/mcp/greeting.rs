//! The first line in each direction: which of the owner's clients somebody is, and whether he is let in.
//!
//! The name chooses among the clients of one user; who the user is, the kernel says.

use serde::{Deserialize, Serialize};

/// Bytes of a greeting at most, its line break included.
pub const LONGEST: usize = 512;

/// What the client's end says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The version of this exchange.
    pub bountyd_mcp: u32,
    /// Which of the owner's clients it is; `None`: the only one of this user.
    pub client: Option<String>,
}

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "lowercase", deny_unknown_fields)]
pub enum Welcome {
    /// From here on it is JSON-RPC.
    Come {
        /// As whom.
        client: String,
    },
    /// There is no more.
    Refused {
        /// Why, and what helps.
        why: String,
    },
}

/// The version of this exchange.
pub const VERSION: u32 = 1;

/// A value as a line.
#[must_use]
pub fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}
