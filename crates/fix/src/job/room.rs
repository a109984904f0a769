//! The directories of a job below the state directory: one for the time of the work, whose name ends in
//! `.work`, and one for the reports, which is called `.new` until all of them are there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::error::JobError;
use super::work::off_thread;
use crate::walk::{PrivateDir, RemoveError, remove_tree};

pub(super) const WORK: &str = "work";
pub(super) const NEW: &str = "new";

/// Where one job works. Dropping it removes it.
pub(super) struct Room {
    dir: PrivateDir,
    places: AtomicU32,
}

impl Room {
    pub(super) fn make(state: &Path, id: &str) -> Result<Self, JobError> {
        if !is_id(id) {
            return Err(JobError::Id(id.to_owned()));
        }
        let done = state.join(id);
        if done.symlink_metadata().is_ok() {
            return Err(JobError::Done(done));
        }
        Ok(Self {
            dir: private(state.join(format!("{id}.{WORK}")))?,
            places: AtomicU32::new(0),
        })
    }

    /// Where a part of the job works that makes its own directory.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A directory of its own for one part of the job.
    pub(super) fn place(&self) -> Result<PrivateDir, JobError> {
        let number = self.places.fetch_add(1, Ordering::Relaxed);
        private(self.path(&number.to_string()))
    }

    /// Removes everything, and says whether that worked.
    pub(super) async fn clear(self) -> Result<(), JobError> {
        Ok(off_thread(move || self.dir.remove()).await??)
    }
}

fn private(path: PathBuf) -> Result<PrivateDir, JobError> {
    PrivateDir::make(&path).map_err(|source| JobError::Room { path, source })
}

fn is_id(id: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    id.len() <= 64 && id.starts_with(letter) && id.chars().all(|c| letter(c) || c == '-')
}

/// Removes what jobs left in `state` whose process was killed. To be called once before the first job;
/// reports stay. It blocks.
///
/// # Errors
/// Something cannot be removed.
pub fn sweep(state: &Path) -> Result<(), RemoveError> {
    let entries = match std::fs::read_dir(state) {
        Ok(entries) => entries,
        Err(source) => {
            return Err(RemoveError::Refused {
                dir: state.to_owned(),
                name: b".".to_vec(),
                source,
            });
        }
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ours = path.file_stem().and_then(OsStr::to_str).is_some_and(is_id);
        let left = path
            .extension()
            .is_some_and(|end| end == WORK || end == NEW);
        if ours && left {
            remove_tree(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_no_name() {
        let state = tempfile::tempdir().expect("a directory");
        for id in ["", "..", "a/b", "A", "-a", "a.work", &"a".repeat(65)] {
            let refused = Room::make(state.path(), id).err();
            assert!(matches!(refused, Some(JobError::Id(_))), "{id}");
        }
    }

    #[test]
    fn what_a_killed_job_left_is_swept_and_reports_stay() {
        let state = tempfile::tempdir().expect("a directory");
        for name in ["a.work/tree/deep", "b.new", "b", "Other.work"] {
            std::fs::create_dir_all(state.path().join(name)).expect("made");
        }
        sweep(state.path()).expect("swept");
        let mut left: Vec<_> = std::fs::read_dir(state.path())
            .expect("read")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["Other.work", "b"]);
    }
}
