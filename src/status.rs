//! What the daemon does and how it is, for people and for programs.

mod room;

use std::path::Path;

use serde::Serialize;
use vault::VaultStatus;

use crate::app::{App, Live};
use crate::bounty::appraise::Me;
use crate::bounty::judgement::Judgement;
use crate::bounty::stage::{Stage, YES_WAITS};
use crate::clock::UnixMillis;
use crate::config::Config;
use crate::control::Paused;
use crate::estop;
use crate::github::BudgetSnapshot;
use crate::health::Trouble;
use crate::ledger::approvals::Claim;
use crate::ledger::asked::{Asked, Question, Topic};
use crate::ledger::journal::Head;
use crate::ledger::questions::About;
use crate::ledger::settings::Setting;
use crate::ledger::{Ledger, Result};
use crate::messages::question_card::QuestionCard;
use crate::messages::reply::Waiting;
use crate::messages::{count, span};
use crate::schedule::Zone;
use crate::stages::chain::Broken;
use crate::stages::scan;

/// Telegram keeps a tap that nobody fetched for a day (Bot API, getting updates).
const TAPS_KEPT: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// The state while the ledger cannot be written.
const LEDGER: &str = "ledger";

/// A snapshot.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// When it was taken.
    pub at: UnixMillis,
    /// `ok`, `stopped`, `paused`, `ledger`, `reconnect`, `configuration`, `waiting`, or `refused` when GitHub refuses
    /// every search.
    pub state: &'static str,
    /// watch, ask or auto.
    pub mode: String,
    /// Our account at GitHub.
    pub account: Option<Me>,
    /// Who made the emergency stop, while it is in force.
    pub stopped: Option<Paused>,
    /// Who paused.
    pub paused: Option<Paused>,
    /// Where the journal does not hold, if that was found.
    pub journal_broken: Option<Broken>,
    /// What keeps it from acting.
    pub trouble: Option<Trouble>,
    /// Why the ledger cannot be written: then nothing goes out.
    pub ledger: Option<LedgerTrouble>,
    /// The vault; unknown when no daemon runs.
    pub vault: Option<VaultStatus>,
    /// What GitHub still allows; unknown when no daemon runs.
    pub budget: Option<BudgetSnapshot>,
    /// The last scan.
    pub last_scan: Option<scan::Report>,
    /// The next one.
    pub next_scan: Option<UnixMillis>,
    /// Bounties by stage.
    pub stages: Vec<(Stage, i64)>,
    /// Questions that wait.
    pub pending: usize,
    /// Bounties whose yes waits for a free hand, as `owner/name#number`.
    pub yes_waits: Vec<String>,
    /// Writes whose outcome is not known.
    pub open_effects: i64,
    /// When Telegram was last read.
    pub telegram_seen: Option<UnixMillis>,
    /// The journal's end.
    pub journal: Head,
    /// The daemon's process, if one runs.
    pub live: Option<Live>,
}

/// Why the ledger cannot be written, and what helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerTrouble {
    /// What is wrong.
    pub message: String,
    /// What the owner can do.
    pub remedy: String,
}

impl LedgerTrouble {
    fn new(message: String, ledger: &Path) -> Self {
        let remedy = format!(
            "see that there is room for {} and that nothing write-protects or holds it; bountyd goes on by itself",
            ledger.display()
        );
        Self { message, remedy }
    }
}

/// Takes a snapshot.
///
/// # Errors
/// The ledger cannot be read.
pub async fn gather(app: &App) -> Result<Status> {
    let stored = gather_stored(&app.ledger, &app.rules().config, app.now()).await?;
    let live = app.live(|l| l.clone());
    let met = live.ledger_trouble.clone();
    let ledger = met
        .map(|why| LedgerTrouble::new(why, app.ledger.path()))
        .or_else(|| stored.ledger.clone());
    Ok(Status {
        state: if ledger.is_some() && stored.stopped.is_none() {
            LEDGER
        } else {
            stored.state
        },
        ledger,
        vault: Some(app.vault.status()),
        budget: Some(app.github.budget()),
        live: Some(live),
        ..stored
    })
}

/// Takes a snapshot of what the ledger alone tells, as when no daemon runs.
///
/// # Errors
/// The ledger cannot be read.
pub async fn gather_stored(ledger: &Ledger, config: &Config, now: UnixMillis) -> Result<Status> {
    let paused: Option<Paused> = ledger.setting(&Setting::Paused).await?;
    let trouble: Option<Trouble> = ledger.setting(&Setting::Trouble).await?;
    let stopped: Option<Paused> = ledger.setting(&Setting::Stopped).await?;
    let stopped = stopped.or_else(|| estop::by_the_file(&config.emergency_stop()));
    let no_room = room::trouble(ledger.path());
    let last_scan: Option<scan::Report> = ledger.setting(&Setting::LastScan).await?;
    let refused = last_scan.as_ref().is_some_and(|scan| scan.refused);
    let state = match (&no_room, &paused, &trouble) {
        _ if stopped.is_some() => "stopped",
        (Some(_), ..) => LEDGER,
        (None, _, Some(trouble)) => trouble.word(),
        (None, Some(_), None) => "paused",
        (None, None, None) if refused => "refused",
        (None, None, None) => "ok",
    };
    Ok(Status {
        at: now,
        state,
        mode: config.policy.mode.as_str().to_owned(),
        account: ledger.setting(&Setting::Me).await?,
        stopped,
        paused,
        journal_broken: ledger.setting(&Setting::JournalBroken).await?,
        trouble,
        ledger: no_room,
        vault: None,
        budget: None,
        last_scan,
        next_scan: ledger.setting(&Setting::NextScan).await?,
        stages: ledger.count_by_stage().await?,
        pending: ledger.questions_waiting().await?,
        yes_waits: ledger.slugs_at(Stage::Permitted, YES_WAITS).await?,
        open_effects: ledger.open_effects().await?,
        telegram_seen: ledger.setting(&Setting::TelegramSeen).await?,
        journal: ledger.journal_head().await?,
        live: None,
    })
}

impl Status {
    /// The snapshot in lines for a person.
    #[must_use]
    pub fn lines(&self, zone: Zone) -> Vec<String> {
        let mut lines = vec![match &self.account {
            Some(me) => format!(
                "{} · mode {} · acting as @{}",
                self.state, self.mode, me.login
            ),
            None => format!(
                "{} · mode {} · account not known yet",
                self.state, self.mode
            ),
        }];
        if let Some(stop) = &self.stopped {
            lines.push(format!(
                "⛔ emergency stop by {} at {}: nothing leaves; `bountyd estop --lift` on the machine ends it",
                stop.by,
                zone.format(stop.at)
            ));
        }
        if let Some(t) = &self.ledger {
            lines.push(format!("⚠ nothing goes out: {}", t.message));
            lines.push(format!("remedy: {}", t.remedy));
        }
        if let Some(paused) = &self.paused {
            lines.push(format!(
                "paused by {} at {}",
                paused.by,
                zone.format(paused.at)
            ));
        }
        if let Some(broken) = &self.journal_broken {
            let (row, why) = (broken.row, &broken.why);
            lines.push(format!("⚠ the journal does not hold: row {row}: {why}"));
        }
        if let Some(t) = &self.trouble {
            lines.push(format!(
                "stopped since {}: {} – {}",
                zone.format(t.since),
                t.code,
                t.message
            ));
            lines.push(format!("remedy: {}", t.remedy));
            lines.push(format!("next try: {}", zone.format(t.next_try)));
        }
        if let Some(vault) = &self.vault {
            lines.push(match &vault.token {
                Some(token) => format!("token in memory until {}", zone.format(token.held_until)),
                None => "no token in memory".to_owned(),
            });
            if let Some(skew) = vault.clock_skew.filter(|s| s.abs() > 5) {
                lines.push(format!("⚠ this machine's clock is {skew} s off Auth0's"));
            }
        }
        if let Some(scan) = &self.last_scan {
            let at = scan.ended_at.map(|t| zone.format(t)).unwrap_or_default();
            lines.push(format!(
                "last scan {at}: {} seen, {} new, {} changed, {}",
                scan.seen,
                scan.new,
                scan.changed,
                count(scan.requests, "request", "requests")
            ));
            for (query, why) in &scan.incomplete {
                lines.push(format!("⚠ not read to its end: {query} – {why}"));
            }
        }
        let live = self.live.as_ref();
        if let Some(doing) = live.and_then(|l| l.scanning.as_ref()) {
            lines.push(format!("scanning: {}", doing.text));
        } else if let Some(next) = self.next_scan {
            lines.push(format!("next scan {}", zone.format(next)));
        }
        let stages: Vec<_> = self
            .stages
            .iter()
            .map(|(s, n)| format!("{n} {}", s.as_str()))
            .collect();
        if !stages.is_empty() {
            lines.push(format!("bounties: {}", stages.join(", ")));
        }
        lines.push(format!("waiting for you: {}", self.pending));
        if !self.yes_waits.is_empty() {
            let what = self.yes_waits.join(", ");
            lines.push(format!("your yes waits for a free hand: {what}"));
        }
        if self.open_effects > 0 {
            let n = count(self.open_effects, "write", "writes");
            lines.push(format!("⚠ {n} of unknown outcome, being looked for"));
        }
        if let Some(why) = live.and_then(|l| l.telegram_trouble.as_deref()) {
            lines.push(format!(
                "⚠ Telegram: {why}; questions can be answered with `bountyd approve`"
            ));
        }
        if let Some(why) = live.and_then(|l| l.delivery_trouble.as_deref()) {
            lines.push(format!(
                "⚠ not delivered to you: {why}; tried again, and `bountyd approve` works meanwhile"
            ));
        }
        if let Some(seen) = self.telegram_seen.filter(|s| self.at.since(*s) > TAPS_KEPT) {
            lines.push(format!(
                "⚠ Telegram was last read {} ago; it keeps taps for a day only",
                span(self.at.since(seen))
            ));
        }
        if let Some(left) = &self.budget {
            lines.push(budget(left, zone));
        }
        lines.push(format!(
            "journal: {}, head {}",
            count(self.journal.seq, "entry", "entries"),
            self.journal.hash
        ));
        lines
    }
}

/// The questions that wait: about patches first, because the work is done; then dearest first.
///
/// # Errors
/// The ledger cannot be read.
pub async fn waiting(app: &App) -> Result<Vec<Waiting>> {
    waiting_in(&app.ledger, app.now()).await
}

/// The questions that wait in a ledger, in the order of [`waiting`].
///
/// # Errors
/// The ledger cannot be read.
pub async fn waiting_in(ledger: &Ledger, now: UnixMillis) -> Result<Vec<Waiting>> {
    let others = ledger.pending_questions::<About>().await?;
    let claims = ledger.pending_questions::<Claim>().await?;
    let others = others.iter().filter_map(|q| one_waiting(q, now));
    let claims = claims.iter().filter_map(|a| one_waiting(a, now));
    Ok(others.chain(claims).collect())
}

fn left(expires_at: Option<UnixMillis>, attempts: i64, now: UnixMillis) -> String {
    match expires_at {
        Some(at) => format!("{} left", span(at.since(now))),
        None if attempts > 0 => "not delivered yet, trying".to_owned(),
        None => "not sent yet".to_owned(),
    }
}

fn one_waiting<A: Topic>(question: &Question<A>, now: UnixMillis) -> Option<Waiting> {
    let card = QuestionCard::read(question)?;
    Some(Waiting {
        id: question.id.clone(),
        about: question.about.matter(),
        repo: card.repo().to_owned(),
        number: card.number(),
        amount: card.amount(),
        usd_cents: question.usd,
        left: left(question.expires_at, question.attempts, now),
        delivered_at: question.delivered_at,
        expires_at: question.expires_at,
    })
}

/// How a question came about, line by line, and what it is about.
///
/// # Errors
/// The ledger cannot be read.
pub async fn why_asked(app: &App, asked: &Asked) -> Result<(String, Vec<String>)> {
    match asked {
        Asked::Claim(approval) => why(app, approval.about.bounty_id).await,
        Asked::Other(question) => Ok(QuestionCard::read(question).map_or_else(
            || ("unknown".to_owned(), Vec::new()),
            |card| (card.slug(), card.explained()),
        )),
    }
}

/// How the last judgement of a bounty came about, line by line.
///
/// # Errors
/// The ledger cannot be read.
async fn why(app: &App, bounty: i64) -> Result<(String, Vec<String>)> {
    let Some(row) = app.ledger.bounty(bounty).await? else {
        return Ok(("unknown".to_owned(), Vec::new()));
    };
    let text = app.ledger.appraisal(bounty).await?;
    let judgement = text.and_then(|t| serde_json::from_str::<Judgement>(&t).ok());
    let lines = judgement.map(|j| j.in_words()).unwrap_or_default();
    Ok((row.slug(), lines))
}

fn budget(budget: &BudgetSnapshot, zone: Zone) -> String {
    let counter = |c: &crate::github::Counter| match (c.remaining, c.limit) {
        (Some(left), Some(of)) => format!("{left} of {of}"),
        _ => "an unknown number of".to_owned(),
    };
    let held = budget
        .held_until
        .map(|at| format!(", held until {}", zone.format(at)));
    if budget.graphql.remaining.is_none() && budget.core.remaining.is_none() && held.is_none() {
        return "GitHub: nothing was asked yet, so what it allows is not known".to_owned();
    }
    format!(
        "GitHub: {} points, {} requests left{}",
        counter(&budget.graphql),
        counter(&budget.core),
        held.unwrap_or_default()
    )
}
