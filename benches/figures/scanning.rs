//! Scans of made-up worlds by the shipped binary: requests, CPU, memory.

use std::path::PathBuf;

use crate::harness::{Aim, Figure, Samples, Unit, other_first};
use crate::wiretap::{Record, Wiretap};
use crate::world::{ONE_QUERY, World};
use crate::{daemon, replay};

const ROUNDS: usize = 3;
/// In the default configuration.
const QUERIES: f64 = 12.0;
/// A scan that finds nothing.
const NO_ISSUE: &str = "[scan]\nqueries = ['label:\"nothing has this label\"']";

pub(crate) async fn measure() -> Vec<Figure> {
    let small = World::with_issues(sim::wall_clock(), 1_000).await;
    let large = World::with_issues(sim::wall_clock(), 10_000).await;
    let mut figures = scans(&small, SMALL, ROUNDS, 1_000.0).await;
    figures.extend(scans(&large, LARGE, 1, 10_000.0).await);
    figures.push(again(&small).await);
    figures
}

/// Requests, CPU, memory.
type Names = [&'static str; 3];

const SMALL: Names = [
    "scan of 1,000 issues",
    "CPU of that scan",
    "memory of that scan",
];
const LARGE: Names = [
    "scan of 10,000 issues",
    "CPU of that larger scan",
    "memory of that larger scan",
];

/// Scans into an empty ledger, each time, and the same requests sent by the floor.
async fn scans(world: &World, names: Names, rounds: usize, issues: f64) -> Vec<Figure> {
    let mut requests = Samples::new("requests per 1,000 issues enriched", Unit::Count);
    let mut wall = Samples::seconds("from start to exit");
    let mut cpu = Samples::seconds("CPU, user and system");
    let mut rate = Samples::new("issues per second of CPU", Unit::PerSecond);
    let mut peak = Samples::bytes("peak of resident memory");
    let mut seen = Samples::new("issues seen", Unit::Count);
    let mut floor_cpu = Samples::seconds("the same requests sent, answers parsed");
    let mut floor_peak = Samples::bytes("the same requests sent, answers parsed");
    let file = asked(world).await;
    let token = world.token();
    for round in 0..rounds {
        for other in [other_first(round), !other_first(round)] {
            if other {
                let command = replay::command(&world.sim.github.url(), &token, &file);
                let log = world.dir.path().join("replay.log");
                let (took, _) = daemon::to_its_end(command, &log).await;
                floor_cpu.push(took.cpu);
                floor_peak.push(took.peak);
                continue;
            }
            // Whose account it is, is asked once in a ledger's life.
            daemon::once(world, "scan", NO_ISSUE).await;
            world.github_requests();
            let took = daemon::once(world, "scan", ONE_QUERY).await;
            requests.push(count(world.github_requests()) * 1_000.0 / took.seen);
            wall.push(took.wall);
            cpu.push(took.cpu);
            rate.push(took.seen / took.cpu);
            peak.push(took.peak);
            seen.push(took.seen);
            let near = (took.seen - issues).abs() < issues / 10.0;
            assert!(near, "{} seen, about {issues} expected", took.seen);
            std::fs::remove_dir_all(world.state("scan")).expect("a state directory");
        }
    }
    let [of_requests, of_cpu, of_memory] = names;
    vec![
        Figure::alone(of_requests, requests)
            .aim(Aim::Value(12.0))
            .note(seen)
            .note(wall),
        Figure::pair(of_cpu, cpu, floor_cpu).note(rate),
        Figure::pair(of_memory, peak, floor_peak),
    ]
}

/// A file with what a scan asks of GitHub.
async fn asked(world: &World) -> PathBuf {
    let record = Record::default();
    let tap = Wiretap::on(world.sim.github.addr(), record.clone()).await;
    let text = world.text("asked", "watch", ONE_QUERY);
    let config = world.dir.path().join("asked.toml");
    let text = text.replace(&world.sim.github.url(), &tap.url);
    std::fs::write(&config, text).expect("a configuration is written");
    daemon::scanned(world, "asked", &config).await;
    let file = world.dir.path().join("requests");
    replay::store(&record.all(), &file);
    file
}

/// The default queries, and then the same again, with nothing changed.
async fn again(world: &World) -> Figure {
    let mut requests = Samples::new("requests per query, nothing changed", Unit::Count);
    let mut first = Samples::new("requests of the first scan", Unit::Count);
    let mut cpu = Samples::seconds("CPU of the rescan");
    for _ in 0..ROUNDS {
        world.github_requests();
        daemon::once(world, "again", "").await;
        first.push(count(world.github_requests()));
        let took = daemon::once(world, "again", "").await;
        requests.push(count(world.github_requests()) / QUERIES);
        cpu.push(took.cpu);
        std::fs::remove_dir_all(world.state("again")).expect("a state directory");
    }
    Figure::alone("rescan, twelve queries", requests)
        .aim(Aim::Value(2.0))
        .note(first)
        .note(cpu)
}

fn count(requests: usize) -> f64 {
    f64::from(u32::try_from(requests).unwrap_or(u32::MAX))
}
