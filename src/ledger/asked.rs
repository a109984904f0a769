//! Everything the owner is asked, whatever it is about: found by its id, and counted.

use super::approvals::Approval;
use super::questions::Question;
use super::{During, Ledger, Result};

/// A question to the owner.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Whether to claim a bounty.
    Claim(Box<Approval>),
    /// Whether to submit a patch, or to do what a client wants.
    Other(Box<Question>),
}

impl Asked {
    /// Its whole id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Claim(approval) => &approval.id,
            Self::Other(question) => &question.id,
        }
    }
}

impl Ledger {
    /// The question whose id begins with `prefix` (at least 6 characters), if there is exactly one
    /// among all of them.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn asked_by_prefix(&self, prefix: &str) -> Result<Option<Asked>> {
        if prefix.len() < 6 || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        if !self.has_requests() {
            let approval = self.approval_by_prefix(prefix).await?;
            return Ok(approval.map(|approval| Asked::Claim(Box::new(approval))));
        }
        let found: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM approval WHERE id LIKE $1 || '%'
             UNION ALL SELECT id FROM question WHERE id LIKE $1 || '%' LIMIT 2",
        )
        .bind(prefix.to_ascii_lowercase())
        .fetch_all(self.read())
        .await
        .during("reading questions")?;
        let [id] = found.as_slice() else {
            return Ok(None);
        };
        if let Some(approval) = self.approval_by_prefix(id).await? {
            return Ok(Some(Asked::Claim(Box::new(approval))));
        }
        let question = self.question(id).await?;
        Ok(question.map(|question| Asked::Other(Box::new(question))))
    }

    /// How many questions wait for the owner.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_waiting(&self) -> Result<usize> {
        let claims = self.pending_count().await?;
        if !self.has_requests() {
            return Ok(claims);
        }
        let patches: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM question WHERE state = 'pending'")
                .fetch_one(self.read())
                .await
                .during("counting questions")?;
        let patches = usize::try_from(patches).unwrap_or(0);
        Ok(claims.saturating_add(patches))
    }
}
