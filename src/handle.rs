//! Owner and mode of what was opened and looked at, never of a name: whoever may write the directory can put a
//! link in the name's place at any instant, and root would change what it leads to.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};

/// A handle on what has the name, and on a link itself: nothing is read by it, and letting go of it takes no lock
/// from SQLite, as closing a file that was opened for reading would.
const FLAGS: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// Takes hold of a regular file or a directory. A link in the last place is followed only where nobody but root and
/// this user could have put it.
///
/// # Errors
/// It is a link that somebody else may have put there, something else than a file or a directory, a file of
/// several names; or the operating system's refusal.
pub fn open(path: &Path) -> io::Result<File> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it names no file"))?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let flags = FLAGS | OFlags::DIRECTORY;
    let directory = File::from(openat(CWD, parent, flags, Mode::empty())?);
    let opened = held(&directory, name, OFlags::NOFOLLOW)?;
    if !opened.metadata()?.is_symlink() {
        return looked_at(opened);
    }
    if !is_ours_alone(&directory.metadata()?) {
        return Err(io::Error::other(
            "it is a link in a directory that another user writes, and is not followed; put a file in its place",
        ));
    }
    looked_at(held(&directory, name, OFlags::empty())?)
}

/// Takes hold of a regular file or a directory of this name in `directory`, and follows no link.
///
/// # Errors
/// As [`open`].
pub fn open_in(directory: &File, name: &OsStr) -> io::Result<File> {
    looked_at(held(directory, name, OFlags::NOFOLLOW)?)
}

fn held(directory: &File, name: &OsStr, more: OFlags) -> io::Result<File> {
    let opened = openat(directory, name, FLAGS | more, Mode::empty())?;
    Ok(File::from(opened))
}

fn looked_at(file: File) -> io::Result<File> {
    let found = file.metadata()?;
    if !found.is_file() && !found.is_dir() {
        return Err(io::Error::other("it is neither a file nor a directory"));
    }
    // Another name of it may be anywhere on this file system.
    if found.is_file() && found.nlink() > 1 {
        return Err(io::Error::other(
            "the file has another name, too (a hard link); copy it, and move the copy here",
        ));
    }
    Ok(file)
}

/// Changes the mode of what is held: its name among our own descriptors leads to it, and to nothing else.
fn set_mode(held: &File, mode: u32) -> io::Result<()> {
    let name = format!("/proc/self/fd/{}", held.as_raw_fd());
    std::fs::set_permissions(name, Permissions::from_mode(mode))
}

fn is_ours_alone(directory: &Metadata) -> bool {
    let us = rustix::process::geteuid().as_raw();
    let theirs = directory.uid() != 0 && directory.uid() != us;
    !theirs && directory.mode() & 0o022 == 0
}

/// Takes from `file` what `mode` does not grant; nobody gets more.
///
/// # Errors
/// The operating system's refusal.
pub fn close_to_others(file: &File, mode: u32) -> io::Result<()> {
    let now = file.metadata()?.mode() & 0o7777;
    // What its owner may do is his choice: a key of mode 0440 becomes one of 0400.
    set_mode(file, now & mode)
}

/// Gives `file`, which this process has made, to the owner of `like`; only root does.
///
/// # Errors
/// The operating system's refusal.
pub fn give(file: &File, like: &Metadata) -> io::Result<()> {
    let found = file.metadata()?;
    let same = (found.uid(), found.gid()) == (like.uid(), like.gid());
    if same || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid()))
}

/// Whether `path` still leads to `file`, and not by a link.
///
/// # Errors
/// The operating system's refusal.
pub fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    let (named, held) = (path.symlink_metadata()?, file.metadata()?);
    Ok((named.dev(), named.ino()) == (held.dev(), held.ino()))
}

/// Lets everybody connect to the socket at `path`, which this process has just bound.
///
/// # Errors
/// Something else has its name by now; or the operating system's refusal.
pub fn open_socket_to_all(path: &Path) -> io::Result<()> {
    let flags = FLAGS | OFlags::NOFOLLOW;
    let socket = File::from(openat(CWD, path, flags, Mode::empty())?);
    let found = socket.metadata()?;
    let us = rustix::process::geteuid().as_raw();
    if !found.file_type().is_socket() || found.uid() != us || found.nlink() != 1 {
        return Err(io::Error::other(
            "something else was put in the place of the socket",
        ));
    }
    set_mode(&socket, 0o666)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("there").mode() & 0o7777
    }

    #[test]
    fn closing_takes_from_others_and_gives_nobody_more() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("key");
        std::fs::write(&path, "x").expect("written");
        for (before, after) in [(0o644, 0o600), (0o440, 0o400), (0o600, 0o600)] {
            std::fs::set_permissions(&path, Permissions::from_mode(before)).expect("set");
            close_to_others(&open(&path).expect("opened"), 0o600).expect("closed");
            assert_eq!(mode(&path), after, "{before:o}");
        }
        let gone = open(&dir.path().join("gone")).expect_err("not there");
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_link_that_another_user_may_have_put_there_is_not_followed() {
        let dir = tempfile::tempdir().expect("a directory");
        let (theirs, target) = (dir.path().join("theirs"), dir.path().join("target"));
        std::fs::create_dir(&theirs).expect("made");
        std::fs::write(&target, "kept").expect("written");
        std::fs::set_permissions(&target, Permissions::from_mode(0o644)).expect("set");
        let link = theirs.join("ledger.db");
        symlink(&target, &link).expect("a link");
        std::fs::set_permissions(&theirs, Permissions::from_mode(0o777)).expect("set");
        let why = open(&link).expect_err("a link").to_string();
        assert!(why.contains("not followed"), "{why}");
        assert_eq!(mode(&target), 0o644);
        // Where nobody else writes, it is the owner's own link.
        std::fs::set_permissions(&theirs, Permissions::from_mode(0o755)).expect("set");
        close_to_others(&open(&link).expect("followed"), 0o600).expect("closed");
        assert_eq!(mode(&target), 0o600);
        let opened = File::open(&theirs).expect("opened");
        open_in(&opened, OsStr::new("ledger.db")).expect_err("never followed here");
    }

    #[test]
    fn a_second_name_and_what_is_no_file_are_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        std::fs::write(&one, "x").expect("written");
        std::fs::hard_link(&one, &two).expect("linked");
        let why = open(&two).expect_err("two names").to_string();
        assert!(why.contains("another name"), "{why}");
        let pipe = dir.path().join("pipe");
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(CWD, &pipe, kind, Mode::from_raw_mode(0o600), 0).expect("a pipe");
        open(&pipe).expect_err("a pipe");
    }

    #[test]
    fn only_a_socket_of_our_own_is_opened_to_all() {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, target) = (dir.path().join("socket"), dir.path().join("target"));
        let listener = std::os::unix::net::UnixListener::bind(&path).expect("bound");
        open_socket_to_all(&path).expect("opened");
        assert_eq!(mode(&path), 0o666);
        std::fs::write(&target, "kept").expect("written");
        std::fs::set_permissions(&target, Permissions::from_mode(0o600)).expect("set");
        std::fs::remove_file(&path).expect("removed");
        symlink(&target, &path).expect("a link");
        open_socket_to_all(&path).expect_err("a link");
        std::fs::remove_file(&path).expect("removed");
        std::fs::rename(&target, &path).expect("moved");
        open_socket_to_all(&path).expect_err("a file");
        assert_eq!(mode(&path), 0o600);
        drop(listener);
    }

    #[test]
    fn what_was_exchanged_under_its_name_is_noticed() {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, other) = (dir.path().join("part"), dir.path().join("other"));
        let file = File::create(&path).expect("made");
        assert!(is_still(&path, &file).expect("looked"));
        std::fs::write(&other, "x").expect("written");
        std::fs::remove_file(&path).expect("removed");
        symlink(&other, &path).expect("a link");
        assert!(!is_still(&path, &file).expect("looked"));
    }
}
