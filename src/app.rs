//! What every part of the running program shares. Nothing in here decides; nothing in here is
//! needed after a restart.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use vault::Vault;
use vault::telegram::Telegram;

use crate::bounty::appraise::Me;
use crate::clock::{Clock, Entropy, UnixMillis};
use crate::driver::Lane;
use crate::github::Github;
use crate::ledger::settings::Setting;
use crate::ledger::{Ledger, Result};
use crate::rules::Rules;

/// The running program.
#[derive(Debug)]
pub struct App {
    rules: RwLock<Arc<Rules>>,
    /// The durable state.
    pub ledger: Ledger,
    /// The trust boundary.
    pub vault: Vault,
    /// GitHub, as the owner.
    pub github: Github,
    /// The owner's chat, if one is configured.
    pub telegram: Option<Telegram>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// This process, as a lease names it.
    pub worker: String,
    /// There may be due work.
    pub work: Notify,
    /// Somebody wants a scan now, or the schedule changed.
    pub scan: Notify,
    /// There may be a patch to be made.
    pub fix: Notify,
    live: Mutex<Live>,
    lanes: Mutex<Vec<Arc<Lane>>>,
}

/// What is being done, for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doing {
    /// For people.
    pub text: String,
    /// Which of the parts, from 1.
    pub at: Option<u64>,
    /// How many parts there are.
    pub of: Option<u64>,
}

impl Doing {
    /// Something without countable parts.
    #[must_use]
    pub fn one(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            at: None,
            of: None,
        }
    }
}

/// What only this process knows, for `status`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Live {
    /// When the process became ready.
    pub started_at: Option<UnixMillis>,
    /// What the scan does at the moment.
    pub scanning: Option<Doing>,
    /// How the last poll of Telegram ended, if not well.
    pub telegram_trouble: Option<String>,
    /// Why the last message to the owner was not delivered, if it was not: a bot that is blocked
    /// can still read.
    pub delivery_trouble: Option<String>,
    /// Why the ledger could not be used last, if that is so.
    pub ledger_trouble: Option<String>,
    /// Steps made since the start: the watchdog wants this to move.
    pub steps: u64,
    /// What the work lane waits for.
    pub idle_until: Option<UnixMillis>,
    /// What the scan lane waits for.
    pub scan_idle_until: Option<UnixMillis>,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        rules: Rules,
        ledger: Ledger,
        vault: Vault,
        github: Github,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let worker = hex::encode(entropy.id128());
        let telegram = vault.telegram();
        Self {
            rules: RwLock::new(Arc::new(rules)),
            ledger,
            vault,
            github,
            telegram,
            clock,
            entropy,
            worker,
            work: Notify::new(),
            scan: Notify::new(),
            fix: Notify::new(),
            live: Mutex::new(Live::default()),
            lanes: Mutex::new(Vec::new()),
        }
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether `rules` are no longer in force. Within a transaction the answer holds until its end,
    /// because others are put in force within one.
    #[must_use]
    pub fn outdated(&self, rules: &Arc<Rules>) -> bool {
        !Arc::ptr_eq(rules, &self.rules())
    }

    /// Puts other rules in force, from the next step on.
    pub fn set_rules(&self, rules: Arc<Rules>) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
        self.work.notify_one();
        self.scan.notify_one();
        self.fix.notify_one();
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// Changes what `status` shows of this process.
    pub fn live<T>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        change(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The lanes of the driver, for the watchdog.
    pub fn lanes<T>(&self, look: impl FnOnce(&mut Vec<Arc<Lane>>) -> T) -> T {
        look(&mut self.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// No lane is at a step: for a test that wants to move the clock. The chat lane's open poll is
    /// no step.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.lanes(|lanes| lanes.iter().all(|l| l.is_resting()))
    }

    /// Something was moved and stored.
    pub fn progress(&self) {
        self.live(|l| {
            l.steps = l.steps.wrapping_add(1);
            l.ledger_trouble = None;
        });
    }

    /// A part of the scan is done and stored: a scan may take longer than the watchdog waits for a
    /// step, and must not be killed while it moves.
    pub fn scan_progress(&self) {
        self.progress();
        let now = self.clock.monotonic();
        self.lanes(|lanes| {
            for lane in lanes.iter().filter(|l| l.name() == Lane::SCAN) {
                lane.moved(now);
            }
        });
    }

    /// Our own account as last seen.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn me(&self) -> Result<Option<Me>> {
        self.ledger.setting(&Setting::Me).await
    }
}
