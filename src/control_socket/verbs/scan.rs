//! A scan now, at somebody's request.

use std::pin::pin;
use std::time::Duration;

use serde_json::json;

use super::super::protocol::{Answer, Failing};
use super::{Tell, scanned};
use crate::app::{App, Doing};
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::health::{self, Gate, Trouble};
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::stages::scan::Report;
use crate::stages::{judge, scan};
use vault::FailureClass;

/// How often progress is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// A scan that did not begin after this long waits for something.
const SLOW_START: Duration = Duration::from_secs(60);

/// Has the daemon's scan lane scan, and waits for the end. The lane is the only scanner, so two
/// people who ask at once get one scan.
pub(super) async fn by_the_lane(app: &App, uid: u32, tell: &Tell) -> Result<Answer> {
    if let Some(no) = not_now(app).await? {
        return Ok(no);
    }
    let mut tx = app.ledger.begin().await?;
    let asked = tx.now();
    tx.put_setting(&Setting::NextScan, &asked).await?;
    let entry = Entry::new(
        Actor::Operator(uid),
        "control.scan",
        json!({ "channel": super::change::SOCKET }),
    );
    tx.journal(entry).await?;
    tx.commit().await?;
    app.scan.notify_one();
    let mut said = None;
    let mut begun = false;
    loop {
        let last: Option<Report> = app.ledger.setting(&Setting::LastScan).await?;
        // One that was under way when we asked has looked at the same pages.
        if let Some(report) = last.filter(|l| l.ended_at.is_some_and(|at| at >= asked)) {
            return scanned::judged_by_the_lane(app, report, tell).await;
        }
        let doing = app.live(|l| l.scanning.clone());
        begun |= doing.is_some();
        tell_news(tell, doing, &mut said);
        if !begun {
            if let Some(no) = not_now(app).await? {
                return Ok(no);
            }
            if app.now().since(asked) > SLOW_START {
                return Ok(Answer::failed(
                    Failing::TryLater,
                    "the scan has not begun yet; it is due, and `bountyd status` tells what it \
                     waits for",
                ));
            }
        }
        app.clock.sleep_until(app.clock.monotonic() + LOOK).await;
    }
}

/// Scans without a daemon: the caller holds the instance lock. What is found is judged too, which
/// reads more from GitHub and writes nothing there.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn alone(app: &App, uid: u32, tell: &Tell) -> Result<Answer> {
    if let Some(no) = halted(app).await? {
        return Ok(no);
    }
    if let Gate::Until(at) = health::identify(app).await? {
        let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
        return Ok(match trouble {
            Some(trouble) => in_trouble(&trouble),
            None => Answer::failed(
                Failing::TryLater,
                format!(
                    "GitHub wants no requests before {}",
                    app.rules().config.timezone.format(at)
                ),
            ),
        });
    }
    let mut said = None;
    let report = {
        let mut scan = pin!(scan::run(app, Actor::Operator(uid)));
        loop {
            tell_news(tell, app.live(|l| l.scanning.clone()), &mut said);
            tokio::select! {
                biased;
                report = &mut scan => break report?,
                () = app.clock.sleep_until(app.clock.monotonic() + LOOK) => {}
            }
        }
    };
    let judging = Doing::one("judging what was found");
    tell_news(tell, Some(judging), &mut said);
    while judge::run(app).await? > 0 {}
    scanned::of(app, report).await
}

pub(super) fn tell_news(tell: &Tell, doing: Option<Doing>, said: &mut Option<Doing>) {
    if let Some(news) = &doing
        && doing != *said
    {
        // A full channel means a reader who does not read: he misses a line.
        let _ = tell.try_send(news.clone());
        *said = doing;
    }
}

/// Why the lane would not scan now.
pub(super) async fn not_now(app: &App) -> Result<Option<Answer>> {
    if let Some(no) = halted(app).await? {
        return Ok(Some(no));
    }
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    let waits = |t: &Trouble, now: UnixMillis| now < t.next_try;
    Ok(trouble
        .filter(|t| waits(t, app.now()))
        .map(|t| in_trouble(&t)))
}

/// Why nothing is done at all, if the owner said so.
async fn halted(app: &App) -> Result<Option<Answer>> {
    let why = if app.vault.brake().is_on() {
        "the emergency stop is in force: `bountyd estop --lift` first"
    } else if app
        .ledger
        .setting::<Paused>(&Setting::Paused)
        .await?
        .is_some()
    {
        "bountyd is paused: `bountyd resume` first"
    } else {
        return Ok(None);
    };
    Ok(Some(Answer::failed(Failing::TryLater, why)))
}

pub(super) fn in_trouble(trouble: &Trouble) -> Answer {
    let kind = match trouble.class {
        FailureClass::Configuration => Failing::Configuration,
        FailureClass::Reconnect => Failing::Other,
        FailureClass::Transient { .. } => Failing::Unavailable,
    };
    let (code, message, remedy) = (&trouble.code, &trouble.message, &trouble.remedy);
    Answer::failed(kind, format!("{code}: {message}; {remedy}"))
}
