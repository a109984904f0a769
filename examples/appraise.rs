//! Judges issues from a JSON Lines file, one JSON line per row.
//!
//! `cargo run --release --example appraise -- FILE [--traps none|FILE]`
//!
//! Reads `id, repo, number, title, labels, state, author, body, comments, assignees`; any may be
//! null, other fields are ignored. Without `--traps` the shipped trap list is used.
//! Exit codes: 0 fine, 64 usage, 65 a line could not be read (the others are still judged),
//! 66 a file could not be read, 78 a trap list is not valid.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use bountyd::bounty::appraise::Lists;
use bountyd::bounty::traps::TrapList;
use bountyd::money::Rates;

mod rows;

const USAGE: &str = "usage: appraise FILE [--traps none|FILE]";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err((code, text)) => {
            eprintln!("{text}");
            ExitCode::from(code)
        }
    }
}

fn run() -> Result<ExitCode, (u8, String)> {
    let mut file = None;
    let mut traps = TrapList::shipped();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--help" || argument == "-h" {
            println!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        } else if argument == "--traps" {
            let which = arguments.next().ok_or((64, USAGE.to_owned()))?;
            traps = load(&which)?;
        } else if file.is_none() && !argument.starts_with("--") {
            file = Some(argument);
        } else {
            return Err((64, USAGE.to_owned()));
        }
    }
    let file = file.ok_or((64, USAGE.to_owned()))?;
    let lists = Lists {
        traps,
        rates: Rates::default(),
    };
    let input = std::fs::File::open(&file).map_err(|e| (66, format!("{file}: {e}")))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut clean = true;
    for (at, line) in BufReader::new(input).split(b'\n').enumerate() {
        let line = line.map_err(|e| (66, format!("{file}: {e}")))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row = String::from_utf8(line)
            .map_err(|e| format!("line {}: not UTF-8: {e}", at + 1))
            .and_then(|text| rows::read(at + 1, &text).map_err(|fault| fault.to_string()));
        match row {
            Ok(row) => {
                let shown = rows::show(&row, &rows::judge(&row, &lists));
                if writeln!(out, "{shown}").is_err() {
                    // Whoever read the answers has gone away.
                    return Ok(ExitCode::SUCCESS);
                }
            }
            Err(fault) => {
                clean = false;
                eprintln!("{file}: {fault}");
            }
        }
    }
    out.flush().map_err(|e| (74, e.to_string()))?;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(65)
    })
}

fn load(which: &str) -> Result<TrapList, (u8, String)> {
    if which == "none" {
        return Ok(TrapList::default());
    }
    let text = std::fs::read_to_string(which).map_err(|e| (66, format!("{which}: {e}")))?;
    TrapList::parse(&text).map_err(|e| (78, format!("{which}: {e}")))
}
