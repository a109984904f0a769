//! The two proofs an exchange carries: who the request is for (the *subject token*, Auth0 docs
//! "Privileged Worker Token Exchange") and who the client is (RFC 7523 §2.2). Each is made anew for
//! every request, retries included, and neither may stand in for the other.

use std::time::Duration;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::keys::signer::Signer;
use clock::{Clock, Entropy, UnixMillis};

/// Media type of the subject token.
const SUBJECT_TYPE: &str = "token-vault-req+jwt";
/// Auth0 refuses a subject token older than this, whatever its `exp`.
pub(crate) const LIFE: Duration = Duration::from_secs(60);
/// Auth0's cap on `audit_context`, in characters.
const LONGEST_CONTEXT: usize = 256;

/// When a proof was made, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    wall: UnixMillis,
    monotonic: Duration,
}

impl Stamp {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self {
            wall: clock.now(),
            monotonic: clock.monotonic(),
        }
    }

    /// Whether a proof made then may still be sent. A wall clock that went back since makes the
    /// proof one from the future, which is refused as well.
    pub(crate) fn is_fresh(&self, clock: &dyn Clock) -> bool {
        let (wall, monotonic) = (clock.now(), clock.monotonic());
        wall >= self.wall
            && wall.since(self.wall) < LIFE
            && monotonic.saturating_sub(self.monotonic) < LIFE
    }
}

/// Whose name and what for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) journal_id: i64,
}

/// Makes proofs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mint<'a> {
    pub(crate) signer: &'a Signer,
    pub(crate) entropy: &'a dyn Entropy,
    /// When the proofs say they were made, in Unix seconds.
    pub(crate) issued_at: i64,
}

#[derive(Serialize)]
struct SubjectClaims<'a> {
    sub: &'a str,
    aud: &'a str,
    iss: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    audit_context: String,
}

#[derive(Serialize)]
struct ClientClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

type Signed = Result<Zeroizing<String>, jsonwebtoken::errors::Error>;

impl Mint<'_> {
    /// The request for the owner's token.
    pub(crate) fn subject(&self, claims: Claims<'_>) -> Signed {
        self.signer
            .sign(
                SUBJECT_TYPE,
                &SubjectClaims {
                    sub: claims.user_id,
                    aud: claims.audience,
                    iss: claims.client_id,
                    iat: self.issued_at,
                    exp: self.expires(),
                    jti: self.jti(),
                    audit_context: audit_context(claims.reason, claims.journal_id),
                },
            )
            .map(Zeroizing::new)
    }

    /// The client's own proof.
    pub(crate) fn client(&self, client_id: &str, audience: &str) -> Signed {
        self.signer
            .sign(
                "JWT",
                &ClientClaims {
                    iss: client_id,
                    sub: client_id,
                    aud: audience,
                    iat: self.issued_at,
                    exp: self.expires(),
                    jti: self.jti(),
                },
            )
            .map(Zeroizing::new)
    }

    fn expires(&self) -> i64 {
        self.issued_at.saturating_add(LIFE.as_secs().cast_signed())
    }

    /// A UUIDv4 (RFC 9562 §5.4).
    fn jti(&self) -> String {
        uuid::Builder::from_random_bytes(self.entropy.id128())
            .into_uuid()
            .to_string()
    }
}

/// What the tenant's log will show: no issue text, no personal data, and the journal's id so that
/// both records can be laid side by side.
fn audit_context(reason: &str, journal_id: i64) -> String {
    let tail = format!(" j:{journal_id}");
    let mut context: String = format!("bountyd {reason}")
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect();
    context.truncate(LONGEST_CONTEXT - tail.len());
    context + &tail
}

#[cfg(test)]
mod tests {
    use super::audit_context;

    #[test]
    fn the_context_names_reason_and_journal_and_fits() {
        assert_eq!(audit_context("scan", 7), "bountyd scan j:7");
        let long = audit_context(&"ä".repeat(400), i64::MIN);
        assert_eq!(long.chars().count(), 256);
        assert!(long.ends_with(" j:-9223372036854775808"), "{long}");
    }
}
