//! The live secrets of this installation, which the gate never sees.

/// Looks for live secrets in bytes. Who keeps the secrets implements it, so that none has to be
/// handed out; encodings (base64, hexadecimal, URL, reversed) are the implementor's to try.
pub trait Secrets {
    /// Which secret the bytes contain, by a name that may be shown; never the secret itself.
    fn found_in(&self, bytes: &[u8]) -> Option<&str>;
}

/// An installation without live secrets: a dry run on the owner's own machine, a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn found_in(&self, _bytes: &[u8]) -> Option<&str> {
        None
    }
}
