//! What strangers wrote, on a terminal: nothing in it may move the cursor, change a colour, reorder
//! what stands beside it, or hide.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Whether a character acts on the terminal or the reader instead of being seen: controls of both
/// blocks (ECMA-48 §5.2, §5.3), bidirectional controls, and whatever takes no room without being
/// part of an ordinary letter or emoji.
fn acts(c: char) -> bool {
    if matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}') || is_combining(c) {
        return false;
    }
    c.is_control() || c.width().unwrap_or(0) == 0
}

/// Accents, which take no room of their own.
fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn show(c: char, out: &mut String) {
    if acts(c) {
        // Writing to a String cannot fail.
        let _ = write!(out, "⟨U+{:04X}⟩", c as u32);
    } else {
        out.push(c);
    }
}

/// On one line: line breaks and tabs become spaces, what acts is shown by its number.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c => show(c, &mut out),
        }
    }
    out
}

/// On several lines: line breaks stay.
pub(super) fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            c => show(c, &mut out),
        }
    }
    out
}

/// JSON text with the same characters escaped (RFC 8259 §7): it means the same to a program and
/// does nothing to a terminal.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Outside of strings JSON has no such character but its own white space.
        if acts(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: &str =
        "a\x1b[2J\x1b]0;x\x07\u{9b}31m\u{202e}txt.exe\u{200b}\r\nb\u{e0041}\u{7f}";

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(
            line(HOSTILE),
            "a⟨U+001B⟩[2J⟨U+001B⟩]0;x⟨U+0007⟩⟨U+009B⟩31m⟨U+202E⟩txt.exe⟨U+200B⟩  b⟨U+E0041⟩⟨U+007F⟩"
        );
        assert!(block(HOSTILE).contains("⟨U+000D⟩\nb"));
    }

    #[test]
    fn ordinary_writing_stays() {
        for text in [
            "Crash – 50 €",
            "日本語",
            "cafe\u{301}",
            "👩\u{200d}💻 ❤\u{fe0f}",
            "हिन्दी",
        ] {
            assert_eq!(line(text), text);
        }
    }

    proptest! {
        #[test]
        fn escaped_json_means_the_same(text in any::<String>()) {
            let value = serde_json::json!({ "title": format!("{text}{HOSTILE}") });
            let shown = json(&value.to_string());
            prop_assert!(!shown.chars().any(acts));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("json"), value);
        }
    }
}
