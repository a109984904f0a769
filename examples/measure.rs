//! Compares judgements with the `expected` values of a JSON Lines file: precision, recall, exact
//! value where it is known, and every miss with its reasons.
//!
//! `cargo run --example measure -- FILE [--traps none] [--precision 0.9] [--recall 0.93] [--usd 0.98]`
//!
//! Exit codes: 0 all figures reached, 1 one is not, 64 usage, 65 a line could not be read.

use std::process::ExitCode;

use bountyd::bounty::appraise::Lists;
use bountyd::bounty::traps::TrapList;
use bountyd::money::Rates;
use serde_json::Value;

mod rows;

#[derive(Default)]
struct Score {
    right: u32,
    false_alarms: u32,
    missed: u32,
    valued: u32,
    exact: u32,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err((code, text)) => {
            eprintln!("{text}");
            ExitCode::from(code)
        }
    }
}

fn ratio(part: u32, all: u32) -> f64 {
    if all == 0 {
        return 1.0;
    }
    f64::from(part) / f64::from(all)
}

fn run() -> Result<bool, (u8, String)> {
    let usage = || {
        (
            64,
            "usage: measure FILE [--traps none] [--precision P] [--recall R] [--usd U]".to_owned(),
        )
    };
    let mut file = None;
    let mut traps = TrapList::shipped();
    let mut wanted = [0.0_f64; 3];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let at = match argument.as_str() {
            "--traps" => {
                if arguments.next().as_deref() != Some("none") {
                    return Err(usage());
                }
                traps = TrapList::default();
                continue;
            }
            "--precision" => 0,
            "--recall" => 1,
            "--usd" => 2,
            _ if file.is_none() => {
                file = Some(argument);
                continue;
            }
            _ => return Err(usage()),
        };
        let number = arguments.next().and_then(|n| n.parse().ok());
        wanted[at] = number.ok_or_else(usage)?;
    }
    let file = file.ok_or_else(usage)?;
    let text = std::fs::read_to_string(&file).map_err(|e| (66, format!("{file}: {e}")))?;
    let lists = Lists {
        traps,
        rates: Rates::default(),
    };
    let mut score = Score::default();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let row = rows::read(at + 1, line).map_err(|fault| (65, format!("{file}: {fault}")))?;
        let whole: Value = serde_json::from_str(line).map_err(|e| (65, e.to_string()))?;
        count(
            &mut score,
            &whole["expected"],
            &rows::show(&row, &rows::judge(&row, &lists)),
        );
    }
    let figures = [
        (
            "precision",
            ratio(score.right, score.right + score.false_alarms),
        ),
        ("recall", ratio(score.right, score.right + score.missed)),
        ("usd", ratio(score.exact, score.valued)),
    ];
    let mut reached = true;
    for ((name, figure), least) in figures.into_iter().zip(wanted) {
        let fine = figure >= least;
        reached &= fine;
        let mark = if fine { "ok" } else { "TOO LOW" };
        println!("{name} {figure:.4} (at least {least}) {mark}");
    }
    Ok(reached)
}

fn count(score: &mut Score, expected: &Value, shown: &Value) {
    let miss = |what: &str| {
        println!(
            "{what} {}: expected usd {}, said usd {}: {}",
            shown["id"], expected["usd"], shown["usd"], shown["reasons"]
        );
    };
    let bounty = expected["is_bounty"] == true;
    match (bounty, shown["is_bounty"] == true) {
        (true, true) => score.right += 1,
        (false, true) => {
            score.false_alarms += 1;
            miss("false alarm");
        }
        (true, false) => {
            score.missed += 1;
            miss("missed");
        }
        (false, false) => {}
    }
    // Where a value is known, it must be found; an unknown one must not be made up.
    if bounty && let Some(usd) = expected["usd"].as_f64() {
        score.valued += 1;
        if shown["usd"]
            .as_f64()
            .is_some_and(|said| (said - usd).abs() < 0.005)
        {
            score.exact += 1;
        } else {
            miss("wrong value");
        }
    } else if bounty && !shown["usd"].is_null() {
        miss("made-up value");
    }
}
