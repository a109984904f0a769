//! C5: scripts that ended with a failure and now end well, whatever happened.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::patterns::is_comment;
use crate::rules::RuleId;
use crate::shown;

/// An end that may say that something failed: group 1 what it says.
static END: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s;&|{(])(?:(?:sys|process|os)\.)?_?[eE]xit[\s(]+["']?([$\w][^\s;)}"']*)"#)
        .ok()
});

/// What makes a shell stop at the first failure.
static STRICT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*set\s+(?:-[a-zA-Z]*e[a-zA-Z]*\b|-\w*o?\s*(?:errexit|pipefail)\b|-e\w*o\s+pipefail)|^#!.*\bsh\s+-\w*e").ok()
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    let Some(added) = &changed.added else { return };
    if changed.is_gone() || added.removed.is_empty() || !is_script(changed) {
        return;
    }
    let marks = kind::comment_marks(&changed.folded);
    let end = |line: &str| -> Option<bool> {
        if is_comment(line, marks) || (marks.is_empty() && line.trim_start().starts_with('#')) {
            return None;
        }
        let said = END.as_ref()?.captures(line)?.get(1)?;
        Some(said.as_str() != "0")
    };
    let failing = added.removed.iter().filter(|line| end(line) == Some(true));
    let kept = added
        .lines()
        .filter(|(_, line)| end(line) == Some(true))
        .count();
    let well = added.lines().find(|(_, line)| end(line) == Some(false));
    let mut lost = failing.skip(kept);
    if let (Some(gone), Some((number, _))) = (lost.next(), well) {
        out.line(
            RuleId::C5,
            Severity::Hold,
            changed.path,
            number,
            format!(
                "it ends well where it ended with a failure; gone: {}",
                shown::text(gone, 100)
            ),
        );
    }
    let strict = |line: &str| STRICT.as_ref().is_some_and(|form| form.is_match(line));
    let now = changed
        .new_text()
        .is_some_and(|text| text.lines().any(strict));
    if let Some(gone) = added
        .removed
        .iter()
        .find(|line| strict(line))
        .filter(|_| !now)
    {
        out.at(
            RuleId::C5,
            Severity::Hold,
            changed.path,
            format!(
                "it goes on after a failure; gone: {}",
                shown::text(gone, 100)
            ),
        );
    }
}

fn is_script(changed: &Changed<'_>) -> bool {
    matches!(changed.kind, Kind::Source | Kind::Test)
        && (kind::is_code(&changed.folded)
            || kind::extension(&changed.folded).is_empty()
            || matches!(kind::extension(&changed.folded), "bats" | "mk"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    fn worst(path: &str, old: &str, new: &str) -> Option<Severity> {
        worst_in_change(RuleId::C5, path, old, new)
    }

    #[test]
    fn patterns_compile() {
        assert!(END.is_some() && STRICT.is_some());
    }

    #[test]
    fn c5_a_script_that_no_longer_fails_is_held() {
        for (path, old, new) in [
            (
                "tests/run.sh",
                "run || fail=1\nexit $fail\n",
                "run || fail=1\nexit 0\n",
            ),
            (
                "tests/run",
                "run || fail=1\nexit \"$fail\"\n",
                "run || fail=1\nexit 0\n",
            ),
            ("check.sh", "set -e\nrun\n", "run\n"),
            (
                "check.sh",
                "set -euo pipefail\nrun\n",
                "# set -euo pipefail\nrun\n",
            ),
            ("check.sh", "#!/bin/sh -e\nrun\n", "#!/bin/sh\nrun\n"),
            ("check.sh", "run\n", "run || exit 0\n"),
            (
                "run_tests.py",
                "sys.exit(main())\n",
                "main()\nsys.exit(0)\n",
            ),
            ("run-tests.js", "process.exit(code)\n", "process.exit(0)\n"),
        ] {
            assert_eq!(worst(path, old, new), Some(Severity::Hold), "{path}: {new}");
        }
    }

    #[test]
    fn c5_a_script_that_still_fails_passes() {
        for (path, old, new) in [
            ("run.sh", "exit $fail\n", "exit \"$fail\"\n"),
            ("run.sh", "set -e\nrun\n", "set -eu\nrun\n"),
            ("run.sh", "usage\nexit 1\n", "usage\nexit 2\n"),
            ("run.sh", "exit 1\n", "[ \"$1\" = -h ] && exit 0\nexit 1\n"),
            ("run.py", "sys.exit(1)\n", "raise SystemExit(main())\n"),
        ] {
            assert_eq!(worst(path, old, new), None, "{path}: {new}");
        }
    }
}
