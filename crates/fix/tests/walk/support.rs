//! Trees and directories for these tests, and a way to run one of them as somebody else.

use std::path::{Path, PathBuf};
use std::process::Command;

use fix::walk::{Asked, Caps, WalkError, walk};
use gate::tree::{Entry, Tree};

pub(crate) const CAPS: Caps = Caps {
    entries: 10_000,
    depth: 100,
    file_bytes: 1 << 20,
    total_bytes: 8 << 20,
};

pub(crate) fn file(content: &str) -> Entry {
    Entry::File {
        content: content.as_bytes().into(),
        executable: false,
    }
}

pub(crate) fn link(target: &str) -> Entry {
    Entry::Link {
        target: target.as_bytes().to_vec(),
    }
}

pub(crate) fn tree(entries: &[(&str, Entry)]) -> Tree {
    Tree {
        entries: entries
            .iter()
            .map(|(path, entry)| (path.as_bytes().to_vec(), entry.clone()))
            .collect(),
    }
}

/// Reads `dir` against `base`, nothing masked.
pub(crate) fn read(dir: &Path, base: &Tree) -> Result<Tree, WalkError> {
    let asked = Asked {
        base,
        masks: &[],
        caps: &CAPS,
    };
    walk(dir, &asked)
}

/// A new directory that does not exist yet, and what keeps its parent.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("tree");
    (dir, path)
}

/// Git with a directory of its own outside the tree, asked in an environment that is empty otherwise.
pub(crate) fn git(git_dir: &Path, tree: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(["-c", "core.protectNTFS=false"])
        .args(["-c", "core.protectHFS=false"])
        .args(args)
        .current_dir(tree)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_DIR", git_dir)
        .env("GIT_WORK_TREE", tree)
        .output()
        .expect("git starts");
    let complained = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "git {args:?}: {complained}");
    let text = String::from_utf8(out.stdout).expect("text");
    text.trim().to_owned()
}

/// Runs the test `name` of this program as a user without rights, where modes mean something; where that
/// is who we are, runs `body`.
pub(crate) fn unprivileged(name: &str, body: impl FnOnce()) {
    if !rustix::process::geteuid().is_root() {
        return body();
    }
    let (room, program) = copy_of_this_program();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=4321", "--regid=4321", "--clear-groups", "--"]);
    command.arg(program).env("TMPDIR", room.path().join("tmp"));
    passes(command, name);
}

/// Runs the test `name` of this program in namespaces of its own, where it may mount.
pub(crate) fn with_mounts(name: &str, body: impl FnOnce()) {
    const INSIDE: &str = "BOUNTYD_TEST_MAY_MOUNT";
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--"]);
    command.arg(std::env::current_exe().expect("this program"));
    passes(command.env(INSIDE, "1"), name);
}

/// Runs the test `name` of this program with a umask that leaves others nothing.
pub(crate) fn with_strict_umask(name: &str, body: impl FnOnce()) {
    const INSIDE: &str = "BOUNTYD_TEST_UMASK";
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077 && exec \"$@\"", "sh"]);
    command.arg(std::env::current_exe().expect("this program"));
    passes(command.env(INSIDE, "1"), name);
}

fn passes(mut command: impl std::borrow::BorrowMut<Command>, name: &str) {
    let done = command.borrow_mut().args(["--exact", name]).output();
    let done = done.expect("the program starts");
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("1 passed"), "{said}{complained}");
}

/// Where everybody may run it, beside a `tmp` where everybody may write.
fn copy_of_this_program() -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let room = tempfile::tempdir().expect("a temporary directory");
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    open(room.path(), 0o755);
    std::fs::create_dir(room.path().join("tmp")).expect("a directory");
    open(&room.path().join("tmp"), 0o777);
    let program = room.path().join("program");
    std::fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
    open(&program, 0o755);
    (room, program)
}
