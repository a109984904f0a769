//! Scans of made-up worlds by the shipped binary: requests, CPU, memory.

use crate::daemon;
use crate::harness::{Aim, Figure, Samples, Unit};
use crate::world::{ONE_QUERY, World};

const ROUNDS: usize = 3;
/// In the default configuration.
const QUERIES: f64 = 12.0;

pub(crate) async fn measure() -> Vec<Figure> {
    let small = World::with_issues(sim::wall_clock(), 1_000).await;
    let large = World::with_issues(sim::wall_clock(), 10_000).await;
    let names = ["scan of 1,000 issues", "scan of 10,000 issues"];
    let mut figures = scans(&small, names[0], ROUNDS, 1_000.0).await;
    figures.extend(scans(&large, names[1], 1, 10_000.0).await);
    figures.push(again(&small).await);
    figures
}

/// Scans into an empty ledger, each time.
async fn scans(world: &World, name: &'static str, rounds: usize, issues: f64) -> Vec<Figure> {
    let mut requests = Samples::new("requests per 1,000 issues enriched", Unit::Count);
    let mut wall = Samples::seconds("from start to exit");
    let mut cpu = Samples::seconds("CPU");
    let mut rate = Samples::new("issues per second of CPU", Unit::PerSecond);
    let mut peak = Samples::bytes("peak of resident memory");
    let mut seen = Samples::new("issues seen", Unit::Count);
    for _ in 0..rounds {
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
    let figure = Figure::alone(name, requests).aim(Aim::Value(12.0));
    vec![figure.note(seen).note(wall).note(cpu).note(rate).note(peak)]
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
