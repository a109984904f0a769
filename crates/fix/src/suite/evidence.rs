//! What shows that a change does what it should, and that no test was bent for it.
//!
//! Two trees are made of the base and the candidate, each for a fresh box: the old tests over the new
//! sources ([`with_base_tests`], must pass) and the new tests over the old sources ([`with_new_tests`],
//! must fail). [`weigh()`] says what the runs prove together.
//!
//! It is evidence and no boundary: code runs in the process that tests it, and could print what an honest
//! run prints and leave with code 0. To find such code is the part of the gate and of who reads the change.

mod names;
mod trees;
mod weigh;

pub use names::is_test;
pub use trees::{TestChanges, changed_tests, with_base_tests, with_new_tests};
pub use weigh::{Evidence, Trials, Why, weigh};
