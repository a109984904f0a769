//! The same commands with a daemon that listens: who may ask it for what.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bountyd::app::App;
use bountyd::clock::{Clock, OsEntropy, SystemClock};
use bountyd::config::Environment;
use bountyd::control_socket::{Listener, serve};
use bountyd::ledger::lock::InstanceLock;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::support::{APPROVER, Desk, STRANGER, is_root};

/// A daemon that does nothing but listen.
pub(crate) struct Listening {
    pub(crate) app: Arc<App>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) lane: JoinHandle<()>,
    _daemon: bountyd::daemon::Daemon,
}

/// Stands in for the lock that the daemon keeps to itself.
pub(crate) fn a_lock(desk: &Desk) -> InstanceLock {
    InstanceLock::take(&desk.path("another.db")).expect("free")
}

pub(crate) async fn listen(desk: &Desk, clock: Arc<dyn Clock>) -> Listening {
    let config = desk.config();
    let socket = config.control_socket();
    let opened =
        bountyd::daemon::open(config, &Environment::default(), clock, Arc::new(OsEntropy)).await;
    let daemon = opened.expect("it starts");
    // As under systemd with RuntimeDirectoryMode=0755.
    let passable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(desk.path("run"), passable).expect("opened");
    let listener = Listener::bind(&socket, &a_lock(desk)).expect("it listens");
    let (stop, stopped) = watch::channel(false);
    let lane = tokio::spawn(serve(Arc::clone(&daemon.app), listener, stopped));
    Listening {
        app: Arc::clone(&daemon.app),
        stop,
        lane,
        _daemon: daemon,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_answers_and_holds_the_ledger() {
    let (desk, id) = Desk::filled().await;
    let daemon = listen(&desk, Arc::new(SystemClock)).await;
    let status = desk.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["vault"]["token"], json!(null));
    assert!(status["live"].is_object(), "{status}");
    let said = desk.bountyd(&["status"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert!(said.out.starts_with("ok · mode watch"), "{}", said.out);
    let asked_nothing = "GitHub: nothing was asked yet, so what it allows is not known\n";
    assert!(said.out.contains(asked_nothing), "{}", said.out);
    let said = desk.bountyd(&["pending"]).left_with(0);
    assert!(said.out.contains(&id[..8]), "{}", said.out);
    assert!(said_of(&desk, "resume").starts_with("Not paused"));
    desk.bountyd(&["pause"]).left_with(0);
    assert!(said_of(&desk, "pause").starts_with("Paused already."));
    let said = desk.bountyd(&["scan"]).left_with(75);
    assert!(said.err.contains("paused"), "{}", said.err);
    let lines = daemon.app.ledger.journal_after(0, None, 100).await;
    let lines = lines.expect("read");
    let me = rustix::process::getuid().as_raw();
    let paused = lines.iter().find(|l| l.kind == "control.paused");
    let paused = paused.expect("journalled");
    assert_eq!(paused.actor, format!("uid:{me}"));
    assert_eq!(paused.body, r#"{"channel":"socket"}"#);
    daemon.stop.send(true).expect("it listens");
    daemon.lane.await.expect("it stops");
    assert!(!desk.config().control_socket().exists());
}

fn said_of(desk: &Desk, command: &str) -> String {
    desk.bountyd(&[command]).left_with(0).out
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_everything() {
    let (desk, id) = Desk::filled().await;
    if !is_root() {
        return;
    }
    let daemon = listen(&desk, Arc::new(SystemClock)).await;
    for arguments in [
        &["status"][..],
        &["pending"],
        &["pause"],
        &["resume"],
        &["scan"],
        &["explain", "acme/widgets#7"],
    ] {
        let said = desk.bountyd_as(STRANGER, arguments).left_with(77);
        assert!(
            said.err.contains("65534 may not talk to this bountyd"),
            "{}",
            said.err
        );
        assert_eq!(said.out, "");
    }
    desk.bountyd_as(STRANGER, &["approve", &id]).left_with(77);
    // His own configuration cannot make him one.
    let own = std::fs::read_to_string(desk.path("bountyd.toml")).expect("read");
    let own = own.replace(&APPROVER.to_string(), &STRANGER.to_string());
    std::fs::write(desk.path("bountyd.toml"), own).expect("written");
    let (code, shown) = desk.bountyd_on_a_terminal(STRANGER, &["approve", &id], |_| String::new());
    assert_eq!(code, Some(77), "{shown}");
    assert!(shown.contains("may not talk to this bountyd"), "{shown}");
    let head = daemon.app.ledger.journal_after(0, None, 100).await;
    assert!(
        head.expect("read")
            .iter()
            .all(|l| !l.actor.contains("65534"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_approver_answers_through_the_daemon() {
    let (desk, id) = Desk::filled().await;
    if !is_root() {
        return;
    }
    let daemon = listen(&desk, Arc::new(SystemClock)).await;
    // He may not read the ledger: the daemon shows him the question.
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(desk.path("state"), private).expect("closed");
    let said = desk.bountyd_as(APPROVER, &["pending"]).left_with(0);
    assert!(said.out.contains(&id[..8]), "{}", said.out);
    let the_code = |shown: &str| {
        let code = shown.rsplit_once("type ").map(|(_, rest)| &rest[..4]);
        format!("{}\n", code.expect("a code"))
    };
    let (code, shown) = desk.bountyd_on_a_terminal(APPROVER, &["approve", &id[..7]], the_code);
    assert_eq!(code, Some(0), "{shown}");
    let lines = daemon.app.ledger.journal_after(0, None, 100).await;
    let lines = lines.expect("read");
    let decided = lines.iter().find(|l| l.kind == "approval.decided");
    assert_eq!(
        decided.expect("journalled").actor,
        format!("uid:{APPROVER}")
    );
    let (code, shown) = desk.bountyd_on_a_terminal(APPROVER, &["approve", &id[..7]], the_code);
    assert_eq!(code, Some(1), "{shown}");
}
