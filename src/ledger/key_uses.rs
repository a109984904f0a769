//! Which keys signed, by the journal: each exchange names its key when it begins.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sqlx::Row;

use super::{During, Ledger, Result};
use crate::clock::UnixMillis;

/// An exchange that began longer ago has ended, whether or not somebody could write that down: two
/// requests of 30 s each, and room.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(120);

/// What a key was used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyUse {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// When it signed last.
    pub last: UnixMillis,
    /// Exchanges that it signed, as far back as the journal goes.
    pub exchanges: u64,
    /// Of those the ones under way.
    pub under_way: u64,
}

impl Ledger {
    /// The keys that signed an exchange, and the uses of each.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>> {
        let during = "reading which keys signed";
        let rows = sqlx::query(
            "SELECT seq, at, kind, body FROM journal WHERE kind LIKE 'exchange.%' ORDER BY seq",
        )
        .fetch_all(self.read())
        .await
        .during(during)?;
        let recent = self.clock.now().minus(LONGEST_EXCHANGE);
        let mut uses: Vec<KeyUse> = Vec::new();
        let mut open: Vec<(i64, String)> = Vec::new();
        for row in rows {
            let seq: i64 = row.try_get("seq").during(during)?;
            let at = UnixMillis(row.try_get("at").during(during)?);
            let kind: String = row.try_get("kind").during(during)?;
            let body: String = row.try_get("body").during(during)?;
            let body: Value = serde_json::from_str(&body).unwrap_or_default();
            if kind != "exchange.begun" {
                open.retain(|(begun, _)| body["of"].as_i64() != Some(*begun));
                continue;
            }
            let Some(kid) = body["kid"].as_str() else {
                continue;
            };
            if at >= recent {
                open.push((seq, kid.to_owned()));
            }
            match uses.iter_mut().find(|known| known.kid == kid) {
                Some(known) => {
                    known.last = at;
                    known.exchanges += 1;
                }
                None => uses.push(KeyUse {
                    kid: kid.to_owned(),
                    last: at,
                    exchanges: 1,
                    under_way: 0,
                }),
            }
        }
        for known in &mut uses {
            known.under_way = open.iter().filter(|(_, kid)| *kid == known.kid).count() as u64;
        }
        Ok(uses)
    }
}
