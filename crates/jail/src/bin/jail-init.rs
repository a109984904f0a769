//! The inner init as a program of its own, so that the jail can be tried without the daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    jail::init::main(std::env::args_os().skip(1))
}
