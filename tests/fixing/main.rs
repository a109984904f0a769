//! `bountyd fix` around the shipped program: real git, real boxes, and a simulated GitHub.

mod bad_input;
mod by_hand;
mod canary;
mod ending;
mod hostile;
mod interrupted;
mod languages;
mod model;
mod submitting;
mod sweep;
mod world;
