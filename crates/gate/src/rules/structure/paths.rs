//! S1: paths that leave the tree, hide, or cannot be checked out everywhere.

use unicode_normalization::is_nfc;

use crate::case::Case;
use crate::changes::ChangeKind;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::unicode;

/// Bytes of one part, as most file systems have it.
const PART: usize = 255;
/// Bytes of a path, as Linux has it (PATH_MAX).
const WHOLE: usize = 4096;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        // A path that the repository has already is the repository's own affair, unless it escapes.
        let known = changed.change != ChangeKind::Added;
        if let Some(fault) = fault(changed.path, known) {
            out.at(RuleId::S1, Severity::Block, changed.path, fault);
        }
    }
}

fn fault(path: &[u8], known: bool) -> Option<String> {
    let Ok(text) = std::str::from_utf8(path) else {
        return Some("the path is not UTF-8".to_owned());
    };
    if path.is_empty() {
        return Some("the path is empty".to_owned());
    }
    if path.starts_with(b"/") {
        return Some("the path is absolute".to_owned());
    }
    if let Some(part) = text
        .split('/')
        .find(|part| matches!(*part, "" | "." | ".."))
    {
        return Some(format!("a part of the path is `{part}`"));
    }
    if path.len() > WHOLE {
        return Some(format!("the path is longer than {WHOLE} bytes"));
    }
    if text.contains('\\') {
        return Some("a backslash is a folder's end on Windows".to_owned());
    }
    if let Some(c) = text
        .chars()
        .find(|c| c.is_control() || unicode::is_hidden(*c))
    {
        return Some(format!("U+{:04X} in the path does not show", c as u32));
    }
    if known {
        return None;
    }
    if !is_nfc(text) {
        return Some("the path is not in Unicode's composed form (NFC)".to_owned());
    }
    text.split('/').find_map(part_fault)
}

fn part_fault(part: &str) -> Option<String> {
    if part.len() > PART {
        return Some(format!("a part of the path is longer than {PART} bytes"));
    }
    if part.ends_with(['.', ' ']) || part.starts_with(' ') {
        return Some(format!("`{part}` begins or ends with what Windows drops"));
    }
    if let Some(c) = part
        .chars()
        .find(|c| matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*'))
    {
        return Some(format!("`{c}` in a name is reserved on Windows"));
    }
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    is_device(stem).then(|| format!("`{stem}` is a device on Windows"))
}

/// Microsoft's list (Naming Files, Paths, and Namespaces), with the superscript digits.
fn is_device(stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    if matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) {
        return true;
    }
    let Some(number) = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
    else {
        return false;
    };
    matches!(
        number,
        "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s1_bad_paths_are_named() {
        for path in [
            &b"a\xff"[..],
            b"",
            b"/etc/passwd",
            b"a//b",
            b"a/./b",
            b"../a",
            b"a\\b",
            b"a\nb",
            b"a\0",
            "a\u{202e}b".as_bytes(),
            b"a./b",
            b"a /b",
            b"src/aux.c",
            b"LPT1",
            b"a:b",
            "cafe\u{301}".as_bytes(),
            &[b'a'; 256],
            &[b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/".as_slice(); 110].concat(),
        ] {
            assert!(fault(path, false).is_some(), "{path:?}");
        }
    }

    #[test]
    fn s1_unusual_but_honest_paths_pass() {
        for path in [
            "app/[slug]/(group)/@modal/$id+page.tsx",
            "docs/café/日本語.md",
            ".hidden/a..b",
            "src/auxiliary.c",
            "com10/console.rs",
            "my file.txt",
        ] {
            assert_eq!(fault(path.as_bytes(), false), None, "{path}");
        }
        assert_eq!(fault(b"src/aux.c", true), None, "the repository's own");
        assert!(fault(b"../aux.c", true).is_some());
    }
}
