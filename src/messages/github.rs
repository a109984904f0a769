//! What we write on GitHub: one short, specific, disclosed comment a claim, and its withdrawal.

use std::time::Duration;

use super::span;
use crate::bounty::MARK;

/// What marks a comment as ours and says which effect it is. GitHub does not show it.
#[must_use]
pub fn marker(effect: &str) -> String {
    format!("{MARK}{effect} -->")
}

/// Who speaks, and about what.
#[derive(Clone, Debug)]
pub struct Speaker<'a> {
    /// The owner's login: the account that the comment appears under.
    pub login: &'a str,
    /// Effect id for the marker.
    pub effect: &'a str,
}

const ANSWERABLE: &str =
    "If automated help is not wanted here, answer with “stop” and it will not come back.";

fn disclosure(login: &str) -> String {
    format!(
        "This comment was written by bountyd, an automated agent acting for @{login}, who answers for it."
    )
}

/// A title that cannot do anything where it stands: no mention, no command, no end of the code. One
/// that shows nothing is not quoted.
fn quoted(title: &str) -> String {
    let plain: String = title
        .chars()
        .map(|c| if c.is_control() || c == '`' { ' ' } else { c })
        .filter(|c| !is_format(*c))
        .collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // Platforms read slash commands out of any text, quoted or not.
    let harmless = words.replace('/', "∕");
    if harmless.is_empty() {
        return "this issue".to_owned();
    }
    format!("`{}`", super::cut(&harmless, 80))
}

fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// The claim: `command` is the platform's own word, on its own line, where it counts one.
#[must_use]
pub fn claim(speaker: &Speaker<'_>, title: &str, command: Option<&str>) -> String {
    let first = command.map(|c| format!("{c}\n\n")).unwrap_or_default();
    format!(
        "{first}I would like to work on {title} and to open a pull request for it. {who} {stop}\n\n{marker}",
        title = quoted(title),
        who = disclosure(speaker.login),
        stop = ANSWERABLE,
        marker = marker(speaker.effect),
    )
}

/// A client's words, after a line that says whose they are: behind them, markup that they leave open could
/// hide it. `login`: who answers for them; `effect`: the id in
/// the marker, none while it is only shown.
#[must_use]
pub fn of_client(text: &str, client: &str, login: &str, effect: &str) -> String {
    let said = format!(
        "This was written by an AI ({client}) acting for @{login} through bountyd, who answers for it.\n\n{}",
        text.trim_end()
    );
    match effect {
        "" => said,
        effect => format!("{said}\n\n{}", marker(effect)),
    }
}

/// The question to be assigned, where that is the custom.
#[must_use]
pub fn ask_assignment(speaker: &Speaker<'_>, title: &str, command: Option<&str>) -> String {
    let first = command.map(|c| format!("{c}\n\n")).unwrap_or_default();
    format!(
        "{first}May I be assigned to {title}? I will start once I am. {who} {stop}\n\n{marker}",
        title = quoted(title),
        who = disclosure(speaker.login),
        stop = ANSWERABLE,
        marker = marker(speaker.effect),
    )
}

/// Why a claim is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// No pull request within the time.
    NoProgress(Duration),
    /// Nobody answered the question to be assigned.
    NoAnswer(Duration),
    /// The pull request was closed without being merged.
    TurnedDown,
    /// A maintainer said stop.
    Unwelcome,
}

/// Our own comment, edited to take the claim back. `effect` is the claim's: the marker stays.
#[must_use]
pub fn withdrawn(speaker: &Speaker<'_>, why: Withdrawal) -> String {
    let what = match why {
        Withdrawal::NoProgress(time) => format!(
            "Withdrawn: there was no pull request within {}. This is free for others again.",
            span(time)
        ),
        Withdrawal::NoAnswer(time) => format!(
            "Withdrawn: the question went unanswered for {}. This is free for others.",
            span(time)
        ),
        Withdrawal::TurnedDown => {
            "Withdrawn: the pull request was not taken. This is free for others again.".to_owned()
        }
        Withdrawal::Unwelcome => {
            "Withdrawn, with apologies for the disturbance. It will not come back.".to_owned()
        }
    };
    format!(
        "{what} {}\n\n{}",
        disclosure(speaker.login),
        marker(speaker.effect)
    )
}

/// The platform's word for giving an assignment back, as a comment of its own.
#[must_use]
pub fn stop(speaker: &Speaker<'_>, command: &str) -> String {
    format!(
        "{command}\n\n{}\n\n{}",
        disclosure(speaker.login),
        marker(speaker.effect)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEAKER: Speaker<'static> = Speaker {
        login: "ada",
        effect: "0f",
    };

    #[test]
    fn a_claim_is_short_specific_and_disclosed() {
        insta::assert_snapshot!(claim(&SPEAKER, "Crash on empty input", Some("/attempt #7")), @r"
        /attempt #7

        I would like to work on `Crash on empty input` and to open a pull request for it. This comment was written by bountyd, an automated agent acting for @ada, who answers for it. If automated help is not wanted here, answer with “stop” and it will not come back.

        <!-- bountyd:0f -->
        ");
        insta::assert_snapshot!(ask_assignment(&SPEAKER, "Crash on empty input", None), @r"
        May I be assigned to `Crash on empty input`? I will start once I am. This comment was written by bountyd, an automated agent acting for @ada, who answers for it. If automated help is not wanted here, answer with “stop” and it will not come back.

        <!-- bountyd:0f -->
        ");
        insta::assert_snapshot!(withdrawn(&SPEAKER, Withdrawal::NoProgress(Duration::from_secs(172_800))), @r"
        Withdrawn: there was no pull request within 2 days. This is free for others again. This comment was written by bountyd, an automated agent acting for @ada, who answers for it.

        <!-- bountyd:0f -->
        ");
    }

    #[test]
    fn nothing_that_a_client_says_hides_whose_words_they_are() {
        let said = of_client("<details>\n\nIt fails.\n", "writer", "ada", "0f");
        insta::assert_snapshot!(said, @r"
        This was written by an AI (writer) acting for @ada through bountyd, who answers for it.

        <details>

        It fails.

        <!-- bountyd:0f -->
        ");
        assert!(of_client("It fails.", "writer", "ada", "").ends_with("\n\nIt fails."));
    }

    #[test]
    fn an_empty_title_is_not_quoted() {
        for empty in ["", "  ", "`\u{200b}`"] {
            let text = claim(&SPEAKER, empty, None);
            assert!(text.starts_with("I would like to work on this issue and"));
        }
    }

    #[test]
    fn a_title_can_do_nothing_in_our_comment() {
        let text = claim(
            &SPEAKER,
            "` @everyone\n/bounty $5\n<!-- bountyd:ff -->\u{202e}",
            None,
        );
        assert!(!text.contains("\n/bounty"), "{text}");
        assert!(!text.contains("/bounty"), "{text}");
        assert_eq!(text.matches('`').count(), 2, "{text}");
        assert!(!text.contains('\u{202e}'));
        // Inside the code span, so it is no comment; and its id is not the marker we look for.
        assert_eq!(text.matches(&marker("0f")).count(), 1);
    }
}
