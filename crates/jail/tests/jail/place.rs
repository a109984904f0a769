//! A place for one test, that an unprivileged user can use.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jail::{Jail, Limits, LimitsMode, Settings, Spec};

/// Whom tests run as that root started.
const USER: u32 = 4321;
/// Where such a test finds its place.
const PLACE: &str = "JAIL_TEST_PLACE";

/// What stands in every test's environment and, so, in its memory.
pub(crate) const CANARY: &str = "canary-7f3a-of-the-host";

/// Directories of one test.
pub(crate) struct Place {
    root: PathBuf,
}

/// Runs `body` as an unprivileged user. `name` is the test's own, with its module.
#[track_caller]
pub(crate) fn unprivileged(name: &str, body: impl FnOnce(&Place)) {
    unprivileged_then(name, body, |_| ());
}

/// The same, and then `after` as whoever started the tests: what `body` left in its place is there.
#[track_caller]
pub(crate) fn unprivileged_then(name: &str, body: impl FnOnce(&Place), after: impl FnOnce(&Place)) {
    if let Some(root) = std::env::var_os(PLACE) {
        return body(&Place { root: root.into() });
    }
    let root = tempfile::Builder::new()
        .prefix("jail-test-")
        .tempdir()
        .expect("a directory");
    let init = root.path().join("jail-init");
    fs::copy(env!("CARGO_BIN_EXE_jail-init"), &init).expect("copied");
    let place = Place {
        root: root.path().to_owned(),
    };
    let this = root.path().join("test");
    fs::copy(std::env::current_exe().expect("this program"), &this).expect("copied");
    for path in [root.path(), &init, &this] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("opened");
    }
    // Always a process of its own, so that its environment can be chosen.
    let mut command = if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(root.path(), Some(USER), Some(USER)).expect("given away");
        let mut command = Command::new("setpriv");
        command
            .args([format!("--reuid={USER}"), format!("--regid={USER}")])
            .args(["--clear-groups", "--"])
            .arg(&this);
        command
    } else {
        Command::new(&this)
    };
    let out = command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(PLACE, root.path())
        .env("CANARY_OF_THE_HOST", CANARY)
        .output()
        .expect("started (setpriv is in util-linux)");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && said.contains("1 passed"),
        "{name}: {}\n{said}\n{}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    after(&place);
}

impl Place {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A word that no other test uses.
    pub(crate) fn name(&self) -> String {
        let name = self.root.components().next_back().expect("a name");
        name.as_os_str().to_string_lossy().into_owned()
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("made");
        path
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::new(
            self.path("jail-init"),
            self.path("state"),
            LimitsMode::RlimitOnly,
        )
    }

    #[track_caller]
    pub(crate) fn jail(&self) -> Jail {
        Jail::probe(&self.settings()).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// A run of this, in a work tree of its own.
    pub(crate) fn spec<const N: usize>(&self, argv: [&str; N]) -> Spec {
        Spec {
            argv: argv.map(OsString::from).to_vec(),
            env: BTreeMap::from([("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())]),
            work: self.directory("work"),
            start_in: PathBuf::new(),
            tools: Vec::new(),
            masks: Vec::new(),
            egress: None,
            limits: Limits {
                wall: Duration::from_secs(60),
                memory: 512 << 20,
                processes: 64,
                cpu_percent: 100,
                cpu_seconds: 60,
                file_size: 8 << 20,
                open_files: 256,
                scratch: 8 << 20,
                output: 1 << 20,
            },
        }
    }
}

/// Runs to the end.
#[track_caller]
pub(crate) fn run(jail: &Jail, spec: &Spec) -> Output {
    let mut prepared = jail.command(spec).expect("prepared");
    let child = prepared
        .command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    prepared.guard.started(child.id()).expect("told");
    let out = child.wait_with_output().expect("waited");
    prepared.guard.kill_all().expect("nothing is left");
    out
}

/// Standard output of a run that went well.
#[track_caller]
pub(crate) fn said(jail: &Jail, spec: &Spec) -> String {
    let out = run(jail, spec);
    assert!(
        out.status.success(),
        "{:?}: {}\n{}",
        spec.argv,
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("text")
}

/// Compiles the attacks, without libraries where the compiler can.
pub(crate) fn attack(into: &Path) {
    let written = into.join("src");
    fs::create_dir_all(&written).expect("made");
    for (name, text) in SOURCES {
        fs::write(written.join(name), text).expect("written");
    }
    let compile = |more: &[&str]| {
        Command::new("cc")
            .args(["-O1", "-pthread", "-o"])
            .arg(into.join("attack"))
            .args(more)
            .args(
                SOURCES
                    .iter()
                    .filter(|(name, _)| name.ends_with(".c"))
                    .map(|(name, _)| written.join(name)),
            )
            .arg("-lrt")
            .output()
            .expect("cc starts (scripts/packages.sh)")
    };
    if !compile(&["-static"]).status.success() {
        let plain = compile(&[]);
        assert!(
            plain.status.success(),
            "{}",
            String::from_utf8_lossy(&plain.stderr)
        );
    }
}

/// The attacks travel in this program, because another user may not see the source tree.
const SOURCES: [(&str, &str); 9] = [
    ("attack.h", include_str!("../attack/attack.h")),
    ("main.c", include_str!("../attack/main.c")),
    ("network.c", include_str!("../attack/network.c")),
    ("process.c", include_str!("../attack/process.c")),
    ("kernel.c", include_str!("../attack/kernel.c")),
    ("files.c", include_str!("../attack/files.c")),
    ("limits.c", include_str!("../attack/limits.c")),
    ("controls.c", include_str!("../attack/controls.c")),
    ("sweep.c", include_str!("../attack/sweep.c")),
];
