//! The units on a machine that has not got them from a package: what is to be written, what stands there, and
//! what is taken away again.

use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Where the units expect the program.
const SHIPPED: &str = "/usr/bin/bountyd";

/// Units that people enable.
pub const ENABLED: [&str; 3] = [
    "bountyd.service",
    "bountyd-fixer.socket",
    "bountyd-egress.socket",
];

/// A file of the installation.
struct Shipped {
    path: &'static str,
    text: &'static str,
    /// It is the owner's: written once, never changed, never taken away.
    owners: bool,
}

macro_rules! unit {
    ($name:literal) => {
        Shipped {
            path: concat!("etc/systemd/system/", $name),
            text: include_str!(concat!("../systemd/", $name)),
            owners: false,
        }
    };
}

const FILES: [Shipped; 7] = [
    unit!("bountyd.service"),
    unit!("bountyd-fixer@.service"),
    unit!("bountyd-fixer.socket"),
    unit!("bountyd-egress@.service"),
    unit!("bountyd-egress.socket"),
    Shipped {
        path: "etc/sysusers.d/bountyd.conf",
        text: include_str!("../systemd/sysusers.d/bountyd.conf"),
        owners: false,
    },
    Shipped {
        path: "etc/bountyd/bountyd.toml",
        text: include_str!("../config/bountyd.toml"),
        owners: true,
    },
];

/// How a file stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It does not.
    Missing,
    /// As this version has it.
    Same,
    /// Otherwise: an earlier version's, or changed by somebody.
    Differs,
    /// It is the owner's own.
    Owners,
}

/// A file, and how it stands there.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// How.
    pub stands: Stands,
    #[serde(skip)]
    text: String,
    #[serde(skip)]
    owners: bool,
}

/// Why it cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no systemd to run the units.
    #[error(
        "systemd does not run here (no /run/systemd/system): start `bountyd run` by what starts your services, or say --root DIRECTORY to write the files into an image"
    )]
    NoSystemd,
    /// A package has put the units there.
    #[error("{} is there already, from a package: use the package manager", .0.display())]
    FromPackage(PathBuf),
    /// The units could not reach the program.
    #[error(
        "{} is where a confined service cannot reach it: install it as /usr/local/bin/bountyd first (install -m 0755), and run that one",
        .0.display()
    )]
    OutOfReach(PathBuf),
    /// Files that are not this version's are in the way.
    #[error(
        "{} differs from this version's: an earlier one's, or changed by you. With --replace this version's is put in its place, and what is there kept beside it as *.before",
        named(.0)
    )]
    Differs(Vec<PathBuf>),
    /// A file.
    #[error("{what} {} failed", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn named(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ServiceError {
    let path = path.to_owned();
    move |source| ServiceError::File { what, path, source }
}

/// How every file stands below `root`; the units name the program as `binary`.
///
/// # Errors
/// A file cannot be read.
pub fn look(root: &Path, binary: &Path) -> Result<Vec<Found>, ServiceError> {
    FILES
        .iter()
        .map(|file| {
            let path = root.join(file.path);
            let text = file.text.replace(SHIPPED, &binary.display().to_string());
            let stands = match std::fs::read(&path) {
                Ok(_) if file.owners => Stands::Owners,
                Ok(found) if found == text.as_bytes() => Stands::Same,
                Ok(_) => Stands::Differs,
                Err(e) if e.kind() == ErrorKind::NotFound => Stands::Missing,
                Err(e) => return Err(failed("reading", &path)(e)),
            };
            Ok(Found {
                path,
                stands,
                text,
                owners: file.owners,
            })
        })
        .collect()
}

/// Whether the files may be written below `root`, for a program that lies at `binary`.
///
/// # Errors
/// They would be of no use, or are a package's.
pub fn permitted(root: &Path, binary: &Path) -> Result<(), ServiceError> {
    let live = root == Path::new("/");
    if live && !Path::new("/run/systemd/system").is_dir() {
        return Err(ServiceError::NoSystemd);
    }
    for place in ["usr/lib/systemd/system", "lib/systemd/system"] {
        let unit = root.join(place).join("bountyd.service");
        if unit.exists() {
            return Err(ServiceError::FromPackage(unit));
        }
    }
    // ProtectHome= and PrivateTmp= of the units.
    let hidden = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];
    if live && hidden.iter().any(|place| binary.starts_with(place)) {
        return Err(ServiceError::OutOfReach(binary.to_owned()));
    }
    Ok(())
}

/// Writes what is missing and, where that is to be replaced, what differs; gives what was written, and where what
/// differed is now.
///
/// # Errors
/// Something differs and is not to be replaced: nothing was written. A file cannot be written; those before it are.
pub fn write(files: &[Found], replace: bool) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ServiceError> {
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    let differs = files.iter().filter(|file| file.stands == Stands::Differs);
    let differs: Vec<PathBuf> = differs.map(|file| file.path.clone()).collect();
    if !replace && !differs.is_empty() {
        return Err(ServiceError::Differs(differs));
    }
    for file in files {
        if matches!(file.stands, Stands::Same | Stands::Owners) {
            continue;
        }
        let path = &file.path;
        if let Some(directory) = path.parent() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(directory)
                .map_err(failed("making the directory", directory))?;
        }
        if file.stands == Stands::Differs {
            kept.push(keep(path).map_err(failed("keeping", path))?);
        }
        // Whole or not at all: systemd may be reading it.
        let part = path.with_extension("bountyd-new");
        let put = || -> std::io::Result<()> {
            let mut to = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o644)
                .open(&part)?;
            std::io::Write::write_all(&mut to, file.text.as_bytes())?;
            to.sync_all()?;
            std::fs::rename(&part, path)
        };
        put().map_err(failed("writing", path))?;
        written.push(path.clone());
    }
    Ok((written, kept))
}

/// Gives a file a second name, which neither systemd nor the next run takes for its own.
fn keep(path: &Path) -> std::io::Result<PathBuf> {
    for nth in 1..100 {
        let mut name = path.as_os_str().to_owned();
        name.push(".before");
        if nth > 1 {
            name.push(format!(".{nth}"));
        }
        let name = PathBuf::from(name);
        match std::fs::hard_link(path, &name) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            done => return done.map(|()| name),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Takes away what this version wrote; gives what was removed and what was left because somebody changed it.
///
/// # Errors
/// A file cannot be removed.
pub fn remove(files: &[Found]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ServiceError> {
    let (mut removed, mut left) = (Vec::new(), Vec::new());
    for file in files.iter().filter(|file| !file.owners) {
        match file.stands {
            Stands::Same => {
                std::fs::remove_file(&file.path).map_err(failed("removing", &file.path))?;
                removed.push(file.path.clone());
            }
            Stands::Differs => left.push(file.path.clone()),
            Stands::Missing | Stands::Owners => {}
        }
    }
    Ok((removed, left))
}
