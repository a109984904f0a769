//! A place for one test, that an unprivileged user can use.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use fix::job::Record;
use jail::{Jail, LimitsMode, Settings};

/// Whom tests run as that root started.
const USER: u32 = 4321;
/// Where such a test finds its place.
const PLACE: &str = "JOB_TEST_PLACE";

/// Directories of one test.
pub(crate) struct Place {
    root: PathBuf,
}

/// Runs `body` as an unprivileged user, on a runtime. `name` is the test's own, with its module.
#[track_caller]
pub(crate) fn unprivileged<F: Future<Output = ()>>(name: &str, body: impl FnOnce(Place) -> F) {
    if let Some(root) = std::env::var_os(PLACE) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        return runtime.block_on(body(Place { root: root.into() }));
    }
    let root = tempfile::Builder::new()
        .prefix("job-test-")
        .tempdir()
        .expect("a directory");
    let (init, this) = (root.path().join("jail-init"), root.path().join("test"));
    for (from, to) in [
        (PathBuf::from(env!("CARGO_BIN_EXE_fix-jail-init")), &init),
        (std::env::current_exe().expect("this program"), &this),
    ] {
        fs::copy(from, to).expect("copied");
        fs::set_permissions(to, Permissions::from_mode(0o755)).expect("opened");
    }
    for name in ["state", "tmp"] {
        fs::create_dir(root.path().join(name)).expect("made");
    }
    let mut command = Command::new(&this);
    if rustix::process::geteuid().is_root() {
        for name in ["", "state", "tmp"] {
            chown(root.path().join(name), Some(USER), Some(USER)).expect("given away");
        }
        command = Command::new("setpriv");
        command
            .args([format!("--reuid={USER}"), format!("--regid={USER}")])
            .args(["--clear-groups", "--"])
            .arg(&this);
    }
    let out = command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .arg("--include-ignored")
        .env(PLACE, root.path())
        .env("TMPDIR", root.path().join("tmp"))
        .output()
        .expect("started (setpriv is in util-linux)");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success() && said.contains("1 passed"),
        "{name}: {}\n{said}\n{}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
}

impl Place {
    /// Where jobs work and leave their reports.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// A word that stands in the environment of every process in a box of this test.
    pub(crate) fn mark(&self) -> String {
        let name = self.root.file_name().expect("a name");
        format!("mark-of-{}", name.to_string_lossy())
    }

    #[track_caller]
    pub(crate) fn jail(&self) -> Jail {
        let init = self.root.join("jail-init");
        let settings = Settings::new(init, self.root.join("jail"), LimitsMode::RlimitOnly);
        Jail::probe(&settings).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// A report of the job.
    #[track_caller]
    pub(crate) fn report(&self, name: &str) -> String {
        let path = self.state().join("job-1").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[track_caller]
    pub(crate) fn record(&self) -> Record {
        serde_json::from_str(&self.report("job.json")).expect("a record")
    }

    /// What is in the state directory.
    pub(crate) fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.state()).expect("the state directory");
        entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }

    /// Every process that is in a box of this test, or has its state directory in its command line.
    pub(crate) fn processes(&self) -> Vec<String> {
        let (mark, state) = (self.mark(), self.state().display().to_string());
        let read = |process: &Path, file: &str| {
            let bytes = fs::read(process.join(file)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        entries
            .map(|entry| entry.path())
            .filter(|process| {
                read(process, "environ").contains(&mark)
                    || read(process, "cmdline").contains(&state)
            })
            .map(|process| read(&process, "cmdline"))
            .collect()
    }
}
