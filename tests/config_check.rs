//! `bountyd check` as people and scripts meet it.

use std::path::Path;
use std::process::{Command, Output};

const GOOD: &str = r#"
timezone = "America/New_York"
schedule = "30 2 * * *"

[auth0]
domain = "acme.eu.auth0.com"
client_id = "client"
user_id = "github|1"
"#;

fn bountyd(arguments: &[&str], home: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bountyd"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .output()
        .expect("run bountyd")
}

fn check(text: &str, flags: &[&str]) -> (Option<i32>, String, String) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("bountyd.toml");
    std::fs::write(&path, text).expect("write");
    let path = path.to_string_lossy().into_owned();
    let mut arguments = vec!["check", "--config", path.as_str()];
    arguments.extend(flags);
    let output = bountyd(&arguments, directory.path());
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).replace(&path, "FILE"),
        String::from_utf8_lossy(&output.stderr).replace(&path, "FILE"),
    )
}

#[test]
fn a_good_file_shows_what_it_comes_to() {
    let (code, out, err) = check(GOOD, &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(err, "");
    for words in [
        "FILE can be used",
        "watch: reports, and writes nothing",
        "30 2 * * * in America/New_York",
        "at most 3 a day, 2 in hand",
        "asks above $500 each, $1,000 a day",
        "Next runs (each up to 2m later)",
    ] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    let runs = out
        .lines()
        .filter(|line| line.ends_with("EST") || line.ends_with("EDT"));
    assert_eq!(runs.count(), 5, "{out}");
    for line in out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!out.contains('\x1b'), "colours without a terminal");
}

#[test]
fn a_bad_file_is_refused_with_78_and_every_reason() {
    let (code, out, err) = check("schedule = \"61 * * * *\"\nmode = \"yolo\"\n", &[]);
    assert_eq!(code, Some(78));
    assert_eq!(out, "");
    for words in [
        "FILE:1:13",
        "minute field: 61 is out of range",
        "^^",
        "FILE:2:8",
        "auth0.domain",
    ] {
        assert!(err.contains(words), "{words}\n{err}");
    }
}

#[test]
fn a_key_that_cannot_be_used_is_named() {
    let (code, out, err) = check(&format!("{GOOD}keys = [\"missing.pem\"]\n"), &[]);
    assert_eq!(code, Some(78), "{out}{err}");
    assert!(out.contains("a part is missing"), "{out}");
    assert!(err.contains("missing.pem does not exist"), "{err}");
    // A credential is the service's; from a shell it cannot be seen, which is no fault.
    let (code, out, _) = check(GOOD, &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("cannot be seen from here"), "{out}");
}

#[test]
fn a_bot_token_that_run_would_refuse_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().expect("temporary directory");
    let token = directory.path().join("token");
    let check_token = |text: &str, more: &str, flags: &[&str]| {
        std::fs::write(&token, text).expect("write");
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("mode");
        let file = token.display();
        let telegram = format!("[telegram]\nowner_id = 5\ntoken_file = \"{file}\"\n{more}");
        check(&format!("{GOOD}{telegram}"), flags)
    };
    let (code, out, err) = check_token("123456:canaryKey_-9\n", "", &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    let (code, out, err) = check_token("canary", "", &[]);
    assert_eq!(code, Some(78), "{out}{err}");
    assert!(out.contains("a part is missing"), "{out}");
    assert!(err.contains("does not look like a bot token"), "{err}");
    assert!(!format!("{out}{err}").contains("canary"), "{out}{err}");
    let (code, out, _) = check_token("canary", "", &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &answer["bot_token"]["fatal"]),
        (Some(78), &true.into())
    );
    assert!(!out.contains("canary"), "{out}");
    // Another service may give out others, if they can stand in a URL.
    let elsewhere = "api_url = \"https://bots.example.org/api\"";
    assert_eq!(check_token("canary", elsewhere, &[]).0, Some(0));
    let (code, _, err) = check_token("canary/../x", elsewhere, &[]);
    assert_eq!(code, Some(78));
    assert!(err.contains("cannot stand in a URL"), "{err}");
    // A credential is the service's; a file that is named and missing is a fault.
    let credential = format!("{GOOD}[telegram]\nowner_id = 5\n");
    assert_eq!(check(&credential, &[]).0, Some(0));
    let (code, _, err) = check(&format!("{credential}token_file = \"none\"\n"), &[]);
    assert_eq!(code, Some(78));
    assert!(err.contains("none does not exist"), "{err}");
}

#[test]
fn json_carries_the_same() {
    let (code, out, err) = check("mode = \"yolo\"\n", &["--json"]);
    assert_eq!((code, err.as_str()), (Some(78), ""));
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["problems"][0]["line"], 1);
    assert_eq!(answer["problems"][0]["column"], 8);
    let (code, out, _) = check(GOOD, &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &answer["ok"]), (Some(0), &serde_json::json!(true)));
    assert_eq!(answer["next_runs"].as_array().map(Vec::len), Some(5));
}

#[test]
fn a_missing_file_is_named() {
    let home = tempfile::tempdir().expect("temporary directory");
    let output = bountyd(&["check", "--config", "/nonexistent.toml"], home.path());
    assert_eq!(output.status.code(), Some(78));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains("/nonexistent.toml") && err.contains("No such file"),
        "{err}"
    );
}

#[test]
fn the_configuration_of_the_user_is_found() {
    let home = tempfile::tempdir().expect("temporary directory");
    let directory = home.path().join(".config/bountyd");
    std::fs::create_dir_all(&directory).expect("directories");
    std::fs::write(directory.join("bountyd.toml"), GOOD).expect("write");
    let output = bountyd(&["check"], home.path());
    let out = String::from_utf8_lossy(&output.stdout);
    if Path::new("/etc/bountyd/bountyd.toml").exists() {
        return; // this machine runs bountyd; its own configuration comes first
    }
    assert!(
        out.contains(".config/bountyd/bountyd.toml can be used"),
        "{out}"
    );
}

#[test]
fn wrong_usage_is_64() {
    let home = tempfile::tempdir().expect("temporary directory");
    assert_eq!(bountyd(&["chekc"], home.path()).status.code(), Some(64));
    assert_eq!(bountyd(&[], home.path()).status.code(), Some(64));
    assert_eq!(bountyd(&["--help"], home.path()).status.code(), Some(0));
}
