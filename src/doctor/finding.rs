//! What a check came to.

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::mend::Mend;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Well.
    Ok,
    /// There is no such thing here.
    NotApplicable,
    /// It was not looked at, because something else is wrong or cannot be seen from here.
    NotTried,
    /// It works, but not as well as it should, or not for much longer.
    Warning,
    /// It keeps bountyd from its work.
    Failure,
}

impl Verdict {
    /// For a line of text.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotApplicable => "not applicable",
            Self::NotTried => "not tried",
            Self::Warning => "warning",
            Self::Failure => "FAILURE",
        }
    }
}

/// What one check found, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Of which check.
    pub check: Check,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen. May quote what a service said; holds no secret.
    pub found: String,
    /// What to do, in a sentence.
    pub remedy: Option<String>,
    /// A command, or a page, for that.
    pub link: Option<String>,
    /// The check that stands in the way.
    pub because: Option<Check>,
    /// What `--fix` would do about it.
    pub mend: Option<Mend>,
}

impl Finding {
    fn new(check: Check, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict,
            found: found.into(),
            remedy: None,
            link: None,
            because: None,
            mend: None,
        }
    }

    /// It is well.
    #[must_use]
    pub fn ok(check: Check, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::Ok, found)
    }

    /// There is nothing to check.
    #[must_use]
    pub fn not_applicable(check: Check, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::NotApplicable, found)
    }

    /// It could not be looked at, though nothing is known to be wrong.
    #[must_use]
    pub fn not_tried(check: Check, found: impl Into<String>) -> Self {
        Self::new(check, Verdict::NotTried, found)
    }

    /// It could not be looked at, because `cause` is not well.
    #[must_use]
    pub fn blocked(check: Check, cause: Check) -> Self {
        let found = format!("not tried because of {}", cause.id());
        Self {
            because: Some(cause),
            ..Self::new(check, Verdict::NotTried, found)
        }
    }

    /// It works, but.
    #[must_use]
    pub fn warning(check: Check, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(check, Verdict::Warning, found)
        }
    }

    /// It does not work.
    #[must_use]
    pub fn failure(check: Check, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(check, Verdict::Failure, found)
        }
    }

    /// Adds a page or a command.
    #[must_use]
    pub fn link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }

    /// Adds what `--fix` can do.
    #[must_use]
    pub fn mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }
}
