//! A backup in the place of the ledger, or the ledger as it was.
//!
//! The backup is copied, checked and made ready beside the ledger. Then it gets the name that says so, and
//! from there on whoever opens the ledger finishes the exchange first: at every instant it is the one or
//! the other, and what was there is kept aside.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::copy::{self, Manifest, beside, sync_directory};
use super::guise::Guise;
use super::stop::{self, Stop};
use super::{Actor, Ledger, LedgerError, Result, upgrade};
use crate::clock::{Clock, Entropy};
use crate::handle;

/// The name of what is about to become the ledger.
const READY: &str = "restoring";

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Where the ledger that was there lies now.
    pub aside: Option<PathBuf>,
    /// The emergency stop that is in force.
    pub stopped: Option<Stop>,
}

/// The part of the emergency stop that is no ledger's.
#[derive(Clone, Debug)]
pub struct StopFile<K> {
    /// One that is in force by its file.
    pub standing: Option<Stop>,
    /// Makes the file again, before anything is replaced.
    pub keep: K,
}

/// Puts the backup in `file` in the place of the ledger at `path`; under the instance lock only. What is
/// done then and not known here is provided for, see [`super::restored`]. `notice` is told the owner.
///
/// An emergency stop outlasts it, whichever of the backup, the ledger that is there and the file has it.
///
/// # Errors
/// There is a ledger and it is not to be replaced; the file is no backup or not whole; no room. Then
/// nothing was changed, except that the file of an emergency stop in force may be there again.
pub async fn restore(
    file: &Path,
    path: &Path,
    replace: bool,
    actor: &Actor,
    notice: impl FnOnce(&Manifest) -> String,
    stop: StopFile<impl FnOnce(&Stop) -> Result<()>>,
    (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
) -> Result<Restored> {
    // The backup is whoever's who calls; what is made of it beside the ledger its directory's owner's.
    let from = File::open(file).map_err(|e| failed("reading the backup", file, e))?;
    let work = put_in_place(from, path, replace, actor, notice, stop, (clock, entropy));
    let done = Guise::beside(path).during(work).await;
    done.map_err(|e| failed("restoring the ledger", path, e))?
}

async fn put_in_place(
    from: File,
    path: &Path,
    replace: bool,
    actor: &Actor,
    notice: impl FnOnce(&Manifest) -> String,
    stop: StopFile<impl FnOnce(&Stop) -> Result<()>>,
    (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
) -> Result<Restored> {
    finish(path)?;
    if path.exists() && !replace {
        return Err(LedgerError::InTheWay {
            path: path.to_owned(),
        });
    }
    let part = beside(path, "restoring.partial")?;
    clear(&part);
    let standing = match stop.standing {
        Some(by_file) => Some(by_file),
        None => stop::of(path, clock.now()).await,
    };
    let standing = standing.as_ref();
    let made = make_ready(from, &part, (actor, standing), notice, (clock, entropy)).await;
    let kept = made.and_then(|(manifest, stopped)| {
        if let Some(stopped) = &stopped {
            (stop.keep)(stopped)?;
        }
        Ok((manifest, stopped))
    });
    let (manifest, stopped) = match kept {
        Ok(made) => made,
        Err(error) => {
            clear(&part);
            return Err(error);
        }
    };
    let ready = beside(path, READY)?;
    std::fs::rename(&part, &ready).map_err(|e| failed("naming the restored ledger", &ready, e))?;
    sync_directory(path)?;
    let aside = finish(path)?;
    Ok(Restored {
        manifest,
        aside,
        stopped,
    })
}

async fn make_ready(
    mut from: File,
    part: &Path,
    (actor, standing): (&Actor, Option<&Stop>),
    notice: impl FnOnce(&Manifest) -> String,
    (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
) -> Result<(Manifest, Option<Stop>)> {
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)
        .map_err(|e| failed("copying the backup", part, e))?;
    std::io::copy(&mut from, &mut to).map_err(|e| failed("copying the backup", part, e))?;
    // The copy is checked, and not the file: that may change under our eyes.
    let manifest = copy::check(part).await?;
    copy::strip(part).await?;
    upgrade::without_a_copy(part).await?;
    let ledger = Ledger::open(part, clock, entropy).await?;
    let mut tx = ledger.begin().await?;
    let stopped = tx
        .restored(actor, &manifest, &notice(&manifest), standing)
        .await?;
    tx.commit().await?;
    ledger.close().await;
    for ending in ["-wal", "-shm"] {
        let left = with_ending(part, ending);
        if left.metadata().is_ok_and(|m| m.len() > 0) && ending == "-wal" {
            return Err(LedgerError::Corrupt {
                what: "write-ahead log",
                detail: format!("{} was not folded in", left.display()),
            });
        }
        let _ = std::fs::remove_file(left);
    }
    give_to_the_directorys_owner(part, &to)
        .and_then(|()| to.sync_all())
        .map_err(|e| failed("writing the restored ledger to the disk", part, e))?;
    Ok((manifest, stopped))
}

/// The service's user must be able to write what root restores. He can put another file in the name's place, so
/// it is given to him by what was opened when it was made.
fn give_to_the_directorys_owner(part: &Path, made: &File) -> std::io::Result<()> {
    let directory = part.parent().unwrap_or(Path::new("."));
    if !handle::is_still(part, made)? {
        return Err(std::io::Error::other(
            "another file was put in its place meanwhile; find out who writes in this directory",
        ));
    }
    handle::give(made, &directory.metadata()?)
}

/// Ends an exchange that was begun, if one was; gives where the ledger that was there lies now.
///
/// # Errors
/// A name cannot be changed: nothing may work on the ledger until it can.
pub(super) fn finish(path: &Path) -> Result<Option<PathBuf>> {
    let ready = beside(path, READY)?;
    let made_at = match ready.symlink_metadata() {
        Ok(found) => found.mtime_nsec() / 1_000_000 + found.mtime() * 1000,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed("looking for a restored ledger", &ready, e)),
    };
    let aside = beside(path, &format!("replaced.{made_at}"))?;
    let mut kept = None;
    // A second name first: at no instant is there none.
    for ending in ["", "-wal"] {
        let (old, name) = (with_ending(path, ending), with_ending(&aside, ending));
        match std::fs::hard_link(&old, &name) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(failed("keeping the ledger that was there", &name, e)),
        }
        kept = kept.or(Some(name));
    }
    sync_directory(path)?;
    for ending in ["-wal", "-shm"] {
        // They belong to what was there; beside the new one they would be taken for its own.
        let old = with_ending(path, ending);
        match std::fs::remove_file(&old) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(failed("removing the log of what was there", &old, e));
            }
            _ => {}
        }
    }
    std::fs::rename(&ready, path).map_err(|e| failed("naming the restored ledger", path, e))?;
    sync_directory(path)?;
    Ok(kept)
}

fn clear(part: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        // What stays is in the way, and said so, at the next try.
        let _ = std::fs::remove_file(with_ending(part, ending));
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn failed(what: &'static str, path: &Path, source: std::io::Error) -> LedgerError {
    LedgerError::File {
        what,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    #[test]
    fn what_was_made_is_given_to_the_directorys_user_and_nothing_that_took_its_name() {
        if !rustix::process::geteuid().is_root() {
            println!("not told: only root gives files away");
            return;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let (state, target) = (dir.path().join("state"), dir.path().join("of-root"));
        std::fs::create_dir(&state).expect("made");
        chown(&state, Some(4321), Some(4322)).expect("given away");
        std::fs::write(&target, "kept").expect("written");
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o600)).expect("set");
        let part = state.join("ledger.db.restoring.partial");
        let made = File::create_new(&part).expect("made");
        give_to_the_directorys_owner(&part, &made).expect("given");
        let whose = part.metadata().expect("there");
        assert_eq!((whose.uid(), whose.gid()), (4321, 4322));
        // The user whose directory it is puts a link in its place while root works.
        std::fs::remove_file(&part).expect("removed");
        symlink(&target, &part).expect("a link");
        let why = give_to_the_directorys_owner(&part, &made).expect_err("exchanged");
        assert!(why.to_string().contains("another file"), "{why}");
        assert_eq!(target.metadata().expect("there").uid(), 0);
    }
}
