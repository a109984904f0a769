//! `bountyd keys`, as a person meets it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn keys(arguments: &[&str], home: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bountyd"))
        .arg("keys")
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .output()
        .expect("run bountyd")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_key_is_made_once_and_only_its_public_half_is_shown() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("assertion.pem");
    let file = path.to_string_lossy();
    let made = keys(&["new", "--bits", "2048", &file], directory.path());
    assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    let public = String::from_utf8(made.stdout).expect("PEM");
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"), "{public}");
    assert!(!public.contains("PRIVATE"));
    let mode = std::fs::metadata(&path)
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = keys(&["new", &file], directory.path());
    assert_eq!(again.status.code(), Some(73), "{}", err(&again));

    let shown = keys(&["public", &file, "--json"], directory.path());
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(json[0]["pem"].as_str().map(str::trim), Some(public.trim()));
    assert_eq!(json[0]["bits"], 2048);
    // RFC 7638 with SHA-256: 32 bytes in base64url.
    assert_eq!(json[0]["kid"].as_str().map(str::len), Some(43));

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("chmod");
    let exposed = keys(&["public", &file], directory.path());
    assert_eq!(exposed.status.code(), Some(78));
    assert!(err(&exposed).contains("chmod 600"), "{}", err(&exposed));
}

#[test]
fn the_configuration_names_the_keys() {
    let directory = tempfile::tempdir().expect("temporary directory");
    for name in ["one.pem", "two.pem"] {
        let path = directory.path().join(name);
        let made = keys(
            &["new", "--bits", "2048", &path.to_string_lossy()],
            directory.path(),
        );
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
    }
    let config = directory.path().join("bountyd.toml");
    let text = "timezone = \"UTC\"\n[auth0]\ndomain = \"acme.eu.auth0.com\"\nclient_id = \"c\"\nuser_id = \"github|1\"\nkeys = [\"one.pem\", \"two.pem\"]\n";
    std::fs::write(&config, text).expect("write");
    let shown = keys(
        &["public", "--json", "--config", &config.to_string_lossy()],
        directory.path(),
    );
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_ne!(json[0]["kid"], json[1]["kid"]);
}

#[test]
fn what_is_no_key_is_named() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("note.txt");
    std::fs::write(&path, "a shopping list").expect("write");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("chmod");
    let refused = keys(&["public", &path.to_string_lossy()], directory.path());
    assert_eq!(refused.status.code(), Some(65), "{}", err(&refused));
    assert!(err(&refused).contains("note.txt"));
    let absent = keys(&["public", "/nonexistent/x.pem"], directory.path());
    assert_eq!(absent.status.code(), Some(66));
    assert_eq!(
        err(&absent).trim(),
        "error: /nonexistent/x.pem: no such file"
    );
    let small = keys(
        &["new", "--bits", "1024", "/nonexistent/x.pem"],
        directory.path(),
    );
    assert_eq!(small.status.code(), Some(64), "{}", err(&small));
}
