//! What a test makes happen in a repository: commits, reviews, checks, merges. A wrong name in such
//! a call is a mistake in the test and panics with what is missing.

use super::Github;
use super::checks::{CheckRun, CheckState, Status, WorkflowRun};
use super::git::{Commit, Git, Kind, Mode, Oid};
use super::model::{AccountKind, Repo};
use super::pull::{Pull, Remark, Review, Verdict};
use super::state::State;

/// A repository in the hands of its maintainers.
#[derive(Clone, Debug)]
pub struct RepoHandle<'g> {
    pub(super) github: &'g Github,
    pub(super) slug: String,
}

impl Github {
    /// The repository `owner/name`, to make things happen there.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    #[must_use]
    pub fn repo(&self, slug: &str) -> RepoHandle<'_> {
        self.lock().repo_id(slug);
        RepoHandle {
            github: self,
            slug: slug.to_owned(),
        }
    }

    /// Writes or removes a file on the default branch, as a commit of the owner's.
    #[track_caller]
    pub fn set_file(&self, slug: &str, path: &str, text: Option<&str>) {
        let pushed = self.edit(|state, _| {
            let id = state.repo_id(slug);
            state.repos.get(&id).map_or(0, |repo| repo.pushed_at)
        });
        self.repo(slug).change(None, &[(path, text)]);
        // A push for the record only: what a test says of the last push stays so.
        self.edit(|state, _| {
            let id = state.repo_id(slug);
            if let Some(repo) = state.repos.get_mut(&id) {
                repo.pushed_at = pushed;
            }
        });
    }
}

impl RepoHandle<'_> {
    #[track_caller]
    pub(super) fn edit<T>(&self, change: impl FnOnce(&mut State, u64, i64) -> T) -> T {
        self.github.edit(|state, now| {
            let id = state.repo_id(&self.slug);
            change(state, id, now)
        })
    }

    #[track_caller]
    pub(super) fn read<T>(&self, look: impl FnOnce(&State, &Repo, &Git) -> T) -> T {
        let state = self.github.lock();
        let id = state.repo_id(&self.slug);
        let Some(repo) = state.repos.get(&id) else {
            panic!("the simulated GitHub has no repository `{}`", self.slug);
        };
        look(&state, repo, state.git(repo))
    }

    /// Runs `change` on a pull request and touches it.
    #[track_caller]
    fn on_pull<T>(&self, number: u64, change: impl FnOnce(&mut Pull) -> T) -> T {
        self.edit(|state, _, now| {
            let id = state.issue_id(&self.slug, number);
            let Some(issue) = state.issues.get_mut(&id) else {
                panic!("the simulated GitHub has no {}#{number}", self.slug);
            };
            issue.updated_at = issue.updated_at.max(now);
            match issue.pull.as_mut() {
                Some(pull) => change(pull),
                None => panic!("{}#{number} is an issue, not a pull request", self.slug),
            }
        })
    }

    /// Commits files to the default branch; returns the commit's id.
    #[track_caller]
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, Some(*text)))
            .collect();
        self.change(None, &files)
    }

    /// Commits files to a branch, made from the default branch if need be; `None` removes a file.
    /// No branch name means the default branch. Returns the commit's id.
    #[track_caller]
    pub fn change(&self, branch: Option<&str>, files: &[(&str, Option<&str>)]) -> String {
        self.place(branch, files, false)
    }

    /// Replaces the last commit of a branch (the default branch without a name) by another.
    #[track_caller]
    pub fn force_pushes(&self, branch: Option<&str>, files: &[(&str, &str)]) -> String {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, Some(*text)))
            .collect();
        self.place(branch, &files, true)
    }

    #[track_caller]
    fn place(&self, branch: Option<&str>, files: &[(&str, Option<&str>)], replace: bool) -> String {
        self.edit(|state, id, now| {
            let Some(repo) = state.repos.get(&id) else {
                return String::new();
            };
            let name = branch.unwrap_or(&repo.default_branch).to_owned();
            let who = state.person(repo.owner, now);
            let git = state.git(repo);
            let tip = git
                .branch(&name)
                .or_else(|| git.branch(&repo.default_branch));
            let Some((oid, old)) = tip.and_then(|oid| Some((oid, git.objects.commit(oid)?))) else {
                panic!("{} has no branch {name} and no default branch", self.slug);
            };
            let mut all = git.objects.flatten(old.tree);
            for (path, text) in files {
                match text {
                    Some(text) => {
                        let mode = all.get(*path).map_or(Mode::File, |(mode, _)| *mode);
                        let blob = git.objects.put(Kind::Blob, text.as_bytes().to_vec());
                        all.insert((*path).to_owned(), (mode, blob));
                    }
                    None => drop(all.remove(*path)),
                }
            }
            let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
            let commit = git.objects.put_commit(&Commit {
                tree: git.objects.unflatten(&all),
                parents: if replace { old.parents } else { vec![oid] },
                author: who.clone(),
                committer: who,
                message: format!("Change {}", paths.join(", ")),
                signed: false,
            });
            state.push(id, &name, commit, now);
            commit.to_string()
        })
    }

    /// Makes a file of the default branch executable, by a commit.
    #[track_caller]
    pub fn make_executable(&self, path: &str) -> String {
        self.set_entry(path, |entry| match entry {
            Some((_, blob)) => (Mode::Executable, blob),
            None => panic!("{} has no file {path}", self.slug),
        })
    }

    /// Puts a symbolic link on the default branch, by a commit.
    #[track_caller]
    pub fn link(&self, path: &str, to: &str) -> String {
        let blob = self.read(|_, _, git| git.objects.put(Kind::Blob, to.as_bytes().to_vec()));
        self.set_entry(path, |_| (Mode::Link, blob))
    }

    #[track_caller]
    fn set_entry(
        &self,
        path: &str,
        entry: impl FnOnce(Option<(Mode, Oid)>) -> (Mode, Oid),
    ) -> String {
        self.edit(|state, id, now| {
            let Some(repo) = state.repos.get(&id) else {
                return String::new();
            };
            let (branch, who) = (repo.default_branch.clone(), state.person(repo.owner, now));
            let git = state.git(repo);
            let Some(tip) = git.branch(&branch) else {
                panic!("{} has no default branch", self.slug);
            };
            let tree = git.tree_of(tip);
            let mut all = tree.map_or_else(Default::default, |tree| git.objects.flatten(tree));
            let changed = entry(all.get(path).copied());
            all.insert(path.to_owned(), changed);
            let commit = git.objects.put_commit(&Commit {
                tree: git.objects.unflatten(&all),
                parents: vec![tip],
                author: who.clone(),
                committer: who,
                message: format!("Change {path}"),
                signed: false,
            });
            state.push(id, &branch, commit, now);
            commit.to_string()
        })
    }

    /// The owner reviews a pull request; returns the review's id.
    #[track_caller]
    pub fn maintainer_reviews(&self, number: u64, verdict: Verdict, body: &str) -> u64 {
        let owner = self.read(|state, repo, _| state.login(repo.owner));
        self.reviews_as(number, &owner, verdict, body)
    }

    /// Somebody reviews a pull request; returns the review's id.
    #[track_caller]
    pub fn reviews_as(&self, number: u64, login: &str, verdict: Verdict, body: &str) -> u64 {
        let (id, author, at) = self.somebody(login);
        self.on_pull(number, |pull| {
            pull.reviews.push(Review {
                id,
                author,
                verdict,
                dismissed: false,
                body: body.to_owned(),
                commit: pull.head.oid,
                at,
            });
        });
        id
    }

    /// A maintainer takes a review back.
    #[track_caller]
    pub fn dismisses(&self, number: u64, review: u64) {
        self.on_pull(number, |pull| {
            match pull.reviews.iter_mut().find(|one| one.id == review) {
                Some(found) => found.dismissed = true,
                None => panic!("{}#{number} has no review {review}", self.slug),
            }
        });
    }

    /// Somebody comments on a line of the work, as a review of its own; returns the comment's id.
    #[track_caller]
    pub fn remarks(&self, number: u64, login: &str, path: &str, line: u64, body: &str) -> u64 {
        let review = self.reviews_as(number, login, Verdict::Comment, "");
        let (id, author, at) = self.somebody(login);
        self.on_pull(number, |pull| {
            pull.remarks.push(Remark {
                id,
                review,
                author,
                path: path.to_owned(),
                line,
                body: body.to_owned(),
                commit: pull.head.oid,
                at,
            });
        });
        id
    }

    /// A fresh id, the account, the time.
    #[track_caller]
    fn somebody(&self, login: &str) -> (u64, u64, i64) {
        self.edit(|state, _, now| {
            let who = state.ensure_account(login, AccountKind::User, now);
            (state.fresh_id(), who, now)
        })
    }

    /// A check of that name ended well for the head of a pull request.
    #[track_caller]
    pub fn check_passes(&self, number: u64, name: &str) {
        self.check(number, name, CheckState::Success, None);
    }

    /// A check of that name failed for the head of a pull request; `summary` says how.
    #[track_caller]
    pub fn check_fails(&self, number: u64, name: &str, summary: &str) {
        self.check(number, name, CheckState::Failure, Some(summary));
    }

    /// Sets a check run of the head of a pull request; one of the same name is replaced.
    #[track_caller]
    pub fn check(&self, number: u64, name: &str, standing: CheckState, summary: Option<&str>) {
        let head = self.on_pull(number, |pull| pull.head.oid);
        self.edit(|state, repo, now| {
            let id = state.fresh_id();
            let Some(repo) = state.repos.get_mut(&repo) else {
                return;
            };
            let checks = repo.checks.entry(head).or_default();
            checks.runs.retain(|run| run.name != name);
            checks.runs.push(CheckRun {
                id,
                name: name.to_owned(),
                state: standing,
                title: summary.map(|text| text.lines().next().unwrap_or_default().to_owned()),
                summary: summary.map(ToOwned::to_owned),
                started_at: now,
                completed_at: standing.conclusion().map(|_| now),
            });
        });
    }

    /// Sets a commit status (`error`, `failure`, `pending`, `success`) of the head of a pull request.
    #[track_caller]
    pub fn status(&self, number: u64, context: &str, standing: &str, description: &str) {
        assert!(
            matches!(standing, "error" | "failure" | "pending" | "success"),
            "no status is `{standing}`"
        );
        let head = self.on_pull(number, |pull| pull.head.oid);
        self.edit(|state, repo, now| {
            let id = state.fresh_id();
            let Some(repo) = state.repos.get_mut(&repo) else {
                return;
            };
            let checks = repo.checks.entry(head).or_default();
            checks.statuses.retain(|status| status.context != context);
            checks.statuses.push(Status {
                id,
                context: context.to_owned(),
                state: standing.to_owned(),
                description: description.to_owned(),
                at: now,
            });
        });
    }

    /// The workflow of a first-time contributor's pull request waits for a maintainer's approval.
    #[track_caller]
    pub fn waits_for_approval(&self, number: u64, workflow: &str) {
        self.workflow(number, workflow, CheckState::ActionRequired);
    }

    /// Sets a workflow run of the head of a pull request; one of the same name is replaced.
    #[track_caller]
    pub fn workflow(&self, number: u64, name: &str, standing: CheckState) {
        let (head, branch, actor) = self.on_pull(number, |pull| {
            (pull.head.oid, pull.head.branch.clone(), pull.head.owner)
        });
        self.edit(|state, repo, now| {
            let id = state.fresh_id();
            let Some(repo) = state.repos.get_mut(&repo) else {
                return;
            };
            let checks = repo.checks.entry(head).or_default();
            checks.workflows.retain(|run| run.name != name);
            checks.workflows.push(WorkflowRun {
                id,
                name: name.to_owned(),
                state: standing,
                branch,
                actor,
                at: now,
            });
        });
    }

    /// The owner merges a pull request; what it closes is closed. Returns the merge commit's id.
    ///
    /// # Panics
    /// If it does not merge.
    #[track_caller]
    pub fn merges(&self, number: u64) -> String {
        self.github.merge_pr(&self.slug, number);
        self.on_pull(number, |pull| {
            pull.merge_commit
                .map(|oid| oid.to_string())
                .unwrap_or_default()
        })
    }

    /// The owner closes a pull request, with a word if it is not empty.
    #[track_caller]
    pub fn closes(&self, number: u64, word: &str) {
        let owner = self.read(|state, repo, _| state.login(repo.owner));
        if !word.is_empty() {
            self.github.comment_as(&self.slug, number, &owner, word);
        }
        self.edit(|state, repo, now| {
            let id = state.issue_id(&self.slug, number);
            let owner = state.repos.get(&repo).map_or(0, |repo| repo.owner);
            state.close_pull(id, owner, now);
        });
    }
}
