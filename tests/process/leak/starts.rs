//! Starts that fail because a secret is wrong or in the wrong place: the error names the file or the
//! key, never what is in it.

use super::search::Needles;
use crate::child::{Daemon, bountyd};
use crate::world::{KEY, World, write_private};

const SECRET: &str = "cs-Kanarienvogel-8J2kq0ZtXw7LrB5nPyVd3HsEa9GmUc1f";
const BOT: &str = "123456789:AAF-Kanarienvogel_q0ZtXw7LrB5nPyVd3";

fn needles() -> Needles {
    let mut needles = Needles::new();
    needles.add("the secret", SECRET.as_bytes());
    needles.add("the bot token", BOT.as_bytes());
    needles.add_key(&key());
    needles
}

fn key() -> String {
    std::fs::read_to_string(&KEY.1).expect("the key")
}

/// Everything that `run` and `check` say about it, which must be a complaint.
async fn complaint(w: &mut World, what: &str) {
    let credentials = w.dir.path().join("credentials");
    for verb in ["run", "check"] {
        let mut command = bountyd();
        command.arg(verb).arg("--config").arg(w.config_path());
        if verb == "run" {
            command.arg("--clock-socket").arg(w.hand.path());
        }
        if credentials.exists() {
            command.env("CREDENTIALS_DIRECTORY", &credentials);
        }
        command.env("RUST_BACKTRACE", "full");
        let stem = w.stem();
        let mut asked = Daemon::start(command, &stem);
        let status = asked.end().await;
        if verb == "run" {
            assert_eq!(status.code(), Some(78), "{what}: {}", asked.said());
        }
        let said =
            asked.said() + &std::fs::read_to_string(stem.with_extension("out")).expect("text");
        assert!(!said.contains("panicked"), "{what}: {said}");
        let hits = needles().find(what, said.as_bytes());
        assert_eq!(hits, [], "{said}");
    }
    assert_eq!(w.traffic(), 0);
}

/// Replaces the line that starts with `key` in the configuration.
fn line(w: &World, key: &str, new: &str) {
    let text = std::fs::read_to_string(w.config_path()).expect("the configuration");
    let old = text
        .lines()
        .find(|l| l.starts_with(key))
        .expect("such a line");
    w.reconfigure(old, new);
}

fn file(w: &World, name: &str, text: &str) -> String {
    let path = w.dir.path().join("secret").join(name);
    write_private(&path, text);
    path.display().to_string()
}

#[tokio::test]
async fn secrets_in_files_where_others_are_expected() {
    let pem = key();
    let half = pem.len() / 2;
    let body: String = pem.lines().filter(|l| !l.starts_with("-----")).collect();
    let one_off = pem.replacen('A', "B", 3);
    for (what, text) in [
        ("the client secret as key", SECRET),
        ("the bot token as key", BOT),
        ("half a key", &pem[..half]),
        ("the other half", &pem[half..]),
        ("a key without its frame", &body),
        ("a key that was tampered with", &one_off),
    ] {
        let mut w = World::new(1, "trace").await;
        let path = file(&w, "canary", text);
        line(&w, "keys", &format!("keys = [\"{path}\"]"));
        complaint(&mut w, what).await;
    }
    for (what, text) in [
        ("the key as bot token", pem.as_str()),
        // Without the slash a service on this machine might have given it out.
        ("the secret as bot token", &format!("{SECRET}/")),
        ("two words as bot token", &format!("{BOT} {SECRET}")),
    ] {
        let mut w = World::new(1, "trace").await;
        let path = file(&w, "canary", text);
        line(&w, "token_file", &format!("token_file = \"{path}\""));
        complaint(&mut w, what).await;
    }
    let mut w = World::new(1, "trace").await;
    let path = file(&w, "canary", &pem);
    let both = format!(
        "client_authentication = \"client_secret\"\nclient_secret_file = \"{path}\"\nclient_id = \"bountyd-worker\""
    );
    line(&w, "client_id", &both);
    complaint(&mut w, "the key as client secret").await;
}

#[tokio::test]
async fn secrets_written_into_the_configuration() {
    let pem = key();
    let oneline = pem.replace('\n', "\\n");
    for (what, key, new) in [
        ("a bot token", "token_file", format!("token = \"{BOT}\"")),
        (
            "a bot token as file",
            "token_file",
            format!("token_file = \"{BOT}\""),
        ),
        (
            "a client secret",
            "client_id",
            format!("client_secret = \"{SECRET}\"\nclient_id = \"x\""),
        ),
        ("a key", "keys", format!("key = \"{oneline}\"")),
        ("a key as file", "keys", format!("keys = [\"{oneline}\"]")),
        (
            "a key over lines",
            "keys",
            format!("private_key = \"\"\"\n{pem}\"\"\""),
        ),
        (
            "a broken line",
            "keys",
            format!("client_secret = \"{SECRET}"),
        ),
        ("a bare word", "keys", format!("client_secret = {SECRET}")),
        (
            "an owner that is a token",
            "owner_id",
            format!("owner_id = \"{BOT}\""),
        ),
        ("a token in the mode", "mode", format!("mode = \"{BOT}\"")),
    ] {
        let mut w = World::new(1, "trace").await;
        line(&w, key, &new);
        complaint(&mut w, what).await;
    }
}

#[tokio::test]
async fn credentials_of_systemd_that_are_wrong() {
    let mut w = World::new(1, "trace").await;
    let dir = w.dir.path().join("credentials");
    std::fs::create_dir(&dir).expect("a directory");
    write_private(&dir.join("assertion-key"), SECRET);
    write_private(&dir.join("telegram-token"), BOT);
    complaint(&mut w, "a credential that is no key").await;
}
