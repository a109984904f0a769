//! `bountyd init` over the wire: the shipped binary, and a tenant that refuses what Auth0 refuses.

mod alone;
mod kills;
mod leaks;
mod left;
mod questions;
mod refusals;
mod shown;
mod world;
