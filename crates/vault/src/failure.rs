//! Why no token could be had, in terms the owner can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use clock::UnixMillis;

/// Who has to do something before the next try can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FailureClass {
    /// The owner: connect the account again.
    Reconnect,
    /// The owner or operator: change a setting here or in the tenant.
    Configuration,
    /// Nobody: it may pass.
    Transient {
        /// Not before this instant, if the other side named one.
        retry_after: Option<UnixMillis>,
    },
}

/// A failed exchange. Holds no secret; safe to store and to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Who has to act.
    pub class: FailureClass,
    /// Auth0's `error`, or one of ours such as "timeout".
    pub code: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What the other side said: printable, capped at 300 characters, scrubbed.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Failure {
    /// Whether waiting alone may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.class, FailureClass::Transient { .. })
    }

    pub(crate) fn transient(code: &str, message: impl Into<String>, remedy: &str) -> Self {
        Self {
            class: FailureClass::Transient { retry_after: None },
            code: code.to_owned(),
            status: None,
            message: message.into(),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        write!(f, "; {}", self.remedy)
    }
}

impl std::error::Error for Failure {}
