//! R6: workflows that run with the repository's secrets for anybody's pull request.

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::tree::{Entry, Tree};

static PRIVILEGED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[^#\n]*\b(pull_request_target|workflow_run)\b").ok());

/// A checkout of what the pull request brings.
static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?m)^[^#\n]*(?:github\.event\.pull_request\.head|github\.head_ref|refs/pull/|workflow_run\.head_(?:sha|branch)|gh pr checkout|allow-unsafe-pr-checkout)",
    )
    .ok()
});

pub(super) fn check(base: &Tree, out: &mut Findings) {
    let folder: &[u8] = b".github/workflows/";
    let workflows = base
        .entries
        .range(folder.to_vec()..)
        .take_while(|(path, _)| path.starts_with(folder));
    for (path, entry) in workflows {
        let Entry::File { content, .. } = entry else {
            continue;
        };
        let text = String::from_utf8_lossy(content);
        let Some(trigger) = PRIVILEGED
            .as_ref()
            .and_then(|pattern| pattern.captures(&text))
            .and_then(|found| found.get(1))
        else {
            continue;
        };
        let checkout = HEAD.as_ref().is_none_or(|pattern| pattern.is_match(&text));
        out.at(
            RuleId::R6,
            if checkout {
                Severity::Hold
            } else {
                Severity::Note
            },
            path,
            if checkout {
                format!("`{}` beside what a pull request brings", trigger.as_str())
            } else {
                format!("`{}`", trigger.as_str())
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::Outcome;
    use crate::case::sample::{file, tree};
    use crate::plan::Plan;
    use crate::request::tests::asked_for;

    fn outcome(workflow: &str) -> (Outcome, usize) {
        let base = tree([(".github/workflows/a.yml", file(workflow)), ("z", file(""))]);
        let plan = Plan {
            paths: vec!["src/**".into()],
            ..Plan::default()
        };
        let facts = asked_for("Bug", "It crashes.", &plan, &base);
        (facts.outcome, facts.findings.len())
    }

    #[test]
    fn patterns_compile() {
        assert!(super::PRIVILEGED.is_some() && super::HEAD.is_some());
    }

    #[test]
    fn r6_privileged_workflows_are_seen() {
        let checkout = "on: pull_request_target\njobs:\n  a:\n    - ref: ${{ github.event.pull_request.head.sha }}\n";
        assert_eq!(outcome(checkout), (Outcome::Hold, 1));
        assert_eq!(outcome("on:\n  workflow_run:\n"), (Outcome::Pass, 1));
        assert_eq!(
            outcome("on: pull_request\n# not pull_request_target\n"),
            (Outcome::Pass, 0)
        );
    }
}
