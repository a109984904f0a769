//! How a test describes what it wants to exist. Everything has a harmless default: accounts and
//! repositories are two years old, public, alive, with a few stars.

use super::model::{AccountKind, InteractionLimit};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub(super) login: String,
    pub(super) kind: AccountKind,
    pub(super) id: Option<u64>,
    pub(super) created_at: Option<i64>,
    pub(super) members: Vec<(String, bool)>,
}

impl NewAccount {
    fn new(login: &str, kind: AccountKind) -> Self {
        Self {
            login: login.to_owned(),
            kind,
            id: None,
            created_at: None,
            members: Vec::new(),
        }
    }

    /// A person; a Bot if the login ends in `[bot]`.
    #[must_use]
    pub fn user(login: &str) -> Self {
        match login.strip_suffix("[bot]") {
            Some(slug) => Self::new(slug, AccountKind::Bot),
            None => Self::new(login, AccountKind::User),
        }
    }

    /// An organisation.
    #[must_use]
    pub fn org(login: &str) -> Self {
        Self::new(login, AccountKind::Organization)
    }

    /// Its database id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// When it was made, in Unix milliseconds.
    #[must_use]
    pub fn created_at(mut self, at: i64) -> Self {
        self.created_at = Some(at);
        self
    }

    /// A member with public membership; the account is made if need be.
    #[must_use]
    pub fn member(mut self, login: &str) -> Self {
        self.members.push((login.to_owned(), true));
        self
    }

    /// A member whose membership does not show to outsiders.
    #[must_use]
    pub fn private_member(mut self, login: &str) -> Self {
        self.members.push((login.to_owned(), false));
        self
    }
}

/// A repository to be made.
#[derive(Clone, Debug)]
pub struct NewRepo {
    pub(super) slug: String,
    pub(super) id: Option<u64>,
    pub(super) created_at: Option<i64>,
    pub(super) pushed_at: Option<i64>,
    pub(super) stars: u64,
    pub(super) forks: u64,
    pub(super) fork: bool,
    pub(super) archived: bool,
    pub(super) disabled: bool,
    pub(super) private: bool,
    pub(super) has_issues: bool,
    pub(super) language: Option<String>,
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
    pub(super) files: Vec<(String, String)>,
    pub(super) collaborators: Vec<String>,
    pub(super) contributors: Vec<String>,
    pub(super) merged_pulls: u64,
    pub(super) last_merge_at: Option<i64>,
    pub(super) interaction_limit: Option<InteractionLimit>,
    pub(super) first_number: u64,
    pub(super) default_branch: String,
}

impl NewRepo {
    /// A repository `owner/name`. An owner that does not exist becomes an organisation.
    #[must_use]
    pub fn new(slug: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            id: None,
            created_at: None,
            pushed_at: None,
            stars: 120,
            forks: 12,
            fork: false,
            archived: false,
            disabled: false,
            private: false,
            has_issues: true,
            language: Some("Rust".to_owned()),
            license: Some("MIT".to_owned()),
            description: None,
            files: Vec::new(),
            collaborators: Vec::new(),
            contributors: Vec::new(),
            merged_pulls: 40,
            last_merge_at: None,
            interaction_limit: None,
            first_number: 1,
            default_branch: "main".to_owned(),
        }
    }

    /// Its database id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// When it was made, in Unix milliseconds.
    #[must_use]
    pub fn created_at(mut self, at: i64) -> Self {
        self.created_at = Some(at);
        self
    }

    /// Its last push, in Unix milliseconds.
    #[must_use]
    pub fn pushed_at(mut self, at: i64) -> Self {
        self.pushed_at = Some(at);
        self
    }

    /// Stars.
    #[must_use]
    pub fn stars(mut self, stars: u64) -> Self {
        self.stars = stars;
        self
    }

    /// It is a fork.
    #[must_use]
    pub fn fork(mut self) -> Self {
        self.fork = true;
        self
    }

    /// It is archived.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// GitHub has disabled it.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Only those with write access see it.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Issues are switched off.
    #[must_use]
    pub fn without_issues(mut self) -> Self {
        self.has_issues = false;
        self
    }

    /// Main language; an empty text for none.
    #[must_use]
    pub fn language(mut self, language: &str) -> Self {
        self.language = Some(language.to_owned()).filter(|text| !text.is_empty());
        self
    }

    /// SPDX id of the licence; an empty text for none.
    #[must_use]
    pub fn license(mut self, license: &str) -> Self {
        self.license = Some(license.to_owned()).filter(|text| !text.is_empty());
        self
    }

    /// One-line description.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// A file on the default branch.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Somebody with write access.
    #[must_use]
    pub fn collaborator(mut self, login: &str) -> Self {
        self.collaborators.push(login.to_owned());
        self
    }

    /// Somebody whose work was merged.
    #[must_use]
    pub fn contributor(mut self, login: &str) -> Self {
        self.contributors.push(login.to_owned());
        self
    }

    /// How many pull requests were merged (counted, not listed) and when the last one was.
    #[must_use]
    pub fn merged_pulls(mut self, count: u64, last_at: Option<i64>) -> Self {
        self.merged_pulls = count;
        self.last_merge_at = last_at;
        self
    }

    /// An interaction limit is on.
    #[must_use]
    pub fn interaction_limit(mut self, limit: InteractionLimit) -> Self {
        self.interaction_limit = Some(limit);
        self
    }

    /// Its default branch, instead of `main`.
    #[must_use]
    pub fn default_branch(mut self, name: &str) -> Self {
        name.clone_into(&mut self.default_branch);
        self
    }

    /// The number of its first issue: a repository with a history does not start at 1.
    #[must_use]
    pub fn first_number(mut self, number: u64) -> Self {
        self.first_number = number.max(1);
        self
    }
}

impl From<&str> for NewAccount {
    fn from(login: &str) -> Self {
        Self::user(login)
    }
}

impl From<&str> for NewRepo {
    fn from(slug: &str) -> Self {
        Self::new(slug)
    }
}
