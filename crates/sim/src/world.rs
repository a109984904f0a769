//! Worlds out of JSON Lines: one issue a line, as bounty collections record them.
//!
//! Fields: `id, url, repo, number, title, labels, state, author, body, comments[{author, body}],
//! assignees`; any may be null or absent but `repo` and `number`; others are ignored. What a line
//! does not say gets the usual meaning: a null state is open, null labels are none. The author is
//! the repository's OWNER if the logins are equal, else a stranger (NONE); the logins of
//! [`PLATFORM_ACCOUNTS`](crate::github::PLATFORM_ACCOUNTS) are those accounts, with id and type;
//! labels were put on by the repository's owner.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::github::{Github, NewAccount, NewIssue, NewRepo};

/// Why a world was not loaded. Nothing of it exists then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldError {
    /// The file, or whatever name the text was given.
    pub source: String,
    /// From 1; `None` if the file could not be read at all.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.source, self.reason),
            None => write!(f, "{}: {}", self.source, self.reason),
        }
    }
}

impl std::error::Error for WorldError {}

#[derive(Debug, Deserialize)]
struct Row {
    repo: String,
    number: u64,
    title: Option<String>,
    labels: Option<Vec<String>>,
    state: Option<String>,
    author: Option<String>,
    body: Option<String>,
    comments: Option<Vec<Said>>,
    assignees: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Said {
    author: Option<String>,
    body: Option<String>,
}

const HOUR: i64 = 3_600_000;
/// The age of the oldest issue of a loaded world: well within the 90 days that a first scan looks
/// back by default.
const OLDEST: i64 = 88 * 24 * HOUR;
/// GitHub's stand-in for accounts that are gone; also for authors that a line does not name.
const GHOST: &str = "ghost";

fn parse(source: &str, text: &str) -> Result<Vec<Row>, WorldError> {
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |reason: String| WorldError {
            source: source.to_owned(),
            line: Some(index + 1),
            reason,
        };
        let row: Row = serde_json::from_str(line)
            .map_err(|error| wrong(format!("not an issue in JSON: {error}")))?;
        let parts: Vec<&str> = row.repo.split('/').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
            return Err(wrong(format!(
                "field `repo`: `{}` is not owner/name",
                row.repo
            )));
        }
        if row.number == 0 {
            return Err(wrong(
                "field `number`: issues are numbered from 1".to_owned(),
            ));
        }
        if let Some(state) = &row.state
            && !matches!(state.to_lowercase().as_str(), "open" | "closed")
        {
            return Err(wrong(format!(
                "field `state`: `{state}` is neither open nor closed"
            )));
        }
        if !seen.insert((row.repo.to_lowercase(), row.number)) {
            return Err(wrong(format!(
                "{}#{} stands here twice",
                row.repo, row.number
            )));
        }
        rows.push(row);
    }
    Ok(rows)
}

impl Github {
    /// Loads a world from a file of JSON Lines; returns how many issues it has.
    ///
    /// # Errors
    /// File and line of what is wrong; nothing is loaded then.
    pub fn load_world(&self, path: &Path) -> Result<usize, WorldError> {
        let source = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| WorldError {
            source: source.clone(),
            line: None,
            reason: format!("cannot be read: {error}"),
        })?;
        self.load_world_text(&source, &text)
    }

    /// Loads a world from text; `source` names it in errors.
    ///
    /// # Errors
    /// Source and line of what is wrong; nothing is loaded then.
    pub fn load_world_text(&self, source: &str, text: &str) -> Result<usize, WorldError> {
        let rows = parse(source, text)?;
        // An owner who writes is a person; one who never does may as well be an organisation.
        let writers: BTreeSet<String> = rows
            .iter()
            .flat_map(|row| {
                let said = row.comments.iter().flatten();
                row.author
                    .iter()
                    .chain(said.filter_map(|said| said.author.as_ref()))
            })
            .map(|login| login.to_lowercase())
            .collect();
        let now = self.rim().now();
        // One after the other, the last an hour ago, so that order by time is order in the file.
        let step = (OLDEST - HOUR) / i64::try_from(rows.len().max(1)).unwrap_or(i64::MAX);
        for (index, row) in (0_i64..).zip(&rows) {
            self.load_row(row, &writers, now - OLDEST + index * step);
        }
        Ok(rows.len())
    }

    fn load_row(&self, row: &Row, writers: &BTreeSet<String>, at: i64) {
        let owner = row.repo.split('/').next().unwrap_or_default();
        if self.user_id(owner).is_none() {
            self.add_user(if writers.contains(&owner.to_lowercase()) {
                NewAccount::user(owner)
            } else {
                NewAccount::org(owner)
            });
        }
        if !self.has_repo(&row.repo) {
            self.add_repo(NewRepo::new(&row.repo));
        }
        let mut issue = NewIssue::new(&row.repo, row.title.as_deref().unwrap_or_default())
            .number(row.number)
            .created_at(at)
            .author(row.author.as_deref().unwrap_or(GHOST))
            .labels(row.labels.iter().flatten().map(String::as_str));
        if let Some(body) = &row.body {
            issue = issue.body(body);
        }
        for login in row.assignees.iter().flatten() {
            issue = issue.assignee(login);
        }
        if row
            .state
            .as_deref()
            .is_some_and(|s| s.eq_ignore_ascii_case("closed"))
        {
            issue = issue.closed();
        }
        self.post_issue(issue);
        for (minutes, said) in (1_i64..).zip(row.comments.iter().flatten()) {
            let author = said.author.as_deref().unwrap_or(GHOST);
            let body = said.body.as_deref().unwrap_or_default();
            self.comment_at(&row.repo, row.number, author, body, at + minutes * 60_000);
        }
    }
}
