//! The question to the owner about a patch, as it appears on his phone.

mod change;
mod made;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vault::telegram::RichText;

pub use made::Patch;

use super::card::{how_to_answer, verdict};
use super::{IssueLink, count};
use crate::bounty::text::reveal_code;
use crate::ledger::asked::Question;
use crate::schedule::Zone;

/// What a careful person needs to know before a patch leaves under his name. Stored with the question,
/// so that the message can be written again after the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchCard {
    /// `owner/name`.
    pub repo: String,
    /// The issue; `None`: it is for a goal of the owner's.
    pub number: Option<u64>,
    /// The issue's title, or the goal, with hidden characters made visible.
    pub title: String,
    /// The amount in words.
    pub amount: Option<String>,
    /// Why the owner is asked, a sentence each.
    pub why: Vec<String>,
    /// What is changed, the first files of it.
    pub files: Vec<ChangedFile>,
    /// All changed files.
    pub file_count: usize,
    /// Whether only the beginning was counted, because the change was too long to be read whole.
    pub counted_in_part: bool,
    /// Lines that come, in all files together.
    pub added: u64,
    /// Lines that go.
    pub removed: u64,
    /// What the pull request will hold of the words of whoever made it, with hidden characters made visible.
    #[serde(default)]
    pub said: String,
    /// What the tests say, in words.
    pub tests: String,
    /// What the gate has found, the gravest of it.
    pub findings: Vec<String>,
    /// All that it has found.
    pub finding_count: usize,
    /// The beginning of the change, with hidden characters made visible.
    pub diff: String,
    /// Whether there is more of it.
    pub diff_cut: bool,
    /// Where all of it lies on this machine.
    pub papers: Option<String>,
    /// The id of the tree that the gate judged.
    pub tree: String,
    /// The gate's hash of the change.
    pub patch: String,
    /// Who made it.
    pub agent: String,
    /// What it took, in words.
    pub cost: String,
}

/// A file that a patch changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Its path, with hidden characters made visible.
    pub path: String,
    /// Lines that come.
    pub added: u64,
    /// Lines that go.
    pub removed: u64,
    /// That it is new, deleted, or no text.
    pub note: Option<String>,
}

impl ChangedFile {
    /// ` +10 −4, new`.
    #[must_use]
    pub fn counts(&self) -> String {
        let note = self.note.as_deref().map(|n| format!(", {n}"));
        format!(
            " +{} −{}{}",
            self.added,
            self.removed,
            note.unwrap_or_default()
        )
    }
}

impl PatchCard {
    /// `owner/name#number`, or `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// How much is changed, in words.
    #[must_use]
    pub fn size(&self) -> String {
        let files = i64::try_from(self.file_count).unwrap_or(i64::MAX);
        let least = if self.counted_in_part {
            "at least "
        } else {
            ""
        };
        format!(
            "{least}{}, +{} −{}",
            count(files, "file", "files"),
            self.added,
            self.removed
        )
    }
}

/// Telegram's cap on a message, in UTF-16 units (Bot API, sendMessage).
const MESSAGE: usize = 4096;

/// What each part takes at most, in UTF-16 units: together they leave room for some of the change.
const TITLE: usize = 160;
const WHY: usize = 300;
const PATH: usize = 64;
const TESTS: usize = 300;
const FINDING: usize = 140;
const OTHER: usize = 80;

/// Fewer of the words than these, in UTF-16 units, say nothing.
const WORDS: usize = 60;

/// The card as a message. `valid_for`: how long it stands once it has arrived.
#[must_use]
pub fn question(card: &PatchCard, id: &str, valid_for: Duration) -> RichText {
    let head = body(card);
    let tail = RichText::new()
        .plain("\nA yes opens a pull request with exactly this patch, as you.\n")
        .join(&how_to_answer(id, valid_for));
    let rest = more(card);
    let taken = |head: &RichText| units(head.text()) + units(tail.text()) + units(rest.text());
    // The words are public, too; half of the room is the change's.
    let room = MESSAGE.saturating_sub(taken(&head) + "\n\n".len());
    let head = head.join(&words(card, room / 2));
    let taken = taken(&head) + "\n\n".len();
    let part = lines_within(&card.diff, MESSAGE.saturating_sub(taken));
    let mut text = head;
    if !part.is_empty() {
        text = text.plain("\n").pre(part).plain("\n");
    }
    if card.diff_cut || part.len() < card.diff.len() {
        text = text.join(&rest);
    }
    text.join(&tail)
}

/// The words that go into the pull request, in so many UTF-16 units.
fn words(card: &PatchCard, most: usize) -> RichText {
    let name = "In the pull request: ";
    let most = most.saturating_sub(name.len() + "\n".len());
    if card.said.is_empty() || most < WORDS.min(units(&card.said)) {
        return RichText::new();
    }
    RichText::new()
        .plain(name)
        .code(&within(&card.said, most))
        .plain("\n")
}

/// Where the part of the change is that does not show.
fn more(card: &PatchCard) -> RichText {
    match &card.papers {
        Some(papers) => RichText::new()
            .plain("… all of it: ")
            .code(&within(papers, 200))
            .plain("\n"),
        None => RichText::new().plain("… and more of it\n"),
    }
}

/// The card after the decision: what was asked and what came of it. No buttons.
#[must_use]
pub fn settled<A>(card: &PatchCard, question: &Question<A>, zone: Zone) -> RichText {
    let head = verdict(question, "the patch changed", zone).join(&body(card));
    let room = MESSAGE.saturating_sub(units(head.text()));
    let words = words(card, room);
    head.join(&words)
}

/// How it came to the question, a line each.
#[must_use]
pub fn explained(card: &PatchCard) -> Vec<String> {
    let mut lines = card.why.clone();
    lines.push(format!("changed: {}", card.size()));
    if !card.said.is_empty() {
        lines.push(format!("in the pull request: {}", card.said));
    }
    lines.push(format!("tests: {}", card.tests));
    match card.findings.as_slice() {
        [] => lines.push("the gate found nothing".to_owned()),
        found => lines.extend(found.iter().map(|finding| format!("the gate: {finding}"))),
    }
    lines.push(format!("made by {}, {}", card.agent, card.cost));
    lines.push(format!("patch {}", card.patch));
    lines.push(format!("tree {}", card.tree));
    lines
}

fn body(card: &PatchCard) -> RichText {
    let amount = card
        .amount
        .as_ref()
        .map(|a| format!("{} · ", within(a, OTHER)));
    let mut text = RichText::new()
        .bold(&format!(
            "🧩 Patch · {}{}",
            amount.unwrap_or_default(),
            card.slug()
        ))
        .plain("\n")
        .code(&within(&card.title, TITLE))
        .plain("\n");
    if let Some(number) = card.number {
        text = text.issue("open the issue", &card.repo, number).plain("\n");
    }
    // A reason, a path and a finding may quote strangers: as code, so that nothing in them can be tapped.
    text = text
        .plain("\nWhy I ask: ")
        .code(&within(&card.why.join("; "), WHY))
        .plain(&format!("\nChanged: {}\n", card.size()));
    for file in &card.files {
        text = text
            .plain("· ")
            .code(&within(&file.path, PATH))
            .plain(&format!("{}\n", within(&file.counts(), OTHER)));
    }
    text = left_out(text, card.file_count, card.files.len());
    text = text
        .plain("Tests: ")
        .code(&within(&card.tests, TESTS))
        .plain("\n");
    if card.findings.is_empty() {
        text = text.plain("The gate: nothing found\n");
    } else {
        text = text.plain("The gate:\n");
        for finding in &card.findings {
            text = text.plain("· ").code(&within(finding, FINDING)).plain("\n");
        }
        text = left_out(text, card.finding_count, card.findings.len());
    }
    text.plain("By ")
        .code(&within(&card.agent, OTHER))
        .plain(&format!(", {}\n", within(&card.cost, OTHER)))
        .plain("Patch ")
        .code(hash(&card.patch))
        .plain(" · tree ")
        .code(hash(&card.tree))
        .plain("\n")
}

fn left_out(text: RichText, all: usize, shown: usize) -> RichText {
    match all.saturating_sub(shown) {
        0 => text,
        more => text.plain(&format!("· and {more} more\n")),
    }
}

/// Enough of a hash to compare it by eye.
fn hash(whole: &str) -> &str {
    whole.get(..12).unwrap_or(whole)
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The beginning of a text that takes at most `most` UTF-16 units, by its length in bytes.
fn fits(text: &str, most: usize) -> usize {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.len_utf16();
        if taken > most {
            return at;
        }
    }
    text.len()
}

/// At most `most` UTF-16 units, the cut marked.
fn within(text: &str, most: usize) -> String {
    if fits(text, most) == text.len() {
        return text.to_owned();
    }
    let part = text.get(..fits(text, most.saturating_sub(1)));
    format!("{}…", part.unwrap_or_default().trim_end())
}

/// The whole lines at the beginning that take at most `most` UTF-16 units together; of a first line that
/// is longer, as much as there is room for.
fn lines_within(text: &str, most: usize) -> &str {
    let end = fits(text, most);
    let part = text.get(..end).unwrap_or_default();
    if end == text.len() {
        return part;
    }
    part.rsplit_once('\n').map_or(part, |(lines, _)| lines)
}

/// A stranger's words on one line.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

/// The same, nothing hidden in them.
fn flat(text: &str) -> String {
    reveal_code(&one_line(text))
}
