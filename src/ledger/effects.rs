//! Outside writes: intent before, outcome after.
//!
//! An effect's id is the marker in what we write, so that a write whose answer was lost can be
//! found again. Its row is stored, with its journal entry, before the request leaves.

mod record;

use std::time::Duration;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{During, LedgerError, Result};
use crate::bounty::appraise::Me;
use crate::clock::UnixMillis;

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
    /// It may have happened, does not stand there, and nobody will find out: it is neither repeated
    /// nor forgotten, and counts as made.
    Unproven,
}

impl EffectState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unproven => "unproven",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Begun,
            Self::Unknown,
            Self::Done,
            Self::Failed,
            Self::Unproven,
        ];
        all.into_iter().find(|s| s.as_str() == text)
    }
}

/// The issue that an effect writes to: as it was permitted, or, where that is followed up, the same under
/// its present name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// GitHub's numeric repository id.
    pub repository_id: u64,
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
}

/// A write that is meant to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewEffect<'a> {
    /// Id and marker, from [`crate::ledger::Tx::fresh_id`].
    pub id: &'a str,
    /// What kind.
    pub kind: EffectKind,
    /// The text, marker included.
    pub body: &'a str,
    /// As which account it is made.
    pub author: &'a Me,
    /// As [`Effect::issue_at`].
    pub issue_at: Option<UnixMillis>,
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
    /// Where it goes.
    pub target: Target,
    /// What became of it.
    pub state: EffectState,
    /// The text that is written, marker included.
    pub body: String,
    /// When the newest attempt began.
    pub begun_at: UnixMillis,
    /// When the first attempt began.
    pub first_at: UnixMillis,
    /// When the issue had last changed, by GitHub's clock, as read before the first attempt; `None`
    /// when that may have been in the same second.
    pub issue_at: Option<UnixMillis>,
    /// Which account made it; `None` where an earlier version wrote the row.
    pub author: Option<Me>,
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
    /// It was looked for often and late enough: it does not stand there. If it can be shown that it
    /// never did, it may be made again.
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
        let time = |name: &str| -> Result<Option<UnixMillis>> {
            let at: Option<i64> = row.try_get(name).during(during)?;
            Ok(at.map(UnixMillis))
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
            issue_at: later::<i64>(row, "issue_at")?.map(UnixMillis),
            author: later::<i64>(row, "author_id")?
                .and_then(|id| u64::try_from(id).ok())
                .zip(later(row, "author_login")?)
                .map(|(id, login)| Me { login, id }),
            misses: row.try_get("misses").during(during)?,
            missed_at: time("missed_at")?,
            remote_id: row
                .try_get::<Option<i64>, _>("remote_id")
                .during(during)?
                .and_then(|n| u64::try_from(n).ok()),
            detail: row.try_get("detail").during(during)?,
        })
    }
}

/// A column that came with a later schema: a ledger that is only read has that of its own time.
fn later<'r, T>(row: &'r SqliteRow, name: &str) -> Result<Option<T>>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    match row.try_get(name) {
        Err(sqlx::Error::ColumnNotFound(_)) => Ok(None),
        read => read.during("reading an effect"),
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
            issue_at: None,
            author: None,
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
