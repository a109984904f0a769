//! Makes a key file.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags, openat, renameat_with};
use zeroize::Zeroizing;

use super::{BITS, KeyError, PublicKey, inspect, signer};
use crate::credential_store::Sealer;

/// Makes an RSA key of `bits` (2048 to 4096) and writes it to a new file, mode 0600, as PKCS#8.
///
/// # Errors
/// The size, an existing file, or what the operating system said. A half-written file never has the name.
pub fn generate_key(path: &Path, bits: usize) -> Result<PublicKey, KeyError> {
    generate(path, bits, None, |pem| Ok(Zeroizing::new(pem.to_vec())))
}

/// As [`generate_key`], beside the key in `like` and for the user whom that belongs to: what root makes for
/// somebody else is theirs from the first byte on.
///
/// # Errors
/// As [`generate_key`]; `like` is no regular file.
pub fn generate_key_like(path: &Path, bits: usize, like: &Path) -> Result<PublicKey, KeyError> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = openat(CWD, like, flags, Mode::empty()).map_err(|error| io(like)(error.into()))?;
    let owner = fs::File::from(held).metadata().map_err(io(like))?;
    if !owner.is_file() {
        let odd = std::io::Error::other(
            "it is no regular file, and its owner is to own the new key; put the key itself there",
        );
        return Err(io(like)(odd));
    }
    generate(path, bits, Some(&owner), |pem| {
        Ok(Zeroizing::new(pem.to_vec()))
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
    generate(path, bits, None, |pem| {
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
    like: Option<&fs::Metadata>,
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
    put(path, &contents, like).map_err(io(path))?;
    Ok(inspected.public)
}

/// A new file, whole or not at all, that only its owner reads.
fn put(path: &Path, contents: &[u8], like: Option<&fs::Metadata>) -> std::io::Result<()> {
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
        if let Some(like) = like
            && rustix::process::geteuid().is_root()
        {
            // On what was opened: whoever writes the directory may have put a link in the name's place.
            fchown(&file, Some(like.uid()), Some(like.gid()))?;
        }
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
