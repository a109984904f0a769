//! `bountyd doctor`, the real binary, in a simulated world with one thing wrong.

mod beside;
mod green;
mod mending;
mod rows;
mod table;
mod unseen;
mod world;
