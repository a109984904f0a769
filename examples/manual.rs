//! Writes the manual pages and the completions of the shells, from the very definition that parses the command
//! line: `cargo run --example manual -- DIRECTORY`. The package is built with them (`scripts/deb.sh`).

use std::error::Error;
use std::path::PathBuf;

use clap_complete::{Shell, generate_to};

fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::args_os().nth(1).map(PathBuf::from);
    let target = target.ok_or("usage: manual DIRECTORY")?;
    let mut command = bountyd::cli::definition();
    let man = target.join("man");
    std::fs::create_dir_all(&man)?;
    clap_mangen::generate_to(command.clone(), &man)?;
    let completions = target.join("completions");
    std::fs::create_dir_all(&completions)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut command, "bountyd", &completions)?;
    }
    Ok(())
}
