//! What the simulated GitHub remembers. Pull requests are issues with a `pull` part, as on GitHub,
//! where both share one number series, one comment table and one timeline.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use super::checks::Checks;
use super::git::{Git, Oid};
use super::pull::Pull;

/// What kind of account a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    User,
    /// A GitHub App: REST spells its login `name[bot]`, GraphQL `name`.
    Bot,
    /// An organisation.
    Organization,
}

impl AccountKind {
    /// The word both APIs use (`type` in REST, `__typename` in GraphQL).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Bot => "Bot",
            Self::Organization => "Organization",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: u64,
    /// Without `[bot]`.
    pub(super) slug: String,
    pub(super) kind: AccountKind,
    pub(super) created_at: i64,
    /// Accounts that this one has blocked.
    pub(super) blocked: BTreeSet<u64>,
    /// Members of an organisation; `true` = public membership.
    pub(super) members: BTreeMap<u64, bool>,
}

impl Account {
    /// The login as REST spells it.
    pub(super) fn login(&self) -> String {
        match self.kind {
            AccountKind::Bot => format!("{}[bot]", self.slug),
            AccountKind::User | AccountKind::Organization => self.slug.clone(),
        }
    }
}

/// Who may comment while an interaction limit is on
/// (docs.github.com, "Limiting interactions in your repository").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionLimit {
    /// Accounts older than 24 hours.
    ExistingUsers,
    /// Accounts that have committed to the default branch.
    ContributorsOnly,
    /// Accounts with write access.
    CollaboratorsOnly,
}

#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) description: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Repo {
    pub(super) id: u64,
    pub(super) owner: u64,
    pub(super) name: String,
    pub(super) created_at: i64,
    pub(super) pushed_at: i64,
    pub(super) updated_at: i64,
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
    /// Files it began with; once somebody looks at them, what counts is in `git`.
    pub(super) seed: BTreeMap<String, String>,
    /// Made of `seed` at first use ([`super::state::State::git`]): most repositories are only listed.
    pub(super) git: OnceCell<Git>,
    pub(super) default_branch: String,
    /// What it was forked from.
    pub(super) parent: Option<u64>,
    /// A fork that is still being made: looks that will not see it yet.
    pub(super) fork_pending: Cell<u64>,
    pub(super) allow_forking: bool,
    /// Pull requests can be drafts.
    pub(super) drafts: bool,
    /// Open pull requests that somebody without write access may have here.
    pub(super) pull_limit: Option<usize>,
    /// Only who has write access may open pull requests.
    pub(super) pulls_closed: bool,
    /// By the commit that was checked.
    pub(super) checks: BTreeMap<Oid, Checks>,
    pub(super) collaborators: BTreeSet<u64>,
    /// Contributors by merged work that is not modelled as pull requests.
    pub(super) contributors: BTreeSet<u64>,
    /// Merged pull requests that are only counted, with the time of the newest.
    pub(super) counted_merges: u64,
    pub(super) last_counted_merge: Option<i64>,
    pub(super) interaction_limit: Option<InteractionLimit>,
    /// Keyed by lower-cased name: label names are unique without regard to case.
    pub(super) labels: BTreeMap<String, Label>,
    pub(super) next_number: u64,
    /// Number to issue id, pull requests among them; deleted ones are gone from here.
    pub(super) numbers: BTreeMap<u64, u64>,
    pub(super) deleted: BTreeSet<u64>,
}

impl Repo {
    /// A fork that is still being made is not there for this look, and is a look nearer.
    pub(super) fn is_ready(&self) -> bool {
        let pending = self.fork_pending.get();
        self.fork_pending.set(pending.saturating_sub(1));
        pending == 0
    }
}

#[derive(Clone, Debug)]
pub(super) struct Issue {
    pub(super) id: u64,
    pub(super) repo: u64,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) body: Option<String>,
    pub(super) open: bool,
    pub(super) state_reason: Option<&'static str>,
    pub(super) locked: bool,
    pub(super) lock_reason: Option<String>,
    /// Names as the repository writes them.
    pub(super) labels: Vec<String>,
    pub(super) assignees: Vec<u64>,
    pub(super) author: u64,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) closed_at: Option<i64>,
    pub(super) comments: Vec<u64>,
    pub(super) events: Vec<Event>,
    pub(super) pull: Option<Pull>,
    /// Tokens of title, body and comments, for text search.
    pub(super) text: SearchText,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SearchText {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) comments: String,
}

#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) at: i64,
    pub(super) actor: Option<u64>,
    pub(super) kind: EventKind,
}

#[derive(Clone, Debug)]
pub(super) enum EventKind {
    Labeled(String),
    Unlabeled(String),
    Assigned(u64),
    Unassigned(u64),
    CrossReferenced {
        source: u64,
        closes: bool,
    },
    Connected {
        source: u64,
    },
    Closed {
        reason: &'static str,
        by: Option<u64>,
    },
    Reopened,
    Renamed {
        from: String,
        to: String,
    },
    Locked {
        reason: Option<String>,
    },
    Unlocked,
}

impl EventKind {
    /// REST's `event`.
    pub(super) fn rest_name(&self) -> &'static str {
        match self {
            Self::Labeled(_) => "labeled",
            Self::Unlabeled(_) => "unlabeled",
            Self::Assigned(_) => "assigned",
            Self::Unassigned(_) => "unassigned",
            Self::CrossReferenced { .. } => "cross-referenced",
            Self::Connected { .. } => "connected",
            Self::Closed { .. } => "closed",
            Self::Reopened => "reopened",
            Self::Renamed { .. } => "renamed",
            Self::Locked { .. } => "locked",
            Self::Unlocked => "unlocked",
        }
    }

    /// GraphQL's type name, and its name in `IssueTimelineItemsItemType`.
    pub(super) fn graphql_names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Labeled(_) => ("LabeledEvent", "LABELED_EVENT"),
            Self::Unlabeled(_) => ("UnlabeledEvent", "UNLABELED_EVENT"),
            Self::Assigned(_) => ("AssignedEvent", "ASSIGNED_EVENT"),
            Self::Unassigned(_) => ("UnassignedEvent", "UNASSIGNED_EVENT"),
            Self::CrossReferenced { .. } => ("CrossReferencedEvent", "CROSS_REFERENCED_EVENT"),
            Self::Connected { .. } => ("ConnectedEvent", "CONNECTED_EVENT"),
            Self::Closed { .. } => ("ClosedEvent", "CLOSED_EVENT"),
            Self::Reopened => ("ReopenedEvent", "REOPENED_EVENT"),
            Self::Renamed { .. } => ("RenamedTitleEvent", "RENAMED_TITLE_EVENT"),
            Self::Locked { .. } => ("LockedEvent", "LOCKED_EVENT"),
            Self::Unlocked => ("UnlockedEvent", "UNLOCKED_EVENT"),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) issue: u64,
    pub(super) author: u64,
    pub(super) body: String,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) minimized: bool,
}
