//! A key that has proved it can sign.

use std::path::Path;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{KeyError, inspect};
use crate::secret::SecretSource;

/// Signs JWTs with RS256. The key is wiped on drop (by `EncodingKey`).
pub(crate) struct Signer {
    key: EncodingKey,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct SelfTest {
    nonce: String,
}

impl Signer {
    /// Loads a key and lets it sign once: a wrong key must fail at start, not at two at night.
    pub(crate) fn load(source: &SecretSource) -> Result<Self, KeyError> {
        let loaded = source.load()?;
        Self::new(&loaded.bytes, &loaded.path)
    }

    pub(crate) fn new(pem: &[u8], path: &Path) -> Result<Self, KeyError> {
        let inspected = inspect::inspect(pem, path)?;
        let failed = |e: jsonwebtoken::errors::Error| KeyError::SelfTest {
            path: path.to_owned(),
            reason: e.to_string(),
        };
        let signer = Self {
            key: EncodingKey::from_rsa_pem(pem).map_err(failed)?,
            kid: inspected.public.kid,
        };
        let sample = SelfTest {
            nonce: signer.kid.clone(),
        };
        let jwt = signer.sign("JWT", &sample).map_err(failed)?;
        let public =
            DecodingKey::from_rsa_components(&inspected.n, &inspected.e).map_err(failed)?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        jsonwebtoken::decode::<SelfTest>(&jwt, &public, &rules).map_err(failed)?;
        Ok(signer)
    }

    /// RFC 7638 thumbprint of the public half.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs `claims` under the media type `typ` (RFC 7515 §4.1.9).
    pub(crate) fn sign<C: Serialize>(
        &self,
        typ: &str,
        claims: &C,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}
