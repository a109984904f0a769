//! What was written by a wall clock that was ahead, once it is set back: what was to happen soon
//! would otherwise wait until that future comes.

use std::time::Duration;

use super::settings::Setting;
use super::{During, Result, Tx};
use crate::clock::UnixMillis;

/// GitHub asks nobody to wait longer for a limit to end.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Tx {
    /// Has everything that waits looked at now, which puts it off anew by the right clock, and gives
    /// open questions no longer than `expiry` from now. The time a claim was given stays as it is: the
    /// owner may have extended it, and later is kinder than too early.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn clock_set_back(&mut self, expiry: Duration) -> Result<()> {
        let now = self.now();
        for sql in [
            "UPDATE bounty SET wake_at = $1 WHERE wake_at > $1",
            "UPDATE approval SET next_try_at = $1 WHERE next_try_at > $1",
            "UPDATE job SET wake_at = $1 WHERE wake_at > $1",
            "UPDATE job SET begun_at = $1 WHERE begun_at > $1",
            "UPDATE job_effect SET begun_at = $1 WHERE begun_at > $1",
            "UPDATE question SET next_try_at = $1 WHERE next_try_at > $1",
            "UPDATE question SET created_at = $1 WHERE created_at > $1",
            "UPDATE question SET delivered_at = $1 WHERE delivered_at > $1",
            "UPDATE question SET decided_at = $1 WHERE decided_at > $1",
            "UPDATE client_request SET wake_at = $1 WHERE wake_at > $1",
            "UPDATE client_request SET created_at = $1 WHERE created_at > $1",
            "UPDATE client_request SET begun_at = $1, misses = 0 WHERE begun_at > $1",
            // A yes is good for as long as the client's rules say, and no longer.
            "UPDATE client_request SET approved_until = $1 + answer_valid_ms
             WHERE approved_until > $1 + answer_valid_ms",
            "UPDATE push SET next_at = $1 WHERE next_at > $1",
            "UPDATE request_lease SET until = until - granted_at + $1, granted_at = $1 WHERE granted_at > $1",
            "UPDATE notice SET next_try_at = $1 WHERE next_try_at > $1",
            "UPDATE bounty SET lease_until = $1 WHERE lease_until > $1",
            // What was done counts against the caps of the day that begins now, not of that future.
            "UPDATE effect SET first_at = $1 WHERE first_at > $1",
            "UPDATE effect SET begun_at = $1, misses = 0 WHERE begun_at > $1",
            "UPDATE effect SET missed_at = $1 WHERE missed_at > $1",
            "UPDATE permit SET created_at = $1 WHERE created_at > $1",
            "UPDATE approval SET created_at = $1 WHERE created_at > $1",
            "UPDATE approval SET delivered_at = $1 WHERE delivered_at > $1",
            "UPDATE approval SET decided_at = $1 WHERE decided_at > $1",
            // What was seen in that future was seen now at the latest.
            "UPDATE approval SET checked_at = $1 WHERE checked_at > $1",
        ] {
            sqlx::query(sql)
                .bind(now.0)
                .execute(self.conn().await?)
                .await
                .during("moving waits back with the clock")?;
        }
        for sql in [
            "UPDATE approval SET expires_at = $1 WHERE state = 'pending' AND expires_at > $1",
            "UPDATE question SET expires_at = $1 WHERE state = 'pending' AND expires_at > $1",
        ] {
            sqlx::query(sql)
                .bind(now.plus(expiry).0)
                .execute(self.conn().await?)
                .await
                .during("moving deadlines back with the clock")?;
        }
        let until: Option<UnixMillis> = self.setting(&Setting::NoWriteBefore).await?;
        if until.is_some_and(|at| at > now.plus(LONGEST_WAIT)) {
            self.put_setting(&Setting::NoWriteBefore, &now.plus(LONGEST_WAIT))
                .await?;
        }
        Ok(())
    }
}
