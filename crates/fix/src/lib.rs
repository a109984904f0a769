//! From a repository and a goal to a gated patch, without a secret: checkout, agent, tests, gate.
//!
//! It does not depend on the vault, so nothing that reads hostile trees or speaks with an agent can
//! reach a credential; what it makes is data for those who can.
//!
//! # Layout
//!
//! * `finished` – how a command ended

mod finished;

pub use finished::{End, Finished};
