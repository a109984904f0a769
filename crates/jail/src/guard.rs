//! The end of a run: nothing of it is left.
//!
//! Why nothing survives:
//!
//! * A box is one process namespace. When its first process ends, the kernel kills every other one
//!   in it (pid_namespaces(7)), daemons of new sessions included, and the first process is gone only
//!   after they are.
//! * bubblewrap outside (the monitor) and the first process inside are one process group: the
//!   command starts in a group of its own, and neither leaves it. That is why bubblewrap is not told
//!   `--new-session`, which would take the first process away before its parent-death signal is
//!   set; the inner init makes the session instead. One signal to the group ends both, at any moment
//!   of the start, forks included.
//! * If this daemon dies, the kernel kills the monitor (the launcher asks for that before it becomes
//!   bubblewrap, and then looks whether its parent is still there), and with the monitor the first
//!   process (`--die-with-parent`).
//! * Where there is a control group, `cgroup.kill` ends everything in it at once, and the next start
//!   sweeps groups whose maker is gone.
//!
//! What is left open is a moment: bubblewrap's first process asks for its parent-death signal a few
//! system calls after it has forked the inner init. If the *daemon* is killed in just this moment,
//! the box runs on, with its limits and without a way out. Under systemd the unit's own group ends
//! it; anyhow the next [`crate::Jail::probe`] finds boxes whose daemon is gone by their command line
//! and ends them. [`Guard::kill_all`] does not depend on that signal.

use std::io;

use crate::cgroup;
use crate::group::Group;
use crate::refusal::LeftBehind;

/// Ends a run, at the latest when it is dropped.
#[derive(Debug)]
pub struct Guard {
    cgroup: Option<cgroup::Group>,
    group: Option<Group>,
}

impl Guard {
    pub(crate) fn new(cgroup: Option<cgroup::Group>) -> Guard {
        Guard {
            cgroup,
            group: None,
        }
    }

    /// Says which process the command became. Call it right after the start, before the child is
    /// waited for; without it only a control group can be ended.
    ///
    /// # Errors
    /// There is no such child, or it was started without the command's process group. The child is
    /// then the caller's to kill.
    pub fn started(&mut self, child: u32) -> io::Result<()> {
        self.group = Some(Group::of(child)?);
        Ok(())
    }

    /// Kills everything of the run, waits until it is gone, and removes its control group. Fine at
    /// any time after the start, also when the run has ended by itself, and more than once.
    ///
    /// It blocks until the kernel is done, usually for milliseconds, at most for about 10 s.
    ///
    /// # Errors
    /// Something is still there; the words say what.
    pub fn kill_all(&mut self) -> Result<(), LeftBehind> {
        let killed = match &self.cgroup {
            Some(cgroup) if cgroup.path().exists() => cgroup.kill(),
            _ => Ok(()),
        };
        // Whatever became of the control group, the process group ends the box, too.
        if let Some(group) = self.group {
            group.end()?;
            self.group = None;
        }
        killed?;
        if let Some(cgroup) = &self.cgroup {
            cgroup.remove()?;
            self.cgroup = None;
        }
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Whoever wants to know calls `kill_all`.
        let _ = self.kill_all();
    }
}
