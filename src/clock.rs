//! Time and randomness, handed in. The traits live with their innermost user, the vault.
pub use vault::clock::{Clock, Entropy, Sleep, SystemClock, UnixMillis};
