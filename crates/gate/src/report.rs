//! The verdict for people: plain text, 80 columns, nothing hidden in it.

use crate::changes::ChangeKind;
use crate::finding::{Finding, Outcome};
use crate::judge::Verdict;
use crate::shown;

/// Columns of the report.
const WIDTH: usize = 80;
/// Changed paths that are listed.
const PATHS: usize = 40;

/// The verdict as text: the outcome, each finding with its remedy, and what was changed.
#[must_use]
pub fn plain(verdict: &Verdict) -> String {
    let mut out = String::new();
    let title = match verdict.outcome() {
        Outcome::Pass => "The patch passes the gate.",
        Outcome::Hold => "The gate holds the patch: it needs the owner's yes.",
        Outcome::Block if verdict.changes().is_empty() => "Nothing was changed.",
        Outcome::Block => "The gate blocks the patch.",
    };
    wrap(title, 0, &mut out);
    wrap(&verdict.summary(), 0, &mut out);
    wrap(&format!("patch {}", verdict.patch_sha256()), 0, &mut out);
    wrap(
        &format!("base {}", shown::text(verdict.base_commit(), 64)),
        0,
        &mut out,
    );
    out.push_str(&findings(verdict.findings()));
    if !verdict.changes().is_empty() {
        out.push('\n');
        for change in verdict.changes().iter().take(PATHS) {
            let mark = match change.kind {
                ChangeKind::Added => 'A',
                ChangeKind::Modified => 'M',
                ChangeKind::Deleted => 'D',
                ChangeKind::Mode => 'm',
            };
            wrap(
                &format!("{mark} {}", shown::path(&change.path)),
                2,
                &mut out,
            );
        }
        if let Some(more @ 1..) = verdict.changes().len().checked_sub(PATHS) {
            wrap(&format!("… and {more} more"), 0, &mut out);
        }
    }
    out
}

/// A list of findings as text, each with its remedy.
#[must_use]
pub fn findings(list: &[Finding]) -> String {
    let mut out = String::new();
    for finding in list {
        let place = match (&finding.path, finding.line) {
            (Some(path), Some(line)) => format!(" {path}:{line}"),
            (Some(path), None) => format!(" {path}"),
            (None, _) => String::new(),
        };
        out.push('\n');
        wrap(
            &format!(
                "{} {} {}{place}",
                finding.severity.word().to_uppercase(),
                finding.rule,
                finding.rule.rule().title
            ),
            0,
            &mut out,
        );
        // Untrusted words: shown harmless once more, so that no caller can forget.
        wrap(&shown::text(&finding.message, 600), 2, &mut out);
        wrap(&format!("→ {}", finding.remedy), 2, &mut out);
    }
    out
}

/// Breaks lines between words, and inside words that are longer than a line.
fn wrap(text: &str, indent: usize, out: &mut String) {
    let width = WIDTH - indent;
    let mut line = String::new();
    let mut length = 0;
    let mut flush = |line: &mut String, length: &mut usize| {
        out.push_str(&" ".repeat(indent));
        out.push_str(line);
        out.push('\n');
        line.clear();
        *length = 0;
    };
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + columns(&letters) > width {
            flush(&mut line, &mut length);
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for letter in letters {
            if length + columns(&[letter]) > width {
                flush(&mut line, &mut length);
            }
            line.push(letter);
            length += columns(&[letter]);
        }
    }
    if length > 0 {
        flush(&mut line, &mut length);
    }
}

/// Columns, counting everything beyond Latin, Greek and Cyrillic as two: never too few.
fn columns(letters: &[char]) -> usize {
    letters
        .iter()
        .map(|c| {
            let narrow = (*c as u32) < 0x1100 || matches!(c, '\u{2000}'..='\u{27FF}');
            if narrow { 1 } else { 2 }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, tree};
    use crate::plan::Plan;

    #[test]
    fn a_report_fits_and_hides_nothing() {
        let base = tree([("a", file("x\n"))]);
        let long = format!("src/{}/x.py", "deep\u{202e}".repeat(30));
        let candidate = tree([
            ("a", file("x\n")),
            (&long, file("y = 1\n")),
            (
                "src/b.py",
                file("eval('日本語日本語日本語日本語日本語日本語日本語日本語' + '\u{1b}[2J')\n"),
            ),
        ]);
        let text = plain(&judged(&base, &candidate, &Plan::default()));
        assert!(text.starts_with("The gate blocks the patch.\n"), "{text}");
        for line in text.lines() {
            assert!(
                columns(&line.chars().collect::<Vec<_>>()) <= WIDTH,
                "{line}"
            );
            assert!(!line.contains(['\u{202e}', '\u{1b}']), "{line}");
        }
        assert!(text.contains("BLOCK S1") && text.contains("→ "));
    }

    #[test]
    fn a_short_report_reads_like_this() {
        let base = tree([("src/a.py", file("x = 1\n"))]);
        let candidate = tree([("src/a.py", file("x = eval(y)\n"))]);
        insta::assert_snapshot!(plain(&judged(&base, &candidate, &Plan::default())), @r"
        The gate holds the patch: it needs the owner's yes.
        hold: 1 path changed, 0 block, 1 hold, 0 note
        patch ff9edf7c654fdfe739b82ba0314b9ad423e5abbc05303f28a19cbf21472a114f
        base 0123456789012345678901234567890123456789

        HOLD C4 dangerous code src/a.py:1
          text run as code: x = eval(y)
          → Read it; approve it only if the fix cannot do without.

          M src/a.py
        ");
    }
}
