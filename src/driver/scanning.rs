//! The scan lane: looks for bounties when the schedule says so.

use std::sync::Arc;

use tokio::sync::watch;

use super::lane::Lane;
use super::trouble::ScanPauses;
use super::{LONGEST_IDLE, SHORTEST_IDLE, sleep};
use crate::app::App;
use crate::clock::UnixMillis;
use crate::health::{self, Gate};
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Result};
use crate::schedule::Agenda;
use crate::stages::scan;

/// Scans on time until it is told to stop.
pub(super) async fn scan_lane(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let lane = Lane::register(&app, Lane::SCAN);
    let mut first = true;
    let mut pauses = ScanPauses::default();
    while !*stopped.borrow() {
        lane.busy(&app);
        let until = pauses.after(&app, scan_when_due(&app, &mut first).await);
        lane.idle();
        let until = until.max(app.now().plus(SHORTEST_IDLE));
        app.live(|l| l.scan_idle_until = Some(until));
        tokio::select! {
            () = sleep(&app, until) => {}
            () = app.scan.notified() => {}
            _ = stopped.changed() => {}
        }
        app.live(|l| l.scan_idle_until = None);
    }
}

/// Scans if it is time; gives the time of the next look.
async fn scan_when_due(app: &App, first: &mut bool) -> Result<UnixMillis> {
    let now = app.now();
    let rules = app.rules();
    let last: Option<scan::Report> = app.ledger.setting(&Setting::LastScan).await?;
    let mut due: Option<UnixMillis> = app.ledger.setting(&Setting::NextScan).await?;
    if std::mem::take(first) {
        // However many runs were missed, one makes up for them; a first start does not wait.
        let last_run = last.as_ref().and_then(|l| l.at);
        due = Some(match last_run {
            None => now,
            Some(_) => plan(app, last_run).unwrap_or(now),
        });
    }
    let at = due.unwrap_or(now);
    // A wall clock that was set back moves the plan back with it.
    let soonest = rules.config.schedule.next_after(now);
    let at = match soonest {
        Some(soonest) if at > soonest.plus(rules.config.jitter) => soonest,
        _ => at,
    };
    if super::halted(app).await? {
        return Ok(now.plus(LONGEST_IDLE));
    }
    if at > now {
        remember(app, at).await?;
        return Ok(at);
    }
    if app.me().await?.is_none()
        && let Gate::Until(at) = health::identify(app).await?
    {
        return Ok(at);
    }
    if let Gate::Until(at) = health::gate(app).await? {
        return Ok(at);
    }
    let report = scan::run(app, Actor::Schedule).await?;
    let next = plan(app, None).unwrap_or_else(|| app.now().plus(LONGEST_IDLE));
    let next = report
        .wait_until
        .map_or(next, |wait| wait.max(app.now()).min(next.max(wait)));
    remember(app, next).await?;
    Ok(next)
}

fn plan(app: &App, last_run: Option<UnixMillis>) -> Option<UnixMillis> {
    let rules = app.rules();
    let config = &rules.config;
    let agenda = Agenda::new(
        config.schedule.clone(),
        config.jitter,
        last_run,
        app.now(),
        &*app.entropy,
    );
    agenda.next().map(|planned| planned.at)
}

async fn remember(app: &App, next: UnixMillis) -> Result<()> {
    if app.ledger.setting::<UnixMillis>(&Setting::NextScan).await? == Some(next) {
        return Ok(());
    }
    let mut tx = app.ledger.begin().await?;
    tx.put_setting(&Setting::NextScan, &next).await?;
    tx.commit().await
}
