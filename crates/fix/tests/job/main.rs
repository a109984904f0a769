//! Whole jobs: a repository behind a web server, agents that are shell scripts, and the real jail.
//!
//! The jail refuses root. Where the tests run as root, each starts itself again as another user.

mod ending;
mod finding;
mod fixing;
mod hostile;
mod place;
mod scanning;
mod scene;
mod starting;
#[expect(
    dead_code,
    reason = "the tests of the checkout use more of their repositories and servers"
)]
#[path = "../checkout/support/mod.rs"]
mod support;
mod talking;
