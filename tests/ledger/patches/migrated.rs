//! Questions about patches of a ledger from before all questions but claims were one table.

use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use super::*;

#[tokio::test]
async fn a_question_of_the_version_before_is_taken_over_with_its_life() {
    for engine in ENGINES {
        let shelf = Shelf::new(engine).await;
        let (job_id, id) = asked(&shelf).await;
        shelf.ledger.close().await;
        let before = include_str!("../../../migrations/0006_jobs.sql");
        let table = before
            .split_once("CREATE TABLE patch_question")
            .map(|(_, rest)| format!("CREATE TABLE patch_question{rest}"))
            .expect("the table as it was");
        let mut conn = SqliteConnectOptions::new()
            .filename(&shelf.path)
            .connect()
            .await
            .expect("the file opens");
        sqlx::raw_sql(sqlx::AssertSqlSafe(table))
            .execute(&mut conn)
            .await
            .expect("as it was");
        for sql in [
            "INSERT INTO patch_question SELECT id, job_id, patch, base_commit, tree, card, state, created_at,
             delivered_at, expires_at, message_id, attempts, next_try_at, decided_at, decided_by, channel,
             why, edit_due FROM question",
            "DROP TABLE request_lease_use",
            "DROP TABLE request_lease",
            "DROP TABLE push",
            "DROP TABLE question",
            "DROP TABLE client_request",
            "DELETE FROM _sqlx_migrations WHERE version > 6",
        ] {
            sqlx::query(sql).execute(&mut conn).await.expect("undone");
        }
        conn.close().await.expect("closed");
        let clock = Arc::new(shelf.clock.clone());
        let again = Ledger::open(&shelf.path, clock, Arc::new(OsEntropy)).await;
        let again = again.expect("it is brought up to date");
        let waiting = again.pending_questions::<About>().await.expect("read");
        assert_eq!((waiting.len(), waiting[0].message_id), (1, Some(9)));
        let about = About::Patch {
            job: job_id.clone(),
            patch: "p1".to_owned(),
            base_commit: "b1".to_owned(),
            tree: "t1".to_owned(),
        };
        assert_eq!(waiting[0].about, about);
        assert_eq!(answer(&again, &id, &yes()).await, Decided::AppliedToPatch);
        let job = again.job(&job_id).await.expect("read").expect("there");
        assert_eq!(job.state, JobState::Submitting);
    }
}
