//! `systemd-creds`: seals a secret with a key of this machine, in its TPM where it has one
//! (systemd-creds(1)). The secret goes in and out through pipes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use zeroize::Zeroizing;

use crate::redact;

/// Where distributions have it.
const PLACES: [&str; 2] = ["/usr/bin/systemd-creds", "/bin/systemd-creds"];
/// Longest secret that is read back, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Why nothing was sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It is not installed.
    #[error(
        "systemd-creds is not on this machine (it comes with systemd 250 or later); store the secret in a plain file of mode 0600"
    )]
    Missing,
    /// It did not run.
    #[error("systemd-creds cannot be run: {0}")]
    Run(std::io::Error),
    /// It refused.
    #[error(
        "systemd-creds {verb}: {said}; run it as root, on the machine that is to open the secret"
    )]
    Refused {
        /// What it was to do.
        verb: &'static str,
        /// Its words.
        said: String,
    },
}

/// The program that seals.
#[derive(Clone, Debug)]
pub struct Sealer {
    program: PathBuf,
    /// The key it takes (`--with-key=`).
    with_key: &'static str,
}

impl Sealer {
    /// Finds the program. Sealed with the machine's TPM and its own key where there is a TPM, else with
    /// the key alone, which lies in `/var/lib/systemd/credential.secret` for root.
    ///
    /// # Errors
    /// It is not there.
    pub fn find() -> Result<Self, SealError> {
        let program = PLACES
            .iter()
            .map(PathBuf::from)
            .find(|place| place.is_file())
            .ok_or(SealError::Missing)?;
        let mut sealer = Self {
            program,
            with_key: "host",
        };
        if sealer.has_tpm() {
            sealer.with_key = "host+tpm2";
        }
        Ok(sealer)
    }

    /// What holds the key, in words.
    #[must_use]
    pub fn keeper(&self) -> &'static str {
        match self.with_key {
            "host" => "a key of this machine, which only root reads (there is no TPM)",
            _ => "this machine's TPM and a key that only root reads",
        }
    }

    fn has_tpm(&self) -> bool {
        self.command(&["has-tpm2", "--quiet"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// No variable of ours says anything to it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().args(arguments);
        command
    }

    pub(crate) fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let name = format!("--name={name}");
        let key = format!("--with-key={}", self.with_key);
        let mut child = self
            .command(&["encrypt", &name, &key, "-", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(SealError::Run)?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that has refused already does not read; its status says so.
            let _ = stdin.write_all(secret);
        }
        let output = child.wait_with_output().map_err(SealError::Run)?;
        refused("encrypt", &output)?;
        Ok(output.stdout)
    }

    pub(crate) fn open(&self, name: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let name = format!("--name={name}");
        let mut command = self.command(&["decrypt", &name]);
        let mut child = command
            .arg(path)
            .arg("-")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(SealError::Run)?;
        // Read by hand: the full capacity at once leaves no copy behind.
        let mut secret = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
        if let Some(stdout) = child.stdout.take() {
            stdout
                .take(LONGEST)
                .read_to_end(&mut secret)
                .map_err(SealError::Run)?;
        }
        let output = child.wait_with_output().map_err(SealError::Run)?;
        refused("decrypt", &output)?;
        Ok(secret)
    }
}

fn refused(verb: &'static str, output: &Output) -> Result<(), SealError> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = redact::clean(said.trim(), &[]);
    Err(SealError::Refused {
        verb,
        said: match said.as_str() {
            "" => output.status.to_string(),
            _ => said,
        },
    })
}
