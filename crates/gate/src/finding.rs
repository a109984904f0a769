//! What a rule says about a patch, and what follows from all that was said.

use serde::{Deserialize, Serialize};

use crate::rules::RuleId;
use crate::shown;
use crate::tree::Path;

/// How much a finding weighs; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth reading; nothing follows from it.
    Note,
    /// The owner must say yes to exactly this patch.
    Hold,
    /// Never.
    Block,
}

impl Severity {
    /// One word, for people and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// What happens to the patch; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It may be submitted.
    Pass,
    /// It may be submitted if the owner approves exactly this patch.
    Hold,
    /// It may not be submitted.
    Block,
}

impl Outcome {
    /// The outcome of a list of findings.
    #[must_use]
    pub fn of(findings: &[Finding], unattended: bool) -> Self {
        match findings.iter().map(|finding| finding.severity).max() {
            None | Some(Severity::Note) => Self::Pass,
            Some(Severity::Hold) if !unattended => Self::Hold,
            Some(Severity::Hold | Severity::Block) => Self::Block,
        }
    }

    /// One word, for people and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// One thing that a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// How much this finding weighs; never more than the rule's own severity.
    pub severity: Severity,
    /// Where, as it may be shown: hidden characters and bytes that are no text are written out.
    pub path: Option<String>,
    /// Line of the candidate's file, from 1.
    pub line: Option<u32>,
    /// What was found; untrusted words in it are shown harmless.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Findings of one rule, path and severity that are kept; one more line counts the rest.
const KEPT_PER_PLACE: usize = 8;
/// Findings of one rule and severity that are kept over all paths.
const KEPT_PER_RULE: usize = 200;

/// Collects findings and keeps their number bounded, without ever dropping the only one of its kind.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    place: std::collections::HashMap<(RuleId, Severity, Option<Path>), usize>,
    rule: std::collections::HashMap<(RuleId, Severity), usize>,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        rule: RuleId,
        severity: Severity,
        at: (Option<&[u8]>, Option<u32>),
        message: impl Into<String>,
    ) {
        let (path, line) = at;
        let overall = self.rule.entry((rule, severity)).or_default();
        *overall += 1;
        let place = self
            .place
            .entry((rule, severity, path.map(<[u8]>::to_vec)))
            .or_default();
        *place += 1;
        if *place > KEPT_PER_PLACE || *overall > KEPT_PER_RULE {
            return;
        }
        self.list.push(Finding {
            rule,
            severity,
            path: path.map(shown::path),
            line,
            message: message.into(),
            remedy: rule.rule().remedy,
        });
    }

    /// About the patch as a whole.
    pub(crate) fn whole(&mut self, rule: RuleId, severity: Severity, message: impl Into<String>) {
        self.add(rule, severity, (None, None), message);
    }

    /// About a path.
    pub(crate) fn at(
        &mut self,
        rule: RuleId,
        severity: Severity,
        path: &[u8],
        message: impl Into<String>,
    ) {
        self.add(rule, severity, (Some(path), None), message);
    }

    /// About a line of a path.
    pub(crate) fn line(
        &mut self,
        rule: RuleId,
        severity: Severity,
        path: &[u8],
        line: u32,
        message: impl Into<String>,
    ) {
        self.add(rule, severity, (Some(path), Some(line)), message);
    }

    /// In order, with a line for what was too much to list.
    pub(crate) fn into_list(mut self) -> Vec<Finding> {
        let kept = self.list.iter().fold(
            std::collections::HashMap::<_, usize>::new(),
            |mut kept, finding| {
                *kept.entry((finding.rule, finding.severity)).or_default() += 1;
                kept
            },
        );
        for ((rule, severity), seen) in &self.rule {
            let listed = kept.get(&(*rule, *severity)).copied().unwrap_or(0);
            if *seen > listed {
                self.list.push(Finding {
                    rule: *rule,
                    severity: *severity,
                    path: None,
                    line: None,
                    message: format!("{} more of the same are not listed", seen - listed),
                    remedy: rule.rule().remedy,
                });
            }
        }
        in_order(self.list)
    }
}

/// Worst first, then by rule and place; each once.
pub(crate) fn in_order(mut list: Vec<Finding>) -> Vec<Finding> {
    list.sort_by(|a, b| {
        (
            b.severity,
            a.rule,
            a.path.is_none(),
            &a.path,
            a.line,
            &a.message,
        )
            .cmp(&(
                a.severity,
                b.rule,
                b.path.is_none(),
                &b.path,
                b.line,
                &b.message,
            ))
    });
    list.dedup();
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity) -> Finding {
        let mut out = Findings::default();
        out.whole(RuleId::S7, severity, "x");
        out.into_list().remove(0)
    }

    #[test]
    fn a_hold_is_a_block_when_nobody_can_be_asked() {
        let held = [finding(Severity::Hold), finding(Severity::Note)];
        assert_eq!(Outcome::of(&held, false), Outcome::Hold);
        assert_eq!(Outcome::of(&held, true), Outcome::Block);
        assert_eq!(Outcome::of(&held[1..], true), Outcome::Pass);
        assert_eq!(Outcome::of(&[], true), Outcome::Pass);
        assert_eq!(
            Outcome::of(&[finding(Severity::Block)], false),
            Outcome::Block
        );
    }

    #[test]
    fn a_flood_is_counted_and_hides_nothing_worse() {
        let mut out = Findings::default();
        for line in 1..=100_000 {
            out.line(RuleId::C4, Severity::Hold, b"a.py", line, "eval");
        }
        out.line(RuleId::C2, Severity::Block, b"a.py", 7, "bidi");
        let list = out.into_list();
        assert_eq!(list.len(), 10);
        assert_eq!(list[0].severity, Severity::Block);
        assert!(
            list.iter()
                .any(|f| f.message == "99992 more of the same are not listed")
        );
    }
}
