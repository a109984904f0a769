//! What keeps the daemon from starting: it says what, where and the remedy, leaves with the code
//! that tells systemd whether to try again, and has sent nothing to anybody.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::notify::Manager;
use crate::world::{Goal, KEY, World, write_private};

/// Starts it, and gives the code it leaves with and what it said.
async fn refused(w: &mut World) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut manager = Manager::new(dir.path());
    let mut command = w.command();
    command.env("NOTIFY_SOCKET", &manager.path);
    w.start_as(command).await;
    let mut daemon = w.daemon.take().expect("it was started");
    let status = daemon.end().await;
    assert!(!manager.heard("READY=1"), "it said that it is ready");
    assert_eq!(w.traffic(), 0, "something was sent");
    (status.code(), daemon.said())
}

fn says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no `{part}` in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

/// A copy of the key, at the disposal of one story.
fn own_key(w: &World, text: &str) -> PathBuf {
    let path = w.dir.path().join("secret/own-key.pem");
    write_private(&path, text);
    w.reconfigure(&KEY.1.display().to_string(), &path.display().to_string());
    path
}

fn key() -> String {
    std::fs::read_to_string(&KEY.1).expect("the key")
}

#[tokio::test]
async fn a_key_that_others_may_read() {
    for mode in [0o640, 0o604, 0o666, 0o620] {
        let mut w = World::new(1, "info").await;
        let path = own_key(&w, &key());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let (code, said) = refused(&mut w).await;
        assert_eq!(code, Some(78), "{said}");
        says(&said, &["own-key.pem", &format!("{mode:04o}"), "chmod 600"]);
    }
}

#[tokio::test]
async fn a_file_that_is_no_key() {
    let pem = key();
    let cut = &pem[..pem.len() / 2];
    let encrypted = pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let public = KEY.2.as_str();
    for (text, word) in [
        ("", "empty"),
        ("hello\n", "own-key.pem"),
        (cut, "own-key.pem"),
        (encrypted.as_str(), "encrypted"),
        (public, "public"),
    ] {
        let mut w = World::new(1, "info").await;
        own_key(&w, text);
        let (code, said) = refused(&mut w).await;
        assert_eq!(code, Some(78), "{said}");
        says(&said, &["own-key.pem", word]);
    }
}

#[tokio::test]
async fn a_key_that_is_not_there_or_is_a_directory() {
    for name in ["secret/missing.pem", "secret"] {
        let mut w = World::new(1, "info").await;
        let path = w.dir.path().join(name).display().to_string();
        w.reconfigure(&KEY.1.display().to_string(), &path);
        let (code, said) = refused(&mut w).await;
        assert_eq!(code, Some(78), "{said}");
        says(&said, &[&path]);
    }
}

#[tokio::test]
async fn a_configuration_that_is_none() {
    for text in [
        "mode = [",
        "mode = \"attack\"",
        "\u{0}\u{1}binary",
        "schedule = \"61 * * * *\"",
        "",
    ] {
        let mut w = World::new(1, "info").await;
        std::fs::write(w.config_path(), text).expect("a configuration");
        let (code, said) = refused(&mut w).await;
        assert_eq!(code, Some(78), "{text:?}: {said}");
        says(&said, &["bountyd.toml"]);
    }
    let mut w = World::new(1, "info").await;
    std::fs::remove_file(w.config_path()).expect("the configuration");
    let (code, said) = refused(&mut w).await;
    assert_eq!(code, Some(78), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_instance_on_the_same_ledger() {
    let mut w = World::new(1, "info").await;
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    let first = w.daemon.take();
    let traffic = w.sim.github.rim().count();
    let command = w.command();
    w.start_as(command).await;
    let mut second = w.daemon.take().expect("it was started");
    let status = second.end().await;
    assert_eq!(status.code(), Some(75), "{}", second.said());
    says(
        &second.said(),
        &["another bountyd works on this ledger", "ledger.lock"],
    );
    assert_eq!(
        w.sim.github.rim().count(),
        traffic,
        "the second one sent something"
    );
    // The first goes on as if nothing had been.
    w.daemon = first;
    let later = w.hand.now().plus(std::time::Duration::from_secs(300));
    w.drive(Goal::Until(later), None).await;
    assert!(w.sim.github.rim().count() > traffic);
    assert_eq!(w.sim.telegram.conflicts(), 0);
    w.stop().await;
}

async fn change(path: &Path, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection, Executor};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut ledger = options.connect().await.expect("the ledger");
    ledger.execute(sql).await.expect("a change");
    ledger.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_of_a_newer_version() {
    let mut w = World::new(1, "info").await;
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    w.stop().await;
    w.eye.close().await;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'of tomorrow', 1, x'00', 0)";
    change(&w.ledger_path(), newer).await;
    let before = std::fs::read(w.ledger_path()).expect("the ledger");
    let traffic = w.traffic();
    w.start(None).await;
    let mut daemon = w.daemon.take().expect("it was started");
    let status = daemon.end().await;
    assert_eq!(status.code(), Some(78), "{}", daemon.said());
    says(&daemon.said(), &["newer bountyd", "9999", "ledger.db"]);
    assert_eq!(w.traffic(), traffic);
    assert_eq!(
        std::fs::read(w.ledger_path()).expect("the ledger"),
        before,
        "it was touched"
    );
}

#[tokio::test]
async fn a_ledger_that_is_none() {
    let mut w = World::new(1, "info").await;
    std::fs::create_dir(w.dir.path().join("state")).expect("a directory");
    std::fs::write(
        w.ledger_path(),
        "hello, I am no database at all\n".repeat(200),
    )
    .expect("a file");
    let (code, said) = refused(&mut w).await;
    assert_eq!(code, Some(65), "{said}");
    says(&said, &["ledger.db", "not a database"]);
}

#[tokio::test]
async fn a_clock_of_ours_is_refused_when_a_service_is_real() {
    let mut w = World::new(1, "info").await;
    let url = format!("{}/", w.sim.github.url());
    w.reconfigure(&url, "https://api.github.com/");
    let (code, said) = refused(&mut w).await;
    assert_eq!(code, Some(64), "{said}");
    says(&said, &["--clock-socket"]);
}
