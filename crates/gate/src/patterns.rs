//! Tables of patterns over the new lines of a patch: one pass tells which of them occur at all, and
//! only those are looked for.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::rules::RuleId;
use crate::shown;

/// Where a pattern is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// In everything.
    All,
    /// In code, shipped or of tests, and in data; not in prose.
    Code,
    /// In code that ships.
    Shipped,
    /// In code of tests, and in code that has its tests inside.
    Tests,
    /// In files with one of these extensions.
    Only(&'static [&'static str]),
    /// All but prose and files with one of these extensions.
    Except(&'static [&'static str]),
    /// Files with one of these extensions that do not belong to tests.
    Outside(&'static [&'static str]),
}

impl Where {
    fn has(self, changed: &Changed<'_>) -> bool {
        if changed.kind == Kind::Lock {
            return false;
        }
        match self {
            Self::All => true,
            Self::Code => changed.kind != Kind::Docs,
            Self::Shipped => changed.kind == Kind::Source && !changed.in_tests,
            Self::Tests => matches!(changed.kind, Kind::Test | Kind::Source),
            Self::Except(extensions) => {
                changed.kind != Kind::Docs
                    && !extensions.contains(&kind::extension(&changed.folded))
            }
            Self::Outside(extensions) => {
                !changed.in_tests && extensions.contains(&kind::extension(&changed.folded))
            }
            Self::Only(extensions) => extensions.contains(&kind::extension(&changed.folded)),
        }
    }
}

/// One pattern: bytes, without Unicode classes, so that it runs in linear time and fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    pub(crate) place: Where,
    /// What it finds, for the message.
    pub(crate) what: &'static str,
    pub(crate) pattern: &'static str,
}

/// Compiled when it is first needed.
type Later<T> = LazyLock<T, Box<dyn FnOnce() -> T + Send>>;

/// A table of patterns of one rule.
pub(crate) struct Table {
    rule: RuleId,
    severity: Severity,
    /// Lines that are comments count, too.
    comments: bool,
    patterns: &'static [Pattern],
    set: Later<RegexSet>,
    single: Vec<Later<Option<Regex>>>,
}

/// Memory that one table's automaton may take.
const AUTOMATON: usize = 64 << 20;

fn single(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern)
        .unicode(false)
        .multi_line(true)
        .size_limit(AUTOMATON)
        .build()
        .ok()
}

impl Table {
    pub(crate) fn new(
        rule: RuleId,
        severity: Severity,
        comments: bool,
        patterns: &'static [Pattern],
    ) -> Self {
        Self {
            rule,
            severity,
            comments,
            patterns,
            set: LazyLock::new(Box::new(move || {
                RegexSetBuilder::new(patterns.iter().map(|pattern| pattern.pattern))
                    .unicode(false)
                    .multi_line(true)
                    .size_limit(AUTOMATON)
                    .dfa_size_limit(AUTOMATON)
                    .build()
                    .unwrap_or_else(|_| RegexSet::empty())
            })),
            single: patterns
                .iter()
                .map(|pattern| {
                    let text = pattern.pattern;
                    let make: Box<dyn FnOnce() -> Option<Regex> + Send> =
                        Box::new(move || single(text));
                    LazyLock::new(make)
                })
                .collect(),
        }
    }

    /// Looks at the new lines of one file.
    pub(crate) fn check(&self, changed: &Changed<'_>, out: &mut Findings) {
        let Some(added) = &changed.added else { return };
        if added.text.is_empty() {
            return;
        }
        let text = added.text.as_bytes();
        let marks = kind::comment_marks(&changed.folded);
        for index in &self.set.matches(text) {
            let (pattern, Some(regex)) = (&self.patterns[index], &*self.single[index]) else {
                continue;
            };
            if !pattern.place.has(changed) {
                continue;
            }
            let mut last = 0;
            for found in regex.find_iter(text) {
                let line = added.number(found.start());
                let whole = added.line_at(found.start());
                if line == last || (!self.comments && is_comment(whole, marks)) {
                    continue;
                }
                last = line;
                out.line(
                    self.rule,
                    self.severity,
                    changed.path,
                    line,
                    format!("{}: {}", pattern.what, shown::text(whole, 100)),
                );
            }
        }
    }

    /// How often its patterns occur in lines that are no comments.
    pub(crate) fn count<'l>(&self, lines: impl Iterator<Item = &'l str>, marks: &[&str]) -> usize {
        lines
            .filter(|line| !is_comment(line, marks))
            .map(|line| {
                let single = self.single.iter().filter_map(|regex| regex.as_ref());
                single
                    .map(|regex| regex.find_iter(line.as_bytes()).count())
                    .sum::<usize>()
            })
            .sum()
    }

    /// Patterns that do not compile; for tests.
    #[cfg(test)]
    pub(crate) fn broken(&self) -> Vec<&'static str> {
        let mut broken: Vec<_> = self
            .patterns
            .iter()
            .filter(|pattern| single(pattern.pattern).is_none())
            .map(|pattern| pattern.what)
            .collect();
        if self.set.len() != self.patterns.len() {
            broken.push("the set");
        }
        broken
    }
}

/// Whether a line is a comment from its first character on.
pub(crate) fn is_comment(line: &str, marks: &[&str]) -> bool {
    let text = line.trim_start();
    marks.iter().any(|mark| text.starts_with(mark)) && !text.starts_with("#!")
}
