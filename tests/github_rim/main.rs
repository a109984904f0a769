//! The GitHub rim over the wire: a vault opened at the simulated Auth0, requests to the simulated
//! GitHub, and what comes back when things go wrong.

mod reads;
mod rules;
mod searches;
mod world;
mod writes;
