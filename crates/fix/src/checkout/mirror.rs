//! The bare repository and its one fetch.

use std::fmt;
use std::io;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;

use super::calls::{Calls, MirrorError, ONE_LINE};
use super::git::Git;
use super::limits::Limits;
use super::process::{converse, read_most};
use super::refusal::{FetchError, Reason, reason, said};
use super::remote::Remote;
use crate::objects::CommitId;
use crate::walk::PrivateDir;

/// Where the fetched commit stands in the mirror.
const BASE: &str = "refs/bountyd/base";
/// How often the size on disk is looked at while fetching.
const LOOK: Duration = Duration::from_millis(100);

/// What to fetch: one commit, without what came before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// The tip of the default branch.
    DefaultBranch,
    /// The tip of this branch.
    Branch(String),
    /// This commit.
    Commit(CommitId),
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultBranch => f.write_str("a default branch"),
            Self::Branch(name) => write!(f, "the branch `{}`", name.escape_default()),
            Self::Commit(id) => write!(f, "the commit {id}"),
        }
    }
}

/// A bare repository that holds one commit of a stranger's repository and what we add to it. It has no
/// work tree and never runs anything; dropping it removes it.
#[derive(Debug)]
pub struct Mirror {
    pub(super) calls: Calls,
    base: CommitId,
}

impl Mirror {
    /// Fetches one commit into the new directory `room`, which only this user can enter.
    ///
    /// # Errors
    /// See [`FetchError`]. Whatever it is, and also when this future is dropped, no process and no file
    /// is left. When this process itself is killed nobody is there to do that: git then ends with its
    /// control group or at its own limits, and `room` is to be removed at the next start.
    pub async fn fetch(
        git: Git,
        remote: &Remote,
        want: &Want,
        room: &FsPath,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FetchError> {
        let asked = match want {
            Want::DefaultBranch => "HEAD".to_owned(),
            Want::Branch(name) if is_branch_name(name) => format!("refs/heads/{name}"),
            Want::Branch(name) => return Err(FetchError::NoBranchName(name.clone())),
            Want::Commit(id) => id.to_string(),
        };
        let room = PrivateDir::make(room).map_err(MirrorError::from)?;
        let calls = Calls::on_new(git, limits, clock, room).await?;
        fetch(&calls, remote, want, &asked).await?;
        let base = resolve_base(&calls).await?;
        match want {
            Want::Commit(id) if *id != base => Err(FetchError::OtherCommit {
                remote: remote.clone(),
                want: want.clone(),
                got: base,
            }),
            _ => Ok(Self { calls, base }),
        }
    }

    /// The commit that was fetched.
    #[must_use]
    pub fn base(&self) -> CommitId {
        self.base
    }

    /// The bare repository.
    #[must_use]
    pub fn git_dir(&self) -> PathBuf {
        self.calls.git_dir()
    }

    /// The limits it works under.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.calls.limits
    }
}

async fn fetch(calls: &Calls, remote: &Remote, want: &Want, asked: &str) -> Result<(), FetchError> {
    let mut command = calls.git.fetching(&calls.git_dir(), &calls.home(), remote);
    command
        .args([
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-write-fetch-head",
        ])
        .args([
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--refmap=",
            "--",
        ])
        .arg(remote.url())
        .arg(format!("+{asked}:{BASE}"));
    let after = calls.limits.fetch_time;
    let deadline = calls.clock.monotonic() + after;
    let running = calls.start(command)?;
    drop(running.stdin);
    let talk = converse::<_, MirrorError>(
        running.group,
        running.stderr,
        std::future::ready(Ok(())),
        async { Ok(read_most(running.stdout, ONE_LINE).await?) },
    );
    let ended = tokio::select! {
        ended = talk => ended?.1,
        () = calls.clock.sleep_until(deadline) => {
            return Err(FetchError::TimedOut { remote: remote.clone(), after });
        }
        outgrown = outgrown(calls) => {
            outgrown.map_err(MirrorError::from)?;
            return Err(too_large(calls, remote));
        }
    };
    // What was written since the last look counts too; and a helper that reached the limit of a file was
    // ended by the kernel, of which git says nothing.
    let bytes = size(&calls.git_dir()).map_err(MirrorError::from)?;
    match ended.status.success() {
        true if bytes <= calls.limits.mirror_bytes => return Ok(()),
        false if bytes < calls.limits.mirror_bytes => {}
        _ => return Err(too_large(calls, remote)),
    }
    let said = said(&ended.stderr);
    let remote = remote.clone();
    Err(match reason(&ended.stderr) {
        Reason::Unreachable => FetchError::Unreachable { remote, said },
        Reason::NotFound => FetchError::NotFound { remote, said },
        Reason::NoSuchCommit => {
            let want = want.clone();
            FetchError::NoSuchCommit { remote, want }
        }
        Reason::Redirected => FetchError::Redirected { remote },
        Reason::TooLarge => too_large(calls, &remote),
        Reason::Sha256 => FetchError::Sha256 { remote },
        Reason::Malformed => FetchError::Malformed { remote, said },
        Reason::NotGit => FetchError::NotGit { remote, said },
    })
}

fn too_large(calls: &Calls, remote: &Remote) -> FetchError {
    FetchError::TooLarge {
        remote: remote.clone(),
        disk: calls.limits.mirror_bytes,
        memory: calls.limits.memory,
    }
}

/// Ends when more is on disk than may be.
async fn outgrown(calls: &Calls) -> io::Result<()> {
    loop {
        calls
            .clock
            .sleep_until(calls.clock.monotonic() + LOOK)
            .await;
        if size(&calls.git_dir())? > calls.limits.mirror_bytes {
            return Ok(());
        }
    }
}

async fn resolve_base(calls: &Calls) -> Result<CommitId, MirrorError> {
    let mut command = calls.command();
    command.args(["rev-parse", "--verify", "--end-of-options"]);
    command.arg(format!("{BASE}^{{commit}}"));
    calls.ask_id(command, "rev-parse").await.map(CommitId)
}

/// Bytes of all files below `dir`, which git alone writes to; one that is gone meanwhile has none.
fn size(dir: &FsPath) -> io::Result<u64> {
    let mut bytes = 0;
    let mut ahead = vec![dir.to_owned()];
    while let Some(dir) = ahead.pop() {
        let entries = match std::fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => ahead.push(entry.path()),
                Ok(metadata) => bytes += metadata.len(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(bytes)
}

/// The rules of `git check-ref-format` that a name can break, read strictly.
fn is_branch_name(name: &str) -> bool {
    let odd = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.ends_with(".lock")
    };
    name.len() <= 255
        && name != "@"
        && !name.starts_with('-')
        && !name.contains(odd)
        && !name.contains("..")
        && !name.contains("@{")
        && name.split('/').all(part)
}
