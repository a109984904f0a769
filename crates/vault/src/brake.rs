//! The emergency stop. While a certain file is there, or this process was told to, nothing leaves as the
//! owner: no token is asked for, none that is held is used, and what is under way is broken off.
//!
//! A file, so that it works when nothing else does: it is looked at before every request, it outlives
//! every process, and anybody who may write in its directory can make it with `touch`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use crate::failure::{Failure, FailureClass};

/// The code of the failure that says that the stop is in force; see [`Failure::code`].
pub const EMERGENCY_STOP: &str = "emergency_stop";

/// A handle to the stop; clones are one.
#[derive(Clone, Debug)]
pub struct Brake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: Option<PathBuf>,
    held: watch::Sender<bool>,
}

impl Brake {
    /// In force while there is a file at `file`; without one, only while it is held.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        let held = watch::Sender::new(false);
        Self {
            inner: Arc::new(Inner { file, held }),
        }
    }

    /// Whether nothing may leave. A file that cannot be looked at counts as one that is there.
    #[must_use]
    pub fn is_on(&self) -> bool {
        *self.inner.held.borrow() || self.inner.file.as_deref().is_some_and(is_there)
    }

    /// Lets nothing leave from now on, whatever becomes of the file.
    pub fn hold(&self) {
        self.inner.held.send_replace(true);
    }

    /// Whether this process was told to let nothing leave.
    #[must_use]
    pub fn is_held(&self) -> bool {
        *self.inner.held.borrow()
    }

    /// Takes [`Brake::hold`] back; while the file is there it is still in force.
    pub fn release(&self) {
        self.inner.held.send_replace(false);
    }

    /// Ends as soon as it is held.
    pub async fn held(&self) {
        let mut held = self.inner.held.subscribe();
        // The sender lives as long as this handle does.
        let _ = held.wait_for(|held| *held).await;
    }

    /// What a request gets instead of an answer.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        self.is_on().then(|| Failure {
            class: FailureClass::Configuration,
            code: EMERGENCY_STOP.to_owned(),
            status: None,
            message: "the emergency stop is in force: nothing leaves".to_owned(),
            remedy: "lift it on the machine: bountyd estop --lift".to_owned(),
        })
    }
}

fn is_there(file: &Path) -> bool {
    match std::fs::symlink_metadata(file) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_kind_or_one_that_cannot_be_looked_at_is_a_stop() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("estop");
        let brake = Brake::new(Some(path.clone()));
        assert!(!brake.is_on());
        std::os::unix::fs::symlink("/nowhere", &path).expect("a link");
        assert!(brake.is_on() && !brake.is_held());
        std::fs::remove_file(&path).expect("it was there");
        assert!(!brake.is_on());
        std::fs::write(&path, "").expect("a file");
        assert!(Brake::new(Some(path.join("below-a-file"))).is_on());
        assert!(!Brake::new(None).is_on());
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_it_at_once() {
        let brake = Brake::new(None);
        let other = brake.clone();
        let waits = tokio::spawn(async move { other.held().await });
        brake.hold();
        waits.await.expect("it ends");
        assert_eq!(
            brake.refusal().map(|f| f.code).as_deref(),
            Some(EMERGENCY_STOP)
        );
        brake.release();
        assert!(brake.refusal().is_none());
    }
}
