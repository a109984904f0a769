//! The worker's RSA keys: made, looked at, and turned into signers. The private half never leaves.

mod generate;
mod inspect;
pub(crate) mod ring;
pub(crate) mod signer;

use std::path::PathBuf;

use serde::Serialize;

pub use self::generate::{generate_key, generate_key_like, generate_sealed_key};
use crate::secret::{SecretError, SecretSource};

/// Smallest and largest modulus Auth0 takes as a credential, in bits.
pub(crate) const BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The half that Auth0 gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// SubjectPublicKeyInfo in PEM, ready to upload.
    pub pem: String,
    /// RFC 7638 thumbprint, base64url.
    pub kid: String,
    /// Size of the modulus.
    pub bits: usize,
}

/// Reads a private key and tells its public half.
///
/// # Errors
/// Everything that makes a file no fit key; see [`KeyError`].
pub fn public_key(source: &SecretSource) -> Result<PublicKey, KeyError> {
    let loaded = source.load()?;
    Ok(inspect::inspect(&loaded.bytes, &loaded.path)?.public)
}

/// A key file that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No PEM block with a key.
    #[error("{}: holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); make one with `bountyd keys new FILE`", .0.display())]
    NotPem(PathBuf),
    /// The public half or a certificate.
    #[error("{}: holds a public key or certificate; name the file with the private half", .0.display())]
    PublicHalf(PathBuf),
    /// Needs a passphrase.
    #[error("{}: is encrypted with a passphrase nobody can type at night; decrypt it with: openssl pkey -in {} -out <new file>", .0.display(), .0.display())]
    Encrypted(PathBuf),
    /// An elliptic curve or other key.
    #[error("{}: is {kind}, not an RSA key; Auth0 takes RS256 here: make one with `bountyd keys new FILE`", .path.display())]
    NotRsa {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: String,
    },
    /// Outside 2048..=4096 bits.
    #[error("{}: {bits} bits; Auth0 takes 2048 to 4096: make one with `bountyd keys new FILE`", .path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Size of the modulus.
        bits: usize,
    },
    /// The numbers in it do not fit together.
    #[error("{}: is damaged ({reason}); restore it from a backup or make a new key with `bountyd keys new FILE`", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The parser's words.
        reason: String,
    },
    /// It parsed, but what it signs does not verify.
    #[error("{}: signed a test message that its public half does not verify ({reason}); make a new key with `bountyd keys new FILE`", .path.display())]
    SelfTest {
        /// The file.
        path: PathBuf,
        /// The library's words.
        reason: String,
    },
    /// A new key would replace something.
    #[error("{}: exists already; a key is never overwritten: choose another name or move it away", .0.display())]
    Exists(PathBuf),
    /// The new key could not be made.
    #[error("no key of {bits} bits can be made: {reason}")]
    Generate {
        /// The size asked for.
        bits: usize,
        /// Why.
        reason: String,
    },
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: std::io::Error,
    },
    /// The configuration names a signing key that is not loaded.
    #[error(
        "signing_key {wanted:?} is none of the loaded keys ({loaded}); name one of them or leave signing_key out"
    )]
    NoSuchKid {
        /// As configured.
        wanted: String,
        /// Thumbprints of the loaded keys.
        loaded: String,
    },
    /// systemd did not seal it.
    #[error(transparent)]
    Seal(#[from] crate::credential_store::SealError),
    /// None, or more than the two a rotation needs.
    #[error("{0} keys are configured; name one, or two during a rotation")]
    Count(usize),
}
