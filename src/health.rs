//! The trouble in force: what keeps the daemon from acting as the owner, told once, tried gently,
//! and cleared by itself when it works again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vault::{Failure, FailureClass};

use crate::app::App;
use crate::bounty::appraise::Me;
use crate::clock::UnixMillis;
use crate::github::Trouble as GithubTrouble;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::messages::notice;
use crate::telegram::outbox;

/// The first pause between two gentle tries.
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// The longest pause between two gentle tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Passing trouble is no news until it has lasted this long.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// What keeps the daemon from acting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Who has to do something.
    pub class: FailureClass,
    /// What failed, by name.
    pub code: String,
    /// What the other side said.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Since when.
    pub since: UnixMillis,
    /// Tries since.
    pub tries: u32,
    /// When it is tried again.
    pub next_try: UnixMillis,
    /// The owner was told.
    pub told: bool,
}

impl Trouble {
    /// One word for `status`: what the owner has to do.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.class {
            FailureClass::Reconnect => "reconnect",
            FailureClass::Configuration => "configuration",
            FailureClass::Transient { .. } => "waiting",
        }
    }

    fn begun(failure: &Failure, now: UnixMillis) -> Self {
        Self {
            class: failure.class,
            code: failure.code.clone(),
            message: failure.message.clone(),
            remedy: failure.remedy.clone(),
            since: now,
            tries: 0,
            next_try: now,
            told: false,
        }
    }

    fn may_pass(&self) -> bool {
        matches!(self.class, FailureClass::Transient { .. })
    }

    /// An outage mends nothing: what the owner had to do before it is still to be done.
    fn outlasts(&self, failure: &Failure) -> bool {
        failure.is_transient() && !self.may_pass()
    }
}

/// Whether acting as the owner may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Yes.
    Open,
    /// Not before this instant.
    Until(UnixMillis),
}

/// Records a failure to get or use a token, and tells the owner if he has to act.
///
/// # Errors
/// The ledger cannot be written.
pub async fn report(app: &App, failure: &Failure) -> Result<()> {
    // The owner's own doing, which `estop` tells of and ends.
    if failure.code == vault::EMERGENCY_STOP {
        return Ok(());
    }
    let rules = app.rules();
    let failure = &drifted(app, failure).await?;
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let before: Option<Trouble> = tx.setting(&Setting::Trouble).await?;
    // However it shows – no account, no refresh, a token that GitHub refuses – the owner has to
    // connect again, and is told so once; and an outage is one, whatever the proxies answer. Two
    // wrong settings are two things to mend.
    let settings = failure.class == FailureClass::Configuration;
    let same = before.as_ref().filter(|b| {
        b.outlasts(failure)
            || same_kind(b.class, failure.class) && (!settings || b.code == failure.code)
    });
    let tries = same.map_or(0, |b| b.tries.saturating_add(1));
    let pause = FIRST_PAUSE
        .saturating_mul(1 << tries.min(4))
        .min(LONGEST_PAUSE);
    let asked_for = match failure.class {
        FailureClass::Transient {
            retry_after: Some(at),
        } => at,
        _ => now,
    };
    let mut trouble = match same {
        Some(before) if before.outlasts(failure) => before.clone(),
        Some(before) => Trouble {
            since: before.since,
            told: before.told,
            ..Trouble::begun(failure, now)
        },
        None => Trouble::begun(failure, now),
    };
    trouble.tries = tries;
    trouble.next_try = now.plus(pause).max(asked_for);
    let news = !trouble.may_pass() || now.since(trouble.since) >= PATIENCE;
    if news && !trouble.told {
        let held = app.vault.status().token;
        let hold = held.map(|t| t.held_until.since(now).min(rules.config.auth0.hold_cap));
        let what = format!("{} – {}", trouble.code, trouble.message);
        let text = notice::trouble(&what, &trouble.remedy, hold);
        let key = format!("trouble:{}:{}", trouble.code, trouble.since.0);
        tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        trouble.told = true;
    }
    let begun = same.is_none();
    if begun {
        let body =
            json!({ "code": trouble.code, "class": trouble.word(), "remedy": trouble.remedy });
        tx.journal(Entry::new(Actor::Daemon, "trouble.begun", body))
            .await?;
    }
    tx.put_setting(&Setting::Trouble, &trouble).await?;
    tx.commit().await?;
    if begun {
        tracing::warn!(code = %trouble.code, remedy = %trouble.remedy, "cannot act: {}", trouble.message);
    }
    app.work.notify_one();
    Ok(())
}

/// A tenant that denies what it has granted before has seldom been changed: it is this machine's public
/// address that has, and the allow-list names the old one.
async fn drifted(app: &App, failure: &Failure) -> Result<Failure> {
    let mut failure = failure.clone();
    let named = failure.message.to_ascii_lowercase();
    let something_else = ["grant", "connection", "scope"]
        .iter()
        .any(|word| named.contains(word));
    if failure.code != "access_denied" || something_else {
        return Ok(failure);
    }
    if app.ledger.last_exchange_at().await?.is_some() {
        failure.remedy = format!(
            "it worked before, so this machine's public address has probably changed: {}",
            failure.remedy
        );
    }
    Ok(failure)
}

/// Records that the last exchange failed, if it did: an outage is no news at once, but is told when
/// it lasts.
///
/// # Errors
/// The ledger cannot be written.
pub async fn report_exchange(app: &App) -> Result<()> {
    match app.vault.status().last_failure {
        Some(note) => report(app, &note.failure).await,
        None => Ok(()),
    }
}

fn same_kind(a: FailureClass, b: FailureClass) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}

/// Records that it works again.
///
/// # Errors
/// The ledger cannot be written.
pub async fn clear(app: &App) -> Result<()> {
    if app
        .ledger
        .setting::<Trouble>(&Setting::Trouble)
        .await?
        .is_none()
    {
        return Ok(());
    }
    let mut tx = app.ledger.begin().await?;
    let Some(trouble) = tx.setting::<Trouble>(&Setting::Trouble).await? else {
        return Ok(());
    };
    tx.drop_setting(&Setting::Trouble).await?;
    let now = tx.now();
    let lasted = now.since(trouble.since);
    let body = json!({ "code": trouble.code, "lasted_ms": now.0 - trouble.since.0 });
    tx.journal(Entry::new(Actor::Daemon, "trouble.ended", body))
        .await?;
    if trouble.told {
        let key = format!("recovered:{}:{}", trouble.code, trouble.since.0);
        tx.notify_owner(&key, &outbox::encode(&notice::recovered(lasted)), now)
            .await?;
    }
    tx.commit().await?;
    tracing::info!(code = %trouble.code, "it works again");
    app.work.notify_one();
    app.scan.notify_one();
    Ok(())
}

/// Whether a trouble is in force.
///
/// # Errors
/// The ledger cannot be read.
pub async fn in_trouble(app: &App) -> Result<bool> {
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    Ok(trouble.is_some())
}

/// Whether GitHub may be talked to now. While a trouble is in force, this makes the gentle try
/// when its time has come.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn gate(app: &App) -> Result<Gate> {
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    match trouble {
        None => Ok(Gate::Open),
        Some(trouble) if app.now() < trouble.next_try => Ok(Gate::Until(trouble.next_try)),
        Some(_) => identify(app).await,
    }
}

/// Asks GitHub who we are: the proof that exchange and token work, and the id by which our own
/// comments are recognised.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn identify(app: &App) -> Result<Gate> {
    match app.github.whoami().await {
        Ok(found) => {
            let me = Me {
                login: found.login,
                id: found.id,
            };
            let known = app.me().await?;
            if known.as_ref() != Some(&me) {
                let mut tx = app.ledger.begin().await?;
                tx.put_setting(&Setting::Me, &me).await?;
                let mut ours: Vec<u64> = tx.setting(&Setting::Accounts).await?.unwrap_or_default();
                for id in known.iter().map(|k| k.id).chain([me.id]) {
                    if !ours.contains(&id) {
                        ours.push(id);
                    }
                }
                tx.put_setting(&Setting::Accounts, &ours).await?;
                let mut names: Vec<String> =
                    tx.setting(&Setting::Logins).await?.unwrap_or_default();
                for name in known.map(|k| k.login).into_iter().chain([me.login.clone()]) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                tx.put_setting(&Setting::Logins, &names).await?;
                let body = json!({ "login": me.login, "id": me.id });
                tx.journal(Entry::new(Actor::Daemon, "account.identified", body))
                    .await?;
                tx.commit().await?;
            }
            clear(app).await?;
            Ok(Gate::Open)
        }
        Err(GithubTrouble::Reconnect(failure) | GithubTrouble::Configuration(failure)) => {
            report(app, &failure).await?;
            next(app).await
        }
        Err(GithubTrouble::WaitUntil { at, .. }) => {
            report_exchange(app).await?;
            Ok(Gate::Until(at))
        }
        Err(other) => {
            let exchange = app.vault.status().last_failure.map(|note| note.failure);
            let failure = exchange.unwrap_or_else(|| Failure {
                class: FailureClass::Transient { retry_after: None },
                code: "github_unreachable".to_owned(),
                status: None,
                message: other.to_string(),
                remedy: "nothing to do if it passes; else check the network and githubstatus.com"
                    .to_owned(),
            });
            report(app, &failure).await?;
            next(app).await
        }
    }
}

async fn next(app: &App) -> Result<Gate> {
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    Ok(Gate::Until(trouble.map_or_else(
        || app.now().plus(FIRST_PAUSE),
        |t| t.next_try,
    )))
}
