//! What came of a scan: each bounty that was judged after it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::protocol::Answer;
use super::Tell;
use super::scan::{LOOK, not_now, tell_news};
use crate::app::{App, Doing};
use crate::bounty::stage::Stage;
use crate::ledger::Result;
use crate::messages::count;
use crate::money::Usd;
use crate::stages::scan::Report;

/// How long the judging is waited for: it may have contribution rules to read, and GitHub may be
/// slow or want no requests.
const JUDGING: Duration = Duration::from_secs(120);

/// A scan and what was judged since it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanned {
    /// What the scan did.
    #[serde(flatten)]
    pub report: Report,
    /// What was judged, dearest first.
    pub bounties: Vec<Judged>,
    /// How many are still to be judged.
    pub to_judge: i64,
}

/// A bounty that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// Title as last seen.
    pub title: String,
    /// `skip`, `report`, `ask` or `claim`.
    pub decision: String,
    /// The code of the reason.
    pub reason: Option<String>,
    /// The amount in words.
    pub amount: String,
    /// The amount in US cents, where it is known.
    pub usd_cents: Option<Usd>,
    /// Where it stands now.
    pub stage: Stage,
}

/// Waits until the work lane has judged what was found, for [`JUDGING`] at most.
pub(super) async fn judged_by_the_lane(app: &App, report: Report, tell: &Tell) -> Result<Answer> {
    let begun = app.clock.monotonic();
    let mut said = None;
    loop {
        let left = app.ledger.to_judge(app.now()).await?;
        let late = app.clock.monotonic().saturating_sub(begun) >= JUDGING;
        // Paused, or without GitHub: nothing more is judged for now.
        if left == 0 || late || not_now(app).await?.is_some() {
            return of(app, report).await;
        }
        let text = format!("judging: {} to go", count(left, "bounty", "bounties"));
        tell_news(tell, Some(Doing::one(text)), &mut said);
        app.clock.sleep_until(app.clock.monotonic() + LOOK).await;
    }
}

/// The answer as things stand.
pub(super) async fn of(app: &App, report: Report) -> Result<Answer> {
    let to_judge = app.ledger.to_judge(app.now()).await?;
    let since = report.at.unwrap_or_else(|| app.now());
    let judged = app.ledger.judged_since(since).await?;
    let bounties = judged
        .into_iter()
        .map(|(bounty, judgement)| Judged {
            repo: bounty.repo,
            number: bounty.number,
            title: bounty.title,
            decision: judgement.decision,
            reason: bounty.reason,
            amount: judgement.amount,
            usd_cents: bounty.usd,
            stage: bounty.stage,
        })
        .collect();
    let scanned = Scanned {
        report,
        bounties,
        to_judge,
    };
    Ok(Answer::Scanned { scanned })
}
