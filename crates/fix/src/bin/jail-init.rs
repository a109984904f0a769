//! The jail's inner init alone, so that a job can be tried in real boxes without the daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    jail::init::main(std::env::args_os().skip(1))
}
