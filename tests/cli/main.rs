//! The commands as people and scripts meet them: the real binary, on a ledger that the library made.

mod answers;
mod daemon;
mod github;
mod help;
mod journal;
mod leases;
mod lists;
mod patches;
mod places;
mod sandbox;
mod support;
mod wire;
