//! Whether the owner has paused or stopped everything: read from the ledger when that may have changed, and remembered in
//! between, because every call asks.

use std::sync::{Mutex, PoisonError};

use crate::control::Paused;
use crate::ledger::settings::Setting;
use crate::ledger::{Ledger, Result};

/// What was read last, and as of which change.
#[derive(Debug, Default)]
pub(super) struct Halted(Mutex<Option<(u64, bool)>>);

impl Halted {
    /// How it stands.
    ///
    /// # Errors
    /// The ledger cannot be read; then nothing is remembered.
    pub(super) async fn now(&self, ledger: &Ledger) -> Result<bool> {
        // Before it is read: what changes meanwhile is seen the next time.
        let change = ledger.halts();
        if let Some((known, halted)) = *self.lock()
            && known == change
        {
            return Ok(halted);
        }
        let paused: Option<Paused> = ledger.setting(&Setting::Paused).await?;
        let stopped: Option<Paused> = ledger.setting(&Setting::Stopped).await?;
        let halted = paused.is_some() || stopped.is_some();
        *self.lock() = Some((change, halted));
        Ok(halted)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(u64, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
