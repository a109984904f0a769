//! Beside a running daemon: it looks itself, and nothing gets in its way.

use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::config::{Config, Environment};
use bountyd::control_socket::{Listener, serve};
use bountyd::ledger::lock::InstanceLock;
use bountyd::{daemon, driver};
use serde_json::json;
use tokio::sync::{oneshot, watch};

use super::world::{World, finding};

/// The daemon with its lanes and its socket, in this process.
struct Running {
    app: Arc<bountyd::app::App>,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

async fn run(world: &World) -> Running {
    let environment = Environment::default();
    let clock = Arc::new(SystemClock);
    let loaded = Config::load(
        &world.config(),
        &environment,
        bountyd::clock::Clock::now(&*clock),
    );
    let config = loaded.expect("it can be used").config;
    let socket = config.control_socket();
    let opened = daemon::open(config, &environment, clock, Arc::new(OsEntropy)).await;
    let daemon = opened.expect("it starts");
    let app = Arc::clone(&daemon.app);
    let lock = InstanceLock::take(&world.path("another.db")).expect("free");
    let listener = Listener::bind(&socket, &lock).expect("it listens");
    let (quiet, stopped) = watch::channel(false);
    let lane = tokio::spawn(serve(Arc::clone(&app), listener, stopped));
    let (stop, told) = oneshot::channel::<()>();
    let running = Arc::clone(&app);
    let ended = tokio::spawn(async move {
        let _daemon = daemon;
        let done = driver::run(running, async {
            let _ = told.await;
        });
        done.await.expect("a clean end");
        quiet.send(true).expect("it listens");
        lane.await.expect("no panic");
    });
    while app.live(|live| live.idle_until.is_none()) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Running { app, stop, ended }
}

impl Running {
    async fn end(self) {
        let _ = self.stop.send(());
        self.ended.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_looks_and_its_poll_goes_on() {
    let world = World::new().await;
    let running = run(&world).await;
    let said = world.bountyd(&["doctor", "--json"]).left_with(0);
    world.says_no_secret(&said);
    let answer = said.json();
    assert_eq!(answer["ok"], json!(true), "{answer:#}");
    let daemon = finding(&answer, "daemon");
    assert_eq!(daemon["verdict"], json!("ok"), "{daemon}");
    assert_eq!(world.sim.telegram.conflicts(), 0, "its poll was put out");
    assert!(running.app.live(|live| live.telegram_trouble.is_none()));
    let lines = running
        .app
        .ledger
        .journal_after(0, None, 100)
        .await
        .expect("read");
    assert!(lines.iter().any(|line| line.kind == "control.doctor"));
    let asked: Vec<_> = world.sim.auth0.exchanges();
    let reason = asked.last().and_then(|e| e.audit_context.clone());
    assert!(
        reason.is_some_and(|r| r.starts_with("bountyd doctor")),
        "a fresh token"
    );
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_daemon_cannot_do_is_named_as_without_one() {
    let world = World::new().await;
    let running = run(&world).await;
    world
        .sim
        .auth0
        .set_ip_allowlist(&world.cast.client_id, &["203.0.113.7"]);
    let answer = world.bountyd(&["doctor", "--json"]).left_with(78).json();
    assert_eq!(answer["first"], json!("tenant.ip_allowlist"), "{answer:#}");
    world
        .sim
        .auth0
        .set_ip_allowlist(&world.cast.client_id, &["127.0.0.1"]);
    let answer = world.bountyd(&["doctor", "--json"]).left_with(0).json();
    assert_eq!(answer["ok"], json!(true), "{answer:#}");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_removes_a_webhook_at_the_owners_word() {
    let world = World::new().await;
    world.sim.telegram.switch(|s| s.webhook = true);
    let running = run(&world).await;
    let answer = world.bountyd(&["doctor", "--json"]).left_with(78).json();
    assert_eq!(answer["first"], json!("telegram.webhook"), "{answer:#}");
    assert_eq!(world.sim.telegram.calls("deleteWebhook"), 0);
    world.bountyd(&["doctor", "--fix", "--yes"]);
    assert_eq!(world.sim.telegram.calls("deleteWebhook"), 1);
    let lines = running
        .app
        .ledger
        .journal_after(0, None, 1000)
        .await
        .expect("read");
    let mine: Vec<_> = lines
        .iter()
        .filter(|l| l.kind.starts_with("doctor."))
        .collect();
    assert_eq!(mine.len(), 2, "{mine:?}");
    let me = rustix::process::getuid().as_raw();
    assert!(mine.iter().all(|line| line.actor == format!("uid:{me}")));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_holds_the_ledger_and_does_not_answer_is_named() {
    let world = World::new().await;
    world.doctor();
    let exchanges = world.sim.auth0.exchanges().len();
    let held = InstanceLock::take(&world.path("state/ledger.db")).expect("free");
    let answer = world.bountyd(&["doctor", "--json"]).left_with(69).json();
    assert_eq!(answer["first"], json!("daemon"), "{answer:#}");
    assert_eq!(finding(&answer, "journal.chain")["verdict"], json!("ok"));
    assert_eq!(finding(&answer, "exchange")["because"], json!("daemon"));
    assert_eq!(
        finding(&answer, "telegram.poller")["because"],
        json!("daemon")
    );
    assert_eq!(world.sim.auth0.exchanges().len(), exchanges);
    assert_eq!(
        world.sim.telegram.calls("getUpdates"),
        1,
        "only the first time"
    );
    drop(held);
}
