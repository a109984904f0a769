//! C3: code that lies outside of the reviewer's window.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::rules::RuleId;

/// Blanks before code, at most.
const BLANKS: usize = 120;
/// Bytes of a line, at most.
const LINE: usize = 2000;

/// More than 512 characters of base64 or hexadecimal.
static RUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)[A-Za-z0-9+/_=-]{513}").ok());

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, added) in case.texts() {
        if changed.kind == Kind::Lock {
            continue;
        }
        let severity = if kind::is_code(&changed.folded) || changed.kind == Kind::Source {
            Severity::Block
        } else {
            Severity::Hold
        };
        for (number, line) in added.lines() {
            if line.len() <= BLANKS {
                continue;
            }
            let fault = if has_gap(line) {
                "text behind more than 120 blanks"
            } else if RUN
                .as_ref()
                .is_some_and(|run| run.is_match(line.as_bytes()))
            {
                "an encoded run of more than 512 characters"
            } else if line.len() > LINE {
                "a line of more than 2,000 bytes"
            } else {
                continue;
            };
            out.line(RuleId::C3, severity, changed.path, number, fault);
        }
    }
}

fn has_gap(line: &str) -> bool {
    let mut blanks = 0;
    for byte in line.bytes() {
        match byte {
            b' ' => blanks += 1,
            b'\t' => blanks += 8,
            _ if blanks > BLANKS => return true,
            _ => blanks = 0,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn patterns_compile() {
        assert!(RUN.is_some());
    }

    #[test]
    fn c3_hidden_by_length_is_blocked_in_code_and_held_in_data() {
        let gap = format!("x = 1;{}evil()\n", " ".repeat(121));
        let long = format!("x = [{}]\n", "1, ".repeat(700));
        let run = format!("x = '{}'\n", "Ab1+".repeat(130));
        for text in [gap, long, run] {
            assert_eq!(
                worst_in_new(RuleId::C3, "a.js", &text),
                Some(Severity::Block)
            );
            assert_eq!(
                worst_in_new(RuleId::C3, "a.json", &text),
                Some(Severity::Hold)
            );
        }
    }

    #[test]
    fn c3_long_but_readable_lines_pass() {
        let wide = format!("{}x = 1  {}\n", " ".repeat(100), " ".repeat(200));
        let prose = format!("// {}\n", "word ".repeat(300));
        for text in [wide, prose] {
            assert_eq!(worst_in_new(RuleId::C3, "a.js", &text), None);
        }
    }
}
