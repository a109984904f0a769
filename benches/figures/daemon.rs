//! The shipped binary, and the floor beside it, as child processes.

use std::fs::File;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::floor;
use crate::harness::{pause, start};
use crate::process;
use crate::world::World;

/// `bountyd --config CONFIG run`, with no environment but what a service has.
pub(crate) fn bountyd(config: &Path) -> Command {
    let mut command = clean(Command::new(env!("CARGO_BIN_EXE_bountyd")));
    command.arg("--config").arg(config).arg("run");
    command
}

/// The empty program, holding `ledger`.
pub(crate) fn empty(ledger: &Path) -> Command {
    let mut command = myself();
    command.arg(floor::WORD).arg(ledger);
    command
}

/// This binary, to be something else than the bench.
pub(crate) fn myself() -> Command {
    let path = std::env::current_exe().expect("this program's own file");
    clean(Command::new(path))
}

fn clean(mut command: Command) -> Command {
    command.env_clear().stdin(Stdio::null());
    command
}

/// Waits for something that a program does; `log` has its words in case it does not.
pub(crate) async fn wait(log: &Path, done: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if done() {
            return;
        }
        pause(5).await;
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    panic!("it does not happen:\n{said}");
}

/// What a program that ends by itself, such as `run --once`, did and took.
#[derive(Debug)]
pub(crate) struct Once {
    /// From start to exit, in seconds.
    pub(crate) wall: f64,
    /// User and system, in seconds.
    pub(crate) cpu: f64,
    /// Resident, in bytes.
    pub(crate) peak: f64,
    /// Issues seen, where it says so.
    pub(crate) seen: f64,
}

/// Runs the program called `name` once.
pub(crate) async fn once(world: &World, name: &str, more: &str) -> Once {
    scanned(world, name, &world.file(name, "watch", more)).await
}

/// Runs the program called `name` once, by this configuration.
pub(crate) async fn scanned(world: &World, name: &str, config: &Path) -> Once {
    let mut command = bountyd(config);
    command.args(["--once", "--json"]);
    let (mut once, output) =
        to_its_end(command, &world.dir.path().join(format!("{name}.log"))).await;
    let report: Value = serde_json::from_slice(&output).expect("a report");
    let missing = report["incomplete"].as_object().map_or(0, |all| all.len());
    assert_eq!(missing, 0, "the scan was not complete: {report}");
    once.seen = report["seen"].as_f64().unwrap_or(f64::NAN);
    once
}

/// Runs a program until it ends by itself. Gives what it took and what it printed.
pub(crate) async fn to_its_end(mut command: Command, log: &Path) -> (Once, Vec<u8>) {
    command.stdout(Stdio::piped());
    command.stderr(File::create(log).expect("a log"));
    let began = start();
    let child = command.spawn().expect("the program starts");
    let pid = child.id();
    let mut peak: f64 = 0.0;
    // It must be looked at before it is collected, so this asks instead of waiting.
    let usage = loop {
        if let Some(memory) = process::memory(pid) {
            peak = peak.max(memory.peak);
        }
        let usage = process::usage(pid).expect("a child not collected yet");
        if usage.ended {
            break usage;
        }
        pause(2).await;
    };
    let wall = began.elapsed().as_secs_f64();
    let output = child.wait_with_output().expect("a child");
    let said = || std::fs::read_to_string(log).unwrap_or_default();
    let status = output.status;
    assert!(status.success(), "it failed, {status}:\n{}", said());
    let once = Once {
        wall,
        cpu: usage.cpu,
        peak,
        seen: f64::NAN,
    };
    (once, output.stdout)
}

/// A program that runs until it is stopped.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts it, its words going to `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        command.stdout(Stdio::null());
        command.stderr(File::create(log).expect("a log"));
        Self {
            child: command.spawn().expect("the program starts"),
        }
    }

    /// Starts it and waits until it says that it is ready (sd_notify(3)). Gives the seconds it took.
    pub(crate) fn until_ready(mut command: Command, dir: &Path) -> (Self, f64) {
        let path = dir.join("notify");
        // A socket of an earlier start.
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let patience = Some(Duration::from_secs(30));
        socket.set_read_timeout(patience).expect("a socket");
        command.env("NOTIFY_SOCKET", &path);
        let mut text = [0; 4096];
        let log = dir.join("start.log");
        let began = start();
        let running = Self::start(command, &log);
        loop {
            let length = socket.recv(&mut text).unwrap_or_else(|_| {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("it does not become ready:\n{said}")
            });
            if text[..length].starts_with(b"READY=1") {
                return (running, began.elapsed().as_secs_f64());
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has used no CPU to speak of for half a second.
    pub(crate) async fn calm(&self) {
        let mut before = f64::NAN;
        let mut calm = 0;
        while calm < 5 {
            let used = process::usage(self.pid()).map_or(0.0, |usage| usage.cpu);
            calm = if used - before < 0.005 { calm + 1 } else { 0 };
            before = used;
            pause(100).await;
        }
    }

    /// Stops it in good order.
    pub(crate) async fn stop(mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            pause(2).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a panic in the middle of a figure nothing may go on running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
