//! Calls of git on one bare repository: each limited in time, memory and what it may write.

use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use gate::tree::Path;
use thiserror::Error;
use tokio::io::AsyncWriteExt;

use super::git::Git;
use super::limits::Limits;
use super::process::{Running, Use, converse, read_most};
use crate::objects::{BadPath, HashError, ObjectId, TreeId};
use crate::walk::PrivateDir;

/// Bytes that are read of an answer that is one line.
pub(super) const ONE_LINE: u64 = 4096;

/// Why something could not be done with a mirror.
#[derive(Debug, Error)]
pub enum MirrorError {
    /// The system refused.
    #[error(
        "git cannot be run on the mirror: {0}; check the space and the rights in the work directory"
    )]
    System(#[from] io::Error),
    /// A call took too long.
    #[error("`git {call}` did not end within {} s; the repository is made to be slow, or this machine is too busy", after.as_secs())]
    TimedOut {
        /// Which command.
        call: &'static str,
        /// The limit.
        after: Duration,
    },
    /// A call failed.
    #[error("`git {call}` failed: {said}")]
    Failed {
        /// Which command.
        call: &'static str,
        /// What git said.
        said: String,
    },
    /// A call answered what it should not.
    #[error("`git {0}` gave an answer that makes no sense; is it git?")]
    Garbled(&'static str),
    /// Too many files.
    #[error("the repository has more than {0} files; leave it, or raise the limit")]
    TooManyFiles(usize),
    /// One file is too large.
    #[error("`{}` has {bytes} bytes, more than the {cap} that one file may have; leave the repository, or raise the limit", path.escape_ascii())]
    FileTooLarge {
        /// The file.
        path: Path,
        /// Its size.
        bytes: u64,
        /// The limit.
        cap: u64,
    },
    /// All files together are too large.
    #[error("the files of the repository have more than {0} bytes; leave it, or raise the limit")]
    TooLarge(u64),
    /// A path that cannot be there.
    #[error("{0}; the repository is an attack on whoever checks it out, leave it alone")]
    Path(#[from] BadPath),
    /// What we read is not what git says it is.
    #[error(
        "the tree {0} is not written as git writes trees today, so a change of it could not be checked; leave the repository"
    )]
    NotCanonical(TreeId),
    /// Something in a tree that git cannot store.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Git computed another id than we did.
    #[error("git does not know {0}, which we just wrote; do not go on with this tree")]
    NotWritten(ObjectId),
}

/// What a call needs.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) git: Git,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    room: PrivateDir,
}

impl Calls {
    /// Makes an empty bare repository in `room`.
    pub(super) async fn on_new(
        git: Git,
        limits: Limits,
        clock: Arc<dyn Clock>,
        room: PrivateDir,
    ) -> Result<Self, MirrorError> {
        let calls = Self {
            git,
            limits,
            clock,
            room,
        };
        std::fs::create_dir(calls.home())?;
        let mut command = calls.git.bare(&calls.home());
        command
            .args([
                "init",
                "--quiet",
                "--bare",
                "--template=",
                "--object-format=sha1",
            ])
            .args(["--initial-branch=none", "--"])
            .arg(calls.git_dir());
        calls.ask(command, "init").await?;
        Ok(calls)
    }

    /// The bare repository.
    pub(super) fn git_dir(&self) -> PathBuf {
        self.room.path().join("git")
    }

    /// An empty directory, which git takes for its user's.
    pub(super) fn home(&self) -> PathBuf {
        self.room.path().join("home")
    }

    /// A call on the bare repository that uses no network.
    pub(super) fn command(&self) -> Command {
        self.git.command(&self.git_dir(), &self.home())
    }

    pub(super) fn start(&self, command: Command) -> Result<Running, MirrorError> {
        let most = Use {
            file_bytes: self.limits.mirror_bytes,
            memory: self.limits.memory,
        };
        Ok(Running::start(command, &most)?)
    }

    /// Gives `work` the time that one call has.
    pub(super) async fn in_time<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, MirrorError>>,
    ) -> Result<T, MirrorError> {
        let after = self.limits.call_time;
        tokio::select! {
            done = work => done,
            () = self.clock.sleep_until(self.clock.monotonic() + after) => {
                Err(MirrorError::TimedOut { call, after })
            }
        }
    }

    /// Runs a call that reads nothing, and returns its first line.
    pub(super) async fn ask(
        &self,
        command: Command,
        call: &'static str,
    ) -> Result<Vec<u8>, MirrorError> {
        self.tell(command, call, b"").await
    }

    /// Runs a call that reads `input`, and returns its first line.
    pub(super) async fn tell(
        &self,
        command: Command,
        call: &'static str,
        input: &[u8],
    ) -> Result<Vec<u8>, MirrorError> {
        let running = self.start(command)?;
        let mut stdin = running.stdin;
        let feed = async move { stdin.write_all(input).await };
        let take = async { Ok(read_most(running.stdout, ONE_LINE).await?.0) };
        let talk = converse(running.group, running.stderr, feed, take);
        let (answer, ended) = self.in_time(call, talk).await?;
        ended.check(call)?;
        Ok(answer)
    }

    /// As [`Calls::ask`], where the answer is an id.
    pub(super) async fn ask_id(
        &self,
        command: Command,
        call: &'static str,
    ) -> Result<ObjectId, MirrorError> {
        as_id(&self.ask(command, call).await?).ok_or(MirrorError::Garbled(call))
    }
}

/// The id that a call printed.
pub(super) fn as_id(answer: &[u8]) -> Option<ObjectId> {
    ObjectId::parse(answer.strip_suffix(b"\n")?).ok()
}
