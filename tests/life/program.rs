//! A copy of the program that can be started at once.
//!
//! By cp(1): a file that this process has open for writing is inherited by a child which another test starts at that
//! instant, and can be executed by nobody until that child has become its program (execve(2), ETXTBSY).

use std::path::Path;
use std::process::Command;

/// Puts it there.
pub(crate) fn copy(to: &Path) {
    let mut command = Command::new("cp");
    command.arg(env!("CARGO_BIN_EXE_bountyd")).arg(to);
    assert!(command.status().expect("cp").success(), "not copied");
}
