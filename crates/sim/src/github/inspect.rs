//! What a test reads off the simulated GitHub.

use super::Github;
use super::state::State;

/// A comment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentView {
    /// Database id.
    pub id: u64,
    /// `owner/name` of the repository.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// REST login of the author.
    pub author: String,
    /// Text.
    pub body: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Last edit, in Unix milliseconds.
    pub edited_at: Option<i64>,
}

/// An issue as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueView {
    /// Title.
    pub title: String,
    /// Still open.
    pub open: bool,
    /// Conversation locked.
    pub locked: bool,
    /// Label names.
    pub labels: Vec<String>,
    /// REST logins.
    pub assignees: Vec<String>,
    /// REST login.
    pub author: String,
    /// Unix milliseconds.
    pub updated_at: i64,
}

impl State {
    fn comment_view(&self, id: u64) -> Option<CommentView> {
        let comment = self.comments.get(&id)?;
        let issue = self.issues.get(&comment.issue)?;
        let repo = self.repos.get(&issue.repo)?;
        Some(CommentView {
            id,
            repo: self.slug(repo),
            number: issue.number,
            author: self.login(comment.author),
            body: comment.body.clone(),
            created_at: comment.created_at,
            edited_at: comment.edited_at,
        })
    }
}

impl Github {
    /// The issue's comments, one `author: body` a paragraph, for snapshots.
    #[track_caller]
    #[must_use]
    pub fn comments(&self, slug: &str, number: u64) -> String {
        self.comment_list(slug, number)
            .iter()
            .map(|comment| format!("{}: {}\n", comment.author, comment.body))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The issue's comments, oldest first.
    #[track_caller]
    #[must_use]
    pub fn comment_list(&self, slug: &str, number: u64) -> Vec<CommentView> {
        let state = self.lock();
        let id = state.issue_id(slug, number);
        let ids = state.issues.get(&id).map(|issue| issue.comments.as_slice());
        ids.unwrap_or_default()
            .iter()
            .filter_map(|id| state.comment_view(*id))
            .collect()
    }

    /// Everything this account has said, anywhere, oldest first.
    #[must_use]
    pub fn comments_by(&self, login: &str) -> Vec<CommentView> {
        let state = self.lock();
        let Some(author) = state.account_by_login(login).map(|account| account.id) else {
            return Vec::new();
        };
        state
            .comments
            .values()
            .filter(|comment| comment.author == author)
            .filter_map(|comment| state.comment_view(comment.id))
            .collect()
    }

    /// The issue as it stands; `None` if it does not exist or was deleted.
    #[must_use]
    pub fn issue(&self, slug: &str, number: u64) -> Option<IssueView> {
        let state = self.lock();
        let repo = state
            .repo_by_slug(slug)
            .or_else(|| state.repo_moved_from(slug))?;
        let issue = state.issue_at(repo, number)?;
        Some(IssueView {
            title: issue.title.clone(),
            open: issue.open,
            locked: issue.locked,
            labels: issue.labels.clone(),
            assignees: issue.assignees.iter().map(|id| state.login(*id)).collect(),
            author: state.login(issue.author),
            updated_at: issue.updated_at,
        })
    }

    /// How many repositories and issues (without pull requests) there are.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let state = self.lock();
        let issues = state.issues.values().filter(|i| i.pull.is_none()).count();
        (state.repos.len(), issues)
    }

    /// There is a repository of this name now.
    #[must_use]
    pub fn has_repo(&self, slug: &str) -> bool {
        self.lock().repo_by_slug(slug).is_some()
    }

    /// The id of an account; `None` if there is no such login.
    #[must_use]
    pub fn user_id(&self, login: &str) -> Option<u64> {
        self.lock()
            .account_by_login(login)
            .map(|account| account.id)
    }
}
