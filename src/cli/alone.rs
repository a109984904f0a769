//! The whole program, held by one command because no daemon runs.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Context;
use super::session::{Stop, good, my_uid};
use crate::app::{App, Doing};
use crate::clock::{OsEntropy, SystemClock};
use crate::config::Config;
use crate::control_socket::verbs::{Tell, ledger_failed};
use crate::control_socket::{Answer, Request, allow};
use crate::daemon::{self, StartError};
use crate::estop;
use crate::exit::Exit;
use crate::ledger::Result as LedgerResult;

/// Opens ledger, vault and GitHub under the instance lock, has `work` done with them, and lets go
/// of everything.
///
/// # Errors
/// It cannot be opened, or the work came to a no.
pub(super) async fn with_app(
    context: &Context,
    config: Config,
    request: &Request,
    progress: impl Fn(&Doing),
    work: impl AsyncFnOnce(&App, &Tell) -> LedgerResult<Answer>,
) -> Result<Answer, Stop> {
    let uid = my_uid();
    let (approvers, clients) = (&config.approvals.approvers, config.mcp.uids());
    allow(request, uid, uid, approvers, &clients)?;
    vault::harden().map_err(|error| {
        Stop::Say(
            Exit::Failure,
            format!("cannot protect this process: {error}"),
        )
    })?;
    let clock = Arc::new(SystemClock);
    let opened = daemon::open(config, &context.environment, clock, Arc::new(OsEntropy)).await?;
    let app = Arc::clone(&opened.app);
    if let Err(error) = app.vault.read_trust().await {
        app.ledger.close().await;
        return Err(StartError::from(error).into());
    }
    let brake = tokio::spawn(estop::watch(Arc::clone(&app)));
    let (tell, mut told) = mpsc::channel::<Doing>(16);
    let answer = {
        let mut work = std::pin::pin!(work(&app, &tell));
        loop {
            tokio::select! {
                biased;
                Some(doing) = told.recv() => progress(&doing),
                answer = &mut work => break answer,
            }
        }
    };
    brake.abort();
    app.vault.forget();
    app.ledger.close().await;
    good(answer.unwrap_or_else(|error| ledger_failed(&error)))
}
