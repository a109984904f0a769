//! The sandbox in which hostile code runs: the coding agent, and a repository's own tests.
//!
//! It depends on no secret and starts nothing by itself: [`Jail::probe`] proves once that the whole
//! jail stands on this machine, and [`Jail::command`] then turns a [`Spec`] into a command that the
//! caller starts, feeds and kills. Nothing falls back to less: what is missing is a [`Refusal`].
//!
//! # Layout
//!
//! * `spec` – what one run may have: tree, tools, environment, limits

mod spec;

pub use spec::{Limits, Mask, Spec, Tool};
