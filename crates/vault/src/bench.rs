//! For `cargo bench` only (feature `bench`, off in everything that is shipped): how long one
//! assertion takes to sign, beside the bare signature of the same bytes.
//!
//! The vault has no public signer, and this is none either. What goes in is the *name* of a key
//! file; what comes out is a length, of a proof made here for a client, a user and an audience fixed
//! here, and wiped before the call returns. No key, proof, signature or token can be had from it, so
//! whoever gets hold of it learns what a stopwatch at the vault's door would tell him anyway.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::SecretDocument;

use crate::assertion::{Claims, Mint};
use crate::keys::KeyError;
use crate::keys::signer::Signer;
use crate::secret::SecretSource;
use clock::Entropy;

/// A key, ready to sign both ways.
pub struct Signing {
    signer: Signer,
    raw: RsaKeyPair,
    entropy: Box<dyn Entropy>,
    /// Header and claims of one assertion, as they are signed.
    input: Vec<u8>,
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signing").finish_non_exhaustive()
    }
}

impl Signing {
    /// Loads a key as the vault does.
    ///
    /// # Errors
    /// As at start: the file is missing or no fit key.
    pub fn load(source: &SecretSource, entropy: Box<dyn Entropy>) -> Result<Self, KeyError> {
        let (signer, _) = Signer::load(source)?;
        let loaded = source.load()?;
        let damaged = |reason: String| KeyError::Damaged {
            path: loaded.path.clone(),
            reason,
        };
        let text = std::str::from_utf8(&loaded.bytes).map_err(|e| damaged(e.to_string()))?;
        let (_, key) = SecretDocument::from_pem(text).map_err(|e| damaged(e.to_string()))?;
        let raw = RsaKeyPair::from_pkcs8(key.as_bytes()).map_err(|e| damaged(e.to_string()))?;
        let mut signing = Self {
            signer,
            raw,
            entropy,
            input: Vec::new(),
        };
        let proof = signing.proof().map_err(|e| damaged(e.to_string()))?;
        let end = proof.rfind('.').unwrap_or(proof.len());
        signing.input = proof.as_bytes()[..end].to_vec();
        Ok(signing)
    }

    fn proof(&self) -> Result<zeroize::Zeroizing<String>, jsonwebtoken::errors::Error> {
        let mint = Mint {
            signer: &self.signer,
            entropy: &*self.entropy,
            issued_at: 1_795_348_800,
        };
        mint.subject(Claims {
            client_id: "nobody",
            user_id: "github|0",
            audience: "https://nowhere.invalid/",
            reason: "bench",
            journal_id: 0,
        })
    }

    /// Makes one assertion the way an exchange does, and says how long it is; 0 if it failed.
    #[must_use]
    pub fn assertion(&self) -> usize {
        self.proof().map_or(0, |proof| proof.len())
    }

    /// Signs the same bytes with aws-lc and nothing else, and says how long the signature is; 0 if it
    /// failed.
    #[must_use]
    pub fn bare(&self) -> usize {
        let mut signature = vec![0; self.raw.public_modulus_len()];
        let signed = self.raw.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            &self.input,
            &mut signature,
        );
        signed.map_or(0, |()| signature.len())
    }
}
