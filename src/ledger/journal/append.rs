//! Adding to the journal's end, and cutting its beginning off.

use sqlx::error::ErrorKind;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Entry, Head, Line, head};
use crate::clock::UnixMillis;
use crate::ledger::bounties::Pending;
use crate::ledger::writer::and_commit;
use crate::ledger::{During, Result, Tx};

impl Tx {
    /// Appends an entry and returns its position. The rows are written together when the
    /// transaction is committed, so it is there that a full disk shows.
    ///
    /// # Errors
    /// The end of the journal cannot be read; then the transaction must not be committed, and
    /// nothing may go out.
    pub async fn journal(&mut self, entry: Entry) -> Result<i64> {
        self.tell(&entry).await?;
        let head = match self.head.take() {
            Some(head) => head,
            None => head(self.conn().await?).await?,
        };
        let line = Line::after(&head, entry, self.now());
        let seq = line.seq;
        self.head = Some(Head {
            seq,
            hash: line.hash.clone(),
        });
        self.unwritten.push(line);
        Ok(seq)
    }

    /// Removes all rows dated before `before`, leaving a checkpoint that holds the last removed
    /// row's hash, and returns how many went.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn trim_journal(&mut self, before: UnixMillis) -> Result<i64> {
        let unwritten = std::mem::take(&mut self.unwritten);
        append(self.conn().await?, &unwritten)
            .await
            .during("writing the journal")?;
        let last = sqlx::query(
            "SELECT seq, hash FROM journal WHERE at < $1
             AND seq < (SELECT COALESCE(MIN(seq), 0) FROM journal WHERE at >= $1)
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(before.0)
        .fetch_optional(self.conn().await?)
        .await
        .during("trimming the journal")?;
        let Some(last) = last else { return Ok(0) };
        let (seq, hash): (i64, String) = (
            last.try_get("seq").during("trimming the journal")?,
            last.try_get("hash").during("trimming the journal")?,
        );
        let removed = sqlx::query("DELETE FROM journal WHERE seq <= $1")
            .bind(seq)
            .execute(self.conn().await?)
            .await
            .during("trimming the journal")?
            .rows_affected();
        let removed = i64::try_from(removed).unwrap_or(i64::MAX);
        let now = self.now();
        sqlx::query("DELETE FROM journal_checkpoint")
            .execute(self.conn().await?)
            .await
            .during("trimming the journal")?;
        sqlx::query(
            "INSERT INTO journal_checkpoint (seq, at, hash, removed) VALUES ($1, $2, $3, $4)",
        )
        .bind(seq)
        .bind(now.0)
        .bind(hash)
        .bind(removed)
        .execute(self.conn().await?)
        .await
        .during("trimming the journal")?;
        Ok(removed)
    }
}

/// Appends one entry, outside any [`Tx`].
pub(in crate::ledger) async fn append_entry(
    conn: &mut sqlx::SqliteConnection,
    entry: Entry,
    at: UnixMillis,
) -> Result<()> {
    let head = head(&mut *conn).await?;
    let line = Line::after(&head, entry, at);
    append(conn, &[line]).await.during("writing the journal")
}

/// Parameters of a row.
const COLUMNS: usize = 8;

/// Rows in one statement: SQLite takes 32,766 parameters
/// (<https://www.sqlite.org/limits.html>, 9).
const ROWS: usize = 32_766 / COLUMNS;

/// Writes rows.
async fn append(
    conn: &mut sqlx::SqliteConnection,
    lines: &[Line],
) -> std::result::Result<(), sqlx::Error> {
    for lines in lines.chunks(ROWS) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO journal (seq, at, actor, kind, bounty_id, effect_id, body, hash) ",
        );
        insert.push_values(lines, |mut row, line| {
            row.push_bind(line.seq)
                .push_bind(line.at.0)
                .push_bind(&line.actor)
                .push_bind(&line.kind)
                .push_bind(line.bounty_id)
                .push_bind(&line.effect_id)
                .push_bind(&line.body)
                .push_bind(&line.hash);
        });
        // Each number of rows is a statement of its own, which nobody will need again.
        insert.build().persistent(false).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Writes what a transaction gathered, and commits it. The step and the last row go with the commit in
/// one call: mostly there is no more, and each call costs a step a tenth of its time.
pub(in crate::ledger) async fn append_and_commit(
    conn: &mut sqlx::SqliteConnection,
    step: Option<&Pending>,
    lines: &[Line],
) -> Result<()> {
    let during = "committing";
    let Some((last, before)) = lines.split_last() else {
        if let Some(step) = step {
            step.write(&mut *conn).await?;
        }
        sqlx::raw_sql("COMMIT").execute(conn).await.during(during)?;
        return Ok(());
    };
    append(&mut *conn, before).await.during(during)?;
    if let Some(step) = step {
        match step.write_and_commit(&mut *conn, last).await {
            Err(e) if is_empty(&e) => step.write(&mut *conn).await?,
            done => return done.during(during),
        }
    }
    let insert = sqlx::query(and_commit!(
        "INSERT INTO journal (seq, at, actor, kind, bounty_id, effect_id, body, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    last.bind(insert).execute(conn).await.during(during)?;
    Ok(())
}

/// Whether a column was left empty that may not be.
fn is_empty(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.kind() == ErrorKind::NotNullViolation)
}

impl Line {
    /// The row that follows `head`.
    fn after(head: &Head, entry: Entry, at: UnixMillis) -> Self {
        let mut line = Self {
            seq: head.seq + 1,
            at,
            actor: entry.actor.to_string(),
            kind: entry.kind.to_owned(),
            bounty_id: entry.bounty,
            effect_id: entry.effect,
            body: entry.body.to_string(),
            hash: String::new(),
        };
        line.hash = line.expected_hash(&head.hash);
        line
    }

    /// The row's values, in the order of its columns.
    pub(in crate::ledger) fn bind<'q>(
        &'q self,
        query: Query<'q, Sqlite, SqliteArguments>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        query
            .bind(self.seq)
            .bind(self.at.0)
            .bind(&self.actor)
            .bind(&self.kind)
            .bind(self.bounty_id)
            .bind(&self.effect_id)
            .bind(&self.body)
            .bind(&self.hash)
    }
}
