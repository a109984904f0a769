//! A key that has proved it can sign.

use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::PrivateKeyParts as _;
use serde::{Deserialize, Serialize};

use zeroize::Zeroizing;

use super::KeyError;
use super::inspect::{self, Inspected};
use crate::secret::SecretSource;

/// The numbers of a key, big-endian, of which any gives away the key. Wiped when they go.
pub(crate) type PrivateParts = Vec<Zeroizing<Vec<u8>>>;

/// Signs JWTs with RS256. The key lies in aws-lc's memory, which is wiped when it is freed.
///
/// `jsonwebtoken` has header and verification; its `encode` would parse and check the key again for
/// every signature, which takes several times as long as signing.
pub(crate) struct Signer {
    key: RsaKeyPair,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct SelfTest {
    nonce: String,
}

impl Signer {
    /// Loads a key and lets it sign once: a wrong key must fail at start, not at two at night. With it
    /// what must not leave.
    pub(crate) fn load(source: &SecretSource) -> Result<(Self, PrivateParts), KeyError> {
        let loaded = source.load()?;
        let inspected = inspect::inspect(&loaded.bytes, &loaded.path)?;
        let parts = private_parts(&inspected.key);
        Ok((Self::of(inspected, &loaded.path)?, parts))
    }

    pub(crate) fn new(pem: &[u8], path: &Path) -> Result<Self, KeyError> {
        Self::of(inspect::inspect(pem, path)?, path)
    }

    fn of(inspected: Inspected, path: &Path) -> Result<Self, KeyError> {
        let failed = |reason: &dyn std::fmt::Display| KeyError::SelfTest {
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        // The same key in the one form that aws-lc takes from both kinds of PEM; wiped on drop.
        let der = inspected.key.to_pkcs1_der().map_err(|e| failed(&e))?;
        let signer = Self {
            key: RsaKeyPair::from_der(der.as_bytes()).map_err(|e| failed(&e))?,
            kid: inspected.public.kid,
        };
        let sample = SelfTest {
            nonce: signer.kid.clone(),
        };
        let jwt = signer.sign("JWT", &sample).map_err(|e| failed(&e))?;
        let public =
            DecodingKey::from_rsa_components(&inspected.n, &inspected.e).map_err(|e| failed(&e))?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        jsonwebtoken::decode::<SelfTest>(&jwt, &public, &rules).map_err(|e| failed(&e))?;
        Ok(signer)
    }

    /// RFC 7638 thumbprint of the public half.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs `claims` under the media type `typ` (RFC 7515 §4.1.9).
    pub(crate) fn sign<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        // RFC 7515 §5.1: header and claims, a dot between them, are what is signed.
        let mut jwt = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut jwt);
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                jwt.as_bytes(),
                &mut signature,
            )
            .map_err(|_| Error::from(ErrorKind::RsaFailedSigning))?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut jwt);
        Ok(jwt)
    }
}

fn private_parts(key: &RsaPrivateKey) -> PrivateParts {
    let numbers = [Some(key.d()), key.dp(), key.dq()];
    let mut parts: PrivateParts = numbers
        .into_iter()
        .flatten()
        .chain(key.primes())
        .map(|number| number.to_bytes_be().into())
        .collect();
    if let Some(inverse) = key.qinv() {
        parts.push(inverse.to_bytes_be().1.into());
    }
    parts
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}
