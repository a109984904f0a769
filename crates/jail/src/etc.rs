//! The files that every box shows instead of the machine's own: they say nothing about the machine.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// User and group id inside, whatever they are outside.
pub(crate) const AGENT_ID: u32 = 1000;

/// Names below `/etc`, and what stands there.
const FILES: [(&str, &str); 5] = [
    (
        "passwd",
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n\
         agent:x:1000:1000:agent:/home/agent:/bin/sh\n\
         nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    ),
    ("group", "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n"),
    ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    (
        "nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
    ),
    ("resolv.conf", "# No name service reaches in here.\n"),
];

/// The directory that holds them.
#[derive(Clone, Debug)]
pub(crate) struct Etc {
    state: PathBuf,
}

impl Etc {
    /// Writes them anew below `state`, which is made where it is missing.
    pub(crate) fn write(state: &Path) -> io::Result<Etc> {
        match DirBuilder::new().mode(0o700).create(state) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        let seen = fs::symlink_metadata(state)?;
        if !seen.is_dir() {
            return Err(io::Error::other("it is not a directory"));
        }
        if seen.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::Error::other("it belongs to another user"));
        }
        if seen.mode() & 0o022 != 0 {
            return Err(io::Error::other("others may write in it"));
        }
        let etc = Etc {
            state: fs::canonicalize(state)?,
        };
        for directory in [etc.state.join("etc"), etc.empty_directory()] {
            match DirBuilder::new().mode(0o755).create(&directory) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => {}
            }
        }
        for (name, text) in FILES {
            replace(&etc.state.join("etc").join(name), text)?;
        }
        replace(&etc.empty_file(), "")?;
        Ok(etc)
    }

    /// The directory itself.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Where each file is, and where it is seen.
    pub(crate) fn files(&self) -> impl Iterator<Item = (PathBuf, PathBuf)> + '_ {
        FILES.iter().map(|(name, _)| {
            (
                self.state.join("etc").join(name),
                Path::new("/etc").join(name),
            )
        })
    }

    /// What covers a masked directory.
    pub(crate) fn empty_directory(&self) -> PathBuf {
        self.state.join("empty-directory")
    }

    /// What covers a masked file.
    pub(crate) fn empty_file(&self) -> PathBuf {
        self.state.join("empty-file")
    }
}

/// Puts a file in one step, so that a box that starts meanwhile sees the old or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o444)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    fs::set_permissions(&draft, Permissions::from_mode(0o444))?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_machine_is_in_them() {
        let place = tempfile::tempdir().expect("a directory");
        let etc = Etc::write(&place.path().join("state")).expect("written");
        let seen: Vec<_> = etc.files().collect();
        assert_eq!(seen.len(), FILES.len());
        let passwd = fs::read_to_string(&seen[0].0).expect("read");
        assert!(passwd.contains(&format!("agent:x:{AGENT_ID}:{AGENT_ID}:")));
        assert_eq!(passwd.lines().count(), 3);
        assert_eq!(fs::read(etc.empty_file()).expect("read"), b"");
    }

    #[test]
    fn what_was_changed_is_put_right() {
        let place = tempfile::tempdir().expect("a directory");
        let state = place.path().join("state");
        let etc = Etc::write(&state).expect("written");
        let hosts = state.join("etc/hosts");
        fs::remove_file(&hosts).expect("removed");
        fs::write(&hosts, "127.0.0.1 github.com\n").expect("changed");
        Etc::write(&state).expect("written again");
        assert_eq!(fs::read_to_string(&hosts).expect("read"), FILES[2].1);
        assert!(etc.empty_directory().is_dir());
    }

    #[test]
    fn a_directory_that_others_may_write_is_refused() {
        let place = tempfile::tempdir().expect("a directory");
        let state = place.path().join("state");
        fs::create_dir(&state).expect("made");
        fs::set_permissions(&state, Permissions::from_mode(0o777)).expect("opened");
        let refused = Etc::write(&state).expect_err("refused");
        assert_eq!(refused.to_string(), "others may write in it");
    }

    #[test]
    fn a_link_is_no_directory() {
        let place = tempfile::tempdir().expect("a directory");
        let state = place.path().join("state");
        std::os::unix::fs::symlink("/tmp", &state).expect("linked");
        Etc::write(&state).expect_err("refused");
    }
}
