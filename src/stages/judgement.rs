//! What the gate says of a job's patch, read back from its papers and asked again: with the live secrets of
//! this installation, which the process that made the patch never knew.

use gate::carried::Changes;
use gate::{Secrets, Verdict};
use vault::Vault;

use crate::app::App;
use crate::fixer::papers;
use crate::ledger::jobs::Job;

/// Asks the vault whether it knows some bytes.
struct Live(Vault);

impl Secrets for Live {
    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        self.0.secret_in(bytes)
    }
}

/// Reads the patch of a job and judges it; inside is why that cannot be done.
pub(super) async fn read(app: &App, job: &Job) -> Result<(Verdict, Changes), String> {
    let place = papers::place(&app.rules().config, &job.id);
    let live = Live(app.vault.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let carried = papers::patch(&place).map_err(|error| error.to_string())?;
        carried
            .open(&live, false)
            .map_err(|error| error.to_string())
    });
    opened
        .await
        .unwrap_or_else(|error| Err(format!("its patch was not read: {error}")))
}
