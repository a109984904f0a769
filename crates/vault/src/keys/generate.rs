//! Makes a key file.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

use super::{BITS, KeyError, PublicKey, inspect, signer};
use crate::credential_store::Sealer;

/// Makes an RSA key of `bits` (2048 to 4096) and writes it to a new file, mode 0600, as PKCS#8.
///
/// # Errors
/// The size, an existing file, or what the operating system said. A half-written file is removed.
pub fn generate_key(path: &Path, bits: usize) -> Result<PublicKey, KeyError> {
    generate(path, bits, |pem, file| {
        file.write_all(pem).map_err(io(path))
    })
}

/// As [`generate_key`], sealed for the credential `name`: what is in the file is worth nothing without
/// this machine, and the private half was never on a disk.
///
/// # Errors
/// As [`generate_key`], and what `systemd-creds` said.
pub fn generate_sealed_key(
    path: &Path,
    bits: usize,
    name: &str,
    sealer: &Sealer,
) -> Result<PublicKey, KeyError> {
    generate(path, bits, |pem, file| {
        let sealed = sealer.seal(name, pem)?;
        file.write_all(&sealed).map_err(io(path))
    })
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists(path.clone()),
        _ => KeyError::Io {
            path: path.clone(),
            source,
        },
    }
}

fn generate(
    path: &Path,
    bits: usize,
    write: impl FnOnce(&[u8], &mut std::fs::File) -> Result<(), KeyError>,
) -> Result<PublicKey, KeyError> {
    let refuse = |reason: &dyn std::fmt::Display| KeyError::Generate {
        bits,
        reason: reason.to_string(),
    };
    if !BITS.contains(&bits) || !bits.is_multiple_of(8) {
        return Err(refuse(
            &"Auth0 takes 2048 to 4096, in steps of 8; 3072 is a good choice",
        ));
    }
    // The name is taken first: finding out after a minute of arithmetic that it is in use is late.
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io(path))?;
    let made = (|| {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).map_err(|e| refuse(&e))?;
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| refuse(&e))?;
        let inspected = inspect::inspect(pem.as_bytes(), path)?;
        signer::Signer::new(pem.as_bytes(), path)?;
        write(pem.as_bytes(), &mut file)?;
        file.sync_all().map_err(io(path))?;
        Ok(inspected.public)
    })();
    if made.is_err() {
        // Nothing else was ever in this file: we created it above.
        let _ = std::fs::remove_file(path);
    }
    made
}
