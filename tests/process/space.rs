//! No room left where the ledger lies: nothing goes out, it is said clearly, and it goes on by
//! itself when there is room again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::child::{GLANCE, bountyd};
use crate::owner::Answer;
use crate::world::{Goal, World};

/// A small file system of its own under the state directory.
pub(crate) struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// Nothing where this process may not mount.
    pub(crate) fn mount(path: &Path) -> Option<Self> {
        std::fs::create_dir(path).expect("a directory");
        let options = ["-t", "tmpfs", "-o", "size=3m,mode=0700", "tmpfs"];
        let done = Command::new("mount").args(options).arg(path).output();
        let mounted = done.is_ok_and(|o| o.status.success());
        mounted.then(|| Self {
            path: path.to_owned(),
        })
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    /// Leaves not a single byte.
    pub(crate) fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.ballast()).expect("a file");
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub(crate) fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).output();
    }
}

/// Lets time pass in steps, whatever the daemon makes of it.
pub(crate) async fn pass(w: &World, by: Duration) {
    let step = Duration::from_secs(15);
    for _ in 0..by.as_secs() / step.as_secs() {
        w.hand.advance(step);
        for _ in 0..4 {
            tokio::time::sleep(GLANCE).await;
        }
    }
}

async fn says(w: &mut World, part: &str) {
    let start = std::time::Instant::now();
    while !w.daemon().said().contains(part) {
        let said = w.daemon().said();
        assert!(
            start.elapsed() < crate::child::PATIENCE,
            "no `{part}`: {said}"
        );
        w.hand.advance(Duration::from_secs(1));
        tokio::time::sleep(GLANCE).await;
    }
}

/// What `bountyd status` says.
pub(crate) fn status(w: &World) -> String {
    let mut command = bountyd();
    command.arg("status").arg("--config").arg(w.config_path());
    let output = command.output().expect("it can be run");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn writes(w: &World) -> usize {
    let requests = w.sim.github.requests();
    requests
        .iter()
        .filter(|r| r.method != "GET" && r.path != "/graphql")
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_lets_nothing_out_and_loses_no_tap() {
    let mut w = World::new(1, "info").await;
    let Some(disk) = SmallDisk::mount(&w.dir.path().join("state")) else {
        println!("not told: this process may not mount a file system");
        return;
    };
    w.repo("acme/widgets");
    let issue = w.bounty("acme/widgets", Answer::Silence);
    w.start(None).await;
    w.drive(Goal::Settled, None).await;

    // The question is on the phone; the answer comes when there is no room to note it.
    disk.fill();
    // The daemon says it, whether it has tried to write since or not.
    let said = status(&w);
    let (untried, tried) = ("0 KiB are left", "no space left for the ledger");
    let why = [untried, tried].map(|why| said.contains(why));
    assert!(
        said.contains("nothing goes out: ") && why != [false; 2],
        "{said}"
    );
    w.owner.mind.insert(issue, Answer::Yes);
    w.owner.looks(&mut w.dice);
    assert!(w.owner.taps > 0);
    says(&mut w, "no space left for the ledger").await;
    let said = status(&w);
    assert!(said.starts_with("ledger · mode ask"), "{said}");
    assert!(said.contains("remedy: see that there is room"), "{said}");
    let exchanges = w.sim.auth0.exchanges().len();
    pass(&w, Duration::from_secs(45 * 60)).await;
    assert_eq!(writes(&w), 0, "something was written that is not on record");
    assert_eq!(
        w.sim.auth0.exchanges().len(),
        exchanges,
        "a token was fetched that is not on record"
    );
    assert!(w.daemon().ended().is_none());
    assert!(!w.daemon().said().contains("panicked"));

    disk.free();
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 1);
    let said = status(&w);
    assert!(said.starts_with("ok · mode ask"), "{said}");

    // Started on a full disk it waits for room, too.
    disk.fill();
    w.kill();
    w.start(None).await;
    says(&mut w, "no space left for the ledger").await;
    w.bounty("acme/widgets", Answer::Yes);
    pass(&w, Duration::from_secs(10 * 60)).await;
    assert_eq!(writes(&w), 1);
    disk.free();
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 2);
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_cannot_grow_lets_nothing_out() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    let issue = w.bounty("acme/widgets", Answer::Silence);
    // The signal that comes with the limit would end the process, which is safe but tells little.
    let daemon = w.command();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(daemon.get_program())
        .args(daemon.get_args())
        .env_clear()
        .stdin(std::process::Stdio::null());
    w.start_as(command).await;
    w.drive(Goal::Settled, None).await;
    let pid = Pid::from_raw(i32::try_from(w.daemon().pid()).expect("a process id"));
    let limit = |bytes: Option<u64>| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(pid, Resource::Fsize, limit).expect("a limit");
    };
    let wal = w.ledger_path().with_extension("db-wal");
    limit(Some(wal.metadata().expect("the log").len()));
    w.owner.mind.insert(issue, Answer::Yes);
    w.owner.looks(&mut w.dice);
    says(&mut w, "nothing goes out").await;
    pass(&w, Duration::from_secs(30 * 60)).await;
    assert_eq!(writes(&w), 0, "something was written that is not on record");
    limit(None);
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 1);
    w.stop().await;
}
