//! Stateful, strict stand-ins for the three services `bountyd` talks to: an Auth0 tenant with Token Vault, GitHub, and
//! the Telegram Bot API. They speak real HTTP on loopback, refuse what the real services refuse, keep every request for
//! assertions, and misbehave on demand ([`faults`]).
//!
//! For tests and the demonstration only: nothing here is part of the daemon, and nothing here depends on it.

// GitHub's answers have many fields, and `json!` recurses for each.
#![recursion_limit = "256"]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub mod auth0;
mod escape;
pub mod faults;
pub mod github;
pub mod model;
pub mod rim;
pub mod seed;
mod simulation;
pub mod telegram;
pub mod tokens;
mod wire;
pub mod world;
mod world_generate;

pub use simulation::{CALLBACKS, Cast, Sim, SimOptions};

/// The clock of a simulator, injected: milliseconds since the Unix epoch.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The wall clock, for a simulator that runs on its own.
#[must_use]
pub fn wall_clock() -> Now {
    Arc::new(|| chrono::Utc::now().timestamp_millis())
}

/// Locks, going on after a panic elsewhere: a simulator's state is only ever replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
