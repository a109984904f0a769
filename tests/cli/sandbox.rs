//! `bountyd sandbox`: the box that an owner can look at, around the shipped program itself.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Nobody's number: root would have root's reach in a box, and is refused.
const SOMEBODY: u32 = 4321;

/// A place that the other user can read, with the program in it.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let desk = Self { dir };
        install(env!("CARGO_BIN_EXE_bountyd"), &desk.program());
        std::fs::create_dir(desk.scratch()).expect("a directory");
        open(&desk.scratch(), 0o777);
        open(desk.dir.path(), 0o755);
        desk
    }

    /// The same with the init of its own beside it, as it is installed.
    fn with_init() -> Self {
        let desk = Self::new();
        install(env!("CARGO_BIN_EXE_bountyd-jail"), &desk.init());
        desk
    }

    fn init(&self) -> PathBuf {
        self.dir.path().join("bountyd-jail")
    }

    fn program(&self) -> PathBuf {
        self.dir.path().join("bountyd")
    }

    fn scratch(&self) -> PathBuf {
        self.dir.path().join("scratch")
    }

    fn sandbox(&self, uid: u32, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.program());
        command
            .arg("sandbox")
            .args(arguments)
            .env_clear()
            .env("TMPDIR", self.scratch())
            .env("HOME", self.scratch())
            .env("CANARY", "kanarienvogel")
            .current_dir(self.scratch());
        if rustix::process::getuid().is_root() && uid != 0 {
            command.uid(uid).gid(uid);
        }
        let output = command.output().expect("it can be run");
        let left = std::fs::read_dir(self.scratch()).expect("a directory");
        assert_eq!(left.count(), 0, "something is left behind");
        output
    }

    fn somebody(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["--limits", "rlimit-only"];
        all.extend(arguments);
        self.sandbox(SOMEBODY, &all)
    }
}

fn install(built: &str, path: &Path) {
    // By another process: what this one has open for writing, a child of another test could hold.
    let copied = Command::new("cp").arg(built).arg(path).status();
    assert!(copied.expect("cp").success());
    open(path, 0o755);
}

fn open(path: &Path, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("its mode");
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_check_says_what_is_enforced_and_what_is_not() {
    let desk = Desk::new();
    let said = desk.somebody(&["check"]);
    assert_eq!(said.status.code(), Some(0), "{}", err(&said));
    let text = out(&said);
    assert!(text.starts_with("The sandbox stands"), "{text}");
    assert!(text.contains("NOT enforced here:"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let said = desk.somebody(&["check", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert_eq!(json["inside"]["interfaces"], serde_json::json!(["lo"]));
    assert_eq!(json["inside"]["open"], serde_json::json!([]));
}

#[test]
fn a_command_sees_nothing_of_whoever_runs_it() {
    let desk = Desk::new();
    let look =
        "id -u; env | grep -c kanarienvogel; ls /work; ls / | grep -c -e root -e srv; exit 7";
    let said = desk.somebody(&["run", "--", "/bin/sh", "-c", look]);
    assert_eq!(said.status.code(), Some(7), "{}", err(&said));
    assert_eq!(out(&said), "1000\n0\n0\n", "{}", err(&said));
    assert!(err(&said).contains("not enforced here: "), "{}", err(&said));
}

#[test]
fn its_time_is_kept_and_its_children_end_with_it() {
    let desk = Desk::new();
    let daemon = "setsid sleep 600 & sleep 600";
    let said = desk.somebody(&["run", "--wall", "1s", "--", "/bin/sh", "-c", daemon]);
    assert_eq!(said.status.code(), Some(124), "{}", err(&said));
}

#[test]
fn what_is_missing_is_named_and_nothing_runs() {
    let desk = Desk::new();
    let said = desk.somebody(&["run", "--", "/no/such/program"]);
    assert_eq!(said.status.code(), Some(127), "{}", err(&said));
    if rustix::process::getuid().is_root() {
        let said = desk.sandbox(0, &["--limits", "rlimit-only", "run", "--", "/bin/true"]);
        assert_eq!(said.status.code(), Some(78));
        assert!(err(&said).contains("this is root"), "{}", err(&said));
    }
}

#[test]
fn the_init_beside_the_program_is_what_a_box_is_made_of() {
    let size = ["run", "--", "/usr/bin/stat", "-c", "%s", "/run/jail/init"];
    for (desk, init) in [
        (Desk::new(), env!("CARGO_BIN_EXE_bountyd")),
        (Desk::with_init(), env!("CARGO_BIN_EXE_bountyd-jail")),
    ] {
        let said = desk.somebody(&size);
        assert_eq!(said.status.code(), Some(0), "{}", err(&said));
        let length = std::fs::metadata(init).expect("built").len();
        assert_eq!(out(&said), format!("{length}\n"));
        let said = desk.somebody(&["check"]);
        assert_eq!(said.status.code(), Some(0), "{}", err(&said));
    }
}

#[test]
fn an_init_that_others_could_have_changed_is_refused() {
    let desk = Desk::with_init();
    open(&desk.init(), 0o775);
    let said = desk.somebody(&["check"]);
    assert_eq!(said.status.code(), Some(78), "{}", err(&said));
    let why = "the inner init: ";
    assert!(err(&said).contains(why), "{}", err(&said));
    assert!(err(&said).contains("others may write it"), "{}", err(&said));
}

#[test]
fn an_init_of_another_edition_is_no_init() {
    let init = || Command::new(env!("CARGO_BIN_EXE_bountyd-jail"));
    let said = init().args(["0000000000000000", "look"]).output();
    let said = said.expect("it can be run");
    assert_eq!(said.status.code(), Some(125));
    let why = "jail: this init is not the one that bountyd was built with";
    assert!(err(&said).starts_with(why), "{}", err(&said));
    let said = init().output().expect("it can be run");
    assert!(
        err(&said).ends_with("it is started by bountyd, not by hand\n"),
        "{}",
        err(&said)
    );
}
