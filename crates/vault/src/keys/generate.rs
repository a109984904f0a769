//! Makes a key file.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use zeroize::Zeroizing;

use super::{BITS, KeyError, PublicKey, inspect, signer};
use crate::credential_store::Sealer;

/// Makes an RSA key of `bits` (2048 to 4096) and writes it to a new file, mode 0600, as PKCS#8.
///
/// # Errors
/// The size, an existing file, or what the operating system said. A half-written file never has the name.
pub fn generate_key(path: &Path, bits: usize) -> Result<PublicKey, KeyError> {
    generate(path, bits, |pem| Ok(Zeroizing::new(pem.to_vec())))
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
    generate(path, bits, |pem| {
        Ok(Zeroizing::new(sealer.seal(name, pem)?))
    })
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> KeyError {
    let path = path.to_owned();
    move |source| match source.kind() {
        ErrorKind::AlreadyExists => KeyError::Exists(path.clone()),
        _ => KeyError::Io {
            path: path.clone(),
            source,
        },
    }
}

fn generate(
    path: &Path,
    bits: usize,
    contents: impl FnOnce(&[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>,
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
    // Finding out after a minute of arithmetic that the name is in use is late.
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io(path)(error)),
        Ok(_) => return Err(KeyError::Exists(path.to_owned())),
    }
    // All of it before the first file: whoever breaks it off leaves none behind.
    let key = RsaPrivateKey::new(&mut OsRng, bits).map_err(|e| refuse(&e))?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| refuse(&e))?;
    let inspected = inspect::inspect(pem.as_bytes(), path)?;
    signer::Signer::new(pem.as_bytes(), path)?;
    let contents = contents(pem.as_bytes())?;
    put(path, &contents).map_err(io(path))?;
    Ok(inspected.public)
}

/// A new file, whole or not at all, that only its owner reads.
fn put(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let beside = beside(path, parent);
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let put = (|| {
        file.write_all(contents)?;
        file.sync_all()?;
        // What came meanwhile stays.
        renameat_with(CWD, &beside, CWD, path, RenameFlags::NOREPLACE)?;
        fs::File::open(parent)?.sync_all()
    })();
    if put.is_err() {
        // Nothing else was ever in it: we created it above. Once it is moved, nothing is there.
        let _ = fs::remove_file(&beside);
    }
    put
}

/// A hidden name that nobody else uses.
fn beside(path: &Path, parent: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}.new", OsRng.next_u64()));
    parent.join(name)
}
