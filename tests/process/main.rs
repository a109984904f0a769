//! Stories of the shipped program: started, killed, searched for leaks, watched by a systemd of ours.
//!
//! The simulators run in this process; bountyd is a child with an empty environment, on a clock that
//! this process moves over a socket.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

mod child;
mod dice;
mod estop;
mod eye;
mod hand;
mod kills;
mod leak;
mod notify;
mod owner;
#[path = "../life/program.rs"]
mod program;
mod refusals;
mod restored;
mod service;
mod space;
mod trust;
mod world;
