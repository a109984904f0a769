//! What an interrupted run leaves for the next one: answers, and what was begun. No secret is in it.

use std::collections::BTreeSet;
use std::fs::{Metadata, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Trouble;
use crate::crash;
use crate::daemon::make_directory;
use crate::exit::Exit;
use crate::setup::answers::Answers;
use crate::setup::plan::{Known, Part};

/// How the file is written. One with a higher number is not for us to read.
const VERSION: u32 = 1;

/// The file, and its contents.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    /// Of its directory, where that has to be made.
    mode: u32,
    /// Whether anything was in it.
    pub(super) resumed: bool,
    pub(super) kept: Kept,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    version: u32,
    /// Which tenant what was begun is in.
    #[serde(default)]
    base: Option<Url>,
    #[serde(default)]
    pub(super) answers: Answers,
    /// Objects that this run makes: what they lack belongs to it.
    #[serde(default)]
    begun: BTreeSet<String>,
    /// The tenant's plan has no Private Key JWT.
    #[serde(default)]
    pub(super) no_private_key_jwt: bool,
    /// The worker's secret is in its file, by this run or by the owner's hand.
    #[serde(default)]
    pub(super) secret_stored: bool,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl State {
    /// Reads what was left in `directory`, which gets this mode where it has to be made. It says whose tenant
    /// this is, so it is believed only where nobody else can have written it.
    pub(super) fn open((directory, mode): (&Path, u32), fresh: bool) -> Result<Self, Trouble> {
        let path = directory.join("init.json");
        let none = |path| Self {
            path,
            mode,
            resumed: false,
            kept: Kept {
                version: VERSION,
                ..Kept::default()
            },
        };
        if fresh {
            return Ok(none(path));
        }
        let odd = |why: String| {
            Trouble(
                Exit::Data,
                format!(
                    "{}: what an earlier run left cannot be read ({why}); start afresh with --fresh: what it made in the tenant is found again by its mark",
                    path.display()
                ),
            )
        };
        let text = match read_own(&path) {
            Ok(text) => text,
            // Where no directory can be, `save` says so.
            Err(error)
                if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) =>
            {
                return Ok(none(path));
            }
            Err(error) => {
                return Err(Trouble(
                    Exit::NoInput,
                    format!(
                        "{}: {error}; what it says would become your configuration. Run this as the user who began, or start afresh with --fresh",
                        path.display()
                    ),
                ));
            }
        };
        let Versioned { version } = serde_json::from_str(&text).map_err(|e| odd(e.to_string()))?;
        if version > VERSION {
            return Err(odd(format!(
                "a newer bountyd wrote it, format {version}, and this one knows {VERSION}"
            )));
        }
        let kept = serde_json::from_str(&text).map_err(|e| odd(e.to_string()))?;
        Ok(Self {
            path,
            mode,
            resumed: true,
            kept,
        })
    }

    /// From now on this is about the tenant at `base`; what was begun in another is not.
    pub(super) fn about(&mut self, base: &Url) {
        if self.kept.base.as_ref() != Some(base) {
            self.kept.begun.clear();
            self.kept.no_private_key_jwt = false;
            self.kept.secret_stored = false;
            self.kept.base = Some(base.clone());
        }
    }

    /// Writes it down, whole or not at all.
    pub(super) fn save(&self) -> Result<(), Trouble> {
        let failed = |error: &dyn std::fmt::Display| {
            Trouble(
                Exit::CannotCreate,
                format!(
                    "{}: {error}; nothing is changed in the tenant before it is written down here: make room, or run this as a user who may write there",
                    self.path.display()
                ),
            )
        };
        let directory = self.path.parent().unwrap_or(Path::new("."));
        make_directory(directory, self.mode).map_err(|error| failed(&error))?;
        let text = serde_json::to_vec_pretty(&self.kept).map_err(|error| failed(&error))?;
        write_whole(&self.path, &text, 0o600).map_err(|error| failed(&error))
    }

    /// Notes that an object is going to be made by this run.
    pub(super) fn begin(&mut self, part: Part) -> Result<(), Trouble> {
        self.kept.begun.insert(name(part).to_owned());
        self.save()?;
        crash::point("init.begun");
        Ok(())
    }

    /// Notes that the tenant refused to make it: one that is there later is another's.
    pub(super) fn refused(&mut self, part: Part) -> Result<(), Trouble> {
        self.kept.begun.remove(name(part));
        self.save()
    }

    /// What a plan has to know of it. `may_be_ours` says of what was found whether this run can have made it.
    pub(super) fn known(
        &self,
        secret_file_missing: bool,
        may_be_ours: impl Fn(Part) -> bool,
    ) -> Known {
        let fresh = |part| self.kept.begun.contains(name(part)) && may_be_ours(part);
        Known {
            worker_is_fresh: fresh(Part::Worker),
            login_is_fresh: fresh(Part::Login),
            connection_is_fresh: fresh(Part::Connection),
            no_private_key_jwt: self.kept.no_private_key_jwt,
            // What lies there before this run put it there may be another's.
            secret_file_missing: secret_file_missing
                || (fresh(Part::Worker) && !self.kept.secret_stored),
        }
    }

    /// All is done: nothing has to be gone on with.
    pub(super) fn forget(&self) -> Result<(), Trouble> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Trouble(
                Exit::Failure,
                format!("{}: {error}", self.path.display()),
            )),
            _ => Ok(()),
        }
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Worker => "worker",
        Part::Login => "login",
        Part::Connection => "connection",
        _ => "other",
    }
}

/// Reads a file that nobody but this user can have written.
fn read_own(path: &Path) -> std::io::Result<String> {
    let odd = std::io::Error::other::<String>;
    // A link would have another file read, and a pipe would have us wait for its writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = std::fs::File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => odd("it is a link".to_owned()),
            _ => error,
        })?;
    let (seen, us) = (file.metadata()?, geteuid().as_raw());
    if !seen.is_file() {
        return Err(odd("it is no regular file".to_owned()));
    }
    if seen.uid() != us {
        let whose = seen.uid();
        return Err(odd(format!(
            "it belongs to user {whose}, and you are user {us}"
        )));
    }
    if seen.mode() & 0o022 != 0 {
        return Err(odd("others may write it".to_owned()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Writes a file beside its place and moves it there; a half-written one is removed.
pub(super) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    put(path, bytes, mode, None, RenameFlags::empty())
}

/// As [`write_whole`], with mode and owner of `like`, if that is given; `flags` say what becomes of a file that
/// is there.
pub(super) fn put(
    path: &Path,
    bytes: &[u8],
    mode: u32,
    like: Option<&Metadata>,
    flags: RenameFlags,
) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // Left by a process that was killed.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mode = like.map_or(mode, |like| like.mode() & 0o7777);
    let written = (|| {
        let mut file = std::fs::File::options()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&beside)?;
        if let Some(like) = like {
            let made = file.metadata()?;
            if (made.uid(), made.gid()) != (like.uid(), like.gid()) {
                fchown(&file, Some(like.uid()), Some(like.gid()))?;
            }
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        renameat_with(CWD, &beside, CWD, path, flags).map_err(std::io::Error::from)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
        return written;
    }
    let directory = path.parent().filter(|p| *p != Path::new(""));
    std::fs::File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Every answer of last time, as a file with answers would have it.
pub(super) fn said(answers: &Answers) -> Result<String, Trouble> {
    let text = toml::to_string(answers);
    let text = text.map_err(|error| Trouble(Exit::Data, error.to_string()))?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    Ok(format!("\n  {}", lines.join("\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_comes_back_and_is_forgotten_with_its_tenant() {
        let dir = tempfile::tempdir().expect("a directory");
        let base = Url::parse("https://a.example/").expect("a URL");
        let mut state = State::open((dir.path(), 0o700), false).expect("nothing yet");
        assert!(!state.resumed);
        state.about(&base);
        state.begin(Part::Worker).expect("written");
        let mut again = State::open((dir.path(), 0o700), false).expect("read");
        assert!(again.resumed && again.known(false, |_| true).worker_is_fresh);
        again.about(&base);
        assert!(again.known(false, |_| true).worker_is_fresh);
        assert!(!again.known(false, |_| false).worker_is_fresh);
        again.refused(Part::Worker).expect("written");
        assert!(!again.known(false, |_| true).worker_is_fresh);
        again.begin(Part::Worker).expect("written");
        again.about(&Url::parse("https://b.example/").expect("a URL"));
        assert!(!again.known(false, |_| true).worker_is_fresh);
        assert!(
            !State::open((dir.path(), 0o700), true)
                .expect("read")
                .resumed
        );
        again.forget().expect("removed");
        assert!(
            !State::open((dir.path(), 0o700), false)
                .expect("read")
                .resumed
        );
    }

    #[test]
    fn a_newer_files_version_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("init.json");
        for text in [
            "{\"version\":2,\"whatever\":1}",
            "{",
            "{\"version\":1,\"secret\":2}",
        ] {
            std::fs::write(&file, text).expect("written");
            let Trouble(exit, why) = State::open((dir.path(), 0o700), false).expect_err("refused");
            assert_eq!(exit, Exit::Data);
            assert!(why.contains("--fresh"), "{why}");
        }
    }
}
