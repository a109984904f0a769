//! The process itself: nobody reads its memory, and it leaves no core.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::child::{Daemon, bountyd};
use crate::world::{Goal, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_leaves_no_core_however_it_dies() {
    for signal in [Signal::ABORT, Signal::ILL, Signal::QUIT] {
        let mut w = World::new(1, "info").await;
        let mut command = with_default_signals(&w.command());
        command.current_dir(w.dir.path());
        w.start_as(command).await;
        w.drive(Goal::Settled, None).await;
        let pid = w.daemon().pid();
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
        let core = limits.lines().find(|l| l.starts_with("Max core file size"));
        let core: Vec<_> = core.expect("a limit").split_whitespace().collect();
        assert_eq!(core[4..6], ["0", "0"], "{limits}");
        let mut daemon = w.daemon.take().expect("it runs");
        daemon.signal(signal);
        let status = daemon.end().await;
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
        assert!(!status.core_dumped(), "{status}");
    }
}

/// The same program, but nothing is ignored: a shell has what it starts in the background ignore SIGQUIT, and a child
/// inherits that.
fn with_default_signals(program: &Command) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command
        .arg("--default-signal")
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null());
    command
}

/// The user that owns nothing, on every Linux.
const NOBODY: u32 = 65_534;

/// Another program of the same user cannot look into the daemon's memory or environment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_of_the_same_user_cannot_read_its_memory() {
    let mut w = World::new(1, "info").await;
    if !rustix::process::geteuid().is_root() {
        w.start(None).await;
        w.drive(Goal::Settled, None).await;
        let pid = w.daemon().pid();
        for file in ["mem", "environ", "maps"] {
            let opened = std::fs::read(format!("/proc/{pid}/{file}"));
            assert!(opened.is_err(), "/proc/PID/{file} can be read");
        }
        w.stop().await;
        return;
    }
    // Root may read everything, so the daemon and the curious program both become nobody.
    let dir = tempfile::tempdir().expect("a directory");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(dir.path(), open).expect("a mode");
    let program = dir.path().join("bountyd");
    crate::program::copy(&program);
    hand_over(w.dir.path());
    let key = w.dir.path().join("secret/own-key.pem");
    std::fs::copy(&crate::world::KEY.1, &key).expect("a copy of the key");
    std::os::unix::fs::chown(&key, Some(NOBODY), Some(NOBODY)).expect("root may");
    let shared = crate::world::KEY.1.display().to_string();
    w.reconfigure(&shared, &key.display().to_string());
    let model = w.command();
    let mut command = std::process::Command::new(&program);
    command
        .args(model.get_args())
        .env_clear()
        .stdin(std::process::Stdio::null())
        .uid(NOBODY)
        .gid(NOBODY);
    w.start_as(command).await;
    w.drive(Goal::Settled, None).await;
    let pid = w.daemon().pid();
    let curious = |pid: u32, file: &str| {
        let out = std::process::Command::new("/bin/cat")
            .arg(format!("/proc/{pid}/{file}"))
            .env_clear()
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
            .expect("cat");
        out.status.success()
    };
    for file in ["mem", "environ", "maps", "auxv"] {
        assert!(!curious(pid, file), "/proc/PID/{file} can be read");
    }
    // The same look at an ordinary process of that user succeeds, so it is the daemon's doing.
    let mut ordinary = std::process::Command::new("/bin/sleep")
        .arg("60")
        .env_clear()
        .uid(NOBODY)
        .gid(NOBODY)
        .spawn()
        .expect("sleep");
    assert!(
        curious(ordinary.id(), "environ"),
        "the look itself does not work"
    );
    ordinary.kill().expect("a child of ours");
    ordinary.wait().expect("a child of ours");
    w.stop().await;
}

/// Gives everything below `path` to nobody.
fn hand_over(path: &std::path::Path) {
    std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a directory").flatten() {
            hand_over(&entry.path());
        }
    }
}

/// `--version` and the like start without any of it.
#[tokio::test]
async fn a_command_that_needs_no_secret_reads_none() {
    let dir = tempfile::tempdir().expect("a directory");
    for arguments in [["--version"], ["--help"]] {
        let mut command = bountyd();
        command.args(arguments);
        let mut asked = Daemon::start(command, &dir.path().join("asked"));
        assert!(asked.end().await.success(), "{}", asked.said());
    }
}
