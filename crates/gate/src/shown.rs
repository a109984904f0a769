//! Untrusted bytes as people may see them: nothing hides, nothing moves the cursor.

use std::fmt::Write as _;

use crate::unicode;

/// A path: what is not text, and what hides, is written out.
pub(crate) fn path(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text_into(chunk.valid(), &mut out);
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "⟨0x{byte:02X}⟩");
        }
    }
    out
}

/// Text on one line, of at most `length` characters.
pub(crate) fn text(text: &str, length: usize) -> String {
    let mut out = String::new();
    let mut rest = text.trim().chars();
    for c in rest.by_ref().take(length) {
        show(c, &mut out);
    }
    if rest.next().is_some() {
        out.push('…');
    }
    out
}

fn text_into(text: &str, out: &mut String) {
    for c in text.chars() {
        show(c, out);
    }
}

fn show(c: char, out: &mut String) {
    match c {
        '\t' => out.push(' '),
        '\u{E0020}'..='\u{E007E}' => {
            out.push('⟨');
            out.extend(char::from_u32(c as u32 - 0xE0000));
            out.push('⟩');
        }
        c if c.is_control() || unicode::is_hidden(c) => {
            let _ = write!(out, "⟨U+{:04X}⟩", c as u32);
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(path(b"a\xffb\n\xe2\x80\xaec"), "a⟨0xFF⟩b⟨U+000A⟩⟨U+202E⟩c");
        assert_eq!(text("a\x1b[2J\u{e0041}b", 80), "a⟨U+001B⟩[2J⟨A⟩b");
        assert_eq!(text("  abcdef ", 3), "abc…");
    }
}
