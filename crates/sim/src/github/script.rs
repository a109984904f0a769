//! What a test makes happen on the simulated GitHub, and what it asks of it afterwards. A wrong
//! name in such a call is a mistake in the test and panics with what is missing.

use super::Github;
use super::build::{NewAccount, NewRepo};
use super::build_issue::{NewIssue, NewPull};
use super::model::{AccountKind, EventKind, InteractionLimit, Repo};
use super::search::tokens;
use super::state::State;

impl Github {
    /// Runs `change` on the state at the present moment.
    #[track_caller]
    pub(super) fn edit<T>(&self, change: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.rim.now();
        change(&mut self.lock(), now)
    }

    /// Runs `change` on an existing issue, then touches it.
    #[track_caller]
    fn on_issue(&self, slug: &str, number: u64, change: impl FnOnce(&mut State, u64, i64)) {
        self.edit(|state, now| {
            let id = state.issue_id(slug, number);
            change(state, id, now);
            if let Some(issue) = state.issues.get_mut(&id) {
                issue.updated_at = issue.updated_at.max(now);
            }
        });
    }

    #[track_caller]
    pub(super) fn on_repo(&self, slug: &str, change: impl FnOnce(&mut Repo)) {
        self.edit(|state, now| {
            let id = state.repo_id(slug);
            if let Some(repo) = state.repos.get_mut(&id) {
                change(repo);
                repo.updated_at = now;
            }
        });
    }

    /// Makes an account; returns its id.
    pub fn add_user(&self, account: impl Into<NewAccount>) -> u64 {
        self.edit(|state, now| state.make_account(account.into(), now))
    }

    /// Makes an organisation; returns its id.
    pub fn add_org(&self, login: &str) -> u64 {
        self.add_user(NewAccount::org(login))
    }

    /// Makes a repository (and its owner, an organisation, if need be); returns its id.
    #[track_caller]
    pub fn add_repo(&self, repo: impl Into<NewRepo>) -> u64 {
        self.edit(|state, now| state.make_repo(repo.into(), now))
    }

    /// Posts an issue; returns its number. Accounts and the repository are made if need be.
    #[track_caller]
    pub fn post_issue(&self, issue: NewIssue) -> u64 {
        self.edit(|state, now| state.make_issue(issue, now))
    }

    /// Opens a pull request; returns its number.
    #[track_caller]
    pub fn open_pr(&self, pull: NewPull) -> u64 {
        self.edit(|state, now| state.make_pull(pull, now))
    }

    /// Merges a pull request: the issues it closes are closed, its author is a contributor.
    #[track_caller]
    pub fn merge_pr(&self, slug: &str, number: u64) {
        self.edit(|state, now| {
            let (repo, id) = (state.repo_id(slug), state.issue_id(slug, number));
            let owner = state.repos.get(&repo).map_or(0, |repo| repo.owner);
            if let Err(reason) = state.merge(id, owner, now) {
                panic!("{slug}#{number} cannot be merged: {reason}");
            }
        });
    }

    /// Writes a comment; returns its id. The account is made if need be; locks do not apply.
    #[track_caller]
    pub fn comment_as(&self, slug: &str, number: u64, login: &str, body: &str) -> u64 {
        self.edit(|state, now| {
            let issue = state.issue_id(slug, number);
            let author = state.ensure_account(login, AccountKind::User, now);
            state.insert_comment(issue, author, body, now)
        })
    }

    /// Writes a comment dated `at` (Unix milliseconds), for histories; returns its id.
    #[track_caller]
    pub fn comment_at(&self, slug: &str, number: u64, login: &str, body: &str, at: i64) -> u64 {
        self.edit(|state, now| {
            let issue = state.issue_id(slug, number);
            let author = state.ensure_account(login, AccountKind::User, now);
            state.insert_comment(issue, author, body, at)
        })
    }

    /// Puts a label on.
    #[track_caller]
    pub fn label_as(&self, slug: &str, number: u64, login: &str, label: &str) {
        self.on_issue(slug, number, |state, id, now| {
            let actor = state.ensure_account(login, AccountKind::User, now);
            let repo = state.repo_id(slug);
            let name = state.ensure_label(repo, label);
            if let Some(issue) = state.issues.get_mut(&id)
                && !issue.labels.contains(&name)
            {
                issue.labels.push(name.clone());
            }
            state
                .by_label
                .entry(name.to_lowercase())
                .or_default()
                .insert(id);
            state.record(id, Some(actor), EventKind::Labeled(name), now);
        });
    }

    /// Takes a label off.
    #[track_caller]
    pub fn unlabel_as(&self, slug: &str, number: u64, login: &str, label: &str) {
        self.on_issue(slug, number, |state, id, now| {
            let actor = state.ensure_account(login, AccountKind::User, now);
            let key = label.to_lowercase();
            if let Some(issue) = state.issues.get_mut(&id) {
                issue.labels.retain(|name| name.to_lowercase() != key);
            }
            if let Some(ids) = state.by_label.get_mut(&key) {
                ids.remove(&id);
            }
            state.record(id, Some(actor), EventKind::Unlabeled(label.to_owned()), now);
        });
    }

    /// The owner assigns somebody.
    #[track_caller]
    pub fn assign(&self, slug: &str, number: u64, login: &str) {
        self.on_issue(slug, number, |state, id, now| {
            let who = state.ensure_account(login, AccountKind::User, now);
            let owner = state.repos.get(&state.repo_id(slug)).map(|repo| repo.owner);
            if let Some(issue) = state.issues.get_mut(&id)
                && !issue.assignees.contains(&who)
            {
                issue.assignees.push(who);
            }
            state.record(id, owner, EventKind::Assigned(who), now);
        });
    }

    /// The owner takes somebody off.
    #[track_caller]
    pub fn unassign(&self, slug: &str, number: u64, login: &str) {
        self.on_issue(slug, number, |state, id, now| {
            let who = state.ensure_account(login, AccountKind::User, now);
            let owner = state.repos.get(&state.repo_id(slug)).map(|repo| repo.owner);
            if let Some(issue) = state.issues.get_mut(&id) {
                issue.assignees.retain(|id| *id != who);
            }
            state.record(id, owner, EventKind::Unassigned(who), now);
        });
    }

    /// The owner closes it as completed.
    #[track_caller]
    pub fn close(&self, slug: &str, number: u64) {
        self.on_issue(slug, number, |state, id, now| {
            let owner = state
                .repos
                .get(&state.repo_id(slug))
                .map_or(0, |repo| repo.owner);
            state.close_issue(id, owner, "completed", None, now);
        });
    }

    /// The owner opens it again.
    #[track_caller]
    pub fn reopen(&self, slug: &str, number: u64) {
        self.on_issue(slug, number, |state, id, now| {
            let owner = state.repos.get(&state.repo_id(slug)).map(|repo| repo.owner);
            state.reopen_issue(id, owner, now);
        });
    }

    /// The owner locks the conversation.
    #[track_caller]
    pub fn lock_issue(&self, slug: &str, number: u64, reason: Option<&str>) {
        self.on_issue(slug, number, |state, id, now| {
            let owner = state.repos.get(&state.repo_id(slug)).map(|repo| repo.owner);
            let reason = reason.map(ToOwned::to_owned);
            if let Some(issue) = state.issues.get_mut(&id) {
                issue.locked = true;
                issue.lock_reason.clone_from(&reason);
            }
            state.record(id, owner, EventKind::Locked { reason }, now);
        });
    }

    /// The owner unlocks the conversation.
    #[track_caller]
    pub fn unlock_issue(&self, slug: &str, number: u64) {
        self.on_issue(slug, number, |state, id, now| {
            let owner = state.repos.get(&state.repo_id(slug)).map(|repo| repo.owner);
            if let Some(issue) = state.issues.get_mut(&id) {
                issue.locked = false;
                issue.lock_reason = None;
            }
            state.record(id, owner, EventKind::Unlocked, now);
        });
    }

    /// The author changes title or opening text; `None` leaves it.
    #[track_caller]
    pub fn edit_issue(&self, slug: &str, number: u64, title: Option<&str>, body: Option<&str>) {
        self.on_issue(slug, number, |state, id, now| {
            let mut renamed = None;
            if let Some(issue) = state.issues.get_mut(&id) {
                if let Some(title) = title {
                    let from = std::mem::replace(&mut issue.title, title.to_owned());
                    issue.text.title = tokens(title);
                    renamed = Some((issue.author, from, title.to_owned()));
                }
                if let Some(body) = body {
                    issue.body = Some(body.to_owned());
                    issue.text.body = tokens(body);
                    issue.edited_at = Some(now);
                }
            }
            if let Some((author, from, to)) = renamed {
                state.record(id, Some(author), EventKind::Renamed { from, to }, now);
            }
        });
    }

    /// Somebody edits a comment, by its id.
    #[track_caller]
    pub fn edit_comment(&self, comment: u64, body: &str) {
        self.edit(|state, now| {
            let Some(found) = state.comments.get_mut(&comment) else {
                panic!("the simulated GitHub has no comment {comment}");
            };
            body.clone_into(&mut found.body);
            found.updated_at = now;
            found.edited_at = Some(now);
            let issue = found.issue;
            state.reindex_comments(issue);
            if let Some(issue) = state.issues.get_mut(&issue) {
                issue.updated_at = issue.updated_at.max(now);
            }
        });
    }

    /// A maintainer hides a comment (`isMinimized`).
    #[track_caller]
    pub fn minimize_comment(&self, comment: u64) {
        self.edit(|state, _| match state.comments.get_mut(&comment) {
            Some(found) => found.minimized = true,
            None => panic!("the simulated GitHub has no comment {comment}"),
        });
    }

    /// A maintainer deletes a comment.
    pub fn delete_comment(&self, comment: u64) {
        self.edit(|state, now| state.remove_comment(comment, now));
    }

    /// Deletes an issue: its address answers 410 from now on.
    #[track_caller]
    pub fn delete_issue(&self, slug: &str, number: u64) {
        self.edit(|state, _| {
            let (repo, id) = (state.repo_id(slug), state.issue_id(slug, number));
            if let Some(repo) = state.repos.get_mut(&repo) {
                repo.numbers.remove(&number);
                repo.deleted.insert(number);
            }
            if let Some(issue) = state.issues.remove(&id) {
                for comment in issue.comments {
                    state.comments.remove(&comment);
                }
            }
            for ids in state.by_label.values_mut() {
                ids.remove(&id);
            }
        });
    }

    /// Renames a repository; the old name redirects.
    #[track_caller]
    pub fn rename_repo(&self, slug: &str, name: &str) {
        self.edit(|state, now| {
            let id = state.repo_id(slug);
            let owner = state.repos.get(&id).map_or(0, |repo| repo.owner);
            state.move_repo(id, owner, name, now);
        });
    }

    /// Transfers a repository to another account; the old name redirects.
    #[track_caller]
    pub fn transfer(&self, slug: &str, owner: &str) {
        self.edit(|state, now| {
            let id = state.repo_id(slug);
            let owner = state.ensure_account(owner, AccountKind::Organization, now);
            let name = state
                .repos
                .get(&id)
                .map_or_else(String::new, |repo| repo.name.clone());
            state.move_repo(id, owner, &name, now);
        });
    }

    /// Archives a repository: it becomes read-only.
    #[track_caller]
    pub fn archive(&self, slug: &str) {
        self.on_repo(slug, |repo| repo.archived = true);
    }

    /// Switches an interaction limit on or off.
    #[track_caller]
    pub fn limit_interactions(&self, slug: &str, limit: Option<InteractionLimit>) {
        self.on_repo(slug, |repo| repo.interaction_limit = limit);
    }

    /// Switches issues on or off.
    #[track_caller]
    pub fn set_has_issues(&self, slug: &str, has: bool) {
        self.on_repo(slug, |repo| repo.has_issues = has);
    }
}
