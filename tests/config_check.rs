//! `bountyd check` as people and scripts meet it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

static KEY: LazyLock<(tempfile::TempDir, String)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("key.pem");
    vault::generate_key(&path, 2048).expect("a key");
    let text = std::fs::read_to_string(&path).expect("the key");
    (directory, text)
});

/// Without a place for the key.
const KEYLESS: &str = r#"
timezone = "America/New_York"
schedule = "30 2 * * *"

[auth0]
domain = "acme.eu.auth0.com"
client_id = "client"
user_id = "github|1"
"#;

fn good() -> String {
    format!("{KEYLESS}keys = [\"key.pem\"]\n")
}

/// A secret's file, for its owner only.
fn private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("write");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("chmod");
}

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
    private(&directory.path().join("key.pem"), &KEY.1);
    private(&directory.path().join("empty"), "");
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
    let (code, out, err) = check(&good(), &[]);
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
    let (code, out, err) = check(&format!("{KEYLESS}keys = [\"missing.pem\"]\n"), &[]);
    assert_eq!(code, Some(78), "{out}{err}");
    assert!(out.contains("a part is missing"), "{out}");
    assert!(err.contains("missing.pem does not exist"), "{err}");
}

#[test]
fn what_cannot_be_seen_from_here_is_not_called_good() {
    // A credential is the service's; a shell is not passed it.
    let (code, out, err) = check(KEYLESS, &[]);
    assert_eq!(code, Some(66), "{out}{err}");
    assert!(!out.contains("can be used"), "{out}");
    assert!(out.contains("a secret cannot be seen from here"), "{out}");
    assert!(err.contains("credential assertion-key is passed"), "{err}");
    let (code, out, _) = check(KEYLESS, &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &answer["ok"]), (Some(66), &serde_json::json!(false)));
}

#[test]
fn a_client_secret_is_looked_for_as_run_would() {
    for (file, says) in [("missing", "missing does not exist"), ("empty", "is empty")] {
        let text = format!(
            "{}client_authentication = \"client_secret\"\nclient_secret_file = \"{file}\"\n",
            good()
        );
        let (code, out, err) = check(&text, &[]);
        assert_eq!(code, Some(78), "{out}{err}");
        assert!(out.contains("a part is missing"), "{out}");
        assert!(err.contains(says), "{err}");
    }
}

#[test]
fn the_shipped_file_as_it_is_cannot_be_used() {
    let (code, out, err) = check(include_str!("../config/bountyd.toml"), &[]);
    assert_eq!((code, out.as_str()), (Some(78), ""));
    assert!(err.contains("`auth0.domain` is not filled in"), "{err}");
    assert!(err.contains("YOUR-TENANT"), "{err}");
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
        check(&format!("{}{telegram}", good()), flags)
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
        (code, &answer["secrets"][0]["fatal"]),
        (Some(78), &true.into())
    );
    assert!(!out.contains("canary"), "{out}");
    // Another service may give out others, if they can stand in a URL.
    let elsewhere = "api_url = \"https://bots.example.org/api\"";
    assert_eq!(check_token("canary", elsewhere, &[]).0, Some(0));
    let (code, _, err) = check_token("canary/../x", elsewhere, &[]);
    assert_eq!(code, Some(78));
    assert!(err.contains("cannot stand in a URL"), "{err}");
    // A credential is the service's and not seen here; a file that is named and missing is a fault.
    let credential = format!("{}[telegram]\nowner_id = 5\n", good());
    assert_eq!(check(&credential, &[]).0, Some(66));
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
    let (code, out, _) = check(&good(), &["--json"]);
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
    std::fs::write(directory.join("bountyd.toml"), good()).expect("write");
    private(&directory.join("key.pem"), &KEY.1);
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
