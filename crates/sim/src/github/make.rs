//! Puts what a test described into the state.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use super::build::{NewAccount, NewRepo};
use super::build_issue::{NewIssue, NewPull};
use super::git::Commit;
use super::model::{Account, AccountKind, EventKind, Issue, Repo, SearchText};
use super::pull::{Head, Pull};
use super::state::{OLD, State};

impl State {
    pub(super) fn make_account(&mut self, new: NewAccount, now: i64) -> u64 {
        let id = match new.id {
            Some(id) => id,
            None => self.fresh_id(),
        };
        let mut members = BTreeMap::new();
        for (login, public) in new.members {
            members.insert(self.ensure_account(&login, AccountKind::User, now), public);
        }
        self.insert_account(Account {
            id,
            slug: new.login,
            kind: new.kind,
            created_at: new.created_at.unwrap_or(now - OLD),
            blocked: BTreeSet::new(),
            members,
        })
    }

    /// # Panics
    /// If the slug is not `owner/name`: a mistake in the test.
    #[track_caller]
    pub(super) fn make_repo(&mut self, new: NewRepo, now: i64) -> u64 {
        let Some((owner, name)) = new.slug.split_once('/') else {
            panic!("a repository is named owner/name, not `{}`", new.slug);
        };
        let owner = self.ensure_account(owner, AccountKind::Organization, now);
        let id = match new.id {
            Some(id) => id,
            None => self.fresh_id(),
        };
        let people = |state: &mut Self, logins: &[String]| -> BTreeSet<u64> {
            logins
                .iter()
                .map(|login| state.ensure_account(login, AccountKind::User, now))
                .collect()
        };
        let collaborators = people(self, &new.collaborators);
        let contributors = people(self, &new.contributors);
        let created_at = new.created_at.unwrap_or(now - OLD);
        let pushed_at = new.pushed_at.unwrap_or(now - 24 * 3600 * 1000);
        self.insert_repo(Repo {
            id,
            owner,
            name: name.to_owned(),
            created_at,
            pushed_at,
            updated_at: pushed_at,
            stars: new.stars,
            forks: new.forks,
            fork: new.fork,
            archived: new.archived,
            disabled: new.disabled,
            private: new.private,
            has_issues: new.has_issues,
            language: new.language,
            license: new.license,
            description: new.description,
            seed: new.files.into_iter().collect(),
            git: OnceCell::new(),
            default_branch: new.default_branch,
            parent: None,
            fork_pending: Cell::new(0),
            pulls_closed: false,
            allow_forking: true,
            drafts: true,
            pull_limit: None,
            checks: BTreeMap::new(),
            collaborators,
            contributors,
            counted_merges: new.merged_pulls,
            last_counted_merge: (new.merged_pulls > 0)
                .then(|| new.last_merge_at.unwrap_or(pushed_at)),
            interaction_limit: new.interaction_limit,
            labels: BTreeMap::new(),
            next_number: new.first_number,
            numbers: BTreeMap::new(),
            deleted: BTreeSet::new(),
        })
    }

    /// Id of the repository, by its present or a former name.
    ///
    /// # Panics
    /// If there is none: a mistake in the test.
    #[track_caller]
    pub(super) fn repo_id(&self, slug: &str) -> u64 {
        self.repo_by_slug(slug)
            .or_else(|| self.repo_moved_from(slug))
            .map_or_else(
                || panic!("the simulated GitHub has no repository `{slug}`: add_repo it first"),
                |repo| repo.id,
            )
    }

    /// Id of the issue or pull request.
    ///
    /// # Panics
    /// If there is none: a mistake in the test.
    #[track_caller]
    pub(super) fn issue_id(&self, slug: &str, number: u64) -> u64 {
        let repo = self.repo_id(slug);
        self.repos
            .get(&repo)
            .and_then(|repo| repo.numbers.get(&number).copied())
            .unwrap_or_else(|| panic!("the simulated GitHub has no issue {slug}#{number}"))
    }

    /// Returns the issue's number.
    #[track_caller]
    pub(super) fn make_issue(&mut self, new: NewIssue, now: i64) -> u64 {
        let repo = match self.repo_by_slug(&new.repo) {
            Some(repo) => repo.id,
            None => self.make_repo(NewRepo::new(&new.repo), now),
        };
        let (owner, next) = self
            .repos
            .get(&repo)
            .map_or((0, 1), |repo| (repo.owner, repo.next_number));
        let author = match &new.author {
            Some(login) => self.ensure_account(login, AccountKind::User, now),
            None => owner,
        };
        let label_actor = match &new.label_actor {
            Some(login) => self.ensure_account(login, AccountKind::User, now),
            None => owner,
        };
        let assignees: Vec<u64> = new
            .assignees
            .iter()
            .map(|login| self.ensure_account(login, AccountKind::User, now))
            .collect();
        let mut labels: Vec<String> = Vec::new();
        for name in &new.labels {
            let name = self.ensure_label(repo, name);
            if !labels.contains(&name) {
                labels.push(name);
            }
        }
        let id = self.fresh_id();
        let number = new.number.unwrap_or(next);
        let at = new.created_at.unwrap_or(now);
        self.insert_issue(Issue {
            id,
            repo,
            number,
            title: new.title,
            body: new.body,
            open: true,
            state_reason: None,
            locked: new.locked,
            lock_reason: None,
            labels: labels.clone(),
            assignees: assignees.clone(),
            author,
            created_at: at,
            updated_at: at,
            edited_at: None,
            closed_at: None,
            comments: Vec::new(),
            events: Vec::new(),
            pull: None,
            text: SearchText::default(),
        });
        for label in labels {
            self.record(id, Some(label_actor), EventKind::Labeled(label), at);
        }
        for assignee in assignees {
            self.record(id, Some(owner), EventKind::Assigned(assignee), at);
        }
        if new.closed {
            self.close_issue(id, owner, "completed", None, at);
        }
        number
    }

    /// Returns the pull request's number.
    #[track_caller]
    pub(super) fn make_pull(&mut self, new: NewPull, now: i64) -> u64 {
        let closes: Vec<u64> = new
            .closes
            .iter()
            .map(|(slug, number)| self.issue_id(slug, *number))
            .collect();
        let mut issue = NewIssue::new(&new.repo, &new.title).author(&new.author);
        issue.body = new.body;
        let number = self.make_issue(issue, now);
        let id = self.issue_id(&new.repo, number);
        let author = self.issues.get(&id).map(|issue| issue.author);
        self.attach_work(id, new.draft, &closes, now);
        for target in closes {
            let kind = EventKind::CrossReferenced {
                source: id,
                closes: true,
            };
            self.record(target, author, kind, now);
        }
        for (slug, issue) in &new.mentions {
            let target = self.issue_id(slug, *issue);
            let kind = EventKind::CrossReferenced {
                source: id,
                closes: false,
            };
            self.record(target, author, kind, now);
        }
        for (slug, issue) in &new.connects {
            let target = self.issue_id(slug, *issue);
            self.record(target, author, EventKind::Connected { source: id }, now);
        }
        number
    }

    /// Makes a pull request of an issue: one commit on the default branch, in a fork that is gone.
    fn attach_work(&mut self, id: u64, draft: bool, closes: &[u64], now: i64) {
        let Some((repo, number, author, title)) = self
            .issues
            .get(&id)
            .map(|issue| (issue.repo, issue.number, issue.author, issue.title.clone()))
        else {
            return;
        };
        let Some(base_branch) = self
            .repos
            .get(&repo)
            .map(|repo| repo.default_branch.clone())
        else {
            return;
        };
        let who = self.person(author, now);
        let Some(git) = self.git_mut(repo) else {
            return;
        };
        let Some(base) = git.branch(&base_branch) else {
            return;
        };
        let Some(tree) = git.tree_of(base) else {
            return;
        };
        let head = git.objects.put_commit(&Commit {
            tree,
            parents: vec![base],
            author: who.clone(),
            committer: who,
            message: title,
            signed: false,
        });
        git.refs.insert(format!("refs/pull/{number}/head"), head);
        if let Some(issue) = self.issues.get_mut(&id) {
            let branch = format!("patch-{number}");
            let head = Head {
                repo: None,
                owner: author,
                branch,
                oid: head,
            };
            let mut pull = Pull::new(head, base_branch, base);
            pull.draft = draft;
            pull.closes = closes.to_vec();
            issue.pull = Some(pull);
        }
    }

    pub(super) fn close_issue(
        &mut self,
        id: u64,
        actor: u64,
        reason: &'static str,
        by: Option<u64>,
        now: i64,
    ) {
        if let Some(issue) = self.issues.get_mut(&id) {
            issue.open = false;
            issue.state_reason = Some(reason);
            issue.closed_at = Some(now);
        }
        self.record(id, Some(actor), EventKind::Closed { reason, by }, now);
    }
}

impl State {
    pub(super) fn reopen_issue(&mut self, id: u64, actor: Option<u64>, now: i64) {
        if let Some(issue) = self.issues.get_mut(&id) {
            issue.open = true;
            issue.state_reason = issue.pull.is_none().then_some("reopened");
            issue.closed_at = None;
        }
        self.record(id, actor, EventKind::Reopened, now);
    }

    pub(super) fn remove_comment(&mut self, id: u64, now: i64) {
        let Some(comment) = self.comments.remove(&id) else {
            return;
        };
        if let Some(issue) = self.issues.get_mut(&comment.issue) {
            issue.comments.retain(|other| *other != id);
            issue.updated_at = issue.updated_at.max(now);
        }
        self.reindex_comments(comment.issue);
    }
}
