//! What happens to branches and pull requests, whoever makes it happen.

use super::git::{Commit, Oid, Person, merged_tree};
use super::links::links;
use super::model::{EventKind, Issue, Repo};
use super::pull::{Head, Pull, Verdict};
use super::state::State;

/// A pull request to be opened by its author.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) author: u64,
    pub(super) head: Head,
    pub(super) base_branch: String,
    pub(super) base: Oid,
    pub(super) draft: bool,
    pub(super) maintainer_can_modify: bool,
}

/// Whether a pull request merges, as far as GitHub has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mergeable {
    Unknown,
    Yes,
    No,
}

impl State {
    /// The account as git spells it, with GitHub's address for those who keep theirs private.
    pub(super) fn person(&self, account: u64, now: i64) -> Person {
        let login = self.login(account);
        Person {
            email: format!("{account}+{login}@users.noreply.github.com"),
            name: login,
            at: now.div_euclid(1000),
        }
    }

    /// Moves a branch, made if need be; open pull requests from it move along.
    pub(super) fn push(&mut self, repo: u64, branch: &str, to: Oid, now: i64) {
        let Some(git) = self.git_mut(repo) else {
            return;
        };
        git.refs.insert(format!("refs/heads/{branch}"), to);
        if let Some(repo) = self.repos.get_mut(&repo) {
            repo.pushed_at = now;
            repo.updated_at = now;
        }
        for id in self.open_pulls_from(repo, branch) {
            let Some(issue) = self.issues.get_mut(&id) else {
                continue;
            };
            issue.updated_at = issue.updated_at.max(now);
            let (base, number) = (issue.repo, issue.number);
            if let Some(pull) = issue.pull.as_mut() {
                pull.head.oid = to;
            }
            if let Some(git) = self.git_mut(base) {
                git.refs.insert(format!("refs/pull/{number}/head"), to);
            }
        }
    }

    /// Deletes a branch; open pull requests from it are closed. `false` if there was none.
    pub(super) fn delete_branch(&mut self, repo: u64, branch: &str, actor: u64, now: i64) -> bool {
        let name = format!("refs/heads/{branch}");
        let gone = self
            .git_mut(repo)
            .is_some_and(|git| git.refs.remove(&name).is_some());
        if gone {
            for id in self.open_pulls_from(repo, branch) {
                self.close_pull(id, actor, now);
            }
        }
        gone
    }

    /// Open pull requests whose head is this branch.
    pub(super) fn open_pulls_from(&self, repo: u64, branch: &str) -> Vec<u64> {
        let from = |pull: &Pull| pull.head.repo == Some(repo) && pull.head.branch == branch;
        self.issues
            .values()
            .filter(|issue| issue.open && issue.pull.as_ref().is_some_and(from))
            .map(|issue| issue.id)
            .collect()
    }

    /// Opens a pull request that was found to be possible; returns its id.
    pub(super) fn open_pull(&mut self, repo: u64, proposal: Proposal, now: i64) -> u64 {
        let id = self.fresh_id();
        let number = self.repos.get(&repo).map_or(1, |repo| repo.next_number);
        let mut pull = Pull::new(proposal.head, proposal.base_branch, proposal.base);
        pull.draft = proposal.draft;
        pull.maintainer_can_modify = proposal.maintainer_can_modify;
        if let Some(git) = self.git_mut(repo) {
            let name = format!("refs/pull/{number}/head");
            git.refs.insert(name, pull.head.oid);
        }
        self.insert_issue(Issue {
            id,
            repo,
            number,
            title: proposal.title,
            body: proposal.body,
            open: true,
            state_reason: None,
            locked: false,
            lock_reason: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            author: proposal.author,
            created_at: now,
            updated_at: now,
            edited_at: None,
            closed_at: None,
            comments: Vec::new(),
            events: Vec::new(),
            pull: Some(pull),
            text: super::model::SearchText::default(),
        });
        self.relink(id, now);
        id
    }

    /// Reads anew which issues a pull request names and closes. It closes any only if it goes into
    /// the default branch.
    pub(super) fn relink(&mut self, id: u64, now: i64) {
        let Some((issue, repo)) = self
            .issues
            .get(&id)
            .and_then(|issue| Some((issue, self.repos.get(&issue.repo)?)))
        else {
            return;
        };
        let Some(pull) = &issue.pull else { return };
        let into_default = pull.base_branch == repo.default_branch;
        let author = issue.author;
        let (mut named, mut closes) = (Vec::new(), Vec::new());
        for link in links(issue.body.as_deref().unwrap_or_default()) {
            let place = match &link.repo {
                Some(slug) => self.repo_by_slug(slug),
                None => Some(repo),
            };
            let Some(target) = place.and_then(|repo| self.issue_at(repo, link.number)) else {
                continue;
            };
            let will_close = link.closes && into_default && target.pull.is_none();
            if will_close && !closes.contains(&target.id) {
                closes.push(target.id);
            }
            named.push(target.id);
        }
        named.sort_unstable();
        named.dedup();
        for target in named {
            let will_close = closes.contains(&target);
            if !self.note_reference(target, id, will_close) {
                let kind = EventKind::CrossReferenced {
                    source: id,
                    closes: will_close,
                };
                self.record(target, Some(author), kind, now);
            }
        }
        if let Some(pull) = self.issues.get_mut(&id).and_then(|i| i.pull.as_mut()) {
            pull.closes = closes;
        }
    }

    /// Updates the reference that `target` has from `source`; `false` if it has none.
    fn note_reference(&mut self, target: u64, source: u64, will_close: bool) -> bool {
        let Some(issue) = self.issues.get_mut(&target) else {
            return true;
        };
        for event in &mut issue.events {
            if let EventKind::CrossReferenced {
                source: from,
                closes,
            } = &mut event.kind
                && *from == source
            {
                *closes = will_close;
                return true;
            }
        }
        false
    }

    /// Closes a pull request without merging it.
    pub(super) fn close_pull(&mut self, id: u64, actor: u64, now: i64) {
        self.close_issue(id, actor, "completed", None, now);
        if let Some(issue) = self.issues.get_mut(&id) {
            issue.state_reason = None;
        }
    }

    /// Merges a pull request with a merge commit; what it closes is closed.
    ///
    /// # Errors
    /// Why it cannot be merged.
    pub(super) fn merge(&mut self, id: u64, by: u64, now: i64) -> Result<Oid, &'static str> {
        let issue = self.issues.get(&id).ok_or("there is no such issue")?;
        let pull = issue.pull.as_ref().ok_or("it is an issue")?;
        if !issue.open {
            return Err("it is not open");
        }
        let repo = self
            .repos
            .get(&issue.repo)
            .ok_or("its repository is gone")?;
        let git = self.git(repo);
        let base = git
            .branch(&pull.base_branch)
            .ok_or("its base branch is gone")?;
        let tree = merged_tree(&git.objects, base, pull.head.oid).ok_or("it has conflicts")?;
        let merged = git.objects.put_commit(&Commit {
            tree,
            parents: vec![base, pull.head.oid],
            author: self.person(by, now),
            committer: Person::github(now),
            message: format!(
                "Merge pull request #{} from {}/{}\n\n{}",
                issue.number,
                self.login(pull.head.owner),
                pull.head.branch,
                issue.title
            ),
            signed: true,
        });
        let (repo, author, closes) = (issue.repo, issue.author, pull.closes.clone());
        let branch = pull.base_branch.clone();
        if let Some(pull) = self.issues.get_mut(&id).and_then(|i| i.pull.as_mut()) {
            pull.merged_at = Some(now);
            pull.merged_by = Some(by);
            pull.merge_commit = Some(merged);
            pull.base = base;
        }
        if let Some(repo) = self.repos.get_mut(&repo) {
            repo.contributors.insert(author);
        }
        self.close_issue(id, by, "completed", None, now);
        self.push(repo, &branch, merged, now);
        for target in closes {
            if self.issues.get(&target).is_some_and(|issue| issue.open) {
                self.close_issue(target, by, "completed", Some(id), now);
            }
        }
        Ok(merged)
    }

    /// Whether it merges. GitHub finds out only when somebody asks: the first answer after a change
    /// of head or base is that it does not know.
    pub(super) fn mergeable(&self, repo: &Repo, issue: &Issue, pull: &Pull) -> Mergeable {
        let git = self.git(repo);
        let base = git.branch(&pull.base_branch).unwrap_or(pull.base);
        let pair = Some((pull.head.oid, base));
        if !issue.open || pull.asked.replace(pair) != pair {
            return Mergeable::Unknown;
        }
        match merged_tree(&git.objects, base, pull.head.oid) {
            Some(_) => Mergeable::Yes,
            None => Mergeable::No,
        }
    }

    /// What reviewers with write access make of it together, the last word of each.
    pub(super) fn review_decision(&self, repo: &Repo, pull: &Pull) -> Option<&'static str> {
        let mut last = std::collections::BTreeMap::new();
        for review in &pull.reviews {
            if review.verdict != Verdict::Comment
                && !review.dismissed
                && self.can_write(repo, review.author)
            {
                last.insert(review.author, review.verdict);
            }
        }
        if last
            .values()
            .any(|verdict| *verdict == Verdict::RequestChanges)
        {
            Some("CHANGES_REQUESTED")
        } else {
            (!last.is_empty()).then_some("APPROVED")
        }
    }
}
