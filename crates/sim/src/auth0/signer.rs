//! The tenant's own key, which signs ID tokens.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use super::key::thumbprint;

/// The signing key with its public half as a JWK.
pub(crate) struct Signer {
    key: EncodingKey,
    kid: String,
    pub(crate) jwk: Value,
}

/// The signer, made at the first use: a key costs a moment, and most stories need none. One for the whole process.
pub(crate) fn signer() -> Result<&'static Signer, String> {
    static SIGNER: OnceLock<Result<Signer, String>> = OnceLock::new();
    SIGNER.get_or_init(make).as_ref().map_err(Clone::clone)
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
    /// Signs the claims as an ID token.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, String> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
            .map_err(|err| format!("cannot sign an ID token: {err}"))
    }
}
