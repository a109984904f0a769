//! Signing, and what happens when everybody wants a token at once.

use std::hint::black_box;
use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::config::Environment;
use bountyd::daemon;
use tokio::task::JoinSet;
use vault::SecretSource;
use vault::bench::Signing;

use crate::harness::{Aim, Figure, Samples, Unit, other_first, start};
use crate::world::{World, key};

const ROUNDS: usize = 300;
const CALLERS: usize = 10_000;
const CROWDS: usize = 7;

pub(crate) async fn measure() -> Vec<Figure> {
    vec![one_signature(), everybody_at_once().await]
}

fn one_signature() -> Figure {
    let source = SecretSource {
        credential: "no-such-credential".to_owned(),
        file: Some(key().to_owned()),
    };
    let signing = Signing::load(&source, Box::new(OsEntropy)).expect("a key");
    let mut ours = Samples::seconds("one assertion, signed by the vault");
    let mut bare = Samples::seconds("aws-lc alone, same key, same bytes");
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let (samples, sign): (_, fn(&Signing) -> usize) = if other {
                (&mut bare, Signing::bare)
            } else {
                (&mut ours, Signing::assertion)
            };
            let began = start();
            let length = black_box(sign(black_box(&signing)));
            samples.took(began);
            assert!(length > 0, "it signs");
        }
    }
    Figure::pair("signing", ours, bare).aim(Aim::Ratio(1.15))
}

async fn everybody_at_once() -> Figure {
    let world = World::new(sim::wall_clock()).await;
    let config = world.config("crowd", "watch", "");
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let opened = daemon::open(config, &Environment::default(), clock, entropy).await;
    let vault = opened.expect("it opens").app.vault.clone();
    let mut crowd = Samples::seconds("10,000 callers, until all have a token");
    let mut single = Samples::seconds("one caller");
    let mut exchanges = Samples::new("exchanges that the 10,000 caused", Unit::Count);
    for round in 0..CROWDS {
        for other in [other_first(round), !other_first(round)] {
            vault.forget();
            world.sim.auth0.rim().forget_requests();
            let (samples, callers) = if other {
                (&mut single, 1)
            } else {
                (&mut crowd, CALLERS)
            };
            let mut tasks = JoinSet::new();
            let began = start();
            for _ in 0..callers {
                let vault = vault.clone();
                tasks.spawn(async move { vault.probe("bench").await });
            }
            let answers = tasks.join_all().await;
            samples.took(began);
            assert!(answers.iter().all(Result::is_ok), "everybody gets a token");
            if !other {
                let asked = world.sim.auth0.rim().requests().len();
                exchanges.push(f64::from(u32::try_from(asked).unwrap_or(u32::MAX)));
            }
        }
    }
    assert!(exchanges.worst() <= 1.0, "a crowd causes one exchange");
    Figure::pair("token for 10,000 at once", crowd, single).note(exchanges)
}
