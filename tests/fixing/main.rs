//! `bountyd fix` around the shipped program: real git, real boxes, and a simulated GitHub.

mod by_hand;
mod services;
mod submitting;
mod world;
