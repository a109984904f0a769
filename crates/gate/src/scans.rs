//! Other tools' findings: which of them are about this patch.

use std::collections::{HashMap, HashSet};

use crate::case::{Case, Changed};
use crate::changes::ChangeKind;
use crate::finding::Severity;
use crate::sarif::ToolFailed;
use crate::tree::{Entry, Tree};

/// What one scanner said of both trees.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Its name.
    pub tool: String,
    /// The gate does not open without it.
    pub required: bool,
    /// Of the base tree; findings there are not the patch's. A failure here takes nothing away.
    pub base: Result<Report, ToolFailed>,
    /// Of the candidate tree.
    pub candidate: Result<Report, ToolFailed>,
}

/// What a scanner reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Its results, suppressed or not.
    pub results: Vec<ToolResult>,
}

/// How much a result weighs, by the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// SARIF `none` and `note`.
    Note,
    /// SARIF `warning`, and no word.
    Warning,
    /// SARIF `error`.
    Error,
}

/// One result of a scanner.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The tool's own rule.
    pub rule: String,
    /// How much it weighs.
    pub level: Level,
    /// `properties.security-severity`, 0 to 10.
    pub security: Option<f32>,
    /// Path in the tree; empty when the result has no place.
    pub path: String,
    /// First line, from 1.
    pub line: Option<u32>,
    /// Last line.
    pub end: Option<u32>,
    /// What it says.
    pub message: String,
    /// The code it shows, if any.
    pub snippet: String,
}

impl ToolResult {
    /// How much it weighs to the gate.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let rated = |from: f32| self.security.is_some_and(|score| score >= from);
        if rated(9.0) {
            Severity::Block
        } else if rated(4.0) || self.level > Level::Note {
            Severity::Hold
        } else {
            Severity::Note
        }
    }
}

/// What a result is recognised by on the other tree: rule, path, and the code without its blanks.
type Mark<'r> = (&'r str, &'r str, String);

/// The results that touch new lines or new files and are not on the base tree as often; those
/// without a place always count.
pub(crate) fn that_count<'r>(
    case: &Case<'_>,
    report: &'r Report,
    base: Option<&'r Report>,
) -> Vec<&'r ToolResult> {
    let changed: HashMap<&[u8], &Changed<'_>> = case.changed.iter().map(|c| (c.path, c)).collect();
    let mut known: HashMap<Mark<'_>, usize> = HashMap::new();
    for result in base.into_iter().flat_map(|report| &report.results) {
        let text = case_text(case.base, result);
        *known.entry(mark(result, text)).or_default() += 1;
    }
    let mut numbers: HashMap<&[u8], HashSet<u32>> = HashMap::new();
    report
        .results
        .iter()
        .filter(|result| {
            let Some(path) = in_tree(case.candidate, &result.path) else {
                // No place, or one that nobody can tell: better once too often.
                return true;
            };
            let Some(file) = changed.get(path.as_bytes()) else {
                return false;
            };
            let touches = match (&file.added, result.line) {
                (Some(added), Some(line)) if file.change != ChangeKind::Added => {
                    let new = numbers
                        .entry(file.path)
                        .or_insert_with(|| added.lines().map(|(number, _)| number).collect());
                    let end = result
                        .end
                        .unwrap_or(line)
                        .clamp(line, line.saturating_add(1000));
                    (line..=end).any(|number| new.contains(&number))
                }
                _ => true,
            };
            let text = case_text(case.candidate, result);
            let old = known.get_mut(&mark(result, text)).filter(|left| **left > 0);
            let is_old = old.is_some_and(|left| {
                *left -= 1;
                true
            });
            touches && !is_old
        })
        .collect()
}

/// A tool's path as a path of the tree: tools may write it from the root of their own machine.
fn in_tree<'p>(tree: &Tree, path: &'p str) -> Option<&'p str> {
    let mut rest = path.trim_start_matches('/');
    loop {
        if tree.entries.contains_key(rest.as_bytes()) {
            return Some(rest);
        }
        rest = rest.split_once('/')?.1;
    }
}

fn case_text<'t>(tree: &'t Tree, result: &ToolResult) -> Option<&'t str> {
    match tree.entries.get(in_tree(tree, &result.path)?.as_bytes()) {
        Some(Entry::File { content, .. }) => std::str::from_utf8(content).ok(),
        _ => None,
    }
}

fn mark<'r>(result: &'r ToolResult, text: Option<&str>) -> Mark<'r> {
    let line = result.line.and_then(|line| {
        text?
            .lines()
            .nth(usize::try_from(line).ok()?.checked_sub(1)?)
    });
    let code = line.unwrap_or(&result.snippet);
    (
        &result.rule,
        &result.path,
        code.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, tree};
    use crate::judge::Request;
    use crate::plan::Plan;
    use crate::policy::GatePolicy;
    use crate::rules::RuleId;
    use crate::secrets::NoSecrets;

    fn result(line: u32, level: Level, security: Option<f32>) -> ToolResult {
        ToolResult {
            rule: "x.rule".into(),
            level,
            security,
            path: "a.py".into(),
            line: Some(line),
            end: None,
            message: "bad\u{202e}".into(),
            snippet: String::new(),
        }
    }

    fn found(scan: Scan) -> Vec<(RuleId, Severity)> {
        let (plan, policy) = (Plan::default(), GatePolicy::default());
        let scans = [scan];
        let request = Request {
            base_commit: "0",
            plan: &plan,
            policy: &policy,
            secrets: &NoSecrets,
            canary: None,
            scans: &scans,
        };
        crate::judge(
            &tree([("a.py", file("one\ntwo\n")), ("b.py", file("x\n"))]),
            &tree([
                ("a.py", file("zero\none\ntwo\nthree\n")),
                ("b.py", file("x\n")),
            ]),
            &request,
        )
        .findings
        .iter()
        .map(|f| (f.rule, f.severity))
        .collect()
    }

    fn scan(base: Vec<ToolResult>, candidate: Vec<ToolResult>) -> Scan {
        Scan {
            tool: "semgrep".into(),
            required: true,
            base: Ok(Report { results: base }),
            candidate: Ok(Report { results: candidate }),
        }
    }

    #[test]
    fn z1_a_result_on_a_new_line_counts_by_its_weight() {
        for (level, security, expected) in [
            (Level::Error, None, Severity::Hold),
            (Level::Warning, None, Severity::Hold),
            (Level::Note, None, Severity::Note),
            (Level::Note, Some(9.8), Severity::Block),
            (Level::Note, Some(5.0), Severity::Hold),
        ] {
            let said = found(scan(vec![], vec![result(4, level, security)]));
            assert_eq!(said, [(RuleId::Z1, expected)]);
        }
    }

    #[test]
    fn z1_old_lines_and_old_results_do_not_count() {
        let old = scan(vec![], vec![result(2, Level::Error, None)]);
        assert_eq!(found(old), []);
        let before = scan(
            vec![result(1, Level::Error, None)],
            vec![result(2, Level::Error, None)],
        );
        assert_eq!(found(before), []);
        let mut moved = result(4, Level::Error, None);
        moved.path = "b.py".into();
        assert_eq!(found(scan(vec![], vec![moved.clone()])), []);
        moved.path = "/box/a.py".into();
        assert_eq!(found(scan(vec![], vec![moved.clone()])).len(), 1);
        moved.path = "elsewhere.py".into();
        assert_eq!(
            found(scan(vec![], vec![moved])).len(),
            1,
            "a place that nobody can tell counts"
        );
    }

    #[test]
    fn z2_a_required_tool_that_failed_blocks_and_another_is_noted() {
        let mut failed = scan(vec![], vec![]);
        failed.candidate = Err(ToolFailed::NoRuns);
        assert_eq!(found(failed.clone()), [(RuleId::Z2, Severity::Block)]);
        failed.required = false;
        assert_eq!(found(failed), [(RuleId::Z2, Severity::Note)]);
        assert_eq!(found(scan(vec![], vec![])), []);
    }
}
