//! C2: characters that do not show, and names that look like others.

use std::borrow::Cow;
use std::collections::HashSet;

use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

use crate::added::Added;
use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::rules::RuleId;
use crate::shown;
use crate::unicode;

/// England, Scotland and Wales are written with tag characters; nothing else needs them.
const FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, added) in case.texts() {
        characters(changed, added, out);
        if changed.kind != Kind::Docs && changed.kind != Kind::Data && !added.text.is_ascii() {
            identifiers(changed, added, out);
        }
    }
}

fn characters(changed: &Changed<'_>, added: &Added<'_>, out: &mut Findings) {
    // Most files are plain: one look at the bytes tells.
    let plain = |byte: u8| matches!(byte, b'\t' | b'\n' | 0x20..=0x7e);
    if added.text.bytes().all(plain) {
        return;
    }
    for (number, line) in added.lines() {
        if line.bytes().all(plain) {
            continue;
        }
        let mut before = '\0';
        let seen = FLAGS.iter().fold(Cow::Borrowed(line), |line, flag| {
            if line.contains(flag) {
                Cow::Owned(line.replace(flag, ""))
            } else {
                line
            }
        });
        let mut rest = seen.chars().peekable();
        while let Some(c) = rest.next() {
            let after = rest.peek().copied().unwrap_or('\0');
            let first = number == 1 && before == '\0';
            if !is_allowed(c, before, after, first) {
                out.line(
                    RuleId::C2,
                    Severity::Block,
                    changed.path,
                    number,
                    format!(
                        "U+{:04X} does not show: {}",
                        c as u32,
                        shown::text(line, 80)
                    ),
                );
                break;
            }
            before = c;
        }
    }
}

fn is_allowed(c: char, before: char, after: char, first: bool) -> bool {
    match c {
        '\t' => true,
        '\u{FEFF}' => first,
        // A page break alone on its line is the custom of old C and Lisp.
        '\u{0C}' => before == '\0' && after == '\0',
        '\u{FE0E}' | '\u{FE0F}' => unicode::is_pictograph(before),
        '\u{200D}' => {
            let emoji = |c| unicode::is_pictograph(c) || matches!(c, '\u{FE0F}');
            (emoji(before) && unicode::is_pictograph(after))
                || (unicode::joins(before) && unicode::joins(after))
        }
        '\u{200C}' => unicode::joins(before) && unicode::joins(after),
        c => !c.is_control() && !unicode::is_hidden(c),
    }
}

/// Names that mix scripts with look-alikes of Latin letters, and names that look like another name of
/// the same file.
fn identifiers(changed: &Changed<'_>, added: &Added<'_>, out: &mut Findings) {
    let whole = changed.new_text().unwrap_or_default();
    let marks = kind::comment_marks(&changed.folded);
    let mut known: Option<HashSet<&str>> = None;
    for (number, line) in added.lines() {
        if line.is_ascii() || crate::patterns::is_comment(line, marks) {
            continue;
        }
        for name in words(line).filter(|name| !name.is_ascii()) {
            let looks = skeleton(name).collect::<String>();
            let latin = name.chars().any(|c| c.is_ascii_alphabetic());
            let mixed = latin && looks.is_ascii() && !name.is_single_script();
            let twin = looks.is_ascii()
                && known
                    .get_or_insert_with(|| words(whole).filter(|word| word.is_ascii()).collect())
                    .contains(looks.as_str());
            if mixed || twin {
                out.line(
                    RuleId::C2,
                    Severity::Hold,
                    changed.path,
                    number,
                    format!(
                        "`{}` looks like `{}` and is not",
                        shown::text(name, 40),
                        shown::text(&looks, 40)
                    ),
                );
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{worst_in_change, worst_in_new};

    #[test]
    fn c2_hidden_characters_are_blocked() {
        for hidden in [
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            "\u{e0041}",
            "\u{fe00}",
            "\u{e0101}",
            "\u{3164}",
            "\u{00ad}",
            "\u{2028}",
            "\u{1b}",
            "\u{85}",
            "\u{8}",
            "\u{115f}",
        ] {
            let text = format!("x = 1\ny = 'a{hidden}b'\n");
            assert_eq!(
                worst_in_new(RuleId::C2, "a.py", &text),
                Some(Severity::Block),
                "{hidden:?}"
            );
        }
        assert_eq!(
            worst_in_new(RuleId::C2, "a.py", "x = 1 # a\ry = 2\n"),
            Some(Severity::Block),
            "a bare carriage return overwrites the line on a terminal"
        );
    }

    #[test]
    fn c2_ordinary_writing_passes() {
        for text in [
            "\u{feff}x = 1\r\n\ty = 'café – 日本語 – Привет'\n",
            "e = '👩\u{200d}💻 ❤\u{fe0f} 🏳\u{fe0f}\u{200d}🌈'\n",
            "f = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'\n",
            "h = 'क्\u{200d}ष می\u{200c}خواهم'\n",
            "\u{0c}\nx\n",
            "Δt = μs\n",
        ] {
            assert_eq!(worst_in_new(RuleId::C2, "a.py", text), None, "{text:?}");
        }
        assert_eq!(
            worst_in_change(RuleId::C2, "a.py", "a\u{200b}\nb\n", "a\u{200b}\nc\n"),
            None,
            "what was there before is not ours"
        );
    }

    #[test]
    fn c2_look_alikes_are_held() {
        for text in [
            "def p\u{0430}ypal(): pass\n",
            "scope = 1\n\u{0455}\u{0441}\u{043e}\u{0440}\u{0435} = 2\n",
        ] {
            assert_eq!(
                worst_in_new(RuleId::C2, "a.py", text),
                Some(Severity::Hold),
                "{text}"
            );
        }
        assert_eq!(worst_in_new(RuleId::C2, "a.py", "имя = 'сор'\n"), None);
    }
}
