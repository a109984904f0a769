//! Keys: exchanged under load, listed, and refused when something does not fit.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sim::auth0::Credential;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::world::{BINARY, Said, World, files_with, glance};

/// Calls across the rotation.
const CALLS: usize = 1_000;

/// Somebody who has calls made, one after the other, and notes each that fails.
struct Hammer {
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<String>>,
}

impl Hammer {
    fn on(w: &World) -> Self {
        let socket = w.path("state").join("control.sock");
        let (done, stop) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (counted, stopped) = (Arc::clone(&done), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let mut failed = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                // Nobody listens while the daemon is started anew: no call was made.
                let Ok(stream) = UnixStream::connect(&socket).await else {
                    glance().await;
                    continue;
                };
                let mut stream = BufReader::new(stream);
                let asked = stream
                    .get_mut()
                    .write_all(b"{\"verb\":\"identify\"}\n")
                    .await;
                let mut answer = String::new();
                let read = stream.read_line(&mut answer).await;
                if asked.is_err() || !matches!(read, Ok(1..)) {
                    // Hung up before the request was taken.
                    continue;
                }
                let answer: Value = serde_json::from_str(&answer).expect("JSON");
                if answer["answer"] == "identified" {
                    counted.fetch_add(1, Ordering::SeqCst);
                } else {
                    failed.push(answer.to_string());
                }
            }
            failed
        });
        Self { done, stop, task }
    }

    /// So many calls more: a command beside them takes as long as the machine is busy.
    async fn makes(&self, calls: usize) {
        let goal = self.done.load(Ordering::SeqCst) + calls;
        while self.done.load(Ordering::SeqCst) < goal {
            assert!(!self.task.is_finished(), "nobody calls any more");
            glance().await;
        }
    }

    /// A few calls more: the last exchange is then one of theirs.
    async fn moves_on(&self) {
        self.makes(3).await;
    }

    async fn end(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::SeqCst);
        let failed = self.task.await.expect("no panic");
        (self.done.load(Ordering::SeqCst), failed)
    }
}

/// Without a terminal, whatever this test was started from.
async fn alone(w: &World, arguments: &[&str]) -> Said {
    let config = w.path("bountyd.toml").display().to_string();
    let mut command = std::process::Command::new("setsid");
    command
        .args(["--wait", BINARY, "--config", &config])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", w.dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || Said::of(&command.output().expect("setsid runs")))
        .await
        .expect("no panic")
}

async fn world(hold_cap: &str) -> World {
    let w = World::new().await;
    w.store_token();
    let config = w.read("bountyd.toml");
    let auth0 = format!("[auth0]\nhold_cap = \"{hold_cap}\"");
    w.write("bountyd.toml", &config.replacen("[auth0]", &auth0, 1));
    w
}

fn kid_of(w: &World) -> String {
    w.sim
        .auth0
        .exchanges()
        .last()
        .and_then(|e| e.kid.clone())
        .expect("an exchange")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_across_a_rotation_and_a_restart_none_fails() {
    let w = world("0s").await;
    // A thousand looks at one's own account within a minute are more than github.com allows.
    w.sim.github.count_no_points();
    let client = w.cast.client_id.clone();
    let before = w.read("key.pem");
    let secret_line = before.lines().nth(4).expect("a line of the key").to_owned();
    let mut daemon = w.daemon().await;
    let hammer = Hammer::on(&w);

    hammer.makes(CALLS / 5).await;
    let old = kid_of(&w);
    let said = alone(&w, &["--json", "keys", "rotate", "--bits", "2048"])
        .await
        .left_with(75);
    let report = said.json();
    let new = report["new_kid"].as_str().expect("a kid").to_owned();
    assert_eq!(report["state"], "registration_needed");
    assert_eq!(report["old_kid"], old.as_str());
    assert!(
        said.err.contains("BEGIN PUBLIC KEY") && said.err.contains(&client),
        "{}",
        said.err
    );
    // The refused trial is the only exchange that the tenant refuses.
    let trials = w
        .sim
        .auth0
        .exchanges()
        .iter()
        .filter(|e| e.refused.is_some())
        .count();
    hammer.moves_on().await;
    assert_eq!(kid_of(&w), old);

    hammer.makes(CALLS / 5).await;
    let key = Credential::from_pem(report["pem"].as_str().expect("PEM")).expect("a key");
    w.sim.auth0.add_key(&client, &key);
    let said = alone(&w, &["--json", "keys", "rotate"]).await.left_with(0);
    assert_eq!(said.json()["state"], "rotated");
    hammer.makes(CALLS / 5).await;
    hammer.moves_on().await;
    assert_eq!(kid_of(&w), new);

    // A restart in the middle, drained.
    let pid = Pid::from_raw(i32::try_from(daemon.0.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::TERM).expect("sent");
    let status = tokio::task::spawn_blocking(move || daemon.0.wait()).await;
    assert!(status.expect("no panic").expect("it ends").success());
    let daemon = w.daemon().await;

    hammer.makes(CALLS / 5).await;
    let said = alone(&w, &["--json", "keys", "retire", "--yes"])
        .await
        .left_with(0);
    assert_eq!(said.json()["retired_kid"], old.as_str());
    let retired = w.sim.auth0.exchanges().len();
    w.sim.auth0.delete_key(&client, &old);

    hammer.makes(CALLS / 5).await;
    let (calls, failed) = hammer.end().await;
    assert_eq!(failed, Vec::<String>::new());
    assert!(calls >= CALLS, "{calls}");
    let exchanges = w.sim.auth0.exchanges();
    let refused = exchanges.iter().filter(|e| e.refused.is_some()).count();
    assert_eq!(refused, trials, "no call but the trial was refused");
    let signed = |kid: &str| {
        exchanges
            .iter()
            .filter(|e| e.kid.as_deref() == Some(kid))
            .count()
    };
    assert!(signed(&old) >= CALLS * 2 / 5, "{}", signed(&old));
    assert!(signed(&new) >= CALLS * 2 / 5, "{}", signed(&new));
    assert!(exchanges.len() >= CALLS);
    for exchange in &exchanges[retired..] {
        assert_eq!(
            exchange.kid.as_deref(),
            Some(new.as_str()),
            "signed by a retired key"
        );
    }

    // The old key is nowhere any more; the new one has its name.
    assert!(!w.path("key.pem-2").exists());
    assert_eq!(
        files_with(w.dir.path(), &secret_line),
        Vec::<std::path::PathBuf>::new()
    );
    let listed = alone(&w, &["--json", "keys", "list"])
        .await
        .left_with(0)
        .json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["kid"], new.as_str());
    assert_eq!(
        (&listed[0]["role"], &listed[0]["loaded"]),
        (&"signs".into(), &true.into())
    );
    assert!(listed[0]["exchanges"].as_u64() >= Some(400));
    drop(daemon);
    alone(&w, &["check"]).await.left_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_each_step_goes_on_where_the_last_one_stopped() {
    let w = world("15m").await;
    let client = w.cast.client_id.clone();
    alone(&w, &["keys", "retire", "--yes"]).await.left_with(78);
    let first = alone(&w, &["--json", "keys", "rotate", "--bits", "2048"])
        .await
        .left_with(75)
        .json();
    // Nothing is made twice.
    let again = alone(&w, &["--json", "keys", "rotate"])
        .await
        .left_with(75)
        .json();
    assert_eq!(first, again);
    let listed = alone(&w, &["--json", "keys", "list"])
        .await
        .left_with(0)
        .json();
    assert_eq!(
        (&listed[0]["role"], &listed[1]["role"]),
        (&"signs".into(), &"spare".into())
    );
    let key = Credential::from_pem(first["pem"].as_str().expect("PEM")).expect("a key");
    w.sim.auth0.add_key(&client, &key);
    alone(&w, &["keys", "rotate"]).await.left_with(0);
    let again = alone(&w, &["--json", "keys", "rotate"])
        .await
        .left_with(0)
        .json();
    assert_eq!(again["state"], "already_rotated");
    // A person says so at a terminal, or nobody does.
    let said = alone(&w, &["keys", "retire"]).await.left_with(77);
    assert!(
        said.err.contains("needs a person at a terminal"),
        "{}",
        said.err
    );
    let mut seat = w.on_a_terminal("keys retire");
    seat.until("and Enter: ").await;
    seat.types("ZZZZ\r");
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(1), "{shown}");
    assert!(w.path("key.pem-2").exists());
    // Killed between the file and the configuration.
    std::fs::rename(w.path("key.pem-2"), w.path("key.pem")).expect("moved");
    alone(&w, &["keys", "retire"]).await.left_with(0);
    let config = w.read("bountyd.toml");
    assert!(!config.contains("key.pem-2"), "{config}");
    let public = alone(&w, &["--json", "keys", "public"])
        .await
        .left_with(0)
        .json();
    assert_eq!(public[0]["kid"], first["new_kid"]);
    alone(&w, &["check"]).await.left_with(0);
}
