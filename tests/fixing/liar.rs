//! A patch process that was taken over: what it says is held against what it was told.

use bountyd::fixer::lines;
use bountyd::fixer::order::Order;
use bountyd::fixer::word::{Ended, Word};
use clock::UnixMillis;
use fix::job::{Record, Word as Outcome};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::UnixListener;

use crate::world::{SLUG, World};

#[tokio::test(flavor = "multi_thread")]
async fn work_on_another_commit_than_was_told_is_not_believed() {
    let world = World::new("true").await;
    let number = world.sums();
    let socket = world.at("liar.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    std::fs::set_permissions(&socket, mode).expect("its mode");
    let line = format!("[fix]\nsocket = \"{}\"\n", socket.display());
    world.reconfigure("[fix]\n", &line);
    let liar = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (from, mut to) = stream.into_split();
        let mut said = String::new();
        BufReader::new(from)
            .read_line(&mut said)
            .await
            .expect("an order");
        let order: Order = serde_json::from_str(&said).expect("an order");
        let ended = Ended {
            record: record(&order),
            gate: None,
            sarif: None,
            diff: None,
            patch: None,
            usage: None,
        };
        let word = Word::Ended(Box::new(ended));
        lines::write(&mut to, &word).await.expect("said");
        order
    });
    let said = world
        .during(&["fix", &format!("{SLUG}#{number}"), "--dry-run"])
        .await;
    let order = liar.await.expect("it was asked");
    let tip = world.sim.github.repo(SLUG).head("main");
    assert_eq!(order.commit, tip, "the newest commit is given out");
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.err.contains("another commit"), "{said:#?}");
    assert!(!world.at("state/fixes").exists(), "nothing of it is kept");
}

/// A patch that may go, on a commit of the liar's own.
fn record(order: &Order) -> Record {
    Record {
        version: 1,
        id: order.id.clone(),
        repository: order.repository.clone(),
        issue: order.issue.as_ref().map(|issue| issue.number),
        agent: "Liar".to_owned(),
        base_commit: Some("f".repeat(40)),
        base_tree: None,
        tree: Some("e".repeat(40)),
        patch_sha256: Some("d".repeat(64)),
        diff_cut: false,
        test_command: None,
        test_command_why: None,
        tests_before: None,
        rounds: Vec::new(),
        tests_after: None,
        evidence: None,
        request: Vec::new(),
        scans: Vec::new(),
        findings: Vec::new(),
        outcome: Some(Outcome::Gated),
        why: None,
        started: UnixMillis(0),
        ended: UnixMillis(0),
    }
}
