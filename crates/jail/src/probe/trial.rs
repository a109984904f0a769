//! One whole box, with the limits of a small run, that says what it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::event::{PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::init;
use crate::jail::Parts;
use crate::layout;
use crate::patience;
use crate::refusal::{Part, Refusal};
use crate::report::Inside;
use crate::spec::{Limits, Spec};

/// A box starts in milliseconds; this is for a machine that is very busy.
const MOST: Timespec = Timespec {
    tv_sec: 30,
    tv_nsec: 0,
};
/// Bytes of an answer.
const ANSWER: u64 = 64 * 1024;

pub(super) fn run(parts: &Parts) -> Result<Inside, Refusal> {
    let work = parts
        .etc
        .state()
        .join(format!("trial-{}", std::process::id()));
    let answer = fs::create_dir(&work)
        .map_err(|e| format!("{}: {e}", work.display()))
        .and_then(|()| ask(parts, &work));
    // It is empty; a leftover is found by the next look at the directory.
    let _ = fs::remove_dir(&work);
    answer.map_err(|reason| {
        Refusal::new(
            Part::Trial,
            reason,
            "Every part is there by itself, so something forbids them together; under systemd, \
             compare the unit with the one that is shipped",
        )
    })
}

fn ask(parts: &Parts, work: &std::path::Path) -> Result<Inside, String> {
    let mut argv = vec![layout::INIT.into()];
    argv.extend(parts.settings.init_args.iter().cloned());
    argv.push(init::LOOK.into());
    let spec = Spec {
        argv,
        env: BTreeMap::new(),
        work: work.to_owned(),
        start_in: PathBuf::new(),
        tools: Vec::new(),
        masks: Vec::new(),
        egress: None,
        limits: Limits {
            wall: Duration::from_secs(30),
            memory: 256 << 20,
            processes: 32,
            cpu_percent: 100,
            cpu_seconds: 30,
            file_size: 1 << 20,
            open_files: 64,
            scratch: 1 << 20,
            output: ANSWER,
        },
    };
    let mut prepared = parts.command(&spec).map_err(|e| e.to_string())?;
    let mut child = prepared
        .command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{} cannot be started: {e}", parts.settings.init.display()))?;
    let in_time = prepared
        .guard
        .started(child.id())
        .and_then(|()| ended(child.id()));
    let killed = prepared.guard.kill_all();
    let status = child.wait().map_err(|e| e.to_string())?;
    killed.map_err(|e| e.to_string())?;
    if !in_time.map_err(|e| e.to_string())? {
        return Err("it did not end in 30 s".to_owned());
    }
    let said = read(child.stdout.take());
    let complained = read(child.stderr.take());
    if !status.success() {
        return Err(format!("a box cannot be started: {}", complained.trim()));
    }
    serde_json::from_str(&said).map_err(|e| format!("its answer is odd ({e}): {said:?}"))
}

/// Waits for a child without reaping it.
fn ended(child: u32) -> std::io::Result<bool> {
    let number = i32::try_from(child).map_err(std::io::Error::other)?;
    let pid = Pid::from_raw(number).ok_or_else(|| std::io::Error::other("no process number"))?;
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    patience::until_within(&process, PollFlags::IN, MOST)
}

/// What is in the pipe of a process that has ended; an answer fits into a pipe.
fn read(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What cannot be read is missing from the answer, and that is seen.
        let _ = pipe.take(ANSWER).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
