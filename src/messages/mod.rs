//! Every sentence said to a human on GitHub or Telegram. Pure.
//!
//! What strangers wrote is only ever shown as code: Telegram makes no links or mentions of it, and
//! GitHub neither mentions nor obeys it.

pub mod card;
pub mod github;
pub mod halt;
pub mod lease;
pub mod notice;
pub mod pairing;
pub mod patch_card;
pub mod pull;
pub mod push;
pub mod question_card;
pub mod record;
pub mod reply;
pub mod request_card;

use std::time::Duration;

use url::Url;
use vault::telegram::RichText;

pub use crate::bounty::text::count;

/// A span as people say it: `1h 30m`, `45s`, `2 days 3h`. Parts below a hundredth are left out.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours) = (seconds / 86_400, seconds % 86_400 / 3_600);
    let (minutes, rest) = (seconds % 3_600 / 60, seconds % 60);
    let day = if days == 1 { "day" } else { "days" };
    match (days, hours, minutes, rest) {
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, 0) => format!("{m}m"),
        (0, 0, m, s) => format!("{m}m {s}s"),
        (0, h, 0, _) => format!("{h}h"),
        (0, h, m, _) => format!("{h}h {m}m"),
        (d, 0, _, _) => format!("{d} {day}"),
        (d, h, _, _) => format!("{d} {day} {h}h"),
    }
}

/// At most `most` characters, the cut marked.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default().trim_end()),
    }
}

/// Links to issues, built from their parts: an address in somebody's text is never followed.
pub trait IssueLink {
    /// Adds a link to an issue's page.
    #[must_use]
    fn issue(self, label: &str, repo: &str, number: u64) -> Self;
}

impl IssueLink for RichText {
    fn issue(self, label: &str, repo: &str, number: u64) -> Self {
        match Url::parse(&format!("https://github.com/{repo}/issues/{number}")) {
            Ok(url) => self.link(label, &url),
            Err(_) => self.plain(label),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        let said = |s| span(Duration::from_secs(s));
        assert_eq!(said(45), "45s");
        assert_eq!(said(90), "1m 30s");
        assert_eq!(said(3_600), "1h");
        assert_eq!(said(5_400), "1h 30m");
        assert_eq!(said(86_400), "1 day");
        assert_eq!(said(2 * 86_400 + 3 * 3_600), "2 days 3h");
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        assert_eq!(cut("añb", 2), "añ…");
        assert_eq!(cut("añ", 2), "añ");
    }
}
