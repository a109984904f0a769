//! Makes a key file.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

use super::{BITS, KeyError, PublicKey, inspect, signer};

/// Makes an RSA key of `bits` (2048 to 4096) and writes it to a new file, mode 0600, as PKCS#8.
///
/// # Errors
/// The size, an existing file, or what the operating system said. A half-written file is removed.
pub fn generate_key(path: &Path, bits: usize) -> Result<PublicKey, KeyError> {
    let refuse = |reason: &dyn std::fmt::Display| KeyError::Generate {
        bits,
        reason: reason.to_string(),
    };
    if !BITS.contains(&bits) || !bits.is_multiple_of(8) {
        return Err(refuse(
            &"Auth0 takes 2048 to 4096, in steps of 8; 3072 is a good choice",
        ));
    }
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
        _ => KeyError::Io {
            path: path.to_owned(),
            source,
        },
    };
    // The name is taken first: finding out after a minute of arithmetic that it is in use is late.
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io)?;
    let made = (|| {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).map_err(|e| refuse(&e))?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| refuse(&e))?;
        let inspected = inspect::inspect(pem.as_bytes(), path)?;
        signer::Signer::new(pem.as_bytes(), path)?;
        file.write_all(pem.as_bytes()).map_err(io)?;
        file.sync_all().map_err(io)?;
        Ok(inspected.public)
    })();
    if made.is_err() {
        // Nothing else was ever in this file: we created it above.
        let _ = std::fs::remove_file(path);
    }
    made
}
