//! Backups: taken beside a daemon, checked, refused when not whole, brought back so that nothing is done as
//! if nothing had happened since.

use std::path::Path;

use serde_json::{Value, json};

use super::old;
use super::place::{Place, key, mode};

/// A place with a ledger of the newest schema, and a backup of it.
async fn backed_up() -> (Place, std::path::PathBuf) {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    let file = place.path("bountyd.backup");
    place
        .bountyd(&["backup", &file.display().to_string()])
        .left_with(0);
    (place, file)
}

fn at(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn a_backup_holds_all_of_the_ledger_and_no_secret() {
    let (place, file) = backed_up().await;
    let before = old::hash(&place.ledger(), "").await;
    assert_eq!(old::hash(&file, "bountyd_backup").await, before);
    assert_eq!(mode(&file), 0o600);
    let bytes = std::fs::read(&file).expect("read");
    let bytes = String::from_utf8_lossy(&bytes);
    for line in key().lines().filter(|l| l.len() > 40) {
        assert!(!bytes.contains(line), "a piece of the key is in it");
    }
    // Nothing is left beside it, and nothing is written over.
    let names = std::fs::read_dir(place.dir.path()).expect("read").count();
    assert_eq!(
        names, 5,
        "bountyd.toml, clock.sock, run, state and the backup"
    );
    let again = place.bountyd(&["backup", &at(&file)]).left_with(73);
    assert!(again.err.contains("exists"), "{}", again.err);
    let said = place
        .bountyd(&["restore", "--check", &at(&file)])
        .left_with(0);
    assert!(said.out.contains("400 journal entries"), "{}", said.out);
    let said = place.bountyd(&["restore", "--check", &at(&file), "--json"]);
    let manifest = said.left_with(0).json();
    assert_eq!(manifest["schema"], json!(old::newest()));
    assert_eq!(manifest["contents"]["rows"]["effect"], json!(1));
}

#[tokio::test]
async fn one_bit_less_and_it_is_refused() {
    let (place, file) = backed_up().await;
    let whole = std::fs::read(&file).expect("read");
    let spoilt = place.path("spoilt");
    let empty = place.path("empty");
    std::fs::create_dir(&empty).expect("a directory");
    let mut tried = 0;
    // The header's own count of changes, and what no row lies in, is nothing that a ledger holds.
    for at_byte in (4096..whole.len()).step_by(997) {
        let mut bytes = whole.clone();
        bytes[at_byte] ^= 1;
        std::fs::write(&spoilt, &bytes).expect("written");
        let said = place.bountyd(&["restore", "--check", &at(&spoilt)]);
        if said.code == Some(0) {
            // It lies in none.
            assert_eq!(
                old::hash(&spoilt, "bountyd_backup").await,
                old::hash(&file, "bountyd_backup").await,
                "byte {at_byte} is not missed"
            );
            continue;
        }
        tried += 1;
        assert!(!said.err.contains("panicked"), "{said:?}");
        let said = place.bountyd(&["restore", "--replace", &at(&spoilt)]);
        assert_ne!(said.code, Some(0), "{said:?}");
    }
    assert!(tried > 20, "{tried}");
    for length in [0, 100, 4096, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&spoilt, &whole[..length]).expect("written");
        let said = place.bountyd(&["restore", "--replace", &at(&spoilt)]);
        assert_ne!(said.code, Some(0), "{length} bytes: {said:?}");
    }
    // A ledger is no backup.
    let said = place.bountyd(&["restore", "--check", &at(&place.ledger())]);
    assert_ne!(said.code, Some(0));
    assert!(said.err.contains("manifest"), "{}", said.err);
    // After all that the ledger is what it was, and nothing lies beside it.
    let left: Vec<_> = place.files("").iter().map(|p| at(p)).collect();
    assert!(left.iter().all(|p| !p.contains("restoring")), "{left:?}");
    assert_eq!(
        old::hash(&place.ledger(), "").await,
        old::hash(&file, "bountyd_backup").await
    );
}

#[tokio::test]
async fn a_ledger_that_is_there_is_kept() {
    let (place, file) = backed_up().await;
    place.bountyd(&["pause"]).left_with(0);
    place.bountyd(&["resume"]).left_with(0);
    let newer = old::hash(&place.ledger(), "").await;
    let said = place.bountyd(&["restore", &at(&file)]).left_with(73);
    assert!(said.err.contains("--replace"), "{}", said.err);
    assert_eq!(old::hash(&place.ledger(), "").await, newer);
    let said = place.bountyd(&["restore", &at(&file), "--replace", "--json"]);
    let done = said.left_with(0).json();
    let aside = done["aside"].as_str().expect("kept").to_owned();
    assert_eq!(old::hash(Path::new(&aside), "").await, newer);
    assert_eq!(mode(&place.ledger()), 0o600);
    let journal = place.bountyd(&["journal", "export"]).left_with(0).out;
    assert!(journal.contains("ledger.restored"), "{journal}");
    assert!(!journal.contains("control.resumed"), "{journal}");
    place.bountyd(&["journal", "verify"]).left_with(0);
}

#[tokio::test]
async fn while_somebody_works_on_the_ledger_it_is_not_replaced() {
    let (place, file) = backed_up().await;
    let lock = bountyd::ledger::lock::InstanceLock::take(&place.ledger()).expect("free");
    let said = place
        .bountyd(&["restore", "--replace", &at(&file)])
        .left_with(75);
    assert!(said.err.contains("another bountyd works"), "{}", said.err);
    drop(lock);
    place
        .bountyd(&["restore", "--replace", &at(&file)])
        .left_with(0);
}

#[tokio::test]
async fn what_comes_back_is_paused_and_no_yes_from_before_counts() {
    let place = Place::new();
    old::write(&place.ledger(), old::newest()).await;
    let mut conn = old::open(&place.ledger()).await;
    for sql in [
        "INSERT INTO bounty (repository_id, number, owner, repo, title, stage, first_seen)
         VALUES (77, 8, 'acme', 'acme/widgets', 'permitted', 'permitted', 1)",
        "INSERT INTO permit (id, bounty_id, record, asked, created_at, expires_at, state)
         VALUES ('p2', 2, '{}', 1, 1, 99999999999999, 'live')",
        "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state, begun_at,
         first_at) VALUES ('e2', 1, 'withdraw', 77, 'acme/widgets', 7, 'x', 'unknown', 1, 1)",
        "INSERT INTO client_request (id, client, uid, pid, key, tool, repo, number, arguments, hash, state,
         answer_valid_ms, approved_until, wake_at, created_at, begun_at) VALUES
         ('r-asked', 'coder', 1, 1, 'a', 'comment', 'acme/widgets', 7, '{}', 'h1', 'pending', 9, NULL, NULL, 1, NULL),
         ('r-allowed', 'coder', 1, 1, 'b', 'comment', 'acme/widgets', 7, '{}', 'h2', 'approved', 9,
          99999999999999, 1, 1, NULL),
         ('r-lost', 'coder', 1, 1, 'c', 'comment', 'acme/widgets', 7, '{}', 'h3', 'unknown', 9, NULL, 1, 1, 1)",
        "INSERT INTO job (id, repository_id, repo, title, state, asked_by, wake_at, begun_at, base_commit, tree,
         patch, approved_by) VALUES
         ('j-made', 77, 'acme/widgets', 'A goal', 'made', 'cli:1', 1, 1, 'b', 't', 'p', 'telegram:5'),
         ('j-going', 77, 'acme/widgets', 'A goal', 'submitting', 'cli:1', 1, 1, 'b', 't', 'p', 'telegram:5')",
        "INSERT INTO question (id, request_id, hash, card, state, created_at, next_try_at)
         VALUES ('q-asked', 'r-asked', 'h1', '{}', 'pending', 1, 1)",
    ] {
        sqlx::query(sql).execute(&mut conn).await.expect("done");
    }
    sqlx::Connection::close(conn).await.expect("closed");
    let file = place.path("bountyd.backup");
    place.bountyd(&["backup", &at(&file)]).left_with(0);
    let elsewhere = Place::new();
    let said = elsewhere.bountyd(&["restore", &at(&file)]).left_with(0);
    assert!(said.out.contains("paused"), "{}", said.out);
    let status = elsewhere.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["state"], "paused");
    let by = status["paused"]["by"].as_str().expect("somebody");
    assert!(by.starts_with("the restore"), "{by}");
    // What is of unknown outcome is still to be looked for.
    assert_eq!(status["open_effects"], json!(1));
    let permits = rows(&elsewhere, "permit");
    assert!(permits.iter().all(|p| p["state"] != "live"), "{permits:?}");
    // Nor is what clients wanted done, except that a write that may have left is looked for.
    let requests = rows(&elsewhere, "client_request");
    let state = |id: &str| {
        let request = requests.iter().find(|r| r["id"] == id).expect("kept");
        (request["state"].clone(), request["wake_at"].is_null())
    };
    assert_eq!(state("r-asked"), (json!("expired"), true));
    assert_eq!(state("r-allowed"), (json!("expired"), true));
    assert_eq!(state("r-lost"), (json!("unknown"), false));
    let ours = |r: &&Value| r["state"] == "expired" && r["id"].as_str() > Some("r-");
    for request in requests.iter().filter(ours) {
        let why = request["why"].as_str().expect("a reason");
        assert!(why.contains("backup"), "{why}");
    }
    let questions = rows(&elsewhere, "question");
    let asked = questions.iter().find(|q| q["id"] == "q-asked");
    assert_eq!(asked.expect("kept")["state"], "superseded");
    // A patch on its way is looked for at GitHub first, and if it does not stand there, asked about anew.
    let jobs = rows(&elsewhere, "job");
    for (id, state) in [("j-made", "made"), ("j-going", "submitting")] {
        let job = jobs.iter().find(|job| job["id"] == id).expect("kept");
        assert_eq!(job["state"], state);
        assert_eq!(job["approved_by"], Value::Null, "{job}");
    }
    let told = rows(&elsewhere, "notice");
    let told = told
        .iter()
        .any(|n| n["text"].as_str().is_some_and(|t| t.contains("backup")));
    assert!(told, "the owner is told");
    let restored = rows(&elsewhere, "setting");
    let restored = restored.iter().find(|s| s["name"] == "restored");
    assert!(restored.is_some());
}

/// What `bountyd export` says of one table.
fn rows(place: &Place, table: &str) -> Vec<Value> {
    let said = place.bountyd(&["export"]).left_with(0);
    let lines = said
        .out
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
    lines
        .filter(|l| l["table"] == table)
        .map(|l| l["row"].clone())
        .collect()
}

#[tokio::test]
async fn an_export_has_every_row_of_every_table() {
    let (place, file) = backed_up().await;
    let said = place.bountyd(&["restore", "--check", &at(&file), "--json"]);
    let manifest = said.left_with(0).json();
    let expected = manifest["contents"]["rows"]
        .as_object()
        .expect("rows")
        .clone();
    for (table, n) in expected.iter().filter(|(t, _)| !t.starts_with('_')) {
        assert_eq!(json!(rows(&place, table).len()), *n, "{table}");
    }
    let said = place.bountyd(&["export"]).left_with(0);
    let first: Value =
        serde_json::from_str(said.out.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["format"], "bountyd export");
    assert_eq!(rows(&place, "bounty")[0]["title"], "Crash on 'empty' input");
}

#[tokio::test]
async fn a_copy_from_before_an_upgrade_comes_back_and_up_to_date() {
    let place = Place::new();
    old::write(&place.ledger(), 2).await;
    place.bountyd(&["pause"]).left_with(0);
    let copy = place.files("ledger.db.schema-").pop().expect("a copy");
    let said = place
        .bountyd(&["restore", "--replace", &at(&copy)])
        .left_with(0);
    assert!(said.out.contains("schema 2"), "{}", said.out);
    place.bountyd(&["journal", "verify"]).left_with(0);
    let status = place.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["state"], "paused");
}

#[tokio::test]
async fn a_restore_that_was_cut_short_is_finished_by_whoever_comes_next() {
    let (place, file) = backed_up().await;
    let elsewhere = Place::new();
    elsewhere.bountyd(&["restore", &at(&file)]).left_with(0);
    let restored = old::hash(&elsewhere.ledger(), "").await;
    let ready = elsewhere.path("state/ledger.db.restoring");
    // As far as the name that decides, and with the old log still beside the old ledger.
    for (old_log, old_ledger) in [(true, true), (false, true), (false, false)] {
        let other = Place::new();
        old::write(&other.ledger(), old::newest()).await;
        std::fs::copy(elsewhere.ledger(), &ready).expect("copied");
        std::fs::rename(&ready, other.path("state/ledger.db.restoring")).expect("moved");
        if old_log {
            std::fs::write(other.path("state/ledger.db-wal"), b"not its own").expect("written");
        }
        if old_ledger {
            // Paused already: it changes nothing.
            other.bountyd(&["pause"]).left_with(0);
            assert_eq!(old::hash(&other.ledger(), "").await, restored);
            assert!(!other.files("ledger.db.replaced").is_empty());
        } else {
            std::fs::remove_file(other.ledger()).expect("removed");
            other.bountyd(&["run", "--once"]);
            let journal = other.bountyd(&["journal", "export"]).left_with(0).out;
            assert!(journal.contains("ledger.restored"), "{journal}");
            assert!(other.files("ledger.db.replaced").is_empty());
        }
        assert!(other.files("ledger.db.restoring").is_empty());
    }
    drop(place);
}
