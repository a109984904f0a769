//! D5: actions of workflows that are not pinned to a commit.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::rules::RuleId;
use crate::shown;

static USES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\s*(?:-\s*)?["']?uses["']?\s*:\s*["']?([^\s"'#]+)"#).ok());

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, added) in case.texts() {
        if !matches!(kind::extension(&changed.folded), "yml" | "yaml") {
            continue;
        }
        for (number, line) in added.lines() {
            let Some(action) = USES
                .as_ref()
                .and_then(|uses| uses.captures(line))
                .and_then(|found| found.get(1))
            else {
                continue;
            };
            if !is_pinned(action.as_str()) {
                out.line(
                    RuleId::D5,
                    Severity::Block,
                    changed.path,
                    number,
                    format!("`{}` can be moved", shown::text(action.as_str(), 80)),
                );
            }
        }
    }
}

/// A full commit hash, a digest, or a folder of the same repository.
fn is_pinned(action: &str) -> bool {
    if action.starts_with("./") {
        return true;
    }
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
    };
    match action.rsplit_once('@') {
        Some((_, at)) => match at.strip_prefix("sha256:") {
            Some(digest) => hex(digest, 64),
            None => hex(at, 40) || hex(at, 64),
        },
        // Anything else in a YAML key of that name that is no action.
        None => !action.contains('/') && !action.starts_with("docker:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn patterns_compile() {
        assert!(USES.is_some());
    }

    #[test]
    fn d5_a_tag_is_blocked_and_a_commit_passes() {
        for action in [
            "actions/checkout@v4",
            "a/b@main",
            "docker://alpine:3",
            "a/b",
        ] {
            let text = format!("steps:\n  - uses: {action}\n");
            assert_eq!(
                worst_in_new(RuleId::D5, "templates/ci.yml", &text),
                Some(Severity::Block),
                "{action}"
            );
        }
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for action in [
            format!("a/b@{commit} # v4"),
            "./.github/actions/x".to_owned(),
        ] {
            let text = format!("steps:\n  - uses: {action}\n");
            assert_eq!(
                worst_in_new(RuleId::D5, "templates/ci.yml", &text),
                None,
                "{action}"
            );
        }
    }
}
