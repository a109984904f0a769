//! Time and randomness, handed in: what the crate `clock` has, under the name that every room uses.

pub use ::clock::{
    Clock, Entropy, FedClock, Feeder, OsEntropy, Reading, Sleep, SystemClock, UnixMillis,
};
