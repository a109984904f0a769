//! The GitHub rim over the wire: a vault opened at the simulated Auth0, requests to the simulated
//! GitHub, and what comes back when things go wrong.

mod desk;
mod follow;
mod reads;
mod rules;
mod searches;
mod work_reads;
mod work_refusals;
mod work_unknown;
mod work_writes;
mod world;
mod writes;
