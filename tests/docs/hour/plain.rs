//! What a terminal showed, as it stands on the page: what is another each time (hours, keys, codes, sizes) is replaced,
//! at the same width where it stands in a column, and what would fill the page is named instead.

use regex::Regex;

/// A pattern, and what stands for it.
const OTHERS: [(&str, &str); 11] = [
    // The addresses of the pages: keys and states, and nothing to learn from.
    (
        r"(http://127\.0\.0\.1:\d+/[a-z/-]+\?)(\S{60,}|ticket=\S+)",
        "${1}…",
    ),
    // Thumbprints of keys.
    (
        r"\b[A-Za-z0-9_-]{43}\b",
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    ),
    // Codes for the bot and for the device.
    (r"\b[A-Z]{4}-[A-Z]{4}\b", "KXQT-WMBR"),
    (r"\b\d{4}-\d\d-\d\d\b", "2026-11-30"),
    (r"\b\d\d:\d\d:\d\d UTC", "19:30:00 UTC"),
    (r"\b\d[\d.,]* ([kKMG]i?B)\b", "12 $1"),
    (r"\b\d+ files and", "6789 files and"),
    (r"\b([GU]ID) \d+", "$1 990"),
    (r"\b\d+ ms\b", "12 ms"),
    (r"\b\d+ (s|seconds?)\b", "2 $1"),
    (r"requests in \d+m?s\.", "requests in 1s."),
];

/// Columns of what the doctor says before each finding, and of the whole line.
const HEAD: usize = 36;
const WIDTH: usize = 80;

/// Findings on one line each: where they are broken depends on what is replaced.
fn joined(text: &str) -> String {
    text.replace(&format!("\n{}", " ".repeat(HEAD)), " ")
}

/// A finding, broken as the doctor breaks it; another line as it is.
fn broken(line: &str) -> String {
    let is_finding = ["ok      ", "not applicable "]
        .iter()
        .any(|verdict| line.starts_with(verdict));
    let Some((head, found)) = line.split_at_checked(HEAD).filter(|_| is_finding) else {
        return line.to_owned();
    };
    let (mut out, mut used) = (head.to_owned(), HEAD);
    for word in found.split(' ') {
        let width = word.chars().count();
        if used > HEAD && used + 1 + width > WIDTH {
            out += &format!("\n{}", " ".repeat(HEAD));
            used = HEAD;
        } else if used > HEAD {
            out.push(' ');
            used += 1;
        }
        out += word;
        used += width;
    }
    out
}

/// Both halves, the whole and the empty block of a picture that phones read.
fn is_of_a_picture(line: &str) -> bool {
    line.chars().count() > 20 && line.chars().all(|c| matches!(c, '█' | '▀' | '▄' | ' '))
}

/// The text as it stands on the page.
pub(crate) fn plain(text: &str, addresses: &[(String, String)]) -> String {
    let mut text = joined(text);
    for (own, shown) in addresses {
        text = text.replace(own, shown);
    }
    for (pattern, instead) in OTHERS {
        let pattern = Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, instead).into_owned();
    }
    let mut out = String::new();
    let mut in_picture = false;
    for line in text.lines() {
        let picture = is_of_a_picture(line.trim_end());
        if picture && !in_picture {
            out.push_str("    [the same address as a picture, for a phone]\n");
        }
        if !picture {
            out += &broken(line.trim_end());
            out.push('\n');
        }
        in_picture = picture;
    }
    format!("```text\n{}\n```\n", out.trim_end())
}
