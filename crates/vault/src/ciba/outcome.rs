//! What asking by push comes to, in terms that the caller can choose by. Nothing in here is secret.

use std::time::Duration;

use clock::UnixMillis;

use crate::failure::Failure;

/// The phone is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When it is polled for first.
    pub next: UnixMillis,
    /// When the person can answer no more, by our own reckoning.
    pub until: UnixMillis,
}

/// Why nobody was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsked {
    /// For whoever chooses what to do.
    pub why: WhyNotAsked,
    /// What the tenant said, and the remedy.
    pub failure: Failure,
}

/// Kinds of [`NotAsked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNotAsked {
    /// It may pass: the tenant is down, or asks to be asked less.
    Passing,
    /// The owner has no phone that the tenant could push to, or no push is switched on.
    NotEnrolled,
    /// The tenant does not know the owner.
    UnknownOwner,
    /// The application may not ask: its grant is missing, or the plan has no CIBA.
    NotGranted,
    /// Something else that waiting does not mend.
    Refused,
}

/// What a poll heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// No answer yet.
    Waiting {
        /// When to poll again.
        next: UnixMillis,
    },
    /// No answer yet, and the tenant wants fewer polls.
    SlowDown {
        /// How far apart they are from now on.
        interval: Duration,
        /// When to poll again.
        next: UnixMillis,
    },
    /// The owner said yes: an ID token that stands every check says so. It is said once.
    Approved {
        /// Who, as the token says: the configured owner.
        sub: String,
    },
    /// The owner said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// The answer was given out before, and got lost on its way.
    UsedUp,
    /// Something came that says yes and must not be believed. The request is over.
    NotBelieved(BadToken),
    /// The tenant could not be asked; the request stands.
    Unheard {
        /// Why.
        failure: Failure,
        /// When to poll again; `None`: the person's time is over, and what he said will not be known.
        next: Option<UnixMillis>,
    },
    /// The tenant refuses the poll for good.
    Refused(Failure),
    /// This process has asked nothing under that name: another one did, before a restart.
    NotHeld,
}

/// Why an ID token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Somebody else answered.
    #[error("it speaks of {got}, and the owner is {expected}")]
    WrongUser {
        /// `user_id` of the configuration.
        expected: String,
        /// `sub` of the token, cleaned.
        got: String,
    },
    /// It is not signed by the tenant.
    #[error("its signature is not the tenant's: {0}")]
    BadSignature(&'static str),
    /// It is signed, and not for this.
    #[error("it is not for this request: {0}")]
    NotForUs(&'static str),
    /// There is none, or none that can be read.
    #[error("there is no ID token that can be read: {0}")]
    Unreadable(&'static str),
}
