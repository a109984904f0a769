//! The owner's account: connected, listed, taken back, and everything that can go wrong on the way.

mod accounts;
mod bad_input;
mod desktop;
mod github;
#[path = "../life/program.rs"]
mod program;
mod world;
