//! The daemon looks after itself once a day, and tells what will break soon: once.

use std::process::Command;
use std::sync::atomic::Ordering;

use super::world::{DAY, HOUR, World};

impl World {
    /// Kinds of journal entries that begin so, in order.
    async fn noted(&self, prefix: &str) -> Vec<String> {
        let lines = self.app().ledger.journal_after(0, None, 100_000).await;
        let lines = lines.expect("the journal can be read");
        let kinds = lines.into_iter().map(|line| line.kind);
        kinds.filter(|kind| kind.starts_with(prefix)).collect()
    }

    /// A day goes by; gives what came of it that is no digest.
    async fn a_day(&self) -> Vec<String> {
        self.pass(DAY, 12 * HOUR).await;
        let texts = self.read_all();
        texts
            .into_iter()
            .filter(|t| !t.contains("Digest"))
            .collect()
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_once_and_again_when_it_comes_again() {
    let mut w = World::with("mode = \"watch\"", "").await;
    w.start().await;
    w.ahead.store(90_000, Ordering::Relaxed);
    w.advance(HOUR).await;
    let told = w.a_day().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("⚠ Worth a look: clock"), "{}", told[0]);
    assert!(told[0].contains("90 s ahead of the tenant"), "{}", told[0]);
    assert!(told[0].contains("Remedy: set the clock"), "{}", told[0]);
    assert_eq!(w.a_day().await, Vec::<String>::new());
    // A start says nothing new either.
    w.stop().await;
    w.start().await;
    assert_eq!(w.a_day().await, Vec::<String>::new());
    w.ahead.store(0, Ordering::Relaxed);
    w.advance(HOUR).await;
    assert_eq!(w.a_day().await, Vec::<String>::new());
    let kinds = w.noted("finding.").await;
    assert_eq!(kinds, ["finding.begun", "finding.ended"]);
    w.ahead.store(90_000, Ordering::Relaxed);
    w.advance(HOUR).await;
    assert_eq!(w.a_day().await.len(), 1);
}

#[tokio::test]
async fn a_disk_that_fills_is_told_while_there_is_room_to_tell() {
    let mut w = World::with("mode = \"watch\"", "").await;
    let state = w.dir.path().join("state");
    std::fs::create_dir(&state).expect("a directory");
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&state);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !mount("size=40m,mode=0700") {
        println!("not told: this process may not mount a file system");
        return;
    }
    w.start().await;
    let first = w.phone("room for the ledger").text;
    assert!(first.contains("MiB left for"), "{first}");
    assert_eq!(w.a_day().await, Vec::<String>::new());
    assert!(mount("remount,size=400m"));
    assert_eq!(w.a_day().await, Vec::<String>::new());
    let kinds = w.noted("finding.").await;
    assert_eq!(kinds, ["finding.begun", "finding.ended"]);
    w.stop().await;
    let ledger = w.ledger_path();
    let kept = std::fs::read(&ledger).expect("the ledger");
    let unmounted = Command::new("umount").arg("-l").arg(&state).output();
    assert!(unmounted.is_ok_and(|output| output.status.success()));
    std::fs::write(&ledger, kept).expect("the ledger, for the end of the story");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_used_once_a_week() {
    let top = "mode = \"watch\"\nschedule = \"0 0 1 1 *\"";
    let mut w = World::with(top, "").await;
    w.start().await;
    let begun = w.sim.auth0.exchanges().len();
    w.pass(5 * DAY, 12 * HOUR).await;
    let busy = w.sim.auth0.exchanges().len();
    w.pass(28 * DAY, 12 * HOUR).await;
    w.read_all();
    let beats = w.sim.auth0.exchanges().len() - busy;
    assert!(
        (3..=4).contains(&beats),
        "{beats} in four weeks after {begun}, {busy}"
    );
    // A pause means that nobody is asked anything.
    w.says("/pause").await;
    let before = w.sim.auth0.exchanges().len();
    w.pass(140 * DAY, 4 * DAY).await;
    assert!(w.phone_if("connected account").is_none());
    w.pass(16 * DAY, DAY).await;
    assert_eq!(w.sim.auth0.exchanges().len(), before, "asked while paused");
    let told = w.phone("Worth a look: connected account").text;
    assert!(told.contains("dies after six months"), "{told}");
    w.read_all();
    w.pass(3 * DAY, DAY).await;
    assert!(w.phone_if("connected account").is_none(), "it is told once");
    w.says("/resume").await;
    w.pass(2 * DAY, DAY).await;
    assert_eq!(w.sim.auth0.exchanges().len(), before + 1);
    w.read_all();
    assert_eq!(
        w.noted("finding.").await,
        ["finding.begun", "finding.ended"]
    );
}

#[tokio::test]
async fn an_address_that_has_changed_is_said_to_have() {
    let mut w = World::with("mode = \"watch\"", "").await;
    w.start().await;
    w.sim
        .auth0
        .set_ip_allowlist(&w.cast.client_id, &["192.0.2.1"]);
    w.advance(HOUR).await;
    let told = w.phone("I have stopped acting").text;
    assert!(told.contains("it worked before"), "{told}");
    assert!(
        told.contains("public address has probably changed"),
        "{told}"
    );
    w.sim
        .auth0
        .set_ip_allowlist(&w.cast.client_id, &["127.0.0.1"]);
    w.advance(HOUR).await;
    w.phone("It works again");
}
