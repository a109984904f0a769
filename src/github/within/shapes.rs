//! What REST says of issues, pull requests and files, as far as it is passed on.

use serde::Deserialize;

/// An account, as lists have it.
#[derive(Clone, Debug, Deserialize)]
pub struct Who {
    /// Login.
    pub login: String,
}

/// A label.
#[derive(Clone, Debug, Deserialize)]
pub struct LabelRead {
    /// Its name.
    pub name: String,
}

/// An issue, or a pull request as one.
#[derive(Clone, Debug, Deserialize)]
pub struct IssueRead {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: Option<String>,
    /// Who opened it.
    pub user: Option<Who>,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<LabelRead>,
    /// Whether only collaborators may speak.
    #[serde(default)]
    pub locked: bool,
    /// How many comments it has.
    #[serde(default)]
    pub comments: u64,
    /// When it was opened.
    pub created_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// Its page.
    pub html_url: Option<String>,
    /// The repository that it is in, as an address of the API; a search says so.
    pub repository_url: Option<String>,
    /// There where it is a pull request.
    pub pull_request: Option<serde::de::IgnoredAny>,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub struct CommentRead {
    /// Who wrote it.
    pub user: Option<Who>,
    /// How he belongs to the repository, such as `OWNER` or `NONE`.
    pub author_association: Option<String>,
    /// When.
    pub created_at: Option<String>,
    /// Its text.
    pub body: Option<String>,
}

/// One page of what a search finds.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    /// How many there are in all.
    pub total_count: u64,
    /// GitHub gave up before its end.
    #[serde(default)]
    pub incomplete_results: bool,
    /// This page of them.
    pub items: Vec<IssueRead>,
}

/// One end of a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct EndRead {
    /// `owner:branch`.
    pub label: Option<String>,
    /// The commit.
    pub sha: String,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct PullRead {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: Option<String>,
    /// Who opened it.
    pub user: Option<Who>,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<LabelRead>,
    /// Not meant to be merged yet.
    #[serde(default)]
    pub draft: bool,
    /// When it was merged.
    pub merged_at: Option<String>,
    /// When it was opened.
    pub created_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// Its page.
    pub html_url: Option<String>,
    /// What it brings.
    pub head: EndRead,
    /// Where it goes.
    pub base: EndRead,
}

/// A file that a pull request changes.
#[derive(Clone, Debug, Deserialize)]
pub struct ChangedRead {
    /// Its path.
    pub filename: String,
    /// `added`, `modified`, `removed` …
    pub status: String,
    /// Lines more.
    #[serde(default)]
    pub additions: u64,
    /// Lines less.
    #[serde(default)]
    pub deletions: u64,
    /// The change, where GitHub shows it.
    pub patch: Option<String>,
}

/// Something at a path.
#[derive(Clone, Debug, Deserialize)]
pub struct EntryRead {
    /// Its name.
    pub name: String,
    /// `file`, `dir`, `symlink` or `submodule`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its git id.
    pub sha: String,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
    /// How `content` is written; `none` where it is too large to be shown.
    pub encoding: Option<String>,
    /// What is in it.
    pub content: Option<String>,
}

/// What stands at a path.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ContentsRead {
    /// A directory.
    Directory(Vec<EntryRead>),
    /// One thing.
    One(Box<EntryRead>),
}

/// How two commits stand to each other.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Compared {
    /// `ahead`, `behind`, `identical` or `diverged`.
    pub(super) status: String,
    /// The last commit that both came from.
    pub(super) merge_base_commit: CommitRead,
}

/// A commit by its id.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitRead {
    pub(super) sha: String,
}
