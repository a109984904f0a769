//! The cheap part of the examination, by the daemon itself: at its start and once a day. What will break
//! soon is told the owner once, and once more when it comes again after it was well.
//!
//! A connection that nobody uses dies: Auth0 forgets a provider's refresh token that no exchange has used
//! for a year, and a GitHub App's is dead after six months. A daemon that hunts uses it all the time. One
//! whose schedule is rarer than a week makes an exchange and one `GET /user` a week for this alone. One that
//! is paused makes none, because a pause means that nothing is asked of anybody; its owner is told in time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::check::Check;
use super::finding::{Finding, Verdict};
use super::{place, tenant};
use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::health;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::messages::{notice, span};
use crate::telegram::outbox;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A connection that was not used for so long is used once, for its own sake.
const HEARTBEAT: Duration = Duration::from_secs(7 * 24 * 3600);

/// A paused daemon's owner is told when so much of the half year of a GitHub App is gone.
const IDLE: Duration = Duration::from_secs(150 * 24 * 3600);

/// Since when something is known.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Told {
    since: UnixMillis,
}

/// Looks once, and plans the next time.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn at_start(app: &App) -> Result<()> {
    tell(app, findings(app).await?).await
}

/// Looks if a day has passed; says whether it did.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let now = app.now();
    // One that is further off than a day was planned by a clock that was set back since.
    let due = |at: UnixMillis| at <= now || at.since(now) > DAY;
    if !next(app).await?.is_none_or(due) {
        return Ok(false);
    }
    let found = findings(app).await?;
    tell(app, found).await?;
    heartbeat(app).await?;
    Ok(true)
}

/// When the next look is due.
///
/// # Errors
/// The ledger cannot be read.
pub async fn next(app: &App) -> Result<Option<UnixMillis>> {
    app.ledger.setting(&Setting::NextCheckup).await
}

async fn findings(app: &App) -> Result<Vec<Finding>> {
    let rules = app.rules();
    let config = &rules.config;
    Ok(vec![
        place::disk(config),
        place::disk_for_patches(config),
        tenant::clocks(app.vault.status().clock_skew),
        idle(app).await?,
    ])
}

/// Whether a pause lets the connection die.
async fn idle(app: &App) -> Result<Finding> {
    let check = Check::TenantAccount;
    let last = app.ledger.last_exchange_at().await?;
    let paused: Option<Paused> = app.ledger.setting(&Setting::Paused).await?;
    let unused = last.map_or(Duration::ZERO, |last| app.now().since(last));
    if paused.is_none() || unused < IDLE {
        return Ok(Finding::ok(check, "the connection is used"));
    }
    Ok(Finding::warning(
        check,
        format!(
            "I am paused, and the connection to GitHub was not used for {}: a GitHub App's dies after six \
             months, any other's after a year",
            span(unused)
        ),
        "say /resume, and /pause again after the next scan; or connect anew when you want to go on: \
         bountyd connect github",
    ))
}

/// Uses a connection that nothing else has used for a week.
async fn heartbeat(app: &App) -> Result<()> {
    let paused: Option<Paused> = app.ledger.setting(&Setting::Paused).await?;
    let last = app.ledger.last_exchange_at().await?;
    let rests = last.is_some_and(|last| app.now().since(last) >= HEARTBEAT);
    if rests && paused.is_none() && !health::in_trouble(app).await? {
        health::identify(app).await?;
    }
    Ok(())
}

/// Tells what is new, forgets what is well again, and keeps what could not be looked at as it was.
async fn tell(app: &App, findings: Vec<Finding>) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let known: Option<BTreeMap<String, Told>> = tx.setting(&Setting::Findings).await?;
    let mut known = known.unwrap_or_default();
    let mut changed = false;
    for finding in &findings {
        let id = finding.check.id();
        let body = json!({ "check": id, "found": finding.found });
        let kind = match (finding.verdict, known.contains_key(&id)) {
            (Verdict::Warning | Verdict::Failure, false) => {
                known.insert(id.clone(), Told { since: now });
                let remedy = finding.remedy.as_deref().unwrap_or_default();
                let text = notice::finding(finding.check.title(), &finding.found, remedy);
                let key = format!("finding:{id}:{}", now.0);
                tx.notify_owner(&key, &outbox::encode(&text), now).await?;
                tracing::warn!(check = id, remedy, "{}", finding.found);
                "finding.begun"
            }
            (Verdict::Ok | Verdict::NotApplicable, true) => {
                known.remove(&id);
                tracing::info!(check = id, "well again");
                "finding.ended"
            }
            _ => continue,
        };
        changed = true;
        tx.journal(Entry::new(Actor::Daemon, kind, body)).await?;
    }
    if changed {
        tx.put_setting(&Setting::Findings, &known).await?;
    }
    tx.put_setting(&Setting::NextCheckup, &now.plus(DAY))
        .await?;
    tx.commit().await?;
    if changed {
        app.work.notify_one();
    }
    Ok(())
}
