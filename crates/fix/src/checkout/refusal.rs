//! What a failed fetch means, read from what git says about it.

use std::time::Duration;

use thiserror::Error;

use super::calls::MirrorError;
use super::mirror::Want;
use super::remote::Remote;
use crate::objects::CommitId;

/// Why there is no mirror. Nothing of it is left on disk.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The host did not answer, or the connection broke.
    #[error(
        "{remote} cannot be reached: {said}; try again later, and see whether this machine has a network"
    )]
    Unreachable {
        /// Whom we asked.
        remote: Remote,
        /// What git said.
        said: String,
    },
    /// There is no such repository, or none that can be read without logging in.
    #[error(
        "{remote} is no repository that everybody can read: {said}; see whether it was renamed, made private or deleted"
    )]
    NotFound {
        /// Whom we asked.
        remote: Remote,
        /// What git said.
        said: String,
    },
    /// The repository does not have what was asked for.
    #[error(
        "{remote} does not have {want}; it may be empty, or its branch was renamed or force-pushed: look it up again"
    )]
    NoSuchCommit {
        /// Whom we asked.
        remote: Remote,
        /// For what.
        want: Want,
    },
    /// It sends us to another address.
    #[error(
        "{remote} redirects to another address, which is not followed; the repository was probably renamed: look up its address again"
    )]
    Redirected {
        /// Whom we asked.
        remote: Remote,
    },
    /// One commit is larger than the limit on disk or in memory.
    #[error("{remote} is larger than {} MiB on disk, or needs more than {} MiB of memory; leave it, or raise the limits", disk >> 20, memory >> 20)]
    TooLarge {
        /// Whom we asked.
        remote: Remote,
        /// The limit on disk, in bytes.
        disk: u64,
        /// The limit in memory, in bytes.
        memory: u64,
    },
    /// It took too long.
    #[error("{remote} was not fetched within {} s; try again later, or raise the limit", after.as_secs())]
    TimedOut {
        /// Whom we asked.
        remote: Remote,
        /// The limit.
        after: Duration,
    },
    /// Its objects have SHA-256 ids.
    #[error(
        "{remote} has SHA-256 objects, which GitHub and bountyd do not know; it cannot be worked on"
    )]
    Sha256 {
        /// Whom we asked.
        remote: Remote,
    },
    /// Git's own check refused an object.
    #[error(
        "{remote} holds objects that git refuses: {said}; it is damaged or an attack, leave it alone"
    )]
    Malformed {
        /// Whom we asked.
        remote: Remote,
        /// What git said.
        said: String,
    },
    /// The server does not speak git's protocol.
    #[error(
        "{remote} does not answer as a git server does: {said}; see whether the address is right"
    )]
    NotGit {
        /// Whom we asked.
        remote: Remote,
        /// What git said.
        said: String,
    },
    /// It sent another commit than the one we asked for.
    #[error("{remote} sent {got} when asked for {want}; do not trust it")]
    OtherCommit {
        /// Whom we asked.
        remote: Remote,
        /// For what.
        want: Want,
        /// What came.
        got: CommitId,
    },
    /// The asked branch has no name that git could have.
    #[error("`{}` is no name of a branch", .0.escape_default())]
    NoBranchName(String),
    /// A call of git on this machine failed.
    #[error(transparent)]
    Here(#[from] MirrorError),
}

/// What git's words say happened. They choose the words of a refusal and nothing else: a server can
/// write many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Unreachable,
    NotFound,
    NoSuchCommit,
    Redirected,
    TooLarge,
    Sha256,
    Malformed,
    NotGit,
}

/// In this order: the first that is found is the reason.
const REASONS: &[(&str, Reason)] = &[
    ("died of signal 25", Reason::TooLarge),
    ("File too large", Reason::TooLarge),
    ("Out of memory", Reason::TooLarge),
    ("out of memory", Reason::TooLarge),
    ("mmap failed", Reason::TooLarge),
    ("mismatched algorithms", Reason::Sha256),
    ("returned error: 30", Reason::Redirected),
    (
        "unable to update url base from redirection",
        Reason::Redirected,
    ),
    ("couldn't find remote ref", Reason::NoSuchCommit),
    ("not our ref", Reason::NoSuchCommit),
    ("unadvertised object", Reason::NoSuchCommit),
    ("unable to find remote helper", Reason::NotGit),
    ("not found", Reason::NotFound),
    ("returned error: 40", Reason::NotFound),
    ("returned error: 410", Reason::NotFound),
    ("returned error: 451", Reason::NotFound),
    ("terminal prompts disabled", Reason::NotFound),
    ("unable to get password from user", Reason::NotFound),
    ("Authentication failed", Reason::NotFound),
    ("Could not resolve", Reason::Unreachable),
    ("Failed to connect", Reason::Unreachable),
    ("Could not connect", Reason::Unreachable),
    ("Connection refused", Reason::Unreachable),
    ("Connection timed out", Reason::Unreachable),
    ("Operation too slow", Reason::Unreachable),
    ("Empty reply", Reason::Unreachable),
    ("Recv failure", Reason::Unreachable),
    ("SSL", Reason::Unreachable),
    ("certificate", Reason::Unreachable),
    ("returned error: 429", Reason::Unreachable),
    ("returned error: 5", Reason::Unreachable),
    ("fsck error", Reason::Malformed),
    ("error in object", Reason::Malformed),
    ("error in packed object", Reason::Malformed),
    ("error in tag", Reason::Malformed),
    ("invalid ls-refs response", Reason::NotGit),
    ("index-pack", Reason::NotGit),
    ("unable to access", Reason::Unreachable),
];

/// Reads the end of git's standard error.
pub(super) fn reason(stderr: &[u8]) -> Reason {
    let ours: Vec<String> = lines(stderr).collect();
    REASONS
        .iter()
        .find(|(words, _)| ours.iter().any(|line| line.contains(words)))
        .map_or(Reason::NotGit, |(_, reason)| *reason)
}

/// One line that says why, fit to be shown: printable, at most 300 characters.
pub(super) fn said(stderr: &[u8]) -> String {
    let ours: Vec<String> = lines(stderr).collect();
    let line = ours
        .iter()
        .find(|line| line.starts_with("fatal: ") || line.starts_with("error: "))
        .or(ours.last());
    match line {
        Some(line) => line
            .chars()
            .take(300)
            .map(|c| {
                if c.is_ascii_graphic() || c == ' ' {
                    c
                } else {
                    '?'
                }
            })
            .collect(),
        None => "git said nothing".to_owned(),
    }
}

/// The lines that git wrote itself; not its progress, and not what the server wanted said.
fn lines(stderr: &[u8]) -> impl Iterator<Item = String> {
    stderr
        .split(|b| matches!(b, b'\n' | b'\r'))
        .map(|line| String::from_utf8_lossy(line).trim().to_owned())
        .filter(|line| !line.is_empty() && !line.starts_with("remote: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_understood() {
        for (text, expected) in [
            (
                "fatal: unable to access 'https://h/': Could not resolve host: h",
                Reason::Unreachable,
            ),
            (
                "fatal: unable to access 'http://127.0.0.1:1/': Failed to connect to 127.0.0.1 port 1",
                Reason::Unreachable,
            ),
            (
                "fatal: repository 'https://github.com/o/r/' not found",
                Reason::NotFound,
            ),
            (
                "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
                Reason::NotFound,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 301",
                Reason::Redirected,
            ),
            (
                "fatal: unable to access 'https://h/': The requested URL returned error: 503",
                Reason::Unreachable,
            ),
            ("fatal: couldn't find remote ref HEAD", Reason::NoSuchCommit),
            (
                "fatal: remote error: upload-pack: not our ref 1234",
                Reason::NoSuchCommit,
            ),
            (
                "fatal: mismatched algorithms: client sha1; server sha256",
                Reason::Sha256,
            ),
            ("error: index-pack died of signal 25", Reason::TooLarge),
            (
                "error: object 12: missingSpaceBeforeDate\nfatal: fsck error in packed object",
                Reason::Malformed,
            ),
            (
                "fatal: protocol error: bad line length character: <htm",
                Reason::NotGit,
            ),
            ("", Reason::NotGit),
        ] {
            assert_eq!(reason(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_server_s_own_words_explain_nothing() {
        let text = b"remote: Could not resolve host\rremote: not found\nfatal: protocol error: x\n";
        assert_eq!(reason(text), Reason::NotGit);
        assert_eq!(said(text), "fatal: protocol error: x");
    }

    #[test]
    fn what_is_shown_is_printable_and_short() {
        let text = format!("fatal: \u{1b}[2J\u{202e}{}", "x".repeat(1000));
        let said = said(text.as_bytes());
        assert!(
            said.starts_with("fatal: ?[2J?x") && said.len() == 300,
            "{said}"
        );
    }
}
