//! X2: lines of `.gitattributes`.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::rules::RuleId;
use crate::shown;

/// Attributes that make git run a program or change bytes.
const RUNS: [&str; 7] = [
    "filter",
    "diff",
    "merge",
    "textconv",
    "working-tree-encoding",
    "export-subst",
    "ident",
];

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        if kind::name(&changed.folded) != ".gitattributes" {
            continue;
        }
        out.at(
            RuleId::X2,
            Severity::Hold,
            changed.path,
            "it changes how git treats files",
        );
        let Some(added) = &changed.added else {
            continue;
        };
        for (number, line) in added.lines() {
            if runs(line) {
                out.line(
                    RuleId::X2,
                    Severity::Block,
                    changed.path,
                    number,
                    format!("git runs something for it: {}", shown::text(line, 100)),
                );
            }
        }
    }
}

fn runs(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with('#') {
        return false;
    }
    line.split_ascii_whitespace().skip(1).any(|attribute| {
        // `-diff` and `!diff` take a driver away.
        let name = attribute.split('=').next().unwrap_or_default();
        RUNS.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn x2_attributes_that_run_something_are_blocked() {
        for line in [
            "*.c filter=x\n",
            "* diff=evil\n",
            "a text merge=ours\n",
            "[attr]x filter=y\n",
        ] {
            assert_eq!(
                worst_in_new(RuleId::X2, "a/.gitattributes", line),
                Some(Severity::Block),
                "{line}"
            );
        }
    }

    #[test]
    fn x2_other_attributes_are_held() {
        for line in ["*.sh text eol=lf\n", "# filter=x\n", "*.lock -diff\n"] {
            assert_eq!(
                worst_in_new(RuleId::X2, ".gitattributes", line),
                Some(Severity::Hold),
                "{line}"
            );
        }
        assert_eq!(
            worst_in_new(RuleId::X2, "src/gitattributes.rs", "filter=x\n"),
            None
        );
    }
}
