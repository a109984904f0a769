//! The state of the simulated GitHub and the questions every surface asks of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::budget::Budgets;
use super::git::Git;
use super::model::{Account, AccountKind, Comment, Event, EventKind, Issue, Label, Repo};
use super::search::tokens;
use super::switches::Switches;

/// Accounts that exist on the real GitHub and that bounty platforms act through. The first two ids
/// are the real ones; the others are made up, high enough not to meet a real account's by accident.
pub const PLATFORM_ACCOUNTS: &[(&str, u64, AccountKind)] = &[
    ("algora-pbc", 121_443_259, AccountKind::Bot),
    ("algora-pbc", 136_125_894, AccountKind::User),
    ("opirebot", 990_000_001, AccountKind::Bot),
    ("bountyhub", 990_000_002, AccountKind::Bot),
    ("gitcoinbot", 990_000_003, AccountKind::User),
    ("issuehunt-oss", 990_000_004, AccountKind::Bot),
    ("roxonn-contribution-rewards", 990_000_005, AccountKind::Bot),
    ("github-actions", 41_898_282, AccountKind::Bot),
    ("dependabot", 49_699_333, AccountKind::Bot),
];

/// Two years: how old accounts and repositories are when nobody says otherwise.
pub(super) const OLD: i64 = 2 * 365 * 24 * 3600 * 1000;

#[derive(Debug)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<u64, Account>,
    /// By lower-cased REST login.
    logins: HashMap<String, u64>,
    pub(super) repos: BTreeMap<u64, Repo>,
    /// By lower-cased `owner/name`.
    slugs: HashMap<String, u64>,
    /// Former `owner/name`s.
    moved: HashMap<String, u64>,
    /// Keyed by id: ids are given out in order, so this is the order of creation here.
    pub(super) issues: BTreeMap<u64, Issue>,
    pub(super) comments: BTreeMap<u64, Comment>,
    /// Issues that carry a label, by its lower-cased name.
    pub(super) by_label: HashMap<String, BTreeSet<u64>>,
    pub(super) budgets: Budgets,
    pub(super) switches: Switches,
    next_id: u64,
    next_request: u64,
}

impl State {
    pub(super) fn new(now: i64) -> Self {
        let mut state = Self {
            accounts: BTreeMap::new(),
            logins: HashMap::new(),
            repos: BTreeMap::new(),
            slugs: HashMap::new(),
            moved: HashMap::new(),
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            by_label: HashMap::new(),
            budgets: Budgets::default(),
            switches: Switches::default(),
            next_id: 1_000_000,
            next_request: 0,
        };
        for &(slug, id, kind) in PLATFORM_ACCOUNTS {
            state.insert_account(Account {
                id,
                slug: slug.to_owned(),
                kind,
                created_at: now - 2 * OLD,
                blocked: BTreeSet::new(),
                members: BTreeMap::new(),
            });
        }
        state
    }

    /// A database id that nothing has yet.
    pub(super) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// `X-GitHub-Request-Id`.
    pub(super) fn request_id(&mut self) -> String {
        self.next_request += 1;
        let n = self.next_request;
        format!(
            "{:04X}:{:05X}:{n:06X}:{n:06X}:0A0B0C0D",
            n & 0xffff,
            n & 0xf_ffff
        )
    }

    pub(super) fn insert_account(&mut self, account: Account) -> u64 {
        let id = account.id;
        self.logins.insert(account.login().to_lowercase(), id);
        self.accounts.insert(id, account);
        id
    }

    /// By REST login, or by `app/name` as search spells an App.
    pub(super) fn account_by_login(&self, login: &str) -> Option<&Account> {
        let lower = login.to_lowercase();
        let id = match lower.strip_prefix("app/") {
            Some(app) => self.logins.get(&format!("{app}[bot]")),
            None => self.logins.get(&lower),
        };
        id.and_then(|id| self.accounts.get(id))
    }

    /// The account's REST login; a deleted account is GitHub's `ghost`.
    pub(super) fn login(&self, id: u64) -> String {
        self.accounts
            .get(&id)
            .map_or_else(|| "ghost".to_owned(), Account::login)
    }

    /// The account with this login, made now (and old) if it does not exist. `name[bot]` makes a Bot.
    pub(super) fn ensure_account(&mut self, login: &str, kind: AccountKind, now: i64) -> u64 {
        if let Some(account) = self.account_by_login(login) {
            return account.id;
        }
        let (slug, kind) = match login.strip_suffix("[bot]") {
            Some(slug) => (slug, AccountKind::Bot),
            None => (login, kind),
        };
        let id = self.fresh_id();
        self.insert_account(Account {
            id,
            slug: slug.to_owned(),
            kind,
            created_at: now - OLD,
            blocked: BTreeSet::new(),
            members: BTreeMap::new(),
        })
    }

    pub(super) fn insert_repo(&mut self, repo: Repo) -> u64 {
        let id = repo.id;
        let slug = format!("{}/{}", self.login(repo.owner), repo.name);
        self.slugs.insert(slug.to_lowercase(), id);
        self.repos.insert(id, repo);
        id
    }

    pub(super) fn slug(&self, repo: &Repo) -> String {
        format!("{}/{}", self.login(repo.owner), repo.name)
    }

    pub(super) fn repo_by_slug(&self, slug: &str) -> Option<&Repo> {
        let id = self.slugs.get(&slug.to_lowercase())?;
        self.repos.get(id)
    }

    /// The repository that once had this name and lost it.
    pub(super) fn repo_moved_from(&self, slug: &str) -> Option<&Repo> {
        let id = self.moved.get(&slug.to_lowercase())?;
        self.repos.get(id)
    }

    /// Gives the repository a new owner and name; the old name redirects until somebody takes it.
    pub(super) fn move_repo(&mut self, id: u64, owner: u64, name: &str, now: i64) {
        let Some(old) = self.repos.get(&id).map(|repo| self.slug(repo)) else {
            return;
        };
        let new = format!("{}/{name}", self.login(owner)).to_lowercase();
        self.slugs.remove(&old.to_lowercase());
        self.moved.insert(old.to_lowercase(), id);
        self.moved.remove(&new);
        self.slugs.insert(new, id);
        if let Some(repo) = self.repos.get_mut(&id) {
            repo.owner = owner;
            name.clone_into(&mut repo.name);
            repo.updated_at = now;
        }
    }

    /// The repository's git data, made of the files it began with if nobody has looked before.
    pub(super) fn git<'r>(&self, repo: &'r Repo) -> &'r Git {
        repo.git.get_or_init(|| {
            let owner = self.login(repo.owner);
            Git::initial(&repo.seed, &repo.default_branch, &owner, repo.pushed_at)
        })
    }

    pub(super) fn git_mut(&mut self, repo: u64) -> Option<&mut Git> {
        self.git(self.repos.get(&repo)?);
        self.repos.get_mut(&repo)?.git.get_mut()
    }

    pub(super) fn issue_at(&self, repo: &Repo, number: u64) -> Option<&Issue> {
        repo.numbers.get(&number).and_then(|id| self.issues.get(id))
    }

    /// The `author_association` of an account in a repository, as somebody outside sees it:
    /// a private membership does not show (docs.github.com, GraphQL `CommentAuthorAssociation`).
    pub(super) fn association(
        &self,
        repo: &Repo,
        account: u64,
        viewer: Option<u64>,
    ) -> &'static str {
        if repo.owner == account {
            return "OWNER";
        }
        if let Some(owner) = self.accounts.get(&repo.owner)
            && let Some(&public) = owner.members.get(&account)
            && (public || viewer.is_some_and(|v| owner.members.contains_key(&v)))
        {
            return "MEMBER";
        }
        if repo.collaborators.contains(&account) {
            return "COLLABORATOR";
        }
        if repo.contributors.contains(&account) {
            return "CONTRIBUTOR";
        }
        "NONE"
    }

    /// Has write access: owner, any member, collaborator.
    pub(super) fn can_write(&self, repo: &Repo, account: u64) -> bool {
        repo.owner == account
            || repo.collaborators.contains(&account)
            || self
                .accounts
                .get(&repo.owner)
                .is_some_and(|owner| owner.members.contains_key(&account))
    }

    /// Public, or the viewer has access.
    pub(super) fn can_read(&self, repo: &Repo, viewer: Option<u64>) -> bool {
        !repo.private || viewer.is_some_and(|viewer| self.can_write(repo, viewer))
    }

    /// The repository's label of that name, made on first use.
    pub(super) fn ensure_label(&mut self, repo: u64, name: &str) -> String {
        let key = name.to_lowercase();
        let known = self
            .repos
            .get(&repo)
            .and_then(|repo| repo.labels.get(&key))
            .map(|label| label.name.clone());
        if let Some(known) = known {
            return known;
        }
        let id = self.fresh_id();
        if let Some(repo) = self.repos.get_mut(&repo) {
            repo.labels.insert(
                key,
                Label {
                    id,
                    name: name.to_owned(),
                    color: "ededed".to_owned(),
                    description: None,
                },
            );
        }
        name.to_owned()
    }

    /// When search believes that the issue was last updated.
    pub(super) fn indexed_at(&self, issue: &Issue) -> i64 {
        let late = self.switches.indexed_at.get(&issue.id);
        late.copied().unwrap_or(issue.updated_at)
    }

    /// Puts the issue into the tables and the label index.
    pub(super) fn insert_issue(&mut self, mut issue: Issue) {
        issue.text.title = tokens(&issue.title);
        issue.text.body = tokens(issue.body.as_deref().unwrap_or_default());
        for label in &issue.labels {
            self.by_label
                .entry(label.to_lowercase())
                .or_default()
                .insert(issue.id);
        }
        if let Some(repo) = self.repos.get_mut(&issue.repo) {
            repo.numbers.insert(issue.number, issue.id);
            repo.next_number = repo.next_number.max(issue.number + 1);
        }
        self.issues.insert(issue.id, issue);
    }

    /// Appends to the timeline and touches the issue.
    pub(super) fn record(&mut self, issue: u64, actor: Option<u64>, kind: EventKind, now: i64) {
        let id = self.fresh_id();
        if let Some(issue) = self.issues.get_mut(&issue) {
            issue.events.push(Event {
                id,
                at: now,
                actor,
                kind,
            });
            issue.updated_at = issue.updated_at.max(now);
        }
    }

    /// Adds a comment, as its author, without asking whether he may.
    pub(super) fn insert_comment(&mut self, issue: u64, author: u64, body: &str, now: i64) -> u64 {
        let id = self.fresh_id();
        let words = tokens(body);
        if let Some(issue) = self.issues.get_mut(&issue) {
            issue.comments.push(id);
            issue.updated_at = issue.updated_at.max(now);
            issue.text.comments.push_str(&words);
        }
        self.comments.insert(
            id,
            Comment {
                id,
                issue,
                author,
                body: body.to_owned(),
                created_at: now,
                updated_at: now,
                edited_at: None,
                minimized: false,
            },
        );
        id
    }

    /// Builds the searchable words of the issue's comments anew, after an edit or a deletion.
    pub(super) fn reindex_comments(&mut self, issue: u64) {
        let Some(ids) = self.issues.get(&issue).map(|issue| issue.comments.clone()) else {
            return;
        };
        let words = ids
            .iter()
            .filter_map(|id| self.comments.get(id))
            .map(|comment| tokens(&comment.body))
            .collect();
        if let Some(issue) = self.issues.get_mut(&issue) {
            issue.text.comments = words;
        }
    }

    /// Whether `a` and `b` have blocked one another's way: the repository's owner or the issue's
    /// author blocked the commenter.
    pub(super) fn is_blocked(&self, repo: &Repo, issue: &Issue, commenter: u64) -> bool {
        [repo.owner, issue.author].iter().any(|who| {
            self.accounts
                .get(who)
                .is_some_and(|account| account.blocked.contains(&commenter))
        })
    }
}
