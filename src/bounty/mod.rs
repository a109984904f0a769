//! Pure rules: no tokio, no HTTP, no SQL, no clock.

pub mod facts;
