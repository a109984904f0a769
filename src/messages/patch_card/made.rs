//! A card made of a job's record and its change.

use std::time::Duration;

use fix::job::{Found, Record, Tests};

use super::change::{self, Change};
use super::{ChangedFile, PatchCard, flat, one_line};
use crate::bounty::text::{cut, reveal, reveal_code};
use crate::messages::pull::words;
use crate::messages::{count, span};

/// Files and findings that are named.
const FILES: usize = 12;
const FINDINGS: usize = 8;

/// Characters that are kept of a path, of a finding, and of the change. A terminal shows all of them, a
/// phone less.
const PATH: usize = 300;
const FINDING: usize = 300;
const DIFF: usize = 12_000;

/// What a card is made of.
#[derive(Clone, Debug)]
pub struct Patch<'a> {
    /// The issue's title, or the goal, as written.
    pub title: &'a str,
    /// The amount in words.
    pub amount: Option<String>,
    /// Why the owner is asked, a sentence each.
    pub why: Vec<String>,
    /// Everything that is known about the job.
    pub record: &'a Record,
    /// Its change, as git writes it.
    pub diff: &'a str,
    /// Where all of it lies on this machine.
    pub papers: Option<String>,
    /// Requests to models.
    pub requests: u64,
    /// Their cost, in millionths of a US dollar; 0 where no price is known.
    pub micro_usd: u64,
}

impl PatchCard {
    /// Builds what the owner is shown. `None`: there is no patch.
    #[must_use]
    pub fn about(patch: &Patch<'_>) -> Option<Self> {
        let record = patch.record;
        let (Some(tree), Some(hash)) = (&record.tree, &record.patch_sha256) else {
            return None;
        };
        let read = change::read(patch.diff);
        let (diff, cut_off) = beginning(&read.excerpt, DIFF);
        let mut found: Vec<&Found> = record.findings.iter().collect();
        found.sort_by_key(|found| match found.severity.as_str() {
            "block" => 0,
            "hold" => 1,
            _ => 2,
        });
        Some(Self {
            repo: record.repository.clone(),
            number: record.issue,
            title: reveal(&one_line(patch.title)),
            amount: patch.amount.clone(),
            why: patch.why.clone(),
            file_count: read.changes.len(),
            added: read.changes.iter().map(|c| c.added).sum(),
            removed: read.changes.iter().map(|c| c.removed).sum(),
            files: read.changes.iter().take(FILES).map(file).collect(),
            counted_in_part: record.diff_cut,
            said: reveal(&one_line(&words(record))),
            tests: tests_in_words(record),
            finding_count: found.len(),
            findings: found.into_iter().take(FINDINGS).map(finding).collect(),
            diff: reveal_code(diff),
            diff_cut: cut_off || record.diff_cut,
            papers: patch.papers.clone(),
            tree: tree.clone(),
            patch: hash.clone(),
            agent: flat(&record.agent),
            cost: cost(patch.requests, patch.micro_usd),
        })
    }
}

fn file(change: &Change) -> ChangedFile {
    ChangedFile {
        path: cut(&change.path, PATH),
        added: change.added,
        removed: change.removed,
        note: change.note.map(ToOwned::to_owned),
    }
}

fn finding(found: &Found) -> String {
    let place = match (&found.path, found.line) {
        (Some(path), Some(line)) => format!(" {}:{line}", cut(&flat(path), PATH)),
        (Some(path), None) => format!(" {}", cut(&flat(path), PATH)),
        (None, _) => String::new(),
    };
    let message = cut(&flat(&found.message), FINDING);
    format!("{} {}{place}: {message}", found.severity, found.rule)
}

fn tests_in_words(record: &Record) -> String {
    let ran = |tests: &Tests| {
        format!(
            "{} in {}",
            tests.end,
            span(Duration::from_millis(tests.millis))
        )
    };
    let mut parts = Vec::new();
    match (&record.test_command, &record.tests_after) {
        (Some(command), Some(after)) => {
            parts.push(format!("{} {}", cut(&flat(command), 80), ran(after)));
        }
        (Some(command), None) => parts.push(format!("{} was not run", cut(&flat(command), 80))),
        (None, _) => parts.push("no test command is known".to_owned()),
    }
    if let Some(before) = &record.tests_before {
        parts.push(format!("before the change it {}", ran(before)));
    }
    if let Some(evidence) = &record.evidence {
        let sure = if evidence.proven {
            "proven"
        } else {
            "not proven"
        };
        parts.push(format!("{sure}: {}", flat(&evidence.why)));
    }
    parts.join("; ")
}

fn cost(requests: u64, micro_usd: u64) -> String {
    let asked = i64::try_from(requests).unwrap_or(i64::MAX);
    let asked = count(asked, "request to a model", "requests to models");
    // Cents, rounded up: a cost is not said to be less than it was.
    match micro_usd.div_ceil(10_000) {
        0 => format!("{asked}, cost not known"),
        cents => format!("{asked}, ${}.{:02}", cents / 100, cents % 100),
    }
}

/// The whole lines at the beginning, at most `most` bytes of them, and whether anything is left out.
fn beginning(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, false);
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let part = text.get(..end).unwrap_or_default();
    (
        part.rsplit_once('\n').map_or(part, |(lines, _)| lines),
        true,
    )
}
