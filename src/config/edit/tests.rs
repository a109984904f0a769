//! An edited file keeps what its owner wrote.

use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;

const SHIPPED: &str = include_str!("../../../config/bountyd.toml");

fn edit(text: &str) -> (tempfile::TempDir, Edit) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("bountyd.toml");
    fs::write(&path, text).expect("written");
    let edit = Edit::open(&path).expect("TOML");
    (dir, edit)
}

/// The lines that differ, before and after.
fn changes(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let not_in = |all: &str, other: &str| {
        let other: Vec<&str> = other.lines().collect();
        let lines = all.lines().filter(|line| !other.contains(line));
        lines.map(str::to_owned).collect()
    };
    (not_in(before, after), not_in(after, before))
}

#[test]
fn in_the_shipped_file_the_commented_lines_become_the_settings() {
    let (_dir, mut edit) = edit(SHIPPED);
    edit.set("telegram", "owner_id", 4242_i64).expect("set");
    edit.set("telegram", "token_file", "bot-token")
        .expect("set");
    edit.set("", "mode", "ask").expect("set");
    edit.set("auth0", "domain", "acme.eu.auth0.com")
        .expect("set");
    let (gone, come) = changes(SHIPPED, edit.text());
    assert_eq!(
        gone,
        [
            "#mode = \"watch\"",
            "domain = \"YOUR-TENANT.eu.auth0.com\"",
            "#[telegram]",
            "#owner_id = 123456789",
            "#token_file = \"/etc/credstore/bountyd.telegram-token\"",
        ]
    );
    assert_eq!(
        come,
        [
            "mode = \"ask\"",
            "domain = \"acme.eu.auth0.com\"",
            "[telegram]",
            "owner_id = 4242",
            "token_file = \"bot-token\"",
        ]
    );
    assert_eq!(edit.text().lines().count(), SHIPPED.lines().count());
}

#[test]
fn what_is_set_already_keeps_its_place_and_its_comment() {
    let (_dir, mut edit) =
        edit("# mine\n[auth0]\nkeys = [\"a\"]   # the old one\nuser_id = \"x|1\"\n");
    let keys = toml_edit::Array::from_iter(["a", "b"]);
    edit.set("auth0", "keys", keys).expect("set");
    edit.set("auth0", "signing_key", "kid").expect("set");
    edit.set("telegram", "owner_id", 7_i64).expect("set");
    assert_eq!(
        edit.text(),
        "# mine\n[auth0]\nkeys = [\"a\", \"b\"]   # the old one\nuser_id = \"x|1\"\nsigning_key = \"kid\"\n\n[telegram]\nowner_id = 7\n"
    );
    edit.unset("auth0", "signing_key").expect("unset");
    edit.unset("nowhere", "x").expect("unset");
    assert!(!edit.text().contains("signing_key"));
}

#[test]
fn the_file_before_is_kept_and_mode_and_link_stay() {
    let (dir, mut edit) = edit("a = 1 # one\n");
    let path = dir.path().join("bountyd.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
    edit.set("", "a", 2_i64).expect("set");
    let kept = edit.save().expect("saved").expect("something changed");
    assert_eq!(fs::read_to_string(&path).expect("read"), "a = 2 # one\n");
    assert_eq!(fs::read_to_string(&kept).expect("read"), "a = 1 # one\n");
    for file in [&path, &kept] {
        assert_eq!(fs::metadata(file).expect("there").mode() & 0o777, 0o640);
    }
    let link = dir.path().join("link.toml");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let mut edit = Edit::open(&link).expect("TOML");
    assert_eq!(edit.clone().save().expect("nothing to do"), None);
    edit.set("", "a", 3_i64).expect("set");
    edit.save().expect("saved");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(&path).expect("read"), "a = 3 # one\n");
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["bountyd.toml", "bountyd.toml.bak", "link.toml"]);
}

#[test]
fn what_somebody_else_saved_meanwhile_is_not_lost() {
    let (dir, mut edit) = edit("a = 1\n");
    let path = dir.path().join("bountyd.toml");
    edit.set("", "a", 2_i64).expect("set");
    fs::write(&path, "a = 9\n").expect("written");
    assert!(matches!(edit.save(), Err(EditError::Changed(_))));
    assert_eq!(fs::read_to_string(&path).expect("read"), "a = 9\n");
    assert!(!dir.path().join("bountyd.toml.new").exists());
}

#[test]
fn no_secret_gets_in_and_none_is_quoted() {
    let (_dir, mut edit) = edit("telegram = 1\n");
    for (key, value) in [
        ("bot_token", "x"),
        (
            "token_file",
            "123456789:AAcanarycanarycanarycanarycanarycanary",
        ),
    ] {
        let error = edit.set("", key, value).expect_err("a secret");
        assert!(matches!(error, EditError::Secret(_)));
        assert!(!error.to_string().contains("canary"));
    }
    let odd = edit.set("telegram", "owner_id", 1_i64);
    assert!(matches!(odd, Err(EditError::NoSection(_))));
    assert!(!edit.is_changed());
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("broken.toml");
    fs::write(&path, "token = canary\n").expect("written");
    let error = Edit::open(&path).expect_err("no TOML").to_string();
    assert!(
        error.contains("is not TOML") && !error.contains("canary"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn what_was_set_is_what_is_read(section in "[a-z]{0,6}", key in "[a-z]{1,6}x", value in "\\PC{0,20}", rest in "(#[a-z ]{0,8}\n|[a-z]{3} = 1\n){0,4}") {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("c.toml");
        fs::write(&path, &rest).expect("written");
        let Ok(mut edit) = Edit::open(&path) else { return Ok(()); };
        if edit.set(&section, &key, value.as_str()).is_ok() {
            let read: toml::Table = edit.text().parse().expect("TOML");
            let there = if section.is_empty() { read.get(&key) } else { read.get(&section).and_then(|s| s.get(&key)) };
            prop_assert_eq!(there.and_then(toml::Value::as_str), Some(value.as_str()));
        }
    }
}
