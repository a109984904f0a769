//! The tenant's own keys, which sign ID tokens. They are made when they are first needed: a key costs a moment, and most
//! stories need none. All tenants of a process draw from one row of keys.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use super::key::thumbprint;
use crate::lock;

/// A signing key with its public half as a JWK.
pub(crate) struct Signer {
    key: EncodingKey,
    pub(crate) kid: String,
    pub(crate) jwk: Value,
}

static ROW: Mutex<Vec<Arc<Signer>>> = Mutex::new(Vec::new());

/// The key at this place of the row.
pub(crate) fn signer(place: usize) -> Result<Arc<Signer>, String> {
    let mut row = lock(&ROW);
    while row.len() <= place {
        row.push(Arc::new(make()?));
    }
    Ok(Arc::clone(&row[place]))
}

fn make() -> Result<Signer, String> {
    let private = RsaPrivateKey::new(&mut OsRng, 2048)
        .map_err(|err| format!("cannot make the tenant's key: {err}"))?;
    let pem = private
        .to_pkcs1_pem(LineEnding::LF)
        .map_err(|err| format!("cannot write the tenant's key: {err}"))?;
    let key = EncodingKey::from_rsa_pem(pem.as_bytes())
        .map_err(|err| format!("cannot use the tenant's key: {err}"))?;
    let (modulus, exponent) = (private.n().to_bytes_be(), private.e().to_bytes_be());
    let kid = thumbprint(&modulus, &exponent);
    let jwk = json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(&modulus), "e": URL_SAFE_NO_PAD.encode(&exponent),
    });
    Ok(Signer { key, kid, jwk })
}

impl Signer {
    /// Signs the claims, naming `kid`: this key's own, unless a forgery is wanted.
    pub(crate) fn sign(&self, claims: &Value, kid: &str) -> Result<String, String> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key)
            .map_err(|err| format!("cannot sign a token: {err}"))
    }
}
