//! From a repository and a goal to a gated patch, without a secret: checkout, agent, tests, gate.
//!
//! It does not depend on the vault, so nothing that reads hostile trees or speaks with an agent can
//! reach a credential; what it makes is data for those who can.
//!
//! # Layout
//!
//! * `finished` – how a command ended
//! * `run` – running a command in the jail to its end, or speaking with it
//! * `agent`, `profiles` – driving a coding agent, and what is known about each
//! * `prompt`, `untrusted` – what it is asked, and how strangers' words are quoted

pub mod agent;
mod finished;
pub mod profiles;
pub mod prompt;
pub mod run;
pub mod untrusted;

pub use finished::{End, Finished};
