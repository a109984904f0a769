//! Strangers' words, made fit to be read by a model or a person: nothing hidden, not too long, and fenced.
//!
//! Every function makes one pass.

use std::fmt::Write;

/// Characters that take no room on a screen, or that reorder what does: zero-width and joiners,
/// bidirectional controls (Unicode TR 36 §2.5), variation selectors, fillers, tags, other controls.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
        || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Hidden characters as `⟨U+202E⟩`, HTML comments as `⟨hidden: …⟩`. What an emoji needs stays; a
/// carriage return before a line break goes.
#[must_use]
pub fn reveal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        reveal_characters(&rest[..start], &mut before, &mut out);
        let inner = &rest[start + 4..];
        // An unclosed comment hides everything after it, as on GitHub's page.
        let (inner, after) = inner
            .find("-->")
            .map_or((inner, ""), |end| (&inner[..end], &inner[end + 3..]));
        out.push_str("⟨hidden: ");
        before = None;
        // Nothing opens a second time where this is revealed again.
        reveal_characters(
            &inner.trim().replace("<!--", "<! --"),
            &mut before,
            &mut out,
        );
        out.push('⟩');
        before = None;
        rest = after;
    }
    reveal_characters(rest, &mut before, &mut out);
    out
}

fn reveal_characters(text: &str, before: &mut Option<char>, out: &mut String) {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let after_a_sign = before.is_some_and(|b| !b.is_ascii() && !is_hidden(b));
        match c {
            '\r' if characters.peek() == Some(&'\n') => {}
            // Text and emoji presentation, once; more of them carry bytes that nobody sees.
            '\u{FE0E}' | '\u{FE0F}' if after_a_sign => out.push(c),
            // An emoji of several parts has the joiner after a sign, or after its presentation.
            '\u{200D}' if after_a_sign || *before == Some('\u{FE0F}') => out.push(c),
            // A message in tag characters reads as the ASCII it stands for.
            '\u{E0020}'..='\u{E007E}' => {
                out.push('⟨');
                out.extend(char::from_u32(c as u32 - 0xE0000));
                out.push('⟩');
            }
            c if is_hidden(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "⟨U+{:04X}⟩", c as u32);
            }
            c => out.push(c),
        }
        *before = Some(c);
    }
}

/// At most `length` bytes, and a note of how many were left out.
#[must_use]
pub fn cut(text: &str, length: usize) -> String {
    if text.len() <= length {
        return text.to_owned();
    }
    let kept = &text[..text.floor_char_boundary(length)];
    format!("{kept}… [{} bytes left out]", text.len() - kept.len())
}

/// At most `length` bytes of the beginning and the end together: for output, whose end says the most.
#[must_use]
pub fn cut_middle(text: &str, length: usize) -> String {
    if text.len() <= length {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(length / 4)];
    let tail = &text[text.ceil_char_boundary(text.len() - (length - length / 4))..];
    let missing = text.len() - head.len() - tail.len();
    format!("{head}\n[{missing} bytes left out]\n{tail}")
}

/// Revealed, on one line, at most `length` bytes and a note.
#[must_use]
pub fn one_line(text: &str, length: usize) -> String {
    // What is cut away need not be revealed; revealing makes nothing shorter but comments' marks.
    let start = &text[..text.floor_char_boundary(length.saturating_mul(8))];
    let words: Vec<&str> = start.split_whitespace().collect();
    cut(&reveal(&words.join(" ")), length)
}

/// Bytes of unknown kind as text: what is no UTF-8 becomes `\u{FFFD}`, colours and other controls are
/// shown or dropped.
#[must_use]
pub fn output(bytes: &[u8]) -> String {
    reveal(&without_escapes(&String::from_utf8_lossy(bytes)))
}

/// Without terminal colours and cursor movements (ECMA-48 control sequences), which test programs write
/// and which say nothing.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\u{1B}' && characters.next_if_eq(&'[').is_some() {
            while characters
                .next_if(|c| ('\u{20}'..='\u{3F}').contains(c))
                .is_some()
            {}
            characters.next_if(|c| ('\u{40}'..='\u{7E}').contains(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Between two fences that nothing inside can be, with `label` behind the first.
#[must_use]
pub fn fenced(label: &str, text: &str) -> String {
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{label}\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_hidden_is_shown() {
        assert_eq!(
            reveal("a\u{202E}b<!-- do this -->c"),
            "a⟨U+202E⟩b⟨hidden: do this⟩c"
        );
        assert_eq!(reveal("x\u{E0041}\u{E0042}"), "x⟨A⟩⟨B⟩");
        assert_eq!(reveal("a<!-- never closed"), "a⟨hidden: never closed⟩");
        assert_eq!(reveal("<!-- a <!-- b -->"), "⟨hidden: a <! -- b⟩");
        assert_eq!(reveal("\u{1B}[2J\u{85}"), "⟨U+001B⟩[2J⟨U+0085⟩");
    }

    #[test]
    fn honest_signs_stay_and_bytes_in_selectors_do_not() {
        assert_eq!(reveal("❤\u{FE0F} 👩\u{200D}💻"), "❤\u{FE0F} 👩\u{200D}💻");
        assert_eq!(reveal("a\r\nb\tc"), "a\nb\tc");
        assert_eq!(
            reveal("😀\u{FE01}\u{FE0F}\u{FE0F}"),
            "😀⟨U+FE01⟩⟨U+FE0F⟩⟨U+FE0F⟩"
        );
        assert_eq!(reveal("pass\u{200D}word"), "pass⟨U+200D⟩word");
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(fenced("data", "x"), "```data\nx\n```");
        assert_eq!(
            fenced("data", "a\n````\nb\n"),
            "`````data\na\n````\nb\n`````"
        );
    }

    #[test]
    fn cuts_say_what_is_missing() {
        assert_eq!(cut("äöü", 3), "ä… [4 bytes left out]");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut_middle("0123456789", 4), "0\n[6 bytes left out]\n789");
        assert_eq!(one_line(" a\n b\u{200B} ", 20), "a b⟨U+200B⟩");
    }

    #[test]
    fn colours_are_dropped_and_odd_bytes_shown() {
        assert_eq!(
            output(b"\x1b[31mFAILED\x1b[0m \xff\x07"),
            "FAILED \u{FFFD}⟨U+0007⟩"
        );
    }

    #[test]
    fn a_megabyte_of_anything_is_one_pass() {
        for hostile in ["<!--", "`", "\u{202E}", "<!-- -->", "\u{1B}[", "\u{200D}"] {
            let text = hostile.repeat(1_000_000 / hostile.len());
            assert!(reveal(&text).len() + output(text.as_bytes()).len() >= 1);
            assert!(fenced("data", &text).len() > text.len());
        }
    }

    proptest! {
        #[test]
        fn nothing_stays_hidden(text in any::<String>()) {
            let shown = reveal(&text);
            let needed = ['\u{FE0E}', '\u{FE0F}', '\u{200D}'];
            prop_assert!(!shown.chars().any(|c| is_hidden(c) && !needed.contains(&c)));
            prop_assert!(!shown.contains("<!--"));
        }

        #[test]
        fn no_line_inside_closes_a_fence(text in "[`~a \n]{0,60}") {
            let whole = fenced("data", &text);
            let fence: String = whole.chars().take_while(|c| *c == '`').collect();
            let closing = whole.lines().skip(1).filter(|l| l.trim_start().starts_with(&fence)).count();
            prop_assert_eq!(closing, 1);
        }

        #[test]
        fn cuts_keep_within_their_length(text in any::<String>(), length in 0_usize..50) {
            prop_assert!(cut(&text, length).len() <= length + 40);
            prop_assert!(cut_middle(&text, length).len() <= length + 40);
        }
    }
}
