//! The tools, by name. A rule can name no other.

use std::fmt;

use super::Undoing;

/// What kind of thing a tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tells a client about itself and its own requests; no rule is needed.
    Own,
    /// Reads in one repository.
    Read,
    /// Changes something in one repository, once.
    Write,
    /// Begins a job in one repository.
    Job,
}

/// Something that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// What this client may.
    ListMyPermissions,
    /// Where it may have something done.
    ListRepositories,
    /// One issue with its comments.
    GetIssue,
    /// Issues by words.
    SearchIssues,
    /// One pull request.
    GetPullRequest,
    /// Pull requests by their state.
    ListPullRequests,
    /// One file or directory.
    ReadFile,
    /// A comment.
    Comment,
    /// A new issue.
    CreateIssue,
    /// Labels more.
    Label,
    /// An issue closed.
    CloseIssue,
    /// A patch, up to its pull request.
    Fix,
    /// A patch of the client's own, up to its pull request.
    SubmitPatch,
    /// Where something stands.
    JobStatus,
    /// The same, later.
    JobWait,
    /// What came of it.
    JobResult,
    /// Nothing more of it.
    JobCancel,
}

impl Tool {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 17] = [
        Self::ListMyPermissions,
        Self::ListRepositories,
        Self::GetIssue,
        Self::SearchIssues,
        Self::GetPullRequest,
        Self::ListPullRequests,
        Self::ReadFile,
        Self::Comment,
        Self::CreateIssue,
        Self::Label,
        Self::CloseIssue,
        Self::Fix,
        Self::SubmitPatch,
        Self::JobStatus,
        Self::JobWait,
        Self::JobResult,
        Self::JobCancel,
    ];

    /// The name in the configuration and for clients.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListMyPermissions => "list_my_permissions",
            Self::ListRepositories => "list_repositories",
            Self::GetIssue => "get_issue",
            Self::SearchIssues => "search_issues",
            Self::GetPullRequest => "get_pull_request",
            Self::ListPullRequests => "list_pull_requests",
            Self::ReadFile => "read_file",
            Self::Comment => "comment",
            Self::CreateIssue => "create_issue",
            Self::Label => "label",
            Self::CloseIssue => "close_issue",
            Self::Fix => "fix",
            Self::SubmitPatch => "submit_patch",
            Self::JobStatus => "job_status",
            Self::JobWait => "job_wait",
            Self::JobResult => "job_result",
            Self::JobCancel => "job_cancel",
        }
    }

    /// Reads a name written by [`Tool::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::ListMyPermissions
            | Self::ListRepositories
            | Self::JobStatus
            | Self::JobWait
            | Self::JobResult
            | Self::JobCancel => Kind::Own,
            Self::Comment | Self::CreateIssue | Self::Label | Self::CloseIssue => Kind::Write,
            Self::Fix | Self::SubmitPatch => Kind::Job,
            Self::GetIssue
            | Self::SearchIssues
            | Self::GetPullRequest
            | Self::ListPullRequests
            | Self::ReadFile => Kind::Read,
        }
    }

    /// Whether it changes anything.
    #[must_use]
    pub const fn acts(self) -> bool {
        matches!(self.kind(), Kind::Write | Kind::Job)
    }

    /// Whether what it did can be taken back. A write of which nothing is said here cannot.
    #[must_use]
    pub const fn undoing(self) -> Undoing {
        match (self.kind(), self) {
            (Kind::Own | Kind::Read, _) | (_, Self::Label | Self::CloseIssue) => Undoing::Easy,
            (Kind::Job, _) | (_, Self::Comment | Self::CreateIssue) => Undoing::Seen,
            (Kind::Write, _) => Undoing::Impossible,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
