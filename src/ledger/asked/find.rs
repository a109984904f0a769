//! Everything the owner is asked, whatever it is about: found by its id, and counted.

use super::{Question, Topic, in_table};
use crate::ledger::approvals::{Approval, Claim};
use crate::ledger::questions::About;
use crate::ledger::{During, Ledger, Result};

/// A question to the owner.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Whether to claim a bounty.
    Claim(Box<Approval>),
    /// Whether to submit a patch, or to do what a client wants.
    Other(Box<Question<About>>),
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
        let prefix = prefix.to_ascii_lowercase();
        let mut found = self.ids_with::<Claim>(&prefix).await?;
        found.extend(self.ids_with::<About>(&prefix).await?);
        let [id] = found.as_slice() else {
            return Ok(None);
        };
        if let Some(approval) = self.question::<Claim>(id).await? {
            return Ok(Some(Asked::Claim(Box::new(approval))));
        }
        let question = self.question::<About>(id).await?;
        Ok(question.map(|question| Asked::Other(Box::new(question))))
    }

    /// The first two of the ids that begin with `prefix`.
    async fn ids_with<A: Topic>(&self, prefix: &str) -> Result<Vec<String>> {
        if !self.keeps::<A>() {
            return Ok(Vec::new());
        }
        sqlx::query_scalar(in_table!(
            A,
            "SELECT id FROM",
            "WHERE id LIKE $1 || '%' LIMIT 2"
        ))
        .bind(prefix)
        .fetch_all(self.read())
        .await
        .during("reading questions")
    }

    /// How many questions wait for the owner.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn questions_waiting(&self) -> Result<usize> {
        let claims = self.count_open::<Claim>().await?;
        Ok(claims.saturating_add(self.count_open::<About>().await?))
    }

    async fn count_open<A: Topic>(&self) -> Result<usize> {
        if !self.keeps::<A>() {
            return Ok(0);
        }
        let count: i64 = sqlx::query_scalar(in_table!(
            A,
            "SELECT COUNT(*) FROM",
            "WHERE state = 'pending'"
        ))
        .fetch_one(self.read())
        .await
        .during("counting questions")?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}
