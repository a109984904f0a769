//! The jail as a whole: real boxes, with hostile and with harmless programs in them.
//!
//! The jail refuses root. Where the tests run as root, each starts itself again as another user.

mod box_limits;
mod boxes;
mod environment;
mod kill;
mod matrix;
mod place;
mod programs;
mod refusals;
