//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    bountyd::cli::main().into()
}
