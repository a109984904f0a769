//! The parts that can be tried one by one.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use super::causes;
use super::kernel;
use crate::init::landlock_abi;
use crate::refusal::{Part, Refusal};

/// The first bubblewrap with `--disable-userns`.
const LEAST: (u32, u32, u32) = (0, 8, 0);

const INSTALL: &str = "Install the package `bubblewrap` (0.8.0 or newer), or name it with `bwrap`";

pub(super) fn not_root() -> Result<(), Refusal> {
    let root = rustix::process::getuid().is_root() || rustix::process::geteuid().is_root();
    if root {
        return Err(Refusal::new(
            Part::Unprivileged,
            "this is root, and a box of root's has root's reach",
            "Run it as a user of its own, as the systemd units do (`User=`)",
        ));
    }
    Ok(())
}

/// The version, if it will do.
pub(super) fn bubblewrap(path: &Path) -> Result<String, Refusal> {
    let refuse = |reason: String| Refusal::new(Part::Bubblewrap, reason, INSTALL);
    if !path.is_absolute() {
        return Err(refuse(format!(
            "{} is not an absolute path",
            path.display()
        )));
    }
    let seen = fs::metadata(path).map_err(|e| refuse(format!("{}: {e}", path.display())))?;
    if seen.mode() & 0o6000 != 0 {
        return Err(Refusal::new(
            Part::Bubblewrap,
            format!("{} is setuid", path.display()),
            format!(
                "User namespaces need no setuid, and --disable-userns refuses it: `chmod u-s,g-s {}`",
                path.display()
            ),
        ));
    }
    let said = Command::new(path)
        .arg("--version")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|e| refuse(format!("{} cannot be started: {e}", path.display())))?;
    let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let version = text.strip_prefix("bubblewrap ").unwrap_or(&text);
    match numbers(version) {
        None => Err(refuse(format!(
            "{} --version says {text:?}, not a version",
            path.display()
        ))),
        Some(found) if found < LEAST => Err(refuse(format!(
            "{} is {version}, and 0.8.0 is the first that can forbid nested namespaces",
            path.display()
        ))),
        Some(_) => Ok(version.to_owned()),
    }
}

fn numbers(version: &str) -> Option<(u32, u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let three = (
        parts.next()??,
        parts.next()??,
        parts.next().unwrap_or(Some(0))?,
    );
    parts.next().is_none().then_some(three)
}

/// The same namespaces as a box, around nothing.
pub(super) fn user_namespaces(bwrap: &Path) -> Result<(), Refusal> {
    let tried = Command::new(bwrap)
        .args(["--unshare-user", "--unshare-all", "--disable-userns"])
        .args(["--die-with-parent", "--ro-bind", "/", "/"])
        .args(["--proc", "/proc", "--", "/bin/true"])
        .env_clear()
        .stdin(Stdio::null())
        .output();
    let said = match tried {
        Ok(out) if out.status.success() => return Ok(()),
        Ok(out) => String::from_utf8_lossy(&out.stderr).trim().to_owned(),
        Err(e) => e.to_string(),
    };
    let (reason, remedy) = causes::of_namespaces(&said, kernel);
    Err(Refusal::new(Part::UserNamespaces, reason, remedy))
}

pub(super) fn landlock(minimum: u32) -> Result<(), Refusal> {
    let found = landlock_abi();
    if found >= minimum.max(1) {
        return Ok(());
    }
    let (reason, remedy) = if found == 0 {
        (
            "the kernel has none, or it is switched off".to_owned(),
            "Landlock needs Linux 5.13 with CONFIG_SECURITY_LANDLOCK; add `landlock` to the list \
             that `lsm=` on the kernel's command line gives",
        )
    } else {
        (
            format!("its ABI is {found}, and {minimum} is the least that is accepted"),
            "Take a newer kernel, or set `landlock_minimum` lower",
        )
    };
    Err(Refusal::new(Part::Landlock, reason, remedy))
}

pub(super) fn seccomp() -> Result<(), Refusal> {
    let actions = kernel("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    if actions.split_whitespace().any(|action| action == "errno") {
        return Ok(());
    }
    Err(Refusal::new(
        Part::Seccomp,
        "/proc/sys/kernel/seccomp/actions_avail does not list `errno`",
        "The kernel needs CONFIG_SECCOMP_FILTER; under systemd, `ProcSubset=pid` hides the list",
    ))
}

pub(super) fn init(path: &Path) -> Result<(), Refusal> {
    let refuse = |reason: String| {
        Refusal::new(
            Part::Init,
            format!("{}: {reason}", path.display()),
            "It is the daemon's own program; run it from a place that this user can read",
        )
    };
    if !path.is_absolute() {
        return Err(refuse("it is not an absolute path".to_owned()));
    }
    let seen = fs::metadata(path).map_err(|e| refuse(e.to_string()))?;
    if !seen.is_file() || seen.permissions().mode() & 0o111 == 0 {
        return Err(refuse("it is not a program".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_nothing_else() {
        assert_eq!(numbers("0.8.0"), Some((0, 8, 0)));
        assert_eq!(numbers("0.11"), Some((0, 11, 0)));
        assert!(numbers("0.11.0") > numbers("0.8.0"));
        assert!(numbers("0.7.9") < Some(LEAST));
        for odd in ["", "0", "0.8.0.1", "0.8.x", "v0.8.0"] {
            assert_eq!(numbers(odd), None, "{odd}");
        }
    }
}
