//! The same scan with few and with many bounties in the ledger.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::ledger::Ledger;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::daemon;
use crate::harness::{Aim, Figure, Samples, other_first};
use crate::world::{self, ONE_QUERY, World};

const ROUNDS: usize = 5;
const ISSUES: u64 = 1_000;
const FEW: i64 = 1_000;
const MANY: i64 = 100_000;

pub(crate) async fn measure() -> Vec<Figure> {
    let ledgers = world::directory();
    let few = template(ledgers.path(), "few", FEW).await;
    let many = template(ledgers.path(), "many", MANY).await;
    let world = World::with_issues(sim::wall_clock(), ISSUES).await;
    let mut slow = Samples::seconds("scan of 1,000, 100,000 bounties stored");
    let mut fast = Samples::seconds("the same with 1,000 stored");
    let mut slow_cpu = Samples::seconds("CPU with 100,000");
    let mut fast_cpu = Samples::seconds("CPU with 1,000");
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let (from, wall, cpu) = if other {
                (&few, &mut fast, &mut fast_cpu)
            } else {
                (&many, &mut slow, &mut slow_cpu)
            };
            let state = world.state("stored");
            std::fs::create_dir(&state).expect("a directory");
            copy(from, &state.join("ledger.db"));
            let took = daemon::once(&world, "stored", ONE_QUERY).await;
            wall.push(took.wall);
            cpu.push(took.cpu);
            std::fs::remove_dir_all(&state).expect("a directory");
        }
    }
    vec![
        Figure::pair("scan with 100,000 stored", slow, fast)
            .aim(Aim::Ratio(1.5))
            .note(slow_cpu)
            .note(fast_cpu),
    ]
}

async fn template(dir: &Path, name: &str, bounties: i64) -> PathBuf {
    let path = dir.join(name);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let ledger = Ledger::open(&path, clock, entropy).await.expect("a ledger");
    ledger.close().await;
    fill(&path, bounties).await;
    path
}

/// Copies a ledger, and has it on the disk before anybody's time is taken.
fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("a copy");
    File::open(to).and_then(|f| f.sync_all()).expect("a disk");
}

/// Puts that many settled bounties into a ledger, each with its judgement and its journal entry, as
/// months of scanning would have left them. Straight by SQL: through the program it would take hours
/// of simulated scanning. The entries' hashes are made up, which only `journal verify` would mind.
pub(crate) async fn fill(ledger: &Path, bounties: i64) {
    execute(
        ledger,
        &format!(
            "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {bounties})
             INSERT INTO bounty (repository_id, number, owner, repo, title, stage, reason, usd,
                 source_updated_at, first_seen, appraisal)
             SELECT 900000000 + i / 5, i, 'owner-' || (i / 15),
                 'owner-' || (i / 15) || '/project-' || (i / 5),
                 'The import stops at the first empty line (' || i || ')',
                 CASE i % 10 WHEN 0 THEN 'reported' WHEN 1 THEN 'lost' WHEN 2 THEN 'expired'
                     ELSE 'skipped' END,
                 'below_minimum', i % 50 * 1000, 1790000000000 + i, 1790000000000 + i,
                 '{{\"lines\":\"' || hex(zeroblob(600)) || '\"}}'
             FROM k"
        ),
    )
    .await;
    execute(
        ledger,
        "INSERT INTO journal (seq, at, actor, kind, bounty_id, body, hash)
         SELECT id, first_seen, 'schedule', 'bounty.judged', id,
             '{\"decision\":\"skip\",\"reason\":\"below_minimum\",\"usd\":null}',
             lower(hex(randomblob(32)))
         FROM bounty",
    )
    .await;
}

/// Makes one of them a claim that is due to be followed.
pub(crate) async fn make_due(ledger: &Path, id: i64) {
    let sql = format!("UPDATE bounty SET stage = 'claimed', wake_at = 1 WHERE id = {id}");
    execute(ledger, &sql).await;
}

async fn execute(ledger: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(ledger);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .expect("a ledger");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(&pool)
        .await
        .expect("rows are stored");
    pool.close().await;
}
