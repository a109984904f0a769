//! Outside writes: intent before, outcome after.
//!
//! An effect's id is the marker in what we write, so that a write whose answer was lost can be
//! found again. Its row is stored, with its journal entry, before the request leaves.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Actor, During, Entry, Ledger, LedgerError, Result, Tx};
use crate::bounty::permit::Permit;
use crate::clock::UnixMillis;
use crate::ledger::bounties::{Lease, signed};

/// What kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// The comment that claims.
    Claim,
    /// The comment that asks to be assigned.
    AskAssignment,
    /// The edit of our own comment that withdraws.
    Withdraw,
    /// The `/stop` comment, where the platform has one.
    Stop,
}

impl EffectKind {
    /// The name in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::AskAssignment => "ask-assignment",
            Self::Withdraw => "withdraw",
            Self::Stop => "stop",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Claim, Self::AskAssignment, Self::Withdraw, Self::Stop]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectState {
    /// It may be on its way. After a crash this means: unknown.
    Begun,
    /// The answer was lost; it may have happened.
    Unknown,
    /// It happened.
    Done,
    /// It did not happen and will not.
    Failed,
}

impl EffectState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Begun, Self::Unknown, Self::Done, Self::Failed]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// The issue that an effect writes to, as it was permitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// GitHub's numeric repository id.
    pub repository_id: u64,
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
}

/// An outside write.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    /// Id and marker.
    pub id: String,
    /// For which bounty.
    pub bounty_id: i64,
    /// What kind.
    pub kind: EffectKind,
    /// Where it goes: fixed by the permit.
    pub target: Target,
    /// What became of it.
    pub state: EffectState,
    /// The text that is written, marker included.
    pub body: String,
    /// When the newest attempt began.
    pub begun_at: UnixMillis,
    /// When the first attempt began.
    pub first_at: UnixMillis,
    /// Look-ups since the newest attempt that did not find it.
    pub misses: i64,
    /// When it was last looked for in vain.
    pub missed_at: Option<UnixMillis>,
    /// The comment's id at GitHub, once known.
    pub remote_id: Option<u64>,
    /// What was answered, or why it failed.
    pub detail: Option<String>,
}

/// A write in flight can land after a look-up, so an unknown one is not repeated sooner.
pub const SETTLING: Duration = Duration::from_secs(60);

/// Time between the two look-ups that must both miss.
pub const BETWEEN_LOOKUPS: Duration = Duration::from_secs(30);

/// What to do about an effect whose outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconcile {
    /// Not yet: look at this time.
    Wait(UnixMillis),
    /// Look for it now.
    Look,
    /// It was looked for often and late enough: it did not happen.
    Repeat,
}

impl Effect {
    /// What is due at `now` for an effect of unknown outcome.
    #[must_use]
    pub fn reconcile(&self, now: UnixMillis) -> Reconcile {
        let settled = self.begun_at.plus(SETTLING);
        match (self.misses, self.missed_at) {
            // A wall clock that jumped back must not shorten the wait, so a look-up "before" the
            // attempt counts as none.
            (n, Some(last)) if n > 0 && last >= self.begun_at => {
                let second = last.plus(BETWEEN_LOOKUPS).max(settled);
                if n >= 2 && last >= settled {
                    Reconcile::Repeat
                } else if now < second {
                    Reconcile::Wait(second)
                } else {
                    Reconcile::Look
                }
            }
            _ => Reconcile::Look,
        }
    }

    fn read(row: &SqliteRow) -> Result<Self> {
        let during = "reading an effect";
        let corrupt = |what, detail: String| LedgerError::Corrupt { what, detail };
        let number = |name: &str| -> Result<u64> {
            let n: i64 = row.try_get(name).during(during)?;
            u64::try_from(n).map_err(|e| corrupt("effect target", e.to_string()))
        };
        let kind: String = row.try_get("kind").during(during)?;
        let state: String = row.try_get("state").during(during)?;
        Ok(Self {
            id: row.try_get("id").during(during)?,
            bounty_id: row.try_get("bounty_id").during(during)?,
            kind: EffectKind::parse(&kind).ok_or_else(|| corrupt("effect kind", kind))?,
            target: Target {
                repository_id: number("repository_id")?,
                repo: row.try_get("repo").during(during)?,
                number: number("number")?,
            },
            state: EffectState::parse(&state).ok_or_else(|| corrupt("effect state", state))?,
            body: row.try_get("body").during(during)?,
            begun_at: UnixMillis(row.try_get("begun_at").during(during)?),
            first_at: UnixMillis(row.try_get("first_at").during(during)?),
            misses: row.try_get("misses").during(during)?,
            missed_at: row
                .try_get::<Option<i64>, _>("missed_at")
                .during(during)?
                .map(UnixMillis),
            remote_id: row
                .try_get::<Option<i64>, _>("remote_id")
                .during(during)?
                .and_then(|n| u64::try_from(n).ok()),
            detail: row.try_get("detail").during(during)?,
        })
    }
}

impl Tx {
    /// Records the intent to write what `permit` allows, where it allows it. Call [`Tx::commit`]
    /// before anything leaves.
    ///
    /// # Errors
    /// The lease is lost, the permit names no repository id, or the ledger cannot be written: then
    /// nothing may leave.
    pub async fn begin_effect(
        &mut self,
        lease: &Lease,
        permit: &Permit,
        id: &str,
        kind: EffectKind,
        body: &str,
    ) -> Result<Effect> {
        let record = permit.record();
        let repository_id = record.repository_id.ok_or(LedgerError::Corrupt {
            what: "permit",
            detail: "it names no repository id".to_owned(),
        })?;
        let target = Target {
            repository_id,
            repo: record.repository.clone(),
            number: record.number,
        };
        self.insert_effect(lease, &target, id, kind, body).await
    }

    /// Records the intent to follow up an effect that stands: it goes where that one went.
    ///
    /// # Errors
    /// As [`Tx::begin_effect`]; also when `earlier` does not stand.
    pub async fn begin_followup(
        &mut self,
        lease: &Lease,
        earlier: &Effect,
        id: &str,
        kind: EffectKind,
        body: &str,
    ) -> Result<Effect> {
        if earlier.state != EffectState::Done {
            let detail = format!("{} is followed up but does not stand", earlier.id);
            return Err(LedgerError::Corrupt {
                what: "effect",
                detail,
            });
        }
        self.insert_effect(lease, &earlier.target, id, kind, body)
            .await
    }

    async fn insert_effect(
        &mut self,
        lease: &Lease,
        target: &Target,
        id: &str,
        kind: EffectKind,
        body: &str,
    ) -> Result<Effect> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "INSERT INTO effect (id, bounty_id, kind, repository_id, repo, number, body, state,
             begun_at, first_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'begun', $8, $8)",
        )
        .bind(id)
        .bind(lease.bounty())
        .bind(kind.as_str())
        .bind(signed(target.repository_id))
        .bind(&target.repo)
        .bind(signed(target.number))
        .bind(body)
        .bind(now.0)
        .execute(self.conn())
        .await
        .during("recording an intended write")?;
        let body_hash = hex::encode(Sha256::digest(body.as_bytes()));
        let entry = json!({ "kind": kind, "target": target, "sha256": body_hash });
        let entry = Entry::new(Actor::Daemon, "effect.begun", entry);
        self.journal(entry.bounty(lease.bounty()).effect(id))
            .await?;
        Ok(Effect {
            id: id.to_owned(),
            bounty_id: lease.bounty(),
            kind,
            target: target.clone(),
            state: EffectState::Begun,
            body: body.to_owned(),
            begun_at: now,
            first_at: now,
            misses: 0,
            missed_at: None,
            remote_id: None,
            detail: None,
        })
    }

    /// Records a further attempt at an effect that was shown not to have happened.
    ///
    /// # Errors
    /// As [`Tx::begin_effect`].
    pub async fn repeat_effect(&mut self, lease: &Lease, id: &str) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "UPDATE effect SET state = 'begun', begun_at = $2, misses = 0, missed_at = NULL
             WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .execute(self.conn())
        .await
        .during("recording a repeated write")?;
        let entry = Entry::new(Actor::Daemon, "effect.begun", json!({ "again": true }));
        self.journal(entry.bounty(lease.bounty()).effect(id))
            .await?;
        Ok(())
    }

    /// Records what became of an effect.
    ///
    /// # Errors
    /// The lease is lost or the ledger cannot be written; the effect then stays as it was and is
    /// reconciled later.
    pub async fn end_effect(
        &mut self,
        lease: &Lease,
        id: &str,
        state: EffectState,
        remote_id: Option<u64>,
        detail: &str,
    ) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        sqlx::query(
            "UPDATE effect SET state = $2, ended_at = $3, remote_id = COALESCE($4, remote_id),
             detail = $5 WHERE id = $1",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(now.0)
        .bind(remote_id.map(signed))
        .bind(detail)
        .execute(self.conn())
        .await
        .during("recording the outcome of a write")?;
        let kind = match state {
            EffectState::Done => "effect.done",
            EffectState::Failed => "effect.failed",
            EffectState::Unknown | EffectState::Begun => "effect.unknown",
        };
        let body = json!({ "remote_id": remote_id, "detail": detail });
        self.journal(
            Entry::new(Actor::Daemon, kind, body)
                .bounty(lease.bounty())
                .effect(id),
        )
        .await?;
        Ok(())
    }

    /// Notes that an effect was looked for and not found.
    ///
    /// # Errors
    /// The lease is lost or the ledger cannot be written.
    pub async fn missed_effect(&mut self, lease: &Lease, id: &str) -> Result<()> {
        self.confirm(lease).await?;
        let now = self.now();
        // An attempt dated in the future began before the clock was set back. From here on it
        // counts as begun now: the wait is a whole one, and not until that future has come.
        sqlx::query(
            "UPDATE effect SET misses = CASE WHEN begun_at > $2 THEN 1 ELSE misses + 1 END,
             begun_at = CASE WHEN begun_at > $2 THEN $2 ELSE begun_at END, missed_at = $2
             WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .execute(self.conn())
        .await
        .during("noting a look-up")?;
        Ok(())
    }
}

impl Ledger {
    /// The newest effect of a kind for a bounty.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn effect(&self, bounty: i64, kind: EffectKind) -> Result<Option<Effect>> {
        let row = sqlx::query(
            "SELECT * FROM effect WHERE bounty_id = $1 AND kind = $2 ORDER BY first_at DESC, id",
        )
        .bind(bounty)
        .bind(kind.as_str())
        .fetch_optional(self.read())
        .await
        .during("reading an effect")?;
        row.as_ref().map(Effect::read).transpose()
    }

    /// All effects of a bounty, oldest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn effects(&self, bounty: i64) -> Result<Vec<Effect>> {
        let rows = sqlx::query("SELECT * FROM effect WHERE bounty_id = $1 ORDER BY first_at, id")
            .bind(bounty)
            .fetch_all(self.read())
            .await
            .during("reading effects")?;
        rows.iter().map(Effect::read).collect()
    }

    /// How many effects have no known outcome.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn open_effects(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM effect WHERE state IN ('begun', 'unknown')")
            .fetch_one(self.read())
            .await
            .during("counting open effects")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(begun_at: i64, misses: i64, missed_at: Option<i64>) -> Effect {
        Effect {
            id: "e".to_owned(),
            bounty_id: 1,
            kind: EffectKind::Claim,
            target: Target {
                repository_id: 1,
                repo: "a/b".to_owned(),
                number: 1,
            },
            state: EffectState::Begun,
            body: String::new(),
            begun_at: UnixMillis(begun_at),
            first_at: UnixMillis(begun_at),
            misses,
            missed_at: missed_at.map(UnixMillis),
            remote_id: None,
            detail: None,
        }
    }

    #[test]
    fn an_effect_is_looked_for_twice_and_a_minute_passes_before_it_is_repeated() {
        let s = |n: i64| UnixMillis(n * 1000);
        let at = |n: i64| n * 1000;
        // Never looked for: look, however late it is.
        assert_eq!(effect(0, 0, None).reconcile(s(1)), Reconcile::Look);
        assert_eq!(effect(0, 0, None).reconcile(s(9_999)), Reconcile::Look);
        // An early miss proves little: the second look is not before a minute has passed.
        let early = effect(0, 1, Some(at(1)));
        assert_eq!(early.reconcile(s(2)), Reconcile::Wait(s(60)));
        assert_eq!(early.reconcile(s(60)), Reconcile::Look);
        // A late first miss still wants a second one, half a minute on.
        let late = effect(0, 1, Some(at(300)));
        assert_eq!(late.reconcile(s(301)), Reconcile::Wait(s(330)));
        assert_eq!(late.reconcile(s(330)), Reconcile::Look);
        // Two misses, the second after the minute: it did not happen.
        assert_eq!(
            effect(0, 2, Some(at(61))).reconcile(s(61)),
            Reconcile::Repeat
        );
        assert_eq!(
            effect(0, 2, Some(at(45))).reconcile(s(46)),
            Reconcile::Wait(s(75))
        );
    }

    #[test]
    fn a_clock_set_back_never_shortens_the_wait() {
        // Begun at 1000 s, then the clock was set back: misses dated before it prove nothing.
        let effect = effect(1_000_000, 5, Some(500_000));
        assert_eq!(effect.reconcile(UnixMillis(600_000)), Reconcile::Look);
    }
}
