//! The driver: wakes for due work, by the clock and by signal, and does it one step at a time.
//!
//! Five lanes run beside each other and meet only in the ledger: the scan, the work on bounties
//! and questions, the making of patches, the chat, and the watchdog. A lane that meets trouble waits and goes on; start,
//! crash and take-over are the same path, because every wait is a row with a time.

mod clocks;
mod lane;
mod scanning;
mod trouble;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::doctor::daily;
use crate::estop;
use crate::health::{self, Gate};
use crate::ledger::approvals::Claim;
use crate::ledger::jobs::JobState;
use crate::ledger::questions::About;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::stages::{
    self, ask, chain, claim, digest, fix, follow, judge, pull, push, recheck, request, scan,
    submit, vet, withdraw,
};
use crate::telegram::{inbox, outbox};

use clocks::Clocks;
pub use lane::Lane;
use scanning::scan_lane;
use trouble::{after_trouble, end_with, ledger_trouble};

/// A lane looks at the ledger at least this often, should a wake-up ever be lost.
const LONGEST_IDLE: Duration = Duration::from_secs(5 * 60);

/// Due work that nobody could do is not looked at again sooner.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

/// A lane that has worked this long without a step is stuck.
pub const STALL: Duration = Duration::from_secs(5 * 60);

/// How long lanes may finish their step after the signal to stop: a write, and the exchange before
/// it. The unit's `TimeoutStopSec` is longer.
pub const DRAIN: Duration = vault::LONGEST_REQUEST.saturating_mul(2);

/// The lane whose poll is open all the time.
const CHAT: &str = "chat";

/// Runs until `shutdown` ends, then lets each lane finish its step.
///
/// # Errors
/// The ledger cannot be written at the very start.
pub async fn run(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let mut shutdown = pin!(shutdown);
    // A disk that is full at the start is waited for as one that is full later: leaving would only
    // use up the starts that systemd allows.
    let clocks = loop {
        let error = match begin(&app).await {
            Ok(clocks) => break clocks,
            Err(error) => error,
        };
        if !error.may_pass() {
            return Err(error);
        }
        let again = ledger_trouble(&app, &error);
        tokio::select! {
            () = app.clock.sleep_until_wall(again) => {}
            () = &mut shutdown => return Ok(()),
        }
    };
    let (stop, stopped) = watch::channel(false);
    let mut lanes = tokio::task::JoinSet::new();
    lanes.spawn(scan_lane(Arc::clone(&app), stopped.clone()));
    lanes.spawn(work_lane(Arc::clone(&app), stopped.clone(), clocks));
    lanes.spawn(chat_lane(Arc::clone(&app), stopped.clone()));
    lanes.spawn(fix_lane(Arc::clone(&app), stopped.clone()));
    tokio::select! {
        () = &mut shutdown => {}
        // None ends before it is told to, except by a panic. The others would go on as if nothing were
        // wrong; so the process ends, and its manager starts it anew.
        Some(ended) = lanes.join_next() => end_with(ended),
    }
    let _ = stop.send(true);
    app.work.notify_one();
    app.scan.notify_one();
    app.fix.notify_one();
    let drained = async { while lanes.join_next().await.is_some() {} };
    let deadline = app.clock.sleep_until(app.clock.monotonic() + DRAIN);
    tokio::select! {
        () = drained => {}
        () = deadline => tracing::warn!("a step did not end in time; it is taken up at the next start"),
    }
    app.vault.forget();
    app.ledger
        .record(Entry::new(Actor::Daemon, "daemon.stopped", json!({})))
        .await?;
    Ok(())
}

/// One scan, and all work that is due after it.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run_once(app: &App) -> Result<scan::Report> {
    let clocks = begin(app).await?;
    // A person who runs this waits for no pause: a trouble is tried again at once.
    let gate = if health::in_trouble(app).await? || app.me().await?.is_none() {
        health::identify(app).await?
    } else {
        Gate::Open
    };
    let report = match gate {
        Gate::Open => scan::run(app, Actor::Operator(rustix::process::getuid().as_raw())).await?,
        Gate::Until(_) => scan::Report::default(),
    };
    // Now that somebody has told the time.
    clocks.compare(app).await;
    loop {
        match work_once(app).await {
            Ok((true, _)) => {}
            Ok((false, _)) => return Ok(report),
            Err(error) if error.is_overtaken() => {
                tracing::debug!("a step was overtaken: {error}");
            }
            Err(error) => return Err(error),
        }
    }
}

async fn begin(app: &App) -> Result<Clocks> {
    let before = app.ledger.journal_newest(None, 1).await?;
    let before = before.first().map(|line| line.at);
    let clocks = Clocks::at_start(app, before).await?;
    let mut tx = app.ledger.begin().await?;
    let released = tx.release_all_leases().await?;
    tx.pushes_are_lost().await?;
    let body = json!({ "version": env!("CARGO_PKG_VERSION"), "leases_released": released });
    tx.journal(Entry::new(Actor::Daemon, "daemon.started", body))
        .await?;
    tx.commit().await?;
    let now = app.now();
    app.live(|l| l.started_at = Some(now));
    let config = &app.rules().config;
    let next = config.schedule.next_after(now);
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mode = config.policy.mode.as_str(),
        ledger = %app.ledger.path().display(),
        next_scheduled = next.map(|at| config.timezone.format(at)),
        "started"
    );
    chain::check_newest(app).await?;
    daily::at_start(app).await?;
    Ok(clocks)
}

/// Does what is due; says whether anything was, and when to look again at the latest.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn work_once(app: &App) -> Result<(bool, UnixMillis)> {
    let horizon = app.now().plus(LONGEST_IDLE);
    estop::catch_up(app).await?;
    if ask::expire::<Claim>(app).await? > 0
        || ask::expire::<About>(app).await? > 0
        || chain::run(app).await?
        || digest::run(app).await?
        || daily::run(app).await?
    {
        return Ok((true, horizon));
    }
    // Telegram may hang: one message of each kind, and then whatever else is due.
    let told = outbox::run(app).await?
        | ask::write_outcome::<Claim>(app).await?
        | ask::write_outcome::<About>(app).await?;
    let undelivered = ask::patience(app);
    let mut next = horizon;
    for at in [
        app.ledger.next_question_at::<Claim>(undelivered).await?,
        app.ledger.next_question_at::<About>(undelivered).await?,
        app.ledger.next_notice_at().await?,
        digest::next(app).await?,
        daily::next(app).await?,
    ] {
        next = at.map_or(next, |at| at.min(next));
    }
    if halted(app).await? {
        return Ok((told, next));
    }
    // Before the gate: the owner's answer is heard also while his connection to GitHub is in trouble.
    if push::run(app).await? {
        return Ok((true, horizon));
    }
    if let Some(at) = app.ledger.next_push_at().await? {
        next = next.min(at);
    }
    // The gentle try does not wait for work: the owner wants to know that it is mended.
    if health::in_trouble(app).await?
        && let Gate::Until(at) = health::gate(app).await?
    {
        return Ok((told, next.min(at)));
    }
    if vet::run(app).await?
        || submit::run(app).await?
        || pull::run(app).await?
        || request::run(app).await?
    {
        return Ok((true, horizon));
    }
    let wake = app.ledger.next_wake().await?;
    let due = wake.is_some_and(|at| at <= app.now());
    // Claims first: an owner who tapped is waiting. Then cards: what is still to be judged may have
    // long threads to be read, and a hand is free now.
    let did = due
        && (claim::run(app).await?
            || withdraw::run(app).await?
            || recheck::run(app).await?
            || follow::run(app).await?)
        || ask::deliver::<About>(app).await?
        || ask::deliver::<Claim>(app).await?
        || due && judge::run(app).await? > 0;
    if did || told {
        return Ok((true, horizon));
    }
    let cards = match app.telegram {
        Some(_) => [
            app.ledger.next_card_at::<Claim>().await?,
            app.ledger.next_card_at::<About>().await?,
        ],
        None => [None, None],
    };
    let jobs = &app.ledger;
    let wakes = [
        jobs.next_wake().await?,
        jobs.next_job_at([JobState::Submitting, JobState::Open])
            .await?,
        jobs.next_job_at([JobState::Made, JobState::Dropped])
            .await?,
        jobs.next_job_at([JobState::Merged, JobState::Closed])
            .await?,
        jobs.next_request_at().await?,
    ];
    for at in wakes.into_iter().chain(cards) {
        next = at.map_or(next, |at| at.min(next));
    }
    Ok((false, next))
}

async fn work_lane(app: Arc<App>, mut stopped: watch::Receiver<bool>, mut clocks: Clocks) {
    let lane = Lane::register(&app, "work");
    let mut stuck = false;
    while !*stopped.borrow() {
        lane.busy(&app);
        clocks = clocks.compare(&app).await;
        let worked = match after_trouble(&app, &mut stuck).await {
            Ok(()) => work_once(&app).await,
            Err(error) => Err(error),
        };
        let until = match worked {
            Ok((true, _)) => {
                app.live(|l| l.ledger_trouble = None);
                continue;
            }
            Ok((false, until)) => until,
            // The owner answered while his question was looked at, or a client took back what it had asked
            // for: their word comes first, and the row is where it says.
            Err(error) if error.is_overtaken() => {
                tracing::debug!("a step was overtaken: {error}");
                continue;
            }
            Err(error) => {
                stuck |= error.is_of_the_disk();
                ledger_trouble(&app, &error)
            }
        };
        lane.idle();
        if app.live(|l| l.scanning.is_none()) {
            stages::rest(&app).await;
        }
        let until = until.max(app.now().plus(SHORTEST_IDLE));
        app.live(|l| l.idle_until = Some(until));
        tokio::select! {
            () = sleep(&app, until) => {}
            () = app.work.notified() => {}
            _ = stopped.changed() => {}
        }
        app.live(|l| l.idle_until = None);
    }
}

/// Makes patches, one at a time: hours pass in here, in which the other lanes go on.
async fn fix_lane(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let lane = Lane::register(&app, "fix");
    while !*stopped.borrow() {
        let until = match fix_when_due(&app, &mut stopped).await {
            Ok(until) => until,
            Err(error) => ledger_trouble(&app, &error),
        };
        lane.idle();
        let until = until.max(app.now().plus(SHORTEST_IDLE));
        tokio::select! {
            () = sleep(&app, until) => {}
            () = app.fix.notified() => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Makes the patches that are due; gives the time of the next look. Told to stop, it leaves the job where
/// it is, once whoever makes the patch has ended it and cleared away.
async fn fix_when_due(app: &App, stopped: &mut watch::Receiver<bool>) -> Result<UnixMillis> {
    let states = [JobState::Making, JobState::Making];
    let next = app.ledger.next_job_at(states).await?;
    let now = app.now();
    let later = now.plus(LONGEST_IDLE);
    let Some(at) = next.filter(|at| *at <= now) else {
        return Ok(next.map_or(later, |at| at.min(later)));
    };
    if halted(app).await? || app.rules().config.fix.is_none() {
        return Ok(later);
    }
    if app.me().await?.is_none()
        && let Gate::Until(at) = health::identify(app).await?
    {
        return Ok(at);
    }
    if let Gate::Until(at) = health::gate(app).await? {
        return Ok(at);
    }
    let stop = async {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            () = app.vault.brake().held() => {}
        }
    };
    fix::run(app, stop).await.map(|_| at)
}

/// Whether the owner said that nothing is to be done just now.
async fn halted(app: &App) -> Result<bool> {
    let stopped = app.vault.brake().is_on();
    Ok(stopped
        || app
            .ledger
            .setting::<Paused>(&Setting::Paused)
            .await?
            .is_some())
}

/// Ends at `until`, or when as much time has passed as lay between: a wall clock that is set back
/// must not keep a lane asleep.
async fn sleep(app: &App, until: UnixMillis) {
    let as_long = app.clock.monotonic() + until.since(app.now());
    tokio::select! {
        () = app.clock.sleep_until_wall(until) => {}
        () = app.clock.sleep_until(as_long) => {}
    }
}

async fn chat_lane(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let Some(telegram) = app.telegram.clone() else {
        // Nobody is in a chat; a lane that ended would end the program.
        let _ = stopped.wait_for(|stop| *stop).await;
        return;
    };
    let lane = Lane::register(&app, CHAT);
    while !*stopped.borrow() {
        lane.busy(&app);
        let polled = {
            // A poll cut short by the stop takes nothing: what it would have brought comes again.
            let mut poll = pin!(inbox::poll(&app, &telegram));
            tokio::select! {
                polled = &mut poll => polled,
                _ = stopped.changed() => return,
            }
        };
        let pause = match polled {
            Ok(None) => continue,
            Ok(Some(pause)) => app.now().plus(pause),
            Err(error) => ledger_trouble(&app, &error),
        };
        lane.idle();
        tokio::select! {
            () = sleep(&app, pause) => {}
            _ = stopped.changed() => {}
        }
    }
}
