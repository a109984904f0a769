//! What a box looks like: bubblewrap's options, one after the other.
//!
//! Nothing of the machine is seen but `/usr`, certificates, the alternatives that `/usr` links to,
//! the tools, and the work tree. bubblewrap makes each mount without setuid and devices; what is not
//! named here does not exist.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::Checked;
use crate::etc::{AGENT_ID, Etc};
use crate::masks::Cover;
use crate::spec::Spec;

/// The home directory inside.
pub(crate) const HOME: &str = "/home/agent";
/// The inner init inside.
pub(crate) const INIT: &str = "/run/jail/init";
/// The egress socket inside.
pub(crate) const EGRESS: &str = "/run/egress.sock";
/// The work tree inside.
pub(crate) const WORK: &str = "/work";

/// Links to `/usr` on merged systems, trees of their own elsewhere.
const USR_LINKS: [&str; 7] = [
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libexec",
];

/// What programs of the system read below `/etc`; shown where it exists. No keys, no accounts.
const SYSTEM_ETC: [&str; 9] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/pki/ca-trust",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];

/// Options in the order in which bubblewrap carries them out.
#[derive(Debug, Default)]
pub(crate) struct Options(Vec<OsString>);

impl Options {
    fn flag(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn with(&mut self, flag: &str, words: &[&OsStr]) {
        self.0.push(flag.into());
        self.0.extend(words.iter().map(OsString::from));
    }

    fn read_only(&mut self, outside: &Path, inside: &Path) {
        self.with("--ro-bind", &[outside.as_os_str(), inside.as_os_str()]);
    }

    fn scratch(&mut self, mode: &str, size: u64, inside: &str) {
        self.flag(&["--perms", mode, "--size", &size.to_string()]);
        self.flag(&["--tmpfs", inside]);
    }
}

/// The parts of the host that are the same in every box; read once, when the jail is probed.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    links: Vec<(PathBuf, PathBuf)>,
    trees: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Host {
    /// Looks at the root directory and at `/etc`.
    pub(crate) fn look() -> Host {
        let mut host = Host {
            links: Vec::new(),
            trees: vec![PathBuf::from("/usr")],
            files: Vec::new(),
        };
        for name in USR_LINKS.map(PathBuf::from) {
            if let Ok(target) = fs::read_link(&name) {
                host.links.push((target, name));
            } else if name.is_dir() {
                host.trees.push(name);
            }
        }
        for path in SYSTEM_ETC.map(PathBuf::from) {
            if path.is_dir() {
                host.trees.push(path);
            } else if path.is_file() {
                host.files.push(path);
            }
        }
        // Debian's Java reads its configuration through links from /usr to here.
        if let Ok(entries) = fs::read_dir("/etc") {
            let java = |path: &PathBuf| {
                path.file_name()
                    .and_then(OsStr::to_str)
                    .is_some_and(|name| name.starts_with("java"))
            };
            let mut found: Vec<_> = entries.flatten().map(|e| e.path()).filter(java).collect();
            found.sort();
            host.trees.extend(found);
        }
        host
    }
}

/// The files that are copied into each box: where they are, and where they are seen.
pub(crate) fn files(host: &Host, etc: &Etc) -> Vec<(PathBuf, PathBuf)> {
    let system = host.files.iter().map(|path| (path.clone(), path.clone()));
    etc.files().chain(system).collect()
}

/// All options of one box, after its files.
pub(crate) fn options(
    spec: &Spec,
    checked: &Checked,
    host: &Host,
    etc: &Etc,
    init: &Path,
) -> Vec<OsString> {
    let mut o = Options::default();
    let id = AGENT_ID.to_string();
    // --unshare-all alone would only try the user namespace. No --new-session: see `guard`.
    o.flag(&["--unshare-user", "--unshare-all", "--disable-userns"]);
    o.flag(&["--die-with-parent", "--cap-drop", "ALL", "--clearenv"]);
    o.flag(&["--uid", &id, "--gid", &id]);
    system(&mut o, host);
    o.read_only(init, Path::new(INIT));
    if let Some(socket) = &spec.egress {
        o.read_only(socket, Path::new(EGRESS));
    }
    o.flag(&["--proc", "/proc", "--dev", "/dev"]);
    o.scratch("1777", spec.limits.scratch, "/dev/shm");
    o.scratch("1777", spec.limits.scratch, "/tmp");
    o.scratch("0700", spec.limits.scratch, HOME);
    o.flag(&["--symlink", "/tmp", "/var/tmp"]);
    for tool in &spec.tools {
        o.read_only(&tool.outside, &tool.inside);
    }
    o.with("--bind", &[checked.work.as_os_str(), OsStr::new(WORK)]);
    for cover in &checked.covers.there {
        match cover {
            Cover::Directory(at) => o.read_only(&etc.empty_directory(), &Path::new(WORK).join(at)),
            Cover::File(at) => o.read_only(&etc.empty_file(), &Path::new(WORK).join(at)),
        }
    }
    o.flag(&["--remount-ro", "/dev", "--remount-ro", "/"]);
    o.with("--setenv", &[OsStr::new("HOME"), OsStr::new(HOME)]);
    for (name, value) in &spec.env {
        o.with("--setenv", &[name, value]);
    }
    o.0
}

fn system(o: &mut Options, host: &Host) {
    for tree in &host.trees {
        o.read_only(tree, tree);
    }
    for (target, link) in &host.links {
        o.with("--symlink", &[target.as_os_str(), link.as_os_str()]);
    }
}
