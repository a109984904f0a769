//! Where secrets come from: systemd's credential directory first, else a private file.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

/// Longest secret file that is read, in bytes. A 4096-bit key in PEM takes 3.3 kB.
const LONGEST: u64 = 64 * 1024;

/// Names a secret; holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSource {
    /// File name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=).
    pub credential: String,
    /// Used when there is no such credential: a regular file, mode 0600 or 0400, owned by the
    /// user the program runs as or by root.
    pub file: Option<PathBuf>,
}

/// A secret that could not be read, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Neither the credential nor the file exists.
    #[error(
        "secret {credential}: not in $CREDENTIALS_DIRECTORY and {}; pass it with systemd's LoadCredential={credential}:… or name a file in the configuration",
        .file.as_ref().map_or("no file is configured".to_owned(), |f| format!("{} does not exist", f.display()))
    )]
    Missing {
        /// Name under the credential directory.
        credential: String,
        /// The file that was tried.
        file: Option<PathBuf>,
    },
    /// The credential's name would leave the credential directory.
    #[error(
        "credential name {credential:?} must be a plain file name, without '/' and not starting with '.'"
    )]
    BadName {
        /// The refused name.
        credential: String,
    },
    /// It is a directory, a pipe, a device.
    #[error("{}: not a regular file; put the secret into a regular file", .path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or write it.
    #[error("{}: mode {mode:04o} lets other users at it; run: chmod 600 {}", .path.display(), .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("{}: owned by uid {owner}, but this program runs as uid {us}; run: chown {us} {}", .path.display(), .path.display())]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// It is empty, too long, or not text.
    #[error("{}: {reason}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, with the remedy.
        reason: &'static str,
    },
    /// The operating system refused.
    #[error("{}: {source}; check that the file may be read by the user this program runs as", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: std::io::Error,
    },
}

/// A secret's bytes and the file they came from, for error texts.
pub(crate) struct Loaded {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) path: PathBuf,
}

impl Loaded {
    /// The secret as one line of text, surrounding white space removed.
    pub(crate) fn into_text(self) -> Result<SecretString, SecretError> {
        one_word(&self.bytes).map_err(|reason| SecretError::Unusable {
            path: self.path,
            reason,
        })
    }
}

/// A secret that is one word; else what is wrong with it, and how to put it right.
pub(crate) fn one_word(bytes: &[u8]) -> Result<SecretString, &'static str> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| "is not text; store the secret as one line of text")?
        .trim();
    if text.is_empty() {
        return Err("is empty; store the secret in it");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("holds more than one word; store only the secret, on one line");
    }
    Ok(SecretString::from(text.to_owned()))
}

impl SecretSource {
    /// Whether the secret can be read here and is one line of text, as a client secret is.
    ///
    /// # Errors
    /// Why not.
    pub fn probe(&self) -> Result<(), SecretError> {
        self.load()?.into_text().map(drop)
    }

    /// Reads the secret from where it lies.
    pub(crate) fn load(&self) -> Result<Loaded, SecretError> {
        let directory = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        self.load_from(directory.as_deref())
    }

    fn load_from(&self, directory: Option<&Path>) -> Result<Loaded, SecretError> {
        if self.credential.contains('/') || self.credential.starts_with('.') {
            return Err(SecretError::BadName {
                credential: self.credential.clone(),
            });
        }
        if let Some(path) = directory
            .filter(|_| !self.credential.is_empty())
            .map(|directory| directory.join(&self.credential))
            && let Some(file) = open(&path)?
        {
            // systemd guards the directory; modes there show an ACL mask, not who may read.
            return read(file, path);
        }
        let Some((path, file)) = self
            .file
            .as_ref()
            .map(|path| Ok((path.clone(), open(path)?)))
            .transpose()?
            .and_then(|(path, file)| file.map(|file| (path, file)))
        else {
            return Err(SecretError::Missing {
                credential: self.credential.clone(),
                file: self.file.clone(),
            });
        };
        check_private(&file, &path)?;
        read(file, path)
    }
}

/// Opens without waiting for the other end of a pipe; `None` if there is nothing.
fn open(path: &Path) -> Result<Option<File>, SecretError> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    match File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
    {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SecretError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Looks at the opened file, so that it cannot be exchanged between look and read; a symbolic
/// link is judged by what it points to.
fn check_private(file: &File, path: &Path) -> Result<(), SecretError> {
    let meta = file.metadata().map_err(|source| SecretError::Io {
        path: path.to_owned(),
        source,
    })?;
    if !meta.is_file() {
        return Err(SecretError::NotRegular {
            path: path.to_owned(),
        });
    }
    let mode = meta.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let us = rustix::process::geteuid().as_raw();
    if meta.uid() != us && meta.uid() != 0 {
        return Err(SecretError::ForeignOwner {
            path: path.to_owned(),
            owner: meta.uid(),
            us,
        });
    }
    Ok(())
}

fn read(file: File, path: PathBuf) -> Result<Loaded, SecretError> {
    let io = |source| SecretError::Io {
        path: path.clone(),
        source,
    };
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() {
        return Err(SecretError::NotRegular { path });
    }
    // The full capacity at once: growing would leave unwiped copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(io)?;
    let reason = if bytes.is_empty() {
        "is empty; store the secret in it"
    } else if bytes.len() as u64 > LONGEST {
        "is longer than 64 KiB, which no secret here is; check the path"
    } else {
        return Ok(Loaded { bytes, path });
    };
    Err(SecretError::Unusable { path, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).expect("write");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
    }

    fn source(file: Option<PathBuf>) -> SecretSource {
        SecretSource {
            credential: "bot".into(),
            file,
        }
    }

    fn text(source: &SecretSource, directory: Option<&Path>) -> Result<String, SecretError> {
        use secrecy::ExposeSecret;
        Ok(source
            .load_from(directory)?
            .into_text()?
            .expose_secret()
            .to_owned())
    }

    #[test]
    fn the_credential_wins_over_the_file() {
        let dir = tempfile::tempdir().expect("dir");
        write(&dir.path().join("bot"), "from-systemd\n", 0o440);
        let file = dir.path().join("file");
        write(&file, "from-file\n", 0o600);
        let source = source(Some(file));
        assert_eq!(
            text(&source, Some(dir.path())).expect("read"),
            "from-systemd"
        );
        assert_eq!(text(&source, None).expect("read"), "from-file");
        let elsewhere = tempfile::tempdir().expect("dir");
        assert_eq!(
            text(&source, Some(elsewhere.path())).expect("read"),
            "from-file"
        );
    }

    #[test]
    fn an_exposed_file_is_refused_with_the_fix() {
        let dir = tempfile::tempdir().expect("dir");
        let file = dir.path().join("key");
        for mode in [0o644, 0o640, 0o604, 0o660, 0o602] {
            write(&file, "x", mode);
            let error = text(&source(Some(file.clone())), None).expect_err("exposed");
            let said = error.to_string();
            assert!(said.contains("chmod 600") && said.contains("key"), "{said}");
        }
        for mode in [0o600, 0o400] {
            write(&file, "x", mode);
            assert_eq!(
                text(&source(Some(file.clone())), None).expect("private"),
                "x"
            );
            std::fs::remove_file(&file).expect("remove");
        }
    }

    #[test]
    fn somebody_elses_file_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let file = dir.path().join("key");
        write(&file, "x", 0o600);
        // Only root can give files away; elsewhere there is nothing to test with.
        if std::os::unix::fs::chown(&file, Some(12345), None).is_ok() {
            let error = text(&source(Some(file)), None).expect_err("foreign");
            assert!(
                matches!(error, SecretError::ForeignOwner { owner: 12345, .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_link_is_judged_by_its_target() {
        let dir = tempfile::tempdir().expect("dir");
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        write(&target, "x", 0o644);
        std::os::unix::fs::symlink(&target, &link).expect("link");
        assert!(matches!(
            text(&source(Some(link)), None),
            Err(SecretError::Exposed { mode: 0o644, .. })
        ));
    }

    #[test]
    fn pipes_directories_and_empty_files_are_named() {
        let dir = tempfile::tempdir().expect("dir");
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("mkfifo");
        for path in [pipe, dir.path().to_owned()] {
            assert!(matches!(
                text(&source(Some(path)), None),
                Err(SecretError::NotRegular { .. })
            ));
        }
        let file = dir.path().join("empty");
        write(&file, "", 0o600);
        assert!(matches!(
            text(&source(Some(file.clone())), None),
            Err(SecretError::Unusable { .. })
        ));
        write(&file, "two words", 0o600);
        assert!(matches!(
            text(&source(Some(file)), None),
            Err(SecretError::Unusable { .. })
        ));
    }

    #[test]
    fn a_missing_secret_names_both_places() {
        let said = text(&source(Some("/nowhere/bot".into())), None)
            .expect_err("missing")
            .to_string();
        assert!(
            said.contains("LoadCredential=bot") && said.contains("/nowhere/bot"),
            "{said}"
        );
        let escape = SecretSource {
            credential: "../shadow".into(),
            file: None,
        };
        assert!(matches!(
            text(&escape, None),
            Err(SecretError::BadName { .. })
        ));
    }
}
