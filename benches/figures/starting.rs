//! From exec to readiness: configuration parsed, key tried, ledger open.

use crate::daemon::{self, Running};
use crate::harness::{Aim, Figure, Samples, other_first};
use crate::world::World;

const ROUNDS: usize = 25;

pub(crate) async fn measure() -> Vec<Figure> {
    let world = World::new(sim::wall_clock()).await;
    // A start in everyday life finds a ledger that was used.
    daemon::once(&world, "start", "").await;
    let config = world.file("start", "watch", "");
    let copy = world.dir.path().join("copy.db");
    std::fs::copy(world.state("start").join("ledger.db"), &copy).expect("a copy");
    let mut ours = Samples::seconds("bountyd run, until READY=1");
    let mut empty = Samples::seconds("an empty tokio and SQLite program");
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let (samples, command) = if other {
                (&mut empty, daemon::empty(&copy))
            } else {
                (&mut ours, daemon::bountyd(&config))
            };
            let (running, took) = Running::until_ready(command, world.sockets.path());
            samples.push(took);
            running.stop().await;
        }
    }
    vec![Figure::pair("exec to ready", ours, empty).aim(Aim::Ratio(3.0))]
}
