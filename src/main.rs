//! Parse, run, exit; or be the inside of a sandbox.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    // Before anything is opened or started: this process is about to become a sandbox.
    if arguments
        .next()
        .is_some_and(|word| word == bountyd::cli::JAIL_INIT)
    {
        return jail::init::main(arguments);
    }
    bountyd::cli::main().into()
}
