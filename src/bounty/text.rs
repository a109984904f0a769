//! Untrusted text: normalised for matching, stripped for parsing, revealed for people.
//!
//! Every function makes one pass, so a megabyte costs a megabyte.

use std::borrow::Cow;
use std::fmt::Display;

use unicode_normalization::UnicodeNormalization;

use super::patterns::Pattern;

/// Hidden parts shown at most, and characters of each.
const PARTS: usize = 20;
const PART_LENGTH: usize = 300;

/// Characters that take no room on a screen, or that reorder what does: zero-width and joiners,
/// bidirectional controls (Unicode TR 36 §2.5), variation selectors, fillers, tags.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
        || (c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// A hidden character that no honest emoji or accent needs: worth showing to people.
const fn is_suspicious(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{200D}' | '\u{FEFF}')
}

/// A bidirectional control: what is seen is not what is written.
#[must_use]
pub const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// For matching: NFC, without hidden characters.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_hidden(*c)).nfc().collect())
}

/// For people: hidden characters as `⟨U+202E⟩`, HTML comments as `⟨hidden: …⟩`.
#[must_use]
pub fn reveal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        reveal_characters(&rest[..start], &mut out);
        let (inner, after) = comment_at(rest, start);
        out.push_str("⟨hidden: ");
        reveal_characters(inner.trim(), &mut out);
        out.push('⟩');
        rest = after;
    }
    reveal_characters(rest, &mut out);
    out
}

/// For people who look at code or a path: whatever does not show, or moves a cursor, as `⟨U+202E⟩`; line
/// breaks and tabs stay. Comments stay too, they are seen there.
#[must_use]
pub fn reveal_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let breaks = matches!(c, '\u{2028}' | '\u{2029}');
        let acts = is_hidden(c) || breaks || c.is_control() && !matches!(c, '\n' | '\t');
        if acts {
            out.push_str(&format!("⟨U+{:04X}⟩", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

fn reveal_characters(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            // A message in tag characters reads as the ASCII it stands for.
            '\u{E0020}'..='\u{E007E}' => {
                out.push('⟨');
                out.extend(char::from_u32(c as u32 - 0xE0000));
                out.push('⟩');
            }
            c if is_suspicious(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
    }
}

/// The inside of the comment that opens at `start`, and what follows it. An unclosed comment
/// hides everything after it, as on GitHub's page.
fn comment_at(text: &str, start: usize) -> (&str, &str) {
    let inner = &text[start + 4..];
    inner
        .find("-->")
        .map_or((inner, ""), |end| (&inner[..end], &inner[end + 3..]))
}

/// What a reader of the page does not see: HTML comments, and lines with hidden characters.
#[must_use]
pub fn hidden_parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        let (inner, after) = comment_at(rest, start);
        let words = inner.trim();
        if !words.is_empty() && parts.len() < PARTS {
            parts.push(cut(&reveal(words), PART_LENGTH));
        }
        rest = after;
    }
    for line in text.lines() {
        if parts.len() >= PARTS {
            break;
        }
        if line.chars().any(is_suspicious) {
            parts.push(cut(&reveal(line), PART_LENGTH));
        }
    }
    parts
}

/// At most `length` characters, with `…` when something was left out.
#[must_use]
pub fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

// Inline code, struck-through text, URLs, HTML tags: none of them is a promise in prose.
static INLINE: Pattern = Pattern::new(
    r"`+[^`\n]*`+|~~[^~\n]*~~|(?i:<(?:del|s|strike)>[^<]*</(?:del|s|strike)>)|(?:https?://|www\.)[^\s)>\]]*|</?[A-Za-z][^>\n]{0,300}>",
);

/// For parsing: normalised, without code, quotes, HTML comments, struck-through text, URLs and
/// tags. Line breaks stay.
#[must_use]
pub fn prose(text: &str) -> String {
    let text = plain(text);
    let mut visible = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(start) = rest.find("<!--") {
        visible.push_str(&rest[..start]);
        rest = comment_at(rest, start).1;
    }
    visible.push_str(rest);
    let inline = INLINE.compiled();
    let mut out = String::with_capacity(visible.len());
    let mut fence: Option<&str> = None;
    for line in visible.lines() {
        let trimmed = line.trim_start();
        if let Some(open) = fence {
            if trimmed.starts_with(open) {
                fence = None;
            }
            continue;
        }
        if trimmed.starts_with("```") {
            fence = Some("```");
        } else if trimmed.starts_with("~~~") {
            fence = Some("~~~");
        } else if !trimmed.starts_with('>') && !line.starts_with("    ") && !line.starts_with('\t')
        {
            out.push_str(&inline.replace_all(line, " "));
            out.push('\n');
        }
    }
    out
}

/// One of a thing, or several.
#[must_use]
pub fn count<N: Display + PartialEq + From<u8>>(n: N, one: &str, several: &str) -> String {
    if n == N::from(1) {
        format!("1 {one}")
    } else {
        format!("{n} {several}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_shown_as_it_is_written_and_nothing_in_it_acts() {
        let code = "a\tb <!-- c -->\n日本 é";
        assert_eq!(reveal_code(code), code);
        assert_eq!(
            reveal_code("\r\u{9b}1m\u{202e}x\u{200d}\u{feff}\u{2028}\u{e0041}"),
            "⟨U+000D⟩⟨U+009B⟩1m⟨U+202E⟩x⟨U+200D⟩⟨U+FEFF⟩⟨U+2028⟩⟨U+E0041⟩"
        );
    }
    use proptest::prelude::*;

    #[test]
    fn one_is_not_several() {
        assert_eq!(count(0_u32, "day", "days"), "0 days");
        assert_eq!(count(1_usize, "day", "days"), "1 day");
        assert_eq!(count(-1_i64, "day", "days"), "-1 days");
        assert_eq!(count(2_u64, "other tries", "others try"), "2 others try");
    }

    #[test]
    fn labels_compare_after_normalisation() {
        assert_eq!(plain("💰\u{FE0F} Re\u{200B}ward"), "💰 Reward");
        assert_eq!(plain("cafe\u{301}"), "café");
        assert!(matches!(plain("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_hidden_is_shown_to_people() {
        assert_eq!(
            reveal("a\u{202E}b<!-- do this -->c"),
            "a⟨U+202E⟩b⟨hidden: do this⟩c"
        );
        assert_eq!(reveal("x\u{E0041}\u{E0042}"), "x⟨A⟩⟨B⟩");
        assert_eq!(reveal("a<!-- never closed"), "a⟨hidden: never closed⟩");
        assert_eq!(
            hidden_parts("ok\n<!-- one -->\nz\u{200B}w"),
            ["one", "z⟨U+200B⟩w"]
        );
        assert!(hidden_parts("❤\u{FE0F} fine").is_empty());
    }

    #[test]
    fn prose_drops_what_promises_nothing() {
        let text = "A $1 b\n```sh\n$2\n```\n> $3\n    $4\n`$5` ~~$6~~ https://x.y/$7 <b title=\"$8\">c</b><!-- $9 -->";
        let left = prose(text);
        assert!(left.contains("$1") && left.contains('c'));
        for n in 2..=9 {
            assert!(!left.contains(&format!("${n}")), "{n}: {left}");
        }
    }

    #[test]
    fn a_megabyte_of_openers_is_one_pass() {
        for hostile in ["<!--", "`", "~~", "```\n", "<a ", "\u{202E}", "<!-- -->"] {
            let text = hostile.repeat(1_000_000 / hostile.len());
            let _ = (
                prose(&text).len(),
                hidden_parts(&text).len(),
                reveal(&text).len(),
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_stays_hidden(text in any::<String>()) {
            prop_assert!(!plain(&text).chars().any(is_hidden));
            prop_assert!(!reveal(&text).chars().any(is_suspicious));
            prop_assert!(hidden_parts(&text).len() <= PARTS);
            prop_assert!(!prose(&text).contains("<!--"));
        }
    }
}
