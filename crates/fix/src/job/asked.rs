//! What is to be done.

use gate::Plan;
use gate::request::Author;

use crate::checkout::{Remote, Want};
use crate::given::Given;
use crate::suite::Override;

/// One job. Titles, texts and comments are strangers' words; everything else was chosen by the owner or
/// by trusted code.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name, of which its directory is made: 1 to 64 small letters, digits and `-`, beginning with
    /// a letter or digit.
    pub id: String,
    /// `owner/name`, for people and for the prompt.
    pub repository: String,
    /// Where it is fetched from.
    pub remote: Remote,
    /// Which commit.
    pub want: Want,
    /// What the owner asks for in his own words.
    pub goal: Option<String>,
    /// The issue.
    pub issue: Option<Issue>,
    /// When it is done, as strangers and models put it.
    pub criteria: Vec<String>,
    /// The approved plan, as far as the gate must know it.
    pub plan: Plan,
    /// How the owner wants it tested. Without it a command is looked for in the base tree.
    pub test_command: Option<Override>,
    /// The patch itself, where somebody hands it in; the agent is not asked then.
    pub given: Option<HandedIn>,
}

/// A patch that somebody hands in.
#[derive(Clone, Debug)]
pub struct HandedIn {
    /// What it changes.
    pub patch: Given,
    /// Why, in the words of whoever made it: a stranger's.
    pub reason: String,
    /// Who hands it in, for people.
    pub by: String,
}

/// An issue as strangers wrote it.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text, hidden parts included.
    pub body: String,
    /// What was said below it, oldest first.
    pub comments: Vec<Comment>,
    /// What is known of the one who wrote it.
    pub author: Author,
}

/// A comment below an issue.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Who wrote it.
    pub author: String,
    /// What that person is to the repository, such as `OWNER` or `NONE`.
    pub association: String,
    /// What was said.
    pub body: String,
}
