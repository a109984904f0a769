//! What a query can arrive at.

use crate::github::git::{Mode, Oid};
use crate::github::model::{AccountKind, Issue};
use crate::github::state::State;

/// A place in the graph, by id, so that it can be held while the answer is built.
#[derive(Clone, Debug)]
pub(super) enum Object {
    Query,
    RateLimit,
    Account(u64),
    Repository(u64),
    Issue(u64),
    Comment(u64),
    /// Issue id and position in its timeline.
    Event(u64, usize),
    /// Repository id and lower-cased name.
    Label(u64, String),
    /// A merged pull request that is only counted: repository id, and how many are newer.
    CountedPull(u64, u64),
    Language(String),
    License(String),
    Interaction(u64),
    /// Repository id and full name of a reference.
    Ref(u64, String),
    Commit(u64, Oid),
    /// Author, or committer if so, of a commit.
    GitActor(u64, Oid, bool),
    Signature(u64, Oid),
    Rollup(u64, Oid),
    /// Repository id, commit, position.
    CheckRun(u64, Oid, usize),
    StatusContext(u64, Oid, usize),
    /// The suite of a workflow run: repository id, commit, position.
    Suite(u64, Oid, usize),
    WorkflowRun(u64, Oid, usize),
    /// Repository id, and path of a template for pull requests.
    Template(u64, String),
    Blob(u64, Oid),
    /// Repository id, tree, path with a slash at its end unless it is empty.
    Tree(u64, Oid, String),
    /// Repository id, path, what is there.
    TreeEntry(u64, String, Mode, Oid),
    /// Id of the pull request and a commit of it.
    PullCommit(u64, Oid),
    /// Id of the pull request and position of what hangs on it.
    ChangedFile(u64, usize),
    Review(u64, usize),
    Remark(u64, usize),
    Thread(u64, usize),
    Mutation,
    Payload(Payload),
    Connection(Box<Connection>),
    Edge(Box<Connection>, usize),
    PageInfo(PageInfo),
}

/// What a mutation gives back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Payload {
    pub(super) type_name: &'static str,
    pub(super) client_mutation_id: Option<String>,
    /// Repository id, commit and branch that were written.
    pub(super) commit: Option<(u64, Oid, String)>,
    /// Id of the pull request that was changed.
    pub(super) pull: Option<u64>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) type_name: &'static str,
    pub(super) total: usize,
    /// Position of the first item.
    pub(super) offset: usize,
    /// Items that can be reached: `total`, or the cap of search.
    pub(super) reachable: usize,
    pub(super) items: Vec<Object>,
}

/// Where a page lies in its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageInfo {
    /// Position of the first item.
    pub(super) start: usize,
    /// Position after the last item.
    pub(super) end: usize,
    /// Items that can be reached.
    pub(super) reachable: usize,
}

impl Object {
    /// `__typename`.
    pub(super) fn type_name<'s>(&self, state: &'s State) -> &'s str {
        let is_pull = |issue: Option<&Issue>| issue.is_some_and(|issue| issue.pull.is_some());
        match self {
            Self::Query => "Query",
            Self::RateLimit => "RateLimit",
            Self::Account(id) => state
                .accounts
                .get(id)
                .map_or(AccountKind::User, |account| account.kind)
                .as_str(),
            Self::Repository(_) => "Repository",
            Self::Issue(id) if is_pull(state.issues.get(id)) => "PullRequest",
            Self::Issue(_) => "Issue",
            Self::Comment(_) => "IssueComment",
            Self::Event(issue, index) => state
                .issues
                .get(issue)
                .and_then(|issue| issue.events.get(*index))
                .map_or("LabeledEvent", |event| event.kind.graphql_names().0),
            Self::Label(..) => "Label",
            Self::CountedPull(..) => "PullRequest",
            Self::Language(_) => "Language",
            Self::License(_) => "License",
            Self::Interaction(_) => "RepositoryInteractionAbility",
            Self::Ref(..) => "Ref",
            Self::Commit(..) => "Commit",
            Self::GitActor(..) => "GitActor",
            Self::Signature(..) => "GpgSignature",
            Self::Rollup(..) => "StatusCheckRollup",
            Self::CheckRun(..) => "CheckRun",
            Self::StatusContext(..) => "StatusContext",
            Self::Suite(..) => "CheckSuite",
            Self::WorkflowRun(..) => "WorkflowRun",
            Self::Template(..) => "PullRequestTemplate",
            Self::Blob(..) => "Blob",
            Self::Tree(..) => "Tree",
            Self::TreeEntry(..) => "TreeEntry",
            Self::PullCommit(..) => "PullRequestCommit",
            Self::ChangedFile(..) => "PullRequestChangedFile",
            Self::Review(..) => "PullRequestReview",
            Self::Remark(..) => "PullRequestReviewComment",
            Self::Thread(..) => "PullRequestReviewThread",
            Self::Mutation => "Mutation",
            Self::Payload(payload) => payload.type_name,
            Self::Connection(connection) => connection.type_name,
            Self::Edge(connection, _) => match connection.type_name {
                "SearchResultItemConnection" => "SearchResultItemEdge",
                "PullRequestConnection" => "PullRequestEdge",
                "LabelConnection" => "LabelEdge",
                "UserConnection" => "UserEdge",
                "AssigneeConnection" => "AssigneeEdge",
                "IssueCommentConnection" => "IssueCommentEdge",
                "IssueTimelineItemsConnection" => "IssueTimelineItemsEdge",
                _ => "IssueEdge",
            },
            Self::PageInfo(_) => "PageInfo",
        }
    }
}
