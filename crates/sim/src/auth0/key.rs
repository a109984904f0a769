//! Public keys a client has registered with the tenant.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};

/// A registered public key. Auth0 calls it a credential of type `public_key`.
#[derive(Clone)]
pub struct Credential {
    /// Name a signer gives in the JWT header.
    pub kid: String,
    /// `RS256`, `RS384` or `PS256`; assertions signed otherwise are refused.
    pub alg: Algorithm,
    /// End of validity in Unix milliseconds, if any.
    pub expires_at_ms: Option<i64>,
    /// `cred_…`, from the moment it is registered with a client.
    pub id: String,
    /// Name given by whoever registered it.
    pub name: String,
    /// When it was registered, Unix milliseconds.
    pub created_at_ms: i64,
    /// RFC 7638 thumbprint, which is the `kid` unless another was given.
    pub thumbprint: String,
    pub(crate) key: DecodingKey,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

impl Credential {
    /// Registers a PEM in SPKI (`BEGIN PUBLIC KEY`) or PKCS#1 (`BEGIN RSA PUBLIC KEY`) for `RS256` under its RFC 7638
    /// thumbprint. Auth0 also takes a certificate; this tenant does not.
    ///
    /// # Errors
    /// What the Management API would refuse: not a public RSA key, or outside 2048 to 4096 bits.
    pub fn from_pem(pem: &str) -> Result<Self, String> {
        let pem = pem.trim();
        let public = RsaPublicKey::from_public_key_pem(pem)
            .map_err(|err| format!("not a public RSA key in PEM: {err}"))
            .or_else(|err| RsaPublicKey::from_pkcs1_pem(pem).map_err(|_| err))?;
        let bits = public.size() * 8;
        if !(2048..=4096).contains(&bits) {
            return Err(format!(
                "an RSA key must have 2048 to 4096 bits, this one has {bits}"
            ));
        }
        let (modulus, exponent) = (public.n().to_bytes_be(), public.e().to_bytes_be());
        let thumbprint = thumbprint(&modulus, &exponent);
        Ok(Self {
            kid: thumbprint.clone(),
            alg: Algorithm::RS256,
            expires_at_ms: None,
            id: String::new(),
            name: String::new(),
            created_at_ms: 0,
            thumbprint,
            key: DecodingKey::from_rsa_raw_components(&modulus, &exponent),
        })
    }

    /// The same key under another name.
    #[must_use]
    pub fn named(mut self, kid: &str) -> Self {
        kid.clone_into(&mut self.kid);
        self
    }

    /// The same key for another algorithm.
    #[must_use]
    pub const fn for_algorithm(mut self, alg: Algorithm) -> Self {
        self.alg = alg;
        self
    }
}

/// RFC 7638 thumbprint of an RSA key.
pub(crate) fn thumbprint(modulus: &[u8], exponent: &[u8]) -> String {
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(modulus),
        URL_SAFE_NO_PAD.encode(exponent),
    );
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(
        r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // The key of RFC 7638 §3.1 and the thumbprint printed there.
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKR\
            XjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZH\
            zu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqD\
            Kgw";
        let modulus = URL_SAFE_NO_PAD.decode(modulus).expect("base64");
        let exponent = URL_SAFE_NO_PAD.decode("AQAB").expect("base64");
        assert_eq!(
            thumbprint(&modulus, &exponent),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn what_is_no_usable_public_key_is_refused() {
        assert!(
            Credential::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
                .is_err()
        );
        assert!(Credential::from_pem("ssh-rsa AAAA").is_err());
    }
}
