//! An upgrade that fails, at each step and for want of room: the ledger is as it was by hash, the command
//! says so and leaves with the code that systemd does not restart after.

use std::process::Command;

use super::old;
use super::place::{Place, Said};

/// What is in the way of each step of the schema.
const IN_THE_WAY: &[(i64, &str)] = &[
    (2, "ALTER TABLE effect ADD COLUMN issue_at TEXT"),
    (3, "ALTER TABLE effect ADD COLUMN author_login TEXT"),
    (4, "CREATE INDEX approval_by_delivery ON approval (hash)"),
    (5, "CREATE TABLE journal_judged (x TEXT)"),
    (6, "CREATE TABLE patch_question (x TEXT)"),
    (7, "CREATE TABLE client_request (x TEXT)"),
    (8, "CREATE TABLE push (x TEXT)"),
    (9, "CREATE TABLE request_lease (x TEXT)"),
];

#[tokio::test]
async fn a_step_that_fails_leaves_the_ledger_as_it_was() {
    for schema in old::earlier() {
        for (step, sql) in IN_THE_WAY.iter().filter(|(step, _)| *step > schema) {
            let place = Place::new();
            old::write(&place.ledger(), schema).await;
            let mut conn = old::open(&place.ledger()).await;
            sqlx::query(*sql).execute(&mut conn).await.expect("done");
            sqlx::Connection::close(conn).await.expect("closed");
            let before = old::hash(&place.ledger(), "").await;
            for verb in ["run", "pause"] {
                let said = place.bountyd(&[verb]).left_with(78);
                for part in [
                    &format!("from schema {schema} to {}", old::newest()),
                    "is as it was",
                    "already exists",
                ] {
                    let said = said
                        .err
                        .replace("duplicate column name", "already exists")
                        .replace("there is already a", "already exists");
                    assert!(said.contains(part), "step {step}: no `{part}`: {said}");
                }
                assert_eq!(old::hash(&place.ledger(), "").await, before);
            }
            // One copy, however often it was tried; and it is named.
            let copies = place.files("ledger.db.schema-");
            assert_eq!(copies.len(), 1, "{copies:?}");
            assert_eq!(old::hash(&copies[0], "bountyd_backup").await, before);
            let said = place.bountyd(&["run"]);
            let name = copies[0].display().to_string();
            assert!(said.err.contains(&name), "{}", said.err);
        }
    }
}

#[tokio::test]
async fn whatever_room_there_is_it_is_the_old_ledger_or_the_new_one() {
    let schema = 2;
    let place = Place::new();
    let saved = place.path("saved.db");
    old::write(&saved, schema).await;
    let before = old::hash(&saved, "").await;
    let mut refused = 0;
    // No file may grow above so many blocks of 512 bytes.
    for blocks in (0..4096).step_by(24) {
        for copy in place.files("ledger.db.s") {
            std::fs::remove_file(copy).expect("removed");
        }
        old::put(&saved, &place.ledger());
        let run = place.run_until("upgrade.done");
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
            .arg("sh")
            .arg(run.get_program())
            .args(run.get_args())
            .env_clear();
        let output = command.output().expect("it runs");
        let said = Said::of(&output);
        let found = old::hash(&place.ledger(), "").await;
        match said.code {
            None => {
                assert_ne!(found, before);
                println!("done with {blocks} blocks, refused {refused} times");
                assert!(refused > 5, "it was never short of room");
                return;
            }
            Some(code) => {
                assert_eq!(found, before, "{blocks} blocks: {said:?}");
                // Before anything can be read of it, it is not known to be an earlier one.
                assert!(code == 78 || said.err.contains("opening"), "{said:?}");
                assert!(!said.err.contains("panicked"), "{said:?}");
                refused += 1;
            }
        }
    }
    panic!("it never had room enough");
}

#[tokio::test]
async fn a_disk_too_small_for_the_copy_is_said_and_nothing_is_changed() {
    let place = Place::new();
    let saved = place.path("saved.db");
    old::write(&saved, 3).await;
    let disk = place.path("state");
    let options = ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs"];
    let done = Command::new("mount").args(options).arg(&disk).output();
    if !done.is_ok_and(|o| o.status.success()) {
        println!("not told: this process may not mount a file system");
        return;
    }
    old::put(&saved, &place.ledger());
    let before = old::hash(&place.ledger(), "").await;
    let said = place.bountyd(&["run"]);
    let found = old::hash(&place.ledger(), "").await;
    let left = place.files("ledger.db.s");
    let _ = Command::new("umount").arg("-l").arg(&disk).output();
    let said = said.left_with(78);
    assert!(said.err.contains("no space left"), "{}", said.err);
    assert_eq!(found, before);
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_ledger_of_a_newer_version_is_refused_and_not_touched() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    let mut conn = old::open(&place.ledger()).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&mut conn)
    .await
    .expect("changed");
    sqlx::Connection::close(conn).await.expect("closed");
    let before = old::hash(&place.ledger(), "").await;
    for verb in ["run", "pause", "status"] {
        let said = place.bountyd(&[verb]).left_with(78);
        assert!(said.err.contains("by a newer bountyd"), "{}", said.err);
    }
    assert_eq!(old::hash(&place.ledger(), "").await, before);
    assert!(place.files("ledger.db.s").is_empty());
}
