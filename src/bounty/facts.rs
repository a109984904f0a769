//! What was seen of an issue, before anybody judged it.
//!
//! A fact that the source did not give is `None` or `Unknown`, never a default: the rules treat
//! "not known" differently from "no" (the evidence levels of `evidence`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;

/// Everything one appraisal may look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssueFacts {
    /// The repository, with what is known of it.
    pub repo: RepoFacts,
    /// Issue number within the repository.
    pub number: u64,
    /// GraphQL node id, when it came from GitHub.
    pub node_id: Option<String>,
    /// Title as written, hidden characters included.
    pub title: String,
    /// Opening text; `None` when the source did not record it.
    pub body: Option<String>,
    /// Open or closed; `None` when not recorded.
    pub state: Option<IssueState>,
    /// Conversation locked; `None` when not recorded.
    pub locked: Option<bool>,
    /// Who opened it.
    pub author: Actor,
    /// The author's standing in the repository.
    pub association: Association,
    /// When it was opened.
    pub created_at: Option<UnixMillis>,
    /// GitHub's `updated_at`.
    pub updated_at: Option<UnixMillis>,
    /// When GitHub answered, by its own clock; `None` when it did not say, or not for this issue alone.
    #[serde(default)]
    pub served_at: Option<UnixMillis>,
    /// Labels; `None` when not recorded.
    pub labels: Option<Vec<Label>>,
    /// Assignees; `None` when not recorded.
    pub assignees: Option<Vec<Actor>>,
    /// Comments that were read, oldest first.
    pub comments: Vec<Comment>,
    /// All comments are in `comments`.
    pub comments_complete: bool,
    /// Pull requests that refer to or close the issue.
    pub pull_requests: Vec<LinkedPullRequest>,
    /// All references are in `pull_requests` and every label event was read.
    pub timeline_complete: bool,
}

impl IssueFacts {
    /// When the issue had last changed, if that is surely over: GitHub dates in whole seconds, and a
    /// change in the same second as the reading would not show in the date.
    #[must_use]
    pub fn dated_before_it_was_read(&self) -> Option<UnixMillis> {
        let (updated, served) = (self.updated_at?, self.served_at?);
        (served.since(updated) >= A_SECOND_BETWEEN).then_some(updated)
    }
}

/// Two dates in whole seconds that are so far apart have a second between them.
const A_SECOND_BETWEEN: Duration = Duration::from_secs(2);

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueState {
    /// Work may still be wanted.
    Open,
    /// It is over.
    Closed,
}

/// An account. The numeric id and kind are what counts; a login can be taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Login, with `[bot]` for apps as REST spells it; `None` for a deleted account.
    pub login: Option<String>,
    /// Numeric database id; `None` when the source did not give it.
    pub id: Option<u64>,
    /// User, bot, organisation.
    pub kind: ActorKind,
}

/// What an account is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A person's account.
    User,
    /// A GitHub App.
    Bot,
    /// An organisation.
    Organization,
    /// Not recorded.
    #[default]
    Unknown,
}

/// GitHub's `author_association`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Association {
    /// Owns the repository.
    Owner,
    /// Member of the owning organisation.
    Member,
    /// Invited to the repository.
    Collaborator,
    /// Has had something merged.
    Contributor,
    /// First contribution to the repository or to GitHub.
    FirstTimer,
    /// A stranger.
    None,
    /// Not recorded.
    #[default]
    Unknown,
}

/// A label on the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Name as written.
    pub name: String,
    /// Who put it on, from the timeline; `None` when not known.
    pub set_by: Option<Actor>,
    /// When it was put on.
    pub set_at: Option<UnixMillis>,
}

/// A comment on the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Numeric database id.
    pub id: Option<u64>,
    /// Who wrote it.
    pub author: Actor,
    /// The writer's standing in the repository.
    pub association: Association,
    /// Text as written.
    pub body: String,
    /// When it was written.
    pub created_at: Option<UnixMillis>,
}

/// A pull request that names the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedPullRequest {
    /// `owner/name` of the repository it is in.
    pub repo: String,
    /// Its number.
    pub number: u64,
    /// Open, closed or merged.
    pub state: PullRequestState,
    /// Who opened it.
    pub author: Actor,
    /// It would close the issue when merged.
    pub closes: bool,
    /// When it was opened.
    pub created_at: Option<UnixMillis>,
}

/// State of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullRequestState {
    /// Under review.
    Open,
    /// Turned down or given up.
    Closed,
    /// Merged.
    Merged,
}

/// What is known of a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RepoFacts {
    /// Numeric database id: it survives renames and transfers.
    pub id: Option<u64>,
    /// GraphQL node id.
    pub node_id: Option<String>,
    /// Owner login.
    pub owner: String,
    /// Name.
    pub name: String,
    /// User or organisation.
    pub owner_kind: ActorKind,
    /// When the owner's account was made.
    pub owner_created_at: Option<UnixMillis>,
    /// When the repository was made.
    pub created_at: Option<UnixMillis>,
    /// Last push.
    pub pushed_at: Option<UnixMillis>,
    /// Stars.
    pub stars: Option<u64>,
    /// It is a fork.
    pub is_fork: Option<bool>,
    /// It is archived.
    pub is_archived: Option<bool>,
    /// Main language as GitHub names it.
    pub language: Option<String>,
    /// Open issues.
    pub open_issues: Option<u64>,
    /// Open issues among them that carry a bounty label, as far as counted.
    pub open_bounty_issues: Option<u64>,
    /// Merged pull requests in all.
    pub merged_pull_requests: Option<u64>,
    /// When the newest pull request was merged.
    pub last_merge_at: Option<UnixMillis>,
    /// Contribution rules of the repository and its organisation; `None` when not read yet.
    pub policies: Option<Vec<PolicyFile>>,
}

impl RepoFacts {
    /// `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// A file in which maintainers say how they want to be approached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// Path within its repository.
    pub path: String,
    /// It stands in the organisation's `.github` repository, not in this one.
    pub of_organisation: bool,
    /// Text, cut at 64 KiB.
    pub text: String,
}
