//! The questions about a job.

use super::About;
use crate::ledger::asked::{Question, questions};
use crate::ledger::{During, Ledger, Result};

impl Ledger {
    /// The questions about a job's patches, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_about_job(&self, job: &str) -> Result<Vec<Question<About>>> {
        let rows = sqlx::query(questions!(
            About,
            "WHERE q.job_id = $1 ORDER BY q.created_at DESC, q.id"
        ))
        .bind(job)
        .fetch_all(self.read())
        .await
        .during("reading questions")?;
        rows.iter().map(Question::read).collect()
    }
}
