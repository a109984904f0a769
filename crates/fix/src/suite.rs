//! How a repository tests itself, and what a run of it proves.
//!
//! Everything here is pure. What stands in the tree and what a run prints are strangers' words: they are
//! read with caps, and a line of output never makes a failed command a passed one. The order of a job:
//! [`Pinned::choose`] before the agent starts; the run of its command over the base tree, [`read()`] as
//! the baseline; after each attempt [`compare()`]; at the end [`evidence::weigh`].
//!
//! # Layout
//!
//! * `candidate`, `detect` – commands, and where they are found
//! * `pinned` – the one that is used, and that it still means the same
//! * `read` – what a run says of single tests
//! * `compare` – against the baseline: what is ours and what was there
//! * `evidence` – test files, trees made of two, and the proof

pub mod candidate;
pub mod compare;
pub mod detect;
pub mod evidence;
pub mod pinned;
pub mod read;

#[cfg(test)]
pub(crate) mod samples;

pub use candidate::{BadOverride, Candidate, Override, Runner};
pub use compare::{Progress, Verdict, compare, verdict};
pub use detect::detect;
pub use pinned::{Moved, NoCommand, Pinned};
pub use read::{Outcome, Results, read};
