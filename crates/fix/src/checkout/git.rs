//! The git program: where it is, what it is told, and that it is told nothing else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

use super::remote::Remote;

/// What is switched off in every call. Most of it is off by default; a default can change, and a
/// repository must not be able to.
const CONFIG: &[&str] = &[
    // Nothing of somebody else's is run.
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "core.attributesFile=/dev/null",
    "core.askPass=",
    "credential.helper=",
    "credential.interactive=false",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    // Nothing is fetched but what is asked for.
    "fetch.recurseSubmodules=false",
    "transfer.bundleURI=false",
    "protocol.allow=never",
    "http.followRedirects=false",
    "http.sslVerify=true",
    "http.extraHeader=",
    // A server that sends next to nothing for a minute is gone.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
    // What comes is checked, stored as one pack, and not unpacked in memory.
    "transfer.fsckObjects=true",
    "fetch.unpackLimit=1",
    "pack.threads=1",
    "core.bigFileThreshold=8m",
    "core.packedGitWindowSize=32m",
    "core.packedGitLimit=256m",
    "core.deltaBaseCacheLimit=32m",
    // What is shown is what is there.
    "core.quotePath=true",
    "core.precomposeUnicode=false",
    "color.ui=false",
    "diff.external=",
    "diff.mnemonicPrefix=false",
    "diff.noprefix=false",
    "diff.orderFile=/dev/null",
    "diff.submodule=short",
    "diff.suppressBlankEmpty=false",
    "i18n.commitEncoding=UTF-8",
];

/// The git program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    program: PathBuf,
    path: OsString,
}

/// There is no git here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no program `git` in {}; install git 2.40 or newer, with HTTPS", path.display())]
pub struct GitMissing {
    path: OsString,
}

impl Git {
    /// Finds git in the directories of `path`, written as the variable PATH is. Directories that are
    /// not absolute are left out.
    ///
    /// # Errors
    /// It is in none of them.
    pub fn find(path: impl Into<OsString>) -> Result<Self, GitMissing> {
        let path = path.into();
        let found = std::env::split_paths(&path)
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join("git"))
            .find(|git| {
                rustix::fs::access(git, rustix::fs::Access::EXEC_OK).is_ok() && git.is_file()
            });
        match found {
            Some(program) => Ok(Self { program, path }),
            None => Err(GitMissing { path }),
        }
    }

    /// A call on the bare repository `repository`, with `home` as home and current directory.
    pub(super) fn command(&self, repository: &Path, home: &Path) -> Command {
        let mut command = self.bare(home);
        let mut git_dir = OsString::from("--git-dir=");
        git_dir.push(repository);
        command.arg(git_dir);
        command
    }

    /// A call on no repository.
    pub(super) fn bare(&self, home: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(home);
        command.envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_PROTOCOL_FROM_USER", "0"),
            // Where nothing is fetched, no protocol is allowed at all.
            ("GIT_ALLOW_PROTOCOL", ""),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
        ]);
        command.envs([
            ("HOME", home.as_os_str()),
            ("XDG_CONFIG_HOME", home.as_os_str()),
            ("TMPDIR", home.as_os_str()),
            ("PATH", &self.path),
        ]);
        command.args(["--no-pager", "--no-replace-objects"]);
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        command
    }

    /// A call that may fetch from `remote`, and from nowhere else.
    pub(super) fn fetching(&self, repository: &Path, home: &Path, remote: &Remote) -> Command {
        let mut command = self.command(repository, home);
        command.env("GIT_ALLOW_PROTOCOL", remote.scheme());
        for (name, value) in [
            (format!("protocol.{}.allow", remote.scheme()), "always"),
            ("http.proxy".to_owned(), remote.proxy()),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
    }
}
