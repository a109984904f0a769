//! `bountyd fix` and the daemon that makes patches, around the shipped program: real git, real boxes, and
//! a simulated GitHub, Auth0 and Telegram.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

mod again;
mod bad_input;
mod by_hand;
mod canary;
#[path = "../process/child.rs"]
#[allow(dead_code, reason = "shared with the stories of the process")]
mod child;
#[path = "../process/dice.rs"]
#[allow(dead_code, reason = "shared with the stories of the process")]
mod dice;
mod drive;
mod earned;
mod ending;
#[path = "../process/eye.rs"]
mod eye;
#[path = "../process/hand.rs"]
mod hand;
mod hostile;
mod interrupted;
mod kills;
mod languages;
mod liar;
mod lost;
mod model;
mod paid;
mod places;
mod plans;
mod revoked;
mod sabotage;
mod services;
mod stale;
mod stops;
mod submitting;
mod sweep;
mod town;
mod unwanted;
mod verdict;
mod world;
