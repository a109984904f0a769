//! `bountyd run`: the daemon.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Context;
use crate::clock::{Clock, FedClock, OsEntropy, SystemClock};
use crate::config::Config;
use crate::daemon::{self, StartError};
use crate::exit::Exit;
use crate::ledger::in_full;
use crate::messages::count;
use crate::{crash, driver, logging};

/// Hunt: scan on the schedule, ask you where your rules say so, claim
///
/// Runs until SIGTERM, which lets the step at hand finish; SIGHUP reloads the configuration. One
/// instance works on a ledger at a time.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Scan once, do what is due, and leave; questions wait for the next run or for `approve`
    #[arg(long)]
    once: bool,
    /// The socket of a simulator that moves the clock; only with every service on this machine
    #[arg(long, hide = true, value_name = "SOCKET")]
    clock_socket: Option<PathBuf>,
    /// Die at a named point, as by kill -9; only with every service on this machine
    #[arg(long, hide = true, value_name = "POINT[:NTH]")]
    crash_at: Option<String>,
}

impl Run {
    pub(super) fn run(self, context: &Context) -> Exit {
        if context.json && !self.once {
            return context.fail(
                Exit::Usage,
                "--json needs --once: the daemon has no result; `[logging] format = \"json\"` has \
                 its log in JSON",
            );
        }
        let config = match context.load_config_aloud() {
            Ok(config) => config,
            Err(exit) => return exit,
        };
        if (self.clock_socket.is_some() || self.crash_at.is_some()) && !config.is_simulated() {
            return context.fail(
                Exit::Usage,
                "--clock-socket and --crash-at are for simulators: every base URL must be on this \
                 machine, with allow_insecure_loopback = true",
            );
        }
        if let Some(Err(why)) = self.crash_at.as_deref().map(crash::arm) {
            return context.fail(Exit::Usage, &format!("--crash-at: {why}"));
        }
        if let Err(error) = logging::start(&config.logging) {
            return context.fail(Exit::Config, &error.to_string());
        }
        if let Err(error) = vault::harden() {
            return context.fail(
                Exit::Failure,
                &format!("cannot protect this process: {error}"),
            );
        }
        let clock: Arc<dyn Clock> = match &self.clock_socket {
            None => Arc::new(SystemClock),
            Some(path) => match FedClock::over(path) {
                Ok(clock) => Arc::new(clock),
                Err(error) => {
                    return context.fail(Exit::Unavailable, &format!("--clock-socket: {error}"));
                }
            },
        };
        // Two threads: the work is waiting, and each thread costs memory all night.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bountyd")
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(start(context, config, clock, self.once)),
            Err(error) => context.fail(Exit::Failure, &format!("cannot start: {error}")),
        }
    }
}

async fn start(context: &Context, config: Config, clock: Arc<dyn Clock>, once: bool) -> Exit {
    let environment = context.environment.clone();
    let opened = daemon::open(config, &environment, clock, Arc::new(OsEntropy)).await;
    let daemon = match opened {
        Ok(daemon) => daemon,
        Err(error) => return context.fail(error.exit(), &in_full(&error)),
    };
    if once {
        let done = match daemon.app.vault.read_trust().await {
            Ok(()) => driver::run_once(&daemon.app).await,
            Err(error) => {
                daemon.app.ledger.close().await;
                let error = StartError::from(error);
                return context.fail(error.exit(), &in_full(&error));
            }
        };
        // Folds the write-ahead log into the file, as the end of the daemon does.
        daemon.app.ledger.close().await;
        return match done {
            Ok(report) if context.json => context.print_json(&report),
            Ok(report) => context.print(&format!(
                "{} seen, {} new, {} changed, {}\n",
                count(report.seen, "issue", "issues"),
                report.new,
                report.changed,
                count(report.requests, "request", "requests")
            )),
            Err(error) => context.fail(Exit::Failure, &in_full(&error)),
        };
    }
    match daemon::serve(daemon, environment).await {
        Ok(()) => Exit::Ok,
        Err(error) => context.fail(error.exit(), &in_full(&error)),
    }
}
