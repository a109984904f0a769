//! `bountyd fixer`: the patch process. Not for people: it is told an order on its standard input.

use std::sync::Arc;

use clap::Args;
use tokio::io::BufReader;

use super::Context;
use crate::clock::{OsEntropy, SystemClock};
use crate::exit::Exit;
use crate::fixer::serve;

/// Make one patch for whoever speaks on the standard input
#[derive(Debug, Args)]
pub(super) struct Fixer {}

impl Fixer {
    pub(super) fn run(self, context: &Context) -> Exit {
        let config = match context.load_config() {
            Ok(config) => config,
            Err(exit) => return exit,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return context.fail(Exit::Failure, &format!("cannot start: {error}")),
        };
        let served = runtime.block_on(serve::serve(
            &config,
            &context.environment,
            Arc::new(SystemClock),
            Arc::new(OsEntropy),
            BufReader::new(tokio::io::stdin()),
            tokio::io::stdout(),
        ));
        // The thread that reads the standard input would be waited for until that ends.
        runtime.shutdown_background();
        match served {
            Ok(()) => Exit::Ok,
            Err(error) => context.fail(Exit::Failure, &format!("the line broke: {error}")),
        }
    }
}
