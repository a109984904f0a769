//! The emergency stop of a running daemon: nothing leaves from that instant, the chat does not lift it, a
//! restart does not, and a full disk does not keep it from holding.

use std::process::Command;
use std::time::Duration;

use crate::child::{GLANCE, PATIENCE, bountyd};
use crate::owner::Answer;
use crate::space::{SmallDisk, pass, status, writes};
use crate::world::{Goal, World};

fn run(w: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = bountyd();
    command.args(arguments).arg("--config").arg(w.config_path());
    let output = command.output().expect("it can be run");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Lifts it as a person at a terminal does.
fn lift(w: &World) -> String {
    use std::io::{Read as _, Write as _};
    let line = format!(
        "{} estop --lift --config {}",
        env!("CARGO_BIN_EXE_bountyd"),
        w.config_path().display()
    );
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("script runs");
    let mut stdin = child.stdin.take().expect("stdin");
    let mut stdout = child.stdout.take().expect("stdout");
    let (mut shown, mut byte) = (Vec::new(), [0]);
    while stdout.read(&mut byte).expect("read") == 1 {
        shown.push(byte[0]);
        if shown.ends_with(b"and Enter: ") {
            let text = String::from_utf8_lossy(&shown).into_owned();
            let code = text.rsplit_once("type ").map(|(_, rest)| &rest[..4]);
            writeln!(stdin, "{}", code.expect("a code")).expect("typed");
        }
    }
    let ended = child.wait().expect("it ends");
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(ended.success(), "{shown}");
    shown
}

async fn hears(w: &World, part: &str) {
    let start = std::time::Instant::now();
    loop {
        let messages = w.cast.owner.messages();
        if messages.iter().any(|m| m.text.contains(part)) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "no `{part}`: {messages:?}");
        w.hand.advance(Duration::from_secs(1));
        tokio::time::sleep(GLANCE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_until_a_person_at_the_machine_lifts_it() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    w.bounty("acme/widgets", Answer::Yes);
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 1);
    let issue = w.bounty("acme/widgets", Answer::Silence);
    w.drive(Goal::Settled, None).await;

    let (code, said) = run(&w, &["estop"]);
    assert_eq!(code, Some(0), "{said}");
    let said = status(&w);
    assert!(said.starts_with("stopped · mode ask"), "{said}");
    assert!(said.contains("no token in memory"), "{said}");
    hears(&w, "Emergency stop").await;
    let requests = w.sim.github.rim().count();
    let exchanges = w.sim.auth0.exchanges().len();

    // Not by the chat, nor by a yes, nor by time, nor by `kill -9` and another start.
    w.cast.owner.says("/resume");
    hears(&w, "Not resumed").await;
    w.owner.mind.insert(issue, Answer::Yes);
    w.owner.looks(&mut w.dice);
    assert!(w.owner.taps > 0);
    pass(&w, Duration::from_secs(30 * 60)).await;
    w.kill();
    w.start(None).await;
    pass(&w, Duration::from_secs(30 * 60)).await;
    let (code, said) = run(&w, &["resume"]);
    assert_eq!(code, Some(75), "{said}");
    assert_eq!(w.sim.github.rim().count(), requests, "GitHub was asked");
    assert_eq!(
        w.sim.auth0.exchanges().len(),
        exchanges,
        "a token was fetched"
    );
    assert!(status(&w).starts_with("stopped"), "{}", status(&w));

    if !rustix::process::getuid().is_root() {
        w.stop().await;
        return;
    }
    let shown = lift(&w);
    assert!(shown.contains("lifted"), "{shown}");
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 2);
    hears(&w, "was lifted").await;
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_made_by_hand_stops_a_running_daemon() {
    let mut w = World::new(2, "info").await;
    w.repo("acme/widgets");
    w.start(None).await;
    w.bounty("acme/widgets", Answer::Yes);
    w.drive(Goal::Settled, None).await;
    std::fs::write(w.dir.path().join("state/estop"), "").expect("a file");
    hears(&w, "Emergency stop").await;
    assert!(status(&w).contains("no token in memory"), "{}", status(&w));
    let before = writes(&w);
    w.bounty("acme/widgets", Answer::Yes);
    pass(&w, Duration::from_secs(20 * 60)).await;
    assert_eq!(writes(&w), before);
    // That the file is gone again does not lift it.
    std::fs::remove_file(w.dir.path().join("state/estop")).expect("it was there");
    pass(&w, Duration::from_secs(20 * 60)).await;
    assert_eq!(writes(&w), before);
    assert!(status(&w).starts_with("stopped"), "{}", status(&w));
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_where_the_ledger_cannot_be_written() {
    let mut w = World::new(3, "info").await;
    let Some(disk) = SmallDisk::mount(&w.dir.path().join("state")) else {
        println!("not told: this process may not mount a file system");
        return;
    };
    w.repo("acme/widgets");
    w.bounty("acme/widgets", Answer::Yes);
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    disk.fill();
    let (code, said) = run(&w, &["estop"]);
    assert_eq!(code, Some(0), "{said}");
    let before = (writes(&w), w.sim.auth0.exchanges().len());
    disk.free();
    w.bounty("acme/widgets", Answer::Yes);
    pass(&w, Duration::from_secs(20 * 60)).await;
    assert_eq!((writes(&w), w.sim.auth0.exchanges().len()), before);
    // And it is noted once there is room.
    let noted = "SELECT COUNT(*) FROM journal WHERE kind = 'control.stopped'";
    assert_eq!(w.eye.number(noted).await, 1);
    w.stop().await;
}
