//! What a program on GitHub would take for an order of the owner's, in the words of a client: sponsors' and
//! bots' commands. They are read out of any text, quoted or not, and obeyed because of who seems to speak.

/// Commands about money and claims, wherever they stand: `/tip $5 @x` is obeyed in the middle of a sentence.
const ABOUT_MONEY: [&str; 11] = [
    "attempt", "bonus", "bounty", "claim", "opire", "reward", "split", "start", "tip", "try",
    "wallet",
];

/// Lines that bots which test obey without any sign before them.
const BARE: [&str; 6] = [
    "add to whitelist",
    "ok to test",
    "recheck",
    "retest",
    "retest this please",
    "test this please",
];

/// The first command in a text, if there is one.
#[must_use]
pub(super) fn command(text: &str) -> Option<String> {
    // What ends a line for a bot in JavaScript, too.
    let ends = |c| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
    text.split(ends).find_map(|line| {
        let begin = unmarked(line);
        slash(begin)
            .filter(|word| !is_path(&begin[word.len()..]))
            .or_else(|| about_money(line))
            .map(str::to_owned)
            .or_else(|| bare(begin))
    })
}

/// Whether a text calls somebody by name. Bots take orders so, each in its own words.
#[must_use]
pub(super) fn calls_somebody(text: &str) -> bool {
    let before = |at: usize| text[..at].chars().next_back();
    let after = |at: usize| text[at + 1..].chars().next();
    text.match_indices('@').any(|(at, _)| {
        after(at).is_some_and(|c| c.is_ascii_alphanumeric())
            && !before(at).is_some_and(char::is_alphanumeric)
    })
}

/// A line without what Markdown has before its first word: quotes, lists, headings, emphasis, code.
fn unmarked(line: &str) -> &str {
    let mut rest = line;
    loop {
        let sign = |c: char| !c.is_alphanumeric() && c != '/';
        let shorter = rest.trim_start_matches(sign);
        let counted = shorter.trim_start_matches(|c: char| c.is_ascii_digit());
        let listed = counted.len() < shorter.len() && counted.starts_with(['.', ')']);
        let next = if listed { &counted[1..] } else { shorter };
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}

/// The `/word` that a text begins with.
fn slash(text: &str) -> Option<&str> {
    let word = text.strip_prefix('/')?;
    if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let end = word.find(|c| !part(c)).unwrap_or(word.len());
    Some(&text[..=end])
}

/// What follows makes a path of it, as in `/etc/passwd` and `/vmlinuz.old`.
fn is_path(rest: &str) -> bool {
    let mut next = rest.chars();
    match next.next() {
        Some('/') => true,
        Some('.') => next.next().is_some_and(char::is_alphanumeric),
        _ => false,
    }
}

fn about_money(line: &str) -> Option<&str> {
    line.match_indices('/').find_map(|(at, _)| {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "/._-~".contains(c)) {
            return None;
        }
        let word = slash(&line[at..])?;
        let mut known = ABOUT_MONEY.iter();
        let is_one = known.any(|name| word[1..].eq_ignore_ascii_case(name));
        (is_one && !is_path(&line[at + word.len()..])).then_some(word)
    })
}

/// Orders without a sign: those of [`BARE`], and bors, which merges.
fn bare(line: &str) -> Option<String> {
    let line = line.trim_end_matches([' ', '.', '!']).to_ascii_lowercase();
    (line.starts_with("bors ") || BARE.contains(&line.as_str())).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_wherever_it_is_hidden() {
        for text in [
            "/tip @x $500",
            "/bounty 1000",
            "Fine.\n/merge",
            "> /bounty $5",
            "- /reward 100",
            "1. /claim #7",
            "2) > * `/attempt #7`",
            "   /lgtm",
            "\u{a0}/approve",
            "**/close**",
            "\\/assign @x",
            "Thank you! /tip $20 @x",
            "Thank you (/tip 20)",
            "It was `/BOUNTY $5`, was it not?",
            "text\r\n/retest\r\n",
            "text\u{2028}/merge",
            "bors r+",
            "> retest this please.",
            "recheck",
        ] {
            assert!(command(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_command_may_be_said() {
        for text in [
            "It fails in src/tip/mod.rs, and/or in /etc/passwd.",
            "/etc/passwd is not read.",
            "/vmlinuz.old is there",
            "https://example.com/claim is down",
            "acme/bounty has the same",
            "I would claim /that/ it is 1/2.",
            "We recheck it on each start.",
            "// a remark",
            "",
        ] {
            assert_eq!(command(text), None, "{text:?}");
        }
    }

    #[test]
    fn who_is_called_by_name_is_seen() {
        for text in ["@dependabot merge", "Thanks (@ada)", "> @bors r+", "cc:@x"] {
            assert!(calls_somebody(text), "{text:?}");
        }
        for text in ["ada@example.com", "5 @ 3", "@", "a @ b"] {
            assert!(!calls_somebody(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,200}", marks in "[>*`) -]{0,8}") {
            let _ = (command(&text), calls_somebody(&text));
            let marked = format!("{marks}/tip $5");
            proptest::prop_assert!(command(&marked).is_some());
        }
    }
}
