//! What root does in a directory that is another user's, it does as that user: what is made there is his to write,
//! and what he may not do to a file he gets nobody to do for him by changing a name at the right moment.
//!
//! Linux has these ids per thread (credentials(7)), and a thread begins with those of the one that starts it: so do
//! SQLite's, which live as long as a connection. A future wears them while it is polled, and never while it waits.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use rustix::process::{Gid, Uid, getegid, geteuid, getgroups};
use rustix::thread::{
    CapabilitySet, capabilities, set_capabilities, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};

/// Whom to act as; nobody else unless this is root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guise(Option<(Uid, Gid)>);

impl Guise {
    /// For what lies beside `path`: that of its directory's owner.
    pub(crate) fn beside(path: &Path) -> Self {
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let owner = geteuid()
            .is_root()
            .then(|| directory.metadata().ok())
            .flatten()
            .filter(|found| found.uid() != 0);
        Self(owner.map(|found| (Uid::from_raw(found.uid()), Gid::from_raw(found.gid()))))
    }

    /// Does `work` in it.
    ///
    /// # Errors
    /// It cannot be put on, as in a container that denies it; then nothing was done.
    pub(crate) fn wear<T>(self, work: impl FnOnce() -> T) -> io::Result<T> {
        let _worn = match self.0 {
            None => None,
            Some((uid, gid)) => Some(Worn::put_on(uid, gid).map_err(|error| {
                let uid = uid.as_raw();
                io::Error::other(format!(
                    "root cannot act as user {uid}, whose the directory is: {error}"
                ))
            })?),
        };
        Ok(work())
    }

    /// Does `work` in it, which may wait meanwhile.
    ///
    /// # Errors
    /// As [`Guise::wear`]; then the work ends where it is.
    pub(crate) async fn during<T>(self, work: impl Future<Output = T>) -> io::Result<T> {
        let mut work = pin!(work);
        std::future::poll_fn(|context| match self.wear(|| work.as_mut().poll(context)) {
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        })
        .await
    }

    /// Refuses a file that is there and is not his whose the directory is: he could not open it.
    ///
    /// # Errors
    /// It is another's; the error says how to give it back.
    pub(crate) fn fits(self, path: &Path) -> io::Result<()> {
        let (Some((uid, _)), Ok(found)) = (self.0, path.symlink_metadata()) else {
            return Ok(());
        };
        match stray(&found, uid.as_raw()) {
            None => Ok(()),
            Some(why) => Err(io::Error::other(format!(
                "{why}: {}",
                give_back(path, uid.as_raw())
            ))),
        }
    }
}

/// Why a file that was found is of no use in a directory of user `owner`'s; `None` if it is his.
pub(crate) fn stray(found: &Metadata, owner: u32) -> Option<String> {
    let whose = found.uid();
    (whose != owner).then(|| {
        format!("it belongs to user {whose} and its directory to user {owner}, who cannot open it")
    })
}

/// What to do about it.
pub(crate) fn give_back(path: &Path, owner: u32) -> String {
    format!("give it back with `chown -h {owner} {}`", path.display())
}

/// Takes off again what was put on, however the work ends.
#[derive(Default)]
struct Worn {
    groups: Option<Vec<Gid>>,
    gid: Option<Gid>,
    uid: Option<Uid>,
}

impl Worn {
    fn put_on(uid: Uid, gid: Gid) -> rustix::io::Result<Self> {
        let mut worn = Self::default();
        let groups = getgroups()?;
        set_thread_groups(&[gid])?;
        worn.groups = Some(groups);
        let own = getegid();
        set_thread_res_gid(None::<Gid>, Some(gid), None::<Gid>)?;
        worn.gid = Some(own);
        // With the id go the capabilities that are in force.
        set_thread_res_uid(None::<Uid>, Some(uid), None::<Uid>)?;
        worn.uid = Some(Uid::ROOT);
        // The owner himself gets there by a mount of systemd's: /var/lib/private is closed to him. What root may
        // read it may read in any guise; only what is written must be his.
        let mut sets = capabilities(None)?;
        sets.effective = sets.permitted & CapabilitySet::DAC_READ_SEARCH;
        set_capabilities(None, sets)?;
        Ok(worn)
    }

    fn take_off(&mut self) -> rustix::io::Result<()> {
        if let Some(uid) = self.uid.take() {
            set_thread_res_uid(None::<Uid>, Some(uid), None::<Uid>)?;
        }
        if let Some(gid) = self.gid.take() {
            set_thread_res_gid(None::<Gid>, Some(gid), None::<Gid>)?;
        }
        match self.groups.take() {
            Some(groups) => set_thread_groups(&groups),
            None => Ok(()),
        }
    }
}

impl Drop for Worn {
    fn drop(&mut self) {
        if self.take_off().is_err() {
            // Nobody knows any more as whom the rest would be done.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    const SERVICE: u32 = 4321;

    /// A directory of the service's behind one that only root passes, and one of root's beside it; `None` where this
    /// is not root.
    fn places() -> Option<tempfile::TempDir> {
        if !geteuid().is_root() {
            assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
            eprintln!("NOT RUN: only root can take on a guise");
            return None;
        }
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["state", "roots"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        let closed = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(dir.path(), closed).expect("a mode");
        chown(dir.path().join("state"), Some(SERVICE), Some(SERVICE)).expect("given away");
        Some(dir)
    }

    fn who() -> (Uid, Gid, Vec<Gid>, CapabilitySet) {
        let sets = capabilities(None).expect("capabilities");
        let groups = getgroups().expect("groups");
        (geteuid(), getegid(), groups, sets.effective)
    }

    #[test]
    fn what_is_made_in_it_is_his_and_what_is_closed_to_him_stays_closed() {
        let Some(dir) = places() else { return };
        let at = |name: &str| dir.path().join(name);
        let before = who();
        let guise = Guise::beside(&at("state/file"));
        guise
            .wear(|| std::fs::write(at("state/file"), "his"))
            .expect("put on")
            .expect("written");
        let made = at("state/file").metadata().expect("it is there");
        assert_eq!((made.uid(), made.gid()), (SERVICE, SERVICE));
        // Through a link of his he writes where he may, and that is not here.
        symlink(at("roots"), at("state/link")).expect("a link");
        std::fs::write(at("roots/kept"), "kept").expect("written");
        for name in ["state/link/new", "state/link/kept", "roots/new"] {
            let refused = guise.wear(|| std::fs::write(at(name), "changed"));
            let refused = refused.expect("put on").expect_err(name);
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied, "{name}");
        }
        assert_eq!(std::fs::read_dir(at("roots")).expect("read").count(), 1);
        assert_eq!(who(), before, "and it is taken off again");
    }

    #[tokio::test]
    async fn it_is_taken_off_while_a_future_waits_and_when_one_panics() {
        let Some(dir) = places() else { return };
        let guise = Guise::beside(&dir.path().join("state/file"));
        let before = who();
        let inside = async {
            let first = geteuid().as_raw();
            tokio::task::yield_now().await;
            (first, geteuid().as_raw())
        };
        let outside = async { geteuid().as_raw() };
        let (worn, bare) = tokio::join!(guise.during(inside), outside);
        assert_eq!(worn.expect("put on"), (SERVICE, SERVICE));
        assert_eq!(bare, 0);
        let fell = std::panic::catch_unwind(|| guise.wear::<()>(|| panic!("it falls")));
        assert!(fell.is_err());
        assert_eq!(who(), before);
    }

    #[test]
    fn in_ones_own_directory_nothing_is_put_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let guise = Guise::beside(&dir.path().join("file"));
        let before = geteuid();
        assert_eq!(guise.wear(geteuid).expect("nothing to put on"), before);
        guise.fits(&dir.path().join("file")).expect("none is there");
    }
}
