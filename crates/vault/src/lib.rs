//! The trust boundary.

pub mod clock;
