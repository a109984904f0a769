//! `bountyd doctor`, the real binary, in a simulated world with one thing wrong.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

mod beside;
mod green;
mod mending;
mod rows;
mod table;
mod unseen;
mod world;
