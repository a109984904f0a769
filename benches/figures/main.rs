//! The figures of bountyd, each beside a floor or a peer that was measured in the same run.
//!
//! `cargo bench` runs them all, `cargo bench -- signing start` only those whose name contains one of
//! the words. `--json FILE` (or `$BOUNTYD_BENCH_JSON`) says where the summary goes, `--gate` makes a
//! figure above its aim an exit code. What each means: docs/benchmarks.md.

mod appraising;
mod boxing;
mod brokering;
mod daemon;
mod fixing;
mod floor;
mod harness;
mod idle;
mod judging;
mod ledger_step;
mod process;
mod replay;
mod report;
mod scanning;
mod signing;
mod starting;
mod stored;
mod tapping;
mod wiretap;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use harness::Figure;

const USAGE: &str = "usage: cargo bench -- [--gate] [--json FILE] [--list] [WORD…]";

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Wanted {
    words: Vec<String>,
    gate: bool,
    list: bool,
    json: Option<PathBuf>,
}

impl Wanted {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut wanted = Self {
            json: std::env::var_os("BOUNTYD_BENCH_JSON").map(PathBuf::from),
            ..Self::default()
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo's own word for "this is a bench".
                "--bench" => {}
                "--gate" => wanted.gate = true,
                "--list" => wanted.list = true,
                "--json" => wanted.json = Some(PathBuf::from(arguments.next()?)),
                flag if flag.starts_with('-') => return None,
                word => wanted.words.push(word.to_owned()),
            }
        }
        Some(wanted)
    }

    fn has(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

/// In the order of the table.
const GROUPS: [&str; 12] = [
    "signing", "appraise", "ledger", "start", "scan", "stored", "idle", "tap", "broker", "sandbox",
    "gate", "fix",
];

async fn measure(group: &str) -> Vec<Figure> {
    match group {
        "signing" => signing::measure().await,
        "appraise" => appraising::measure(),
        "ledger" => ledger_step::measure().await,
        "start" => starting::measure().await,
        "scan" => scanning::measure().await,
        "stored" => stored::measure().await,
        "idle" => idle::measure().await,
        "tap" => tapping::measure().await,
        "broker" => brokering::measure().await,
        "sandbox" => boxing::measure(),
        "gate" => judging::measure(),
        _ => fixing::measure().await,
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().map(String::as_str) == Some(floor::WORD) {
        return floor::run(arguments.nth(1));
    }
    if arguments.peek().map(String::as_str) == Some(boxing::WORD) {
        return boxing::run(arguments.nth(1));
    }
    if arguments.peek().map(String::as_str) == Some(replay::WORD) {
        return replay::run(arguments.skip(1));
    }
    let Some(wanted) = Wanted::parse(arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(64);
    };
    if wanted.list {
        println!("{}", GROUPS.join("\n"));
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(&wanted))
}

async fn run(wanted: &Wanted) -> ExitCode {
    let machine = report::Machine::now();
    let mut figures = Vec::new();
    println!("{}", report::head());
    for group in GROUPS.into_iter().filter(|group| wanted.has(group)) {
        for figure in measure(group).await {
            print!("{}", report::row(&figure));
            figures.push(figure);
        }
    }
    let missed = figures.iter().filter(|figure| figure.missed()).count();
    println!("{}", machine.line());
    let path = wanted
        .json
        .clone()
        .unwrap_or_else(|| world::target().join("bench-summary.json"));
    if let Err(error) = report::write(&path, &machine, &figures) {
        eprintln!("cannot write {}: {error}", path.display());
        return ExitCode::from(73);
    }
    println!("summary: {}", path.display());
    if missed > 0 {
        println!("{missed} above the aim (marked !)");
    }
    if wanted.gate && missed > 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
