//! `bountyd egress`: the process that holds a model provider's key. Not for people: it is told on its
//! standard input for which job it serves.

use std::sync::Arc;

use clap::Args;
use tokio::io::BufReader;

use super::Context;
use crate::clock::SystemClock;
use crate::exit::Exit;
use crate::fixer::egress;

/// Let one job's agent reach its model, for whoever speaks on the standard input
#[derive(Debug, Args)]
pub(super) struct Egress {}

impl Egress {
    pub(super) fn run(self, context: &Context) -> Exit {
        let config = match context.load_config() {
            Ok(config) => config,
            Err(exit) => return exit,
        };
        if let Err(error) = vault::harden() {
            return context.fail(
                Exit::Failure,
                &format!("cannot protect this process: {error}"),
            );
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return context.fail(Exit::Failure, &format!("cannot start: {error}")),
        };
        let served = runtime.block_on(egress::serve(
            &config,
            &context.environment,
            Arc::new(SystemClock),
            BufReader::new(tokio::io::stdin()),
            Box::new(tokio::io::stdout()),
        ));
        // The thread that reads the standard input would be waited for until that ends.
        runtime.shutdown_background();
        match served {
            Ok(()) => Exit::Ok,
            Err(error) => context.fail(Exit::Failure, &format!("the line broke: {error}")),
        }
    }
}
