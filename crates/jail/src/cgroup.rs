//! Control groups (cgroup v2): what a run may use in all, and one kill for all of it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::refusal::{LeftBehind, Part, Refusal, SpecError};
use crate::spec::Limits;

/// What a run is limited in.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];
/// The length of one round of the processor's clock, in microseconds.
const PERIOD: u64 = 100_000;
/// Where this process goes when it is in the way.
const LEAF: &str = "supervisor";

static RUNS: AtomicU64 = AtomicU64::new(0);

/// The delegated group.
#[derive(Clone, Debug)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// Takes the group if it is delegated: controllers there, and enabled for groups below.
    ///
    /// A group that has processes of its own cannot enable controllers; if this process is one of
    /// them, it moves itself to a leaf first.
    pub(crate) fn open(path: &Path) -> Result<Root, Refusal> {
        let root = Root(path.to_owned());
        let there = root.words("cgroup.controllers").map_err(|e| {
            root.refuse(format!(
                "{} cannot be read: {e}",
                root.at("cgroup.controllers")
            ))
        })?;
        let absent = |words: &[String]| -> Vec<&str> {
            let there = |name: &&str| !words.iter().any(|w| w == name);
            CONTROLLERS.into_iter().filter(there).collect()
        };
        let missing = absent(&there);
        if !missing.is_empty() {
            return Err(root.refuse(format!(
                "{} has no controller {}",
                path.display(),
                missing.join(", ")
            )));
        }
        let enabled = root
            .words("cgroup.subtree_control")
            .map_err(|e| root.refuse(e.to_string()))?;
        if !absent(&enabled).is_empty() {
            root.enable()
                .map_err(|e| root.refuse(format!("controllers cannot be enabled below it: {e}")))?;
        }
        root.sweep();
        // The proof that groups can be made is one that was made.
        let trial = root.0.join(format!("trial-{}", std::process::id()));
        fs::create_dir(&trial)
            .and_then(|()| fs::remove_dir(&trial))
            .map_err(|e| root.refuse(format!("no group can be made in it: {e}")))?;
        Ok(root)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn words(&self, name: &str) -> io::Result<Vec<String>> {
        let text = fs::read_to_string(self.0.join(name))?;
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    fn refuse(&self, reason: String) -> Refusal {
        Refusal::new(
            Part::Cgroup,
            reason,
            format!(
                "Under systemd, give the unit `Delegate=memory pids cpu` and name its group ({}). \
                 Where there is no cgroup v2, set `limits = \"rlimit-only\"`; what that leaves open \
                 is printed",
                self.0.display()
            ),
        )
    }

    fn enable(&self) -> io::Result<()> {
        let wish: Vec<String> = CONTROLLERS.iter().map(|c| format!("+{c}")).collect();
        let control = self.0.join("cgroup.subtree_control");
        match put(&control, &wish.join(" ")) {
            Err(e) if e.kind() == io::ErrorKind::ResourceBusy => {
                let leaf = self.0.join(LEAF);
                match fs::create_dir(&leaf) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                    _ => {}
                }
                put(&leaf.join("cgroup.procs"), &std::process::id().to_string())?;
                put(&control, &wish.join(" "))
            }
            done => done,
        }
    }

    /// Ends and removes the groups of processes that are gone, as after a crash. A group whose
    /// maker lives, or whose maker's number was given to another, stays.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(maker) = name.to_str().and_then(maker) else {
                continue;
            };
            if !Path::new("/proc").join(maker.to_string()).exists() {
                // What cannot be removed now is tried again at the next start.
                let _ = Group(entry.path()).remove();
            }
        }
    }

    /// A new group with these limits, empty.
    pub(crate) fn make(&self, limits: &Limits) -> Result<Group, SpecError> {
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let path = self.0.join(format!("run-{}-{number}", std::process::id()));
        let fail = |path: &Path, source| SpecError::Cgroup {
            path: path.to_owned(),
            source,
        };
        fs::create_dir(&path).map_err(|e| fail(&path, e))?;
        let group = Group(path);
        for (name, value) in files(limits) {
            let file = group.0.join(name);
            if let Err(e) = put(&file, &value) {
                // Without swap accounting there is no such file, and no swap to limit.
                if name == "memory.swap.max" && e.kind() == io::ErrorKind::NotFound {
                    continue;
                }
                let _ = fs::remove_dir(&group.0);
                return Err(fail(&file, e));
            }
        }
        Ok(group)
    }
}

/// The process that made a group of this name.
fn maker(name: &str) -> Option<u32> {
    let (pid, number) = name.strip_prefix("run-")?.split_once('-')?;
    number.parse::<u64>().ok()?;
    pid.parse().ok()
}

/// What is written where.
fn files(limits: &Limits) -> [(&'static str, String); 5] {
    let quota = u64::from(limits.cpu_percent) * PERIOD / 100;
    [
        ("memory.max", limits.memory.to_string()),
        ("memory.swap.max", "0".to_owned()),
        ("memory.oom.group", "1".to_owned()),
        ("pids.max", limits.processes.to_string()),
        ("cpu.max", format!("{quota} {PERIOD}")),
    ]
}

/// Writes into a file that is there: in a control group nobody can make one.
fn put(path: &Path, value: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    file.write_all(value.as_bytes())
}

/// The group of one run.
#[derive(Debug)]
pub(crate) struct Group(PathBuf);

impl Group {
    /// Its directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Kills every process in it (Linux 5.14), new ones included.
    pub(crate) fn kill(&self) -> Result<(), LeftBehind> {
        put(&self.0.join("cgroup.kill"), "1").map_err(|e| self.fail(e))
    }

    /// Kills what is in it and removes it. A group that is gone already is fine.
    pub(crate) fn remove(&self) -> Result<(), LeftBehind> {
        if !self.0.exists() {
            return Ok(());
        }
        self.kill()?;
        crate::patience::until_empty(&self.0.join("cgroup.events")).map_err(|e| self.fail(e))?;
        fs::remove_dir(&self.0).map_err(|e| self.fail(e))
    }

    fn fail(&self, source: io::Error) -> LeftBehind {
        LeftBehind::Cgroup {
            path: self.0.clone(),
            source,
        }
    }
}

/// Puts this process, and so all that it becomes, into a group.
pub(crate) fn enter(group: &Path) -> io::Result<()> {
    put(&group.join("cgroup.procs"), "0")
}

#[cfg(test)]
mod tests;
