//! Where the walk through a search stands.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::clock::UnixMillis;

/// Where the walk stands. Seconds since 1970, as search knows nothing finer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Everything from this second on (`None`: from the beginning). `after` is only set behind a
    /// page of which nothing could be read.
    From {
        second: Option<i64>,
        after: Option<String>,
    },
    /// Page by page within one second.
    Crowded {
        second: i64,
        after: Option<String>,
        results: Option<u64>,
        tries: u8,
    },
    Done,
}

impl Position {
    /// The second with which the page at hand begins.
    pub(super) fn second(&self) -> Option<i64> {
        match self {
            Self::From { second, .. } => *second,
            Self::Crowded { second, .. } => Some(*second),
            Self::Done => None,
        }
    }

    /// What the next search is narrowed to, and the cursor within it.
    pub(super) fn window(&self) -> (String, Option<&str>) {
        match self {
            Self::From { second, after } => {
                let window =
                    second.map_or_else(String::new, |s| format!(" updated:>={}", stamp(s)));
                (window, after.as_deref())
            }
            Self::Crowded { second, after, .. } => {
                let at = stamp(*second);
                (format!(" updated:{at}..{at}"), after.as_deref())
            }
            Self::Done => (String::new(), None),
        }
    }
}

/// Everything from `second` on.
pub(super) fn from_second(second: Option<i64>) -> Position {
    Position::From {
        second,
        after: None,
    }
}

/// Everything within `second`, for the first time or again.
pub(super) fn crowded(second: i64, tries: u8) -> Position {
    Position::Crowded {
        second,
        after: None,
        results: None,
        tries,
    }
}

/// The beginning of a second.
pub(super) fn millis(second: i64) -> UnixMillis {
    UnixMillis(second.saturating_mul(1000))
}

/// As GitHub's search writes it.
pub(super) fn stamp(second: i64) -> String {
    DateTime::<Utc>::from_timestamp(second, 0)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}
