//! What the owner is told when everything is stopped by hand, and when it may go on.

use std::time::Duration;

use vault::telegram::RichText;

use super::span;

/// The emergency stop is in force.
#[must_use]
pub fn stopped(by: &str) -> RichText {
    RichText::new()
        .bold("⛔ Emergency stop.")
        .plain("\n\nI write nothing on GitHub and have forgotten my token; what was running has been ended. By: ")
        .code(by)
        .plain("\nOnly you, on the machine, can lift it: ")
        .code("bountyd estop --lift")
        .plain(". /resume does not.")
}

/// The emergency stop was lifted.
#[must_use]
pub fn lifted(by: &str) -> RichText {
    RichText::new()
        .bold("✅ The emergency stop was lifted.")
        .plain(" By: ")
        .code(by)
        .plain("\nI go on where I was; a pause from before still stands.")
}

/// The ledger came back from a backup of this age.
#[must_use]
pub fn restored(age: Duration) -> RichText {
    RichText::new()
        .bold("⚠ My ledger came back from a backup.")
        .plain(&format!(
            "\n\nIt is {} old. What I wrote, what you answered and what I was told to leave alone since is not in it. I am paused; no yes from before counts, and I ask you about every issue that is there already.",
            span(age)
        ))
        .plain("\nLook at what your account did on GitHub since, then /resume.")
}
