//! The patch gate: what must never pass, whatever the agent says.
//!
//! It is given the base tree and the candidate tree as bytes, modes and paths that trusted code has
//! read, never a patch text from the agent, and answers with findings, each by a rule with an id. Pure:
//! no files, no network, no clock.
//!
//! # Layout
//!
//! * `tree` – a tree as it was read

pub mod tree;
