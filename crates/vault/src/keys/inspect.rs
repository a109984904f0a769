//! Looks at a key file with `rsa` and says precisely what is wrong with it. No private-key
//! operation happens here (RUSTSEC-2023-0071 is about those); signing is `aws-lc-rs`'s.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{
    DecodePrivateKey, EncodePublicKey, LineEnding, ObjectIdentifier, PrivateKeyInfo, SecretDocument,
};
use rsa::traits::PublicKeyParts;
use sha2::{Digest, Sha256};

use super::{BITS, KeyError, PublicKey};

/// What a fit key looks like from outside.
pub(crate) struct Inspected {
    pub(crate) public: PublicKey,
    /// For the signer, in the same breath: parsing it takes milliseconds. Wiped on drop.
    pub(crate) key: RsaPrivateKey,
    /// Modulus and exponent, base64url without padding (RFC 7518 §6.3.1).
    pub(crate) n: String,
    pub(crate) e: String,
}

/// Checks a private key in PEM form; `path` is for the error texts.
pub(crate) fn inspect(pem: &[u8], path: &Path) -> Result<Inspected, KeyError> {
    let text = std::str::from_utf8(pem).map_err(|_| KeyError::NotPem(path.to_owned()))?;
    let damaged = |reason: &dyn std::fmt::Display| KeyError::Damaged {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let not_rsa = |kind: &str| KeyError::NotRsa {
        path: path.to_owned(),
        kind: kind.to_owned(),
    };
    let text = text.trim();
    let label = label(text).ok_or_else(|| KeyError::NotPem(path.to_owned()))?;
    let key = match label {
        "RSA PRIVATE KEY" if text.contains("ENCRYPTED") => {
            return Err(KeyError::Encrypted(path.to_owned()));
        }
        "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_pem(text).map_err(|e| damaged(&e))?,
        "PRIVATE KEY" => {
            let (_, document) = SecretDocument::from_pem(text).map_err(|e| damaged(&e))?;
            let info: PrivateKeyInfo<'_> = document.decode_msg().map_err(|e| damaged(&e))?;
            if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
                return Err(not_rsa(algorithm_name(info.algorithm.oid)));
            }
            RsaPrivateKey::from_pkcs8_pem(text).map_err(|e| damaged(&e))?
        }
        "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted(path.to_owned())),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {
            return Err(KeyError::PublicHalf(path.to_owned()));
        }
        "EC PRIVATE KEY" | "EC PARAMETERS" => return Err(not_rsa("an elliptic curve key")),
        "OPENSSH PRIVATE KEY" => return Err(not_rsa("an OpenSSH key")),
        "DSA PRIVATE KEY" => return Err(not_rsa("a DSA key")),
        _ => return Err(KeyError::NotPem(path.to_owned())),
    };
    let bits = key.n().bits();
    if !BITS.contains(&bits) {
        return Err(KeyError::Size {
            path: path.to_owned(),
            bits,
        });
    }
    key.validate().map_err(|e| damaged(&e))?;
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()),
        URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
    );
    let pem = key
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .map_err(|e| damaged(&e))?;
    Ok(Inspected {
        public: PublicKey {
            pem,
            kid: thumbprint(&n, &e),
            bits,
        },
        key,
        n,
        e,
    })
}

/// The label of the first PEM block.
fn label(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, _) = rest.split_once("-----")?;
    Some(label)
}

fn algorithm_name(oid: ObjectIdentifier) -> &'static str {
    match oid.to_string().as_str() {
        "1.2.840.10045.2.1" => "an elliptic curve key",
        "1.3.101.112" => "an Ed25519 key",
        "1.2.840.113549.1.1.10" => "an RSA-PSS key",
        _ => "a key of another algorithm",
    }
}

/// RFC 7638 §3: SHA-256 over the required members in alphabetical order, without white space.
pub(crate) fn thumbprint(n: &str, e: &str) -> String {
    let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and result printed in RFC 7638 §3.1.
    #[test]
    fn thumbprint_of_the_rfc() {
        let n = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_",
            "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_",
            "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI",
            "4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        );
        assert_eq!(
            thumbprint(n, "AQAB"),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn what_is_no_key_is_named() {
        let path = Path::new("k.pem");
        let block = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        let of = |text: &str| inspect(text.as_bytes(), path).err().expect("refused");
        assert!(matches!(of("hello"), KeyError::NotPem(_)));
        assert!(matches!(of(""), KeyError::NotPem(_)));
        assert!(inspect(b"\xff\xfe", path).is_err());
        for label in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"] {
            assert!(matches!(of(&block(label)), KeyError::PublicHalf(_)));
        }
        assert!(matches!(
            of(&block("ENCRYPTED PRIVATE KEY")),
            KeyError::Encrypted(_)
        ));
        let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n";
        assert!(matches!(of(legacy), KeyError::Encrypted(_)));
        for label in ["EC PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            assert!(matches!(of(&block(label)), KeyError::NotRsa { .. }));
        }
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
            assert!(matches!(of(&block(label)), KeyError::Damaged { .. }));
        }
        for said in [of("x"), of(&block("PRIVATE KEY")), of(&block("PUBLIC KEY"))] {
            assert!(said.to_string().contains("k.pem"));
        }
    }

    /// An Ed25519 key in PKCS#8, the example of RFC 8410 §10.3.
    #[test]
    fn another_algorithm_is_named() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let Err(KeyError::NotRsa { kind, .. }) = inspect(pem.as_bytes(), Path::new("k")) else {
            panic!("an Ed25519 key passed");
        };
        assert_eq!(kind, "an Ed25519 key");
    }
}
