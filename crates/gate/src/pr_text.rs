//! What a model wrote, before it is put into a pull request or a comment: made so that nothing in it
//! acts.
//!
//! Hidden characters are taken out and a code block left open is closed; everything else is disarmed by
//! putting a blank where it breaks the form, never by taking something away. So nothing new can come
//! together, and the words stay readable.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::unicode;

/// Characters that are kept at most.
pub const LONGEST: usize = 20_000;

struct Step {
    pattern: LazyLock<Option<Regex>>,
    with: &'static str,
}

macro_rules! steps {
    ($($name:ident $pattern:expr => $with:literal;)*) => {
        $(static $name: Step = Step { pattern: LazyLock::new(|| Regex::new($pattern).ok()), with: $with };)*
        static STEPS: &[&Step] = &[$(&$name),*];
    };
}

steps! {
    // Tags, comments, autolinks: a `<` before a blank is only a sign (CommonMark §6.6).
    TAGS r"<([^\s=])" => "< $1";
    // A named character could come back as one of the others.
    ENTITIES r"&(#?[A-Za-z0-9]+;)" => "& $1";
    MENTIONS r"([@＠])([A-Za-z0-9_\-])" => "$1 $2";
    // `#1`, `o/r#1`, `GH-1`: with them go all closing keywords.
    NUMBERS r"([#＃])(\d)" => "$1 $2";
    SHORT r"(?i)\b(gh)-(\d)" => "$1 -$2";
    ADDRESSES r"(?i)([a-z0-9+.\-]:/)(/)" => "$1 $2";
    WWW r"(?i)\b(www)\.(\S)" => "$1. $2";
    MAILTO r"(?i)\b(mailto|xmpp|javascript|data|vbscript):(\S)" => "$1: $2";
    ISSUE_PATHS r"(?i)(github\.com|gitlab\.com)/(\S)" => "$1/ $2";
    IMAGES r"!\[" => "! [";
    LINKS r"\]([(\[:])" => "] $1";
    // Bounty platforms and bots read some commands anywhere in a text (Algora does).
    MONEY r"(?i)([/／])(claim|tip|bounty|split|attempt|reward|award|pay|payout|paid|fund|try|stop|cancel|withdraw|approve|lgtm|merge|assign|unassign|close|reopen|label|retest|test|ok-to-test|hold|cherry-?pick|rebase|deploy|run|rerun|opire|issuehunt|work|start|unclaim|accept|reject|transfer|send)" => "$1 $2";
    SLASHES r"(?m)(^|[^A-Za-z0-9_/.\-])([/／])([A-Za-z])" => "$1$2 $3";
    // Behind what may be a list's mark, too.
    OPENINGS r"(?m)^([\s>*+\-\d.)]*)([/／])([A-Za-z])" => "$1$2 $3";
    BANGS r"(?m)^([\s>*+\-\d.)]*)!([A-Za-z])" => "$1! $2";
    // `Signed-off-by:`, `Co-authored-by:`, `Release-As:`, `skip-checks:`.
    TRAILERS r"(?m)^([ \t>*+\-\d.)]*[A-Za-z]+)-([A-Za-z][A-Za-z\-]*[ \t]*:)" => "$1- $2";
    TRAILING r"(?mi)^([ \t>*+\-]*)(cc|bug|closes|fixes|resolves|refs|fixed|link|reviewers?|assignees?)[ \t]*:" => "$1$2 ·";
    OVERRIDES r"(?i)\b(begin|end)_(commit|nested)" => "$1 $2";
    SKIPS r"(?i)\[([ \t]*)(skip|no|ci|actions|nobuild|circle|travis|azp|appveyor|vercel|netlify)([ \t\-_]+)([A-Za-z])" => "[$1$2 · $4";
    STARS r"\*\*\*(NO_CI)" => "*** $1";
    BORS r"(?mi)(^|\s)(r)\+" => "$1$2 +";
}

/// A model's text without anything that acts: no mention, reference, closing keyword, slash command,
/// link, image, tag, comment, trailer or skip mark, and no hidden character. At most [`LONGEST`]
/// characters of the model's own.
#[must_use]
pub fn clean(model_text: &str) -> String {
    let mut text = cut(&visible(model_text));
    // What one step makes may be another's business; each only adds blanks, so it ends.
    for _ in 0..32 {
        let before = text.clone();
        for step in STEPS {
            if let Some(pattern) = step.pattern.as_ref() {
                text = replaced(pattern, &text, step.with);
            }
        }
        if text == before {
            break;
        }
    }
    closed(text)
}

fn replaced(pattern: &Regex, text: &str, with: &str) -> String {
    // Matches that touch each other are met in the next round.
    match pattern.replace_all(text, |found: &Captures<'_>| {
        let mut out = String::new();
        found.expand(with, &mut out);
        out
    }) {
        Cow::Borrowed(same) => same.to_owned(),
        Cow::Owned(new) => new,
    }
}

/// Line ends as `\n`, no hidden and no control characters.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                if rest.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\u{0B}' | '\u{0C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || unicode::is_hidden(c) => {}
            c => out.push(c),
        }
    }
    out
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}\n\n(cut here)", &text[..at]),
    }
}

/// Closes a code block that would swallow what we write below.
fn closed(mut text: String) -> String {
    let mut open: Option<(char, usize)> = None;
    for line in text.lines() {
        let inside = line.trim_start_matches([' ', '>', '\t']);
        let Some(mark) = inside.chars().next().filter(|c| matches!(c, '`' | '~')) else {
            continue;
        };
        let length = inside.chars().take_while(|c| *c == mark).count();
        let rest = &inside[length..];
        match open {
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => {
                open = Some((mark, length));
            }
            Some((kind, least)) if kind == mark && length >= least && rest.trim().is_empty() => {
                open = None;
            }
            _ => {}
        }
    }
    if let Some((mark, length)) = open {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n(mark, length));
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[path = "pr_text_tests.rs"]
mod tests;
