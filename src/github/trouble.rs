//! What can go wrong at GitHub, as data: the ledger decides from it when to come back, and whether
//! a write may have happened.

use std::fmt;

use crate::clock::UnixMillis;

/// Why a read gave no answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A limit of GitHub: nothing of this kind may be sent before `at`.
    WaitUntil {
        /// First instant at which it is worth asking again.
        at: UnixMillis,
        /// Which limit, for logs and `status`.
        why: String,
    },
    /// Passing trouble (5xx, transport): ask again with the ordinary back-off.
    Retry {
        /// What happened.
        why: String,
    },
    /// The owner has to connect the account again.
    Reconnect(vault::Failure),
    /// A setting at Auth0 or here is wrong; the failure names it.
    Configuration(vault::Failure),
    /// GitHub answered "Resource not accessible by integration".
    AppCannotAct {
        /// What was asked for.
        what: String,
    },
    /// It does not exist, or not for this account (404, 410).
    Gone {
        /// What was asked for.
        what: String,
    },
    /// GitHub knows the account and says no.
    Forbidden {
        /// GitHub's words.
        why: String,
    },
    /// GitHub does not understand the request, for example a search text with an unknown word.
    Invalid {
        /// GitHub's words.
        why: String,
    },
    /// The answer is not what GitHub documents.
    Malformed {
        /// What was expected and what came.
        why: String,
    },
}

impl Trouble {
    /// GitHub answered, and asking the same again will not help.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::AppCannotAct { .. }
            | Self::Gone { .. }
            | Self::Forbidden { .. }
            | Self::Invalid { .. }
            | Self::Malformed { .. } => true,
            Self::WaitUntil { .. }
            | Self::Retry { .. }
            | Self::Reconnect(_)
            | Self::Configuration(_) => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitUntil { at, why } => {
                write!(
                    f,
                    "GitHub asks to wait until unix time {}: {why}",
                    at.seconds()
                )
            }
            Self::Retry { why } => write!(f, "GitHub could not answer: {why}"),
            Self::Reconnect(failure) | Self::Configuration(failure) => write!(f, "{failure}"),
            Self::AppCannotAct { what } => write!(
                f,
                "this connection is a GitHub App and may not act on {what}: \
                 it reaches only repositories where the app is installed. \
                 Connect an OAuth App instead, or have the app installed there"
            ),
            Self::Gone { what } => {
                write!(
                    f,
                    "GitHub has no {what}, or does not show it to this account"
                )
            }
            Self::Forbidden { why } => write!(f, "GitHub forbids it: {why}"),
            Self::Invalid { why } => write!(f, "GitHub does not accept the request: {why}"),
            Self::Malformed { why } => write!(f, "GitHub's answer cannot be read: {why}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// Why a write was not confirmed. Only [`WriteTrouble::Unknown`] may have been executed.
#[derive(Clone, Debug)]
pub enum WriteTrouble {
    /// It never reached GitHub, or GitHub turned it away at the door (401).
    NotSent(Trouble),
    /// GitHub received it and refused; repeating it as it is makes no sense.
    Refused {
        /// What kind of no.
        kind: Refusal,
        /// GitHub's words, capped.
        message: String,
    },
    /// GitHub received it, did not execute it, and says when it may come again.
    WaitUntil {
        /// First instant at which it may be sent again.
        at: UnixMillis,
        /// Which limit.
        why: String,
    },
    /// It may have been executed: look for it before anything else.
    Unknown(String),
}

/// How GitHub refused a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The conversation is locked.
    Locked,
    /// The account is blocked by the repository's owner or by the author of the issue.
    Blocked,
    /// The repository limits who may interact for a while.
    InteractionLimit,
    /// Issue or repository is gone, or not shown to this account.
    Gone,
    /// The repository has moved; whatever was approved was approved for the old place.
    Moved {
        /// Where GitHub points to, when it says so.
        location: Option<String>,
    },
    /// The connection is a GitHub App that is not installed there.
    AppCannotAct,
    /// The repository is archived: nothing can be written there any more.
    Archived,
    /// The repository may not be forked.
    ForkingForbidden,
    /// The account has a fork of another repository of the same family, and so can have none of this one.
    OtherFork {
        /// `owner/name` of the fork it has.
        slug: String,
    },
    /// The fork is there, its git data is not yet: ask again.
    NotReady,
    /// Only collaborators may open pull requests there.
    CollaboratorsOnly,
    /// The account has as many open pull requests there as it may have.
    PullLimit,
    /// There is an open pull request from that branch.
    PullExists,
    /// The branch holds nothing that its base has not.
    NoCommits,
    /// The pull request is closed.
    PullClosed,
    /// The repository takes no drafts.
    DraftsUnsupported,
    /// Maintainers cannot be let into that branch: open it without.
    MaintainerEditsForbidden,
    /// The branch is not where it was expected.
    Stale,
    /// The branch is there already.
    RefExists,
    /// The branch with the work is not there.
    BranchGone,
    /// The branch that the work goes into is not there.
    BaseGone,
    /// The repository does not have the commit.
    CommitMissing,
    /// The token lacks a scope.
    ScopeMissing {
        /// One that would do.
        needed: String,
    },
    /// The change touches workflows, and the token may not.
    WorkflowScope,
    /// The organisation lets this kind of token not write there.
    AppRestricted,
    /// Any other 403.
    Forbidden,
    /// GitHub does not accept the content (4xx).
    Invalid(String),
}

impl fmt::Display for WriteTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(trouble) => write!(f, "not sent: {trouble}"),
            Self::Refused { kind, message } => write!(f, "refused ({kind}): {message}"),
            Self::WaitUntil { at, why } => {
                write!(
                    f,
                    "not executed, wait until unix time {}: {why}",
                    at.seconds()
                )
            }
            Self::Unknown(why) => write!(f, "it is not known whether it happened: {why}"),
        }
    }
}

impl std::error::Error for WriteTrouble {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the issue is locked"),
            Self::Blocked => f.write_str("this account is blocked there"),
            Self::InteractionLimit => {
                f.write_str("the repository limits interactions at the moment")
            }
            Self::Gone => f.write_str("it no longer exists"),
            Self::Moved { location: Some(to) } => write!(f, "the repository moved to {to}"),
            Self::Moved { location: None } => f.write_str("the repository moved"),
            Self::AppCannotAct => {
                f.write_str("the connection is a GitHub App that is not installed there")
            }
            Self::Archived => f.write_str("the repository is archived"),
            Self::ForkingForbidden => f.write_str("the repository may not be forked"),
            Self::OtherFork { slug } => write!(
                f,
                "this account has a fork of a related repository, {slug}, and so can have none of this one"
            ),
            Self::NotReady => f.write_str("the fork is still being made"),
            Self::CollaboratorsOnly => {
                f.write_str("only collaborators may open pull requests there")
            }
            Self::PullLimit => {
                f.write_str("this account may not have more open pull requests there")
            }
            Self::PullExists => f.write_str("there is an open pull request from that branch"),
            Self::NoCommits => f.write_str("the branch holds nothing that its base has not"),
            Self::PullClosed => f.write_str("the pull request is closed"),
            Self::DraftsUnsupported => f.write_str("the repository takes no drafts"),
            Self::MaintainerEditsForbidden => {
                f.write_str("maintainers cannot be let into that branch")
            }
            Self::Stale => f.write_str("the branch is not where it was expected"),
            Self::RefExists => f.write_str("the branch is there already"),
            Self::BranchGone => f.write_str("the branch with the work is not there"),
            Self::BaseGone => f.write_str("the branch that the work goes into is not there"),
            Self::CommitMissing => f.write_str("the repository does not have the commit"),
            Self::ScopeMissing { needed } => write!(
                f,
                "the token lacks the scope {needed}: grant it at Auth0's GitHub connection and connect \
                 the account again"
            ),
            Self::WorkflowScope => f.write_str(
                "the change touches workflows, which this connection may not (it has no workflow scope)",
            ),
            Self::AppRestricted => {
                f.write_str("the organisation lets this kind of connection not write there")
            }
            Self::Forbidden => f.write_str("forbidden"),
            Self::Invalid(what) => write!(f, "not valid: {what}"),
        }
    }
}

/// GitHub's or the network's words, fit for a log line: one line, printable, at most 300 characters.
pub(super) fn words(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text
        .split_whitespace()
        .flat_map(|w| w.chars().chain([' ']))
        .enumerate()
    {
        if count >= 300 {
            out.push('…');
            return out;
        }
        out.push(if c.is_control() { '\u{fffd}' } else { c });
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_one_printable_line_of_bounded_length() {
        assert_eq!(words("a\n  b\u{1b}[31m"), "a b\u{fffd}[31m");
        assert_eq!(words(&"x".repeat(1000)).chars().count(), 301);
    }
}
