//! The inside of a sandbox, as a program of its own beside `bountyd`: a box starts it two to four times,
//! and a small program starts sooner. Where it is not installed, `bountyd` takes its place.

use std::process::ExitCode;

fn main() -> ExitCode {
    jail::init::alone(std::env::args_os().skip(1))
}
