//! What one run in the jail may have. All of it is chosen by trusted code; nothing in the tree that is
//! worked on can add to it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Program and arguments, as they are found inside.
    pub argv: Vec<OsString>,
    /// The whole environment inside; nothing is inherited.
    pub env: BTreeMap<OsString, OsString>,
    /// The directory outside that is `/work` inside, writable.
    pub work: PathBuf,
    /// Where the program starts, relative to `/work`; empty is `/work` itself.
    pub start_in: PathBuf,
    /// Trees that can be read, beside the system's own.
    pub tools: Vec<Tool>,
    /// What is covered below `/work`, so that a repository cannot configure the agent.
    pub masks: Vec<Mask>,
    /// The egress proxy's socket outside. Inside it is `/run/egress.sock`, and answers on
    /// `127.0.0.1:3128`; without it there is no way out at all.
    pub egress: Option<PathBuf>,
    /// How much of everything.
    pub limits: Limits,
}

/// A tree from outside that can be read inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Where it is.
    pub outside: PathBuf,
    /// Where it is seen: below `/opt`, or the same path where what is in it cannot be moved.
    pub inside: PathBuf,
}

/// A path below `/work` that shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mask {
    /// An empty directory that cannot be written.
    Directory(PathBuf),
    /// A file without content that cannot be written.
    File(PathBuf),
}

/// How much one run may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Real time, kept by whoever starts the command.
    pub wall: Duration,
    /// Bytes of memory, all processes together (cgroup), and of private memory each (rlimit).
    pub memory: u64,
    /// Processes and threads at once, those of the bridge and two of the box's own among them.
    pub processes: u32,
    /// Percent of one processor, all processes together (cgroup).
    pub cpu_percent: u32,
    /// Seconds of processor time of each process (rlimit).
    pub cpu_seconds: u64,
    /// Bytes of one file.
    pub file_size: u64,
    /// Open files of one process.
    pub open_files: u64,
    /// Bytes of `/tmp`, and of the home directory, which live in memory.
    pub scratch: u64,
    /// Bytes of standard output and error that are kept, by whoever starts the command.
    pub output: u64,
}
