//! Ledgers as earlier versions left them, and what any ledger holds, read without the program.

use std::path::Path;

use bountyd::clock::UnixMillis;
use bountyd::ledger::journal::{GENESIS, Line};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The newest schema.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().expect("some")
}

/// Every schema before the newest.
pub(crate) fn earlier() -> impl Iterator<Item = i64> {
    1..newest()
}

pub(crate) async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .expect("the file opens")
}

/// Writes a ledger of an earlier schema, with a claim, a question, a permit and a long journal in it.
pub(crate) async fn write(path: &Path, schema: i64) {
    let mut conn = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .connect()
        .await
        .expect("a file");
    MIGRATIONS
        .run_to(schema, &mut conn)
        .await
        .expect("its steps");
    for sql in [
        "INSERT INTO setting (name, value) VALUES ('telegram.offset', '17')",
        "INSERT INTO bounty (repository_id, number, owner, repo, title, stage, first_seen)
         VALUES (77, 7, 'acme', 'acme/widgets', 'Crash on ''empty'' input', 'claimed', 1)",
        "INSERT INTO approval (id, bounty_id, hash, proposal, card, tier, state, created_at, checked_at)
         VALUES ('a1', 1, 'h', '{}', '{}', 'telegram', 'approved', 1, 1)",
        "INSERT INTO permit (id, bounty_id, record, asked, created_at, expires_at, state)
         VALUES ('p1', 1, '{}', 1, 1, 2, 'used')",
        "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state, begun_at,
         first_at) VALUES ('e1', 1, 'claim', 77, 'acme/widgets', 7, 'x', 'done', 1, 1)",
        "INSERT INTO refusal (subject, reason, at) VALUES ('grumpy', 'stop', 1)",
    ] {
        sqlx::query(sql).execute(&mut conn).await.expect("a row");
    }
    let mut before = GENESIS.to_owned();
    for seq in 1..=400 {
        let mut line = Line {
            seq,
            at: UnixMillis(seq),
            actor: "daemon".to_owned(),
            kind: "test".to_owned(),
            bounty_id: (seq % 3 == 0).then_some(1),
            effect_id: None,
            body: format!("{{\"i\":{seq}}}"),
            hash: String::new(),
        };
        line.hash = line.expected_hash(&before);
        before.clone_from(&line.hash);
        sqlx::query("INSERT INTO journal VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(line.seq)
            .bind(line.at.0)
            .bind(line.actor)
            .bind(line.kind)
            .bind(line.bounty_id)
            .bind(line.effect_id)
            .bind(line.body)
            .bind(line.hash)
            .execute(&mut conn)
            .await
            .expect("a row");
    }
    conn.close().await.expect("closed");
}

/// A hash over everything in the ledger at `path`, read from a copy of its files; `without` names a table
/// that does not count.
pub(crate) async fn hash(path: &Path, without: &str) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    let copy = dir.path().join("ledger.db");
    std::fs::copy(path, &copy).expect("copied");
    let wal = path.with_extension("db-wal");
    if wal.exists() {
        std::fs::copy(&wal, copy.with_extension("db-wal")).expect("copied");
    }
    let mut conn = open(&copy).await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, COALESCE(sql, '') FROM sqlite_schema WHERE tbl_name <> $1
         AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .bind(without)
    .fetch_all(&mut conn)
    .await
    .expect("read");
    let mut hash = Sha256::new();
    for (name, sql) in tables {
        hash.update(format!("\n{name}\n{sql}\n"));
        if !sql.starts_with("CREATE TABLE") {
            continue;
        }
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(&name)
            .fetch_all(&mut conn)
            .await
            .expect("read");
        let values: Vec<_> = columns
            .iter()
            .filter(|c| !["installed_on", "execution_time"].contains(&c.as_str()))
            .map(|c| format!("quote(\"{c}\")"))
            .collect();
        let values = values.join("||'|'||");
        let sql = format!("SELECT {values} FROM \"{name}\" ORDER BY 1");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut conn)
            .await
            .expect("read");
        hash.update(rows.join("\n"));
    }
    conn.close().await.expect("closed");
    hex::encode(hash.finalize())
}

/// Puts the files of one ledger in the place of another's.
pub(crate) fn put(from: &Path, to: &Path) {
    for ending in ["db", "db-wal", "db-shm"] {
        let (from, to) = (from.with_extension(ending), to.with_extension(ending));
        let _ = std::fs::remove_file(&to);
        if from.exists() {
            std::fs::copy(&from, &to).expect("copied");
        }
    }
}
