//! Everything that needs a ledger, a key or the network: looked at by the daemon, which has all of them
//! open, or by a command that holds the ledger because no daemon runs.

use std::sync::Arc;

use vault::telegram::Telegram;
use vault::{Settings, Vault};

use super::check::{Check, OF_THE_EXCHANGE};
use super::finding::Finding;
use super::report::Report;
use super::telegram::Poller;
use super::{github, ledger, telegram, tenant};
use crate::app::App;
use crate::clock::{Clock, Entropy};
use crate::config::{Config, Environment};
use crate::github::{Github, Options};
use crate::health;
use crate::ledger::lock::InstanceLock;
use crate::ledger::settings::Setting;
use crate::ledger::{Ledger, LedgerError, Result, in_full};

/// What the daemon finds. It asks for a fresh token and tries it, as after a mended setting; a trouble
/// is recorded and told as any other.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn by_the_daemon(app: &App) -> Result<Vec<Finding>> {
    let mut report = Report::default();
    let rules = app.rules();
    let config = &rules.config;
    let since = app.live(|live| live.started_at);
    let since = since.map(|at| format!(" since {}", config.timezone.format(at)));
    report.put(Finding::ok(
        Check::Daemon,
        format!(
            "version {} runs{}",
            env!("CARGO_PKG_VERSION"),
            since.unwrap_or_default()
        ),
    ));
    ledger::look(&mut report, &app.ledger).await;
    let settings = config.vault_settings(&Environment::default());
    let skew = tenant::look(&mut report, config, &settings, &*app.clock).await;
    if report.may(Check::Exchange) {
        app.vault.mended();
        let worked = app.ledger.last_exchange_at().await?;
        let asked = tenant::exchange(&mut report, config, &app.vault, skew, worked).await;
        match asked {
            Ok(()) => {
                tenant::push(&mut report, config, &app.vault).await;
                health::identify(app).await?;
                github::look(&mut report, config, &app.vault, &app.github, app.now()).await;
            }
            Err(failure) => health::report(app, &failure).await?,
        }
    }
    if let Some(bot) = &app.telegram {
        let trouble = app.live(|live| live.telegram_trouble.clone());
        let poller = Poller::Daemon(trouble.as_deref());
        telegram::look(&mut report, config, bot, poller).await;
        let undelivered = app.live(|live| live.delivery_trouble.clone());
        if let Some(why) = undelivered {
            report.put(Finding::failure(
                Check::TelegramPairing,
                format!("the last message did not reach you: {why}"),
                "open the bot on your phone, unblock it and press Start",
            ));
        }
    } else {
        no_bot(&mut report);
    }
    Ok(report.findings().to_vec())
}

fn no_bot(report: &mut Report) {
    for check in [
        Check::TelegramBot,
        Check::TelegramWebhook,
        Check::TelegramPoller,
        Check::TelegramPairing,
    ] {
        report.put(Finding::not_applicable(
            check,
            "no [telegram] is configured",
        ));
    }
}

/// The ledger, held by this process.
#[derive(Debug)]
pub struct Held {
    /// It, open for writing.
    pub ledger: Ledger,
    _lock: InstanceLock,
}

/// What a command has to look with, where no daemon does it.
#[derive(Debug)]
pub struct Alone<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Where directories are.
    pub environment: &'a Environment,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Alone<'_> {
    /// Takes the ledger if nobody has it, and looks at it; it is given back held if it can be written.
    pub async fn hold(&self, report: &mut Report) -> Option<Held> {
        if !report.may(Check::LedgerOpen) {
            return None;
        }
        let path = self.config.ledger_path();
        let lock = self.lock(report);
        if let Some(finding) = ledger::file(&path) {
            let is_none_yet = finding.verdict == super::Verdict::Ok;
            report.put(finding);
            if !is_none_yet {
                return None;
            }
            ledger::none(report);
            if let Some(finding) = ledger::somebody_elses(&self.config.state_directory) {
                report.put(finding);
                return None;
            }
            return self.open(report, lock?).await;
        }
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let read = match Ledger::open_read_only(&path, clock, entropy).await {
            Ok(read) => read,
            Err(error) => {
                report.put(ledger::shut(&error));
                return None;
            }
        };
        ledger::look(report, &read).await;
        let (found, known) = read.schema();
        read.close().await;
        // Bringing it up to date is for whoever will work on it.
        if found < known || !report.may(Check::JournalChain) {
            return None;
        }
        self.open(report, lock?).await
    }

    fn lock(&self, report: &mut Report) -> Option<InstanceLock> {
        // Somebody who does not answer is there, or nobody may ask him.
        if report.of(Check::Daemon).is_some() {
            return None;
        }
        let path = self.config.ledger_path();
        let unlocked = !path.with_extension("lock").exists();
        if unlocked && ledger::somebody_elses(&self.config.state_directory).is_some() {
            // A lock of ours would shut him out for good.
            let found = "none runs: nobody has ever locked this ledger";
            report.put(Finding::not_applicable(Check::Daemon, found));
            return None;
        }
        let (finding, lock) = match InstanceLock::take(&path) {
            Ok(lock) => (
                Finding::not_applicable(Check::Daemon, "none runs; this command looks by itself"),
                Some(lock),
            ),
            Err(LedgerError::Held { lock }) => (
                Finding::failure(
                    Check::Daemon,
                    format!(
                        "a bountyd holds {} and does not listen at {}",
                        lock.display(),
                        self.config.control_socket().display()
                    ),
                    "see whether another command works, or whether the daemon has another \
                     runtime_directory; one that hangs is started anew with `systemctl restart bountyd`",
                )
                .link("systemctl restart bountyd"),
                None,
            ),
            Err(error) => (
                Finding {
                    remedy: Some(
                        "run `sudo bountyd doctor`, or as the user bountyd runs as".to_owned(),
                    ),
                    ..Finding::not_tried(Check::Daemon, in_full(&error))
                },
                None,
            ),
        };
        report.put(finding);
        lock
    }

    async fn open(&self, report: &mut Report, lock: InstanceLock) -> Option<Held> {
        let path = self.config.ledger_path();
        let opened = Ledger::open(&path, Arc::clone(&self.clock), Arc::clone(&self.entropy));
        match opened.await {
            Ok(ledger) => Some(Held {
                ledger,
                _lock: lock,
            }),
            Err(error) => {
                report.put(ledger::shut(&error));
                None
            }
        }
    }

    /// Looks at tenant, GitHub and Telegram, with the ledger that is held for the journal.
    pub async fn look(&self, report: &mut Report, held: Option<&Held>) {
        let settings = self.config.vault_settings(self.environment);
        if report.may(Check::TenantReachable) {
            let skew = tenant::look(report, self.config, &settings, &*self.clock).await;
            if report.may(Check::Exchange) {
                match held {
                    Some(held) => self.exchange(report, &settings, held, skew).await,
                    None => unasked(report),
                }
            }
        }
        if self.config.telegram.is_none() {
            no_bot(report);
        } else if report.may(Check::TelegramBot) {
            self.telegram(report, &settings, held).await;
        }
    }

    async fn exchange(
        &self,
        report: &mut Report,
        settings: &Settings,
        held: &Held,
        skew: Option<i64>,
    ) {
        // A bot token that is wrong is another matter.
        let settings = Settings {
            telegram_token: None,
            ..settings.clone()
        };
        let journal = Arc::new(held.ledger.clone());
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        let vault = match Vault::open(settings, clock, entropy, journal).await {
            Ok(vault) => vault,
            Err(error) => {
                report.put(Finding::failure(
                    Check::KeyFile,
                    error.to_string(),
                    "correct what it names; `bountyd keys public` shows the keys that are configured",
                ));
                return;
            }
        };
        let worked = held.ledger.last_exchange_at().await.unwrap_or(None);
        let asked = tenant::exchange(report, self.config, &vault, skew, worked).await;
        if asked.is_ok() {
            tenant::push(report, self.config, &vault).await;
            let github = Github::new(&vault, Arc::clone(&self.clock), Options::default());
            github::look(report, self.config, &vault, &github, self.clock.now()).await;
        }
        vault.forget();
    }

    async fn telegram(&self, report: &mut Report, settings: &Settings, held: Option<&Held>) {
        let bot = match Telegram::open(settings).await {
            Ok(Some(bot)) => bot,
            Ok(None) => return no_bot(report),
            Err(error) => {
                report.put(Finding::failure(
                    Check::TelegramToken,
                    error.to_string(),
                    "correct what it names",
                ));
                return;
            }
        };
        let poller = match held {
            Some(held) => {
                let offset = held.ledger.setting(&Setting::TelegramOffset).await;
                Poller::Nobody(offset.ok().flatten().unwrap_or(0))
            }
            None => Poller::Unknown,
        };
        telegram::look(report, self.config, &bot, poller).await;
    }
}

/// Without a journal nothing is asked.
fn unasked(report: &mut Report) {
    for check in OF_THE_EXCHANGE.into_iter().chain([Check::Exchange]) {
        report.put(Finding {
            because: Some(Check::LedgerOpen),
            ..Finding::not_tried(
                check,
                "not tried: there is no ledger that can be written, and nothing is asked without a journal",
            )
        });
    }
}
