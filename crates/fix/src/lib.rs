//! From a repository and a goal to a gated patch, without a secret: checkout, agent, tests, gate.
//!
//! It does not depend on the vault, so nothing that reads hostile trees or speaks with an agent can
//! reach a credential; what it makes is data for those who can.
//!
//! # Layout
//!
//! * `checkout` – a repository fetched, read and written without a work tree
//! * `confine` – the jail as what a run is confined by
//! * `finished` – how a command ended
//! * `given` – a patch that is handed in, read and applied in memory
//! * `job` – all of it in one flow: from a repository and an issue to an outcome
//! * `run` – running a command in the jail to its end, or speaking with it
//! * `agent`, `profiles` – driving a coding agent, and what is known about each
//! * `prompt`, `untrusted` – what it is asked, and how strangers' words are quoted
//! * `objects` – the ids that git gives to trees
//! * `scanners` – other people's programs that the gate hears
//! * `suite` – how a repository tests itself, and what a run proves
//! * `walk` – trees on disk, written and read without following anything

pub mod agent;
pub mod checkout;
mod confine;
mod finished;
pub mod given;
pub mod job;
pub mod objects;
pub mod profiles;
pub mod prompt;
pub mod run;
pub mod scanners;
pub mod suite;
pub mod untrusted;
pub mod walk;

pub use finished::{End, Finished};
