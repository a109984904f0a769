//! What a sandbox costs before its program runs, beside bubblewrap without any of ours.
//!
//! The jail refuses root, so this binary runs itself with [`WORD`] as somebody else where root started it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use jail::{Jail, Limits, LimitsMode, Settings, Spec};
use serde_json::{Value, json};

use crate::harness::{Aim, Figure, Samples, other_first, start};

/// The first argument that makes this binary start boxes; the second is a directory for it.
pub(crate) const WORD: &str = "--start-boxes";

/// Nobody's number.
pub(crate) const SOMEBODY: u32 = 4321;

const ROUNDS: usize = 200;

pub(crate) fn measure() -> Vec<Figure> {
    let place = open_directory();
    let this = program(
        place.path(),
        &std::env::current_exe().expect("this program"),
        "bench",
    );
    for (built, name) in [
        (env!("CARGO_BIN_EXE_bountyd"), "bountyd"),
        (env!("CARGO_BIN_EXE_bountyd-jail"), "bountyd-jail"),
    ] {
        program(place.path(), Path::new(built), name);
    }
    let mut command = Command::new(this);
    command.arg(WORD).arg(place.path()).env_clear();
    as_somebody(&mut command);
    let output = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "no boxes:\n{said}");
    let rounds: Vec<Value> = serde_json::from_slice(&output.stdout).expect("its times");
    let samples = |name: &str, label| {
        let mut samples = Samples::seconds(label);
        for round in &rounds {
            samples.push(round[name].as_f64().expect("seconds"));
        }
        samples
    };
    let figure = |name, ours: &str, label| {
        let (ours, plain) = (
            samples(ours, label),
            samples("plain", "bwrap with every namespace, true"),
        );
        let late = [
            ours.late("99th of 100 of ours"),
            plain.late("99th of 100 of the other"),
        ];
        late.into_iter()
            .fold(Figure::pair(name, ours, plain), Figure::note)
            .aim(Aim::Ratio(3.0))
    };
    vec![
        figure("sandbox start", "boxed", "a box, true, and its end"),
        figure(
            "sandbox start, with a model",
            "bridged",
            "the same with a way to a model",
        ),
    ]
}

/// Starts boxes in turn with bare ones, and prints the seconds of each round.
pub(crate) fn run(place: Option<String>) -> ExitCode {
    let Some(place) = place.map(PathBuf::from) else {
        return ExitCode::from(64);
    };
    let settings = Settings::of_program(
        place.join("bountyd"),
        bountyd::cli::JAIL_INIT,
        place.join("state"),
        LimitsMode::RlimitOnly,
    );
    let probed = settings.and_then(|settings| Ok((Jail::probe(&settings)?, settings)));
    let (jail, settings) = match probed {
        Ok(probed) => probed,
        Err(refusal) => {
            eprintln!("{refusal}");
            return ExitCode::from(78);
        }
    };
    let door = place.join("egress.sock");
    let _listener = UnixListener::bind(&door).expect("a socket");
    let work = place.join("work");
    std::fs::create_dir_all(&work).expect("a directory");
    let (boxed, bridged) = (spec(&work, None), spec(&work, Some(door)));
    // The first of each has pages to read.
    let measures: [(&str, &dyn Fn() -> f64); 3] = [
        ("plain", &|| plain(&settings.bwrap)),
        ("boxed", &|| whole(&jail, &boxed)),
        ("bridged", &|| whole(&jail, &bridged)),
    ];
    for (_, measure) in &measures {
        measure();
    }
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let mut turn: Vec<_> = measures.iter().collect();
        if other_first(round) {
            turn.reverse();
        }
        let times: serde_json::Map<String, Value> = turn
            .into_iter()
            .map(|(name, measure)| ((*name).to_owned(), json!(measure())))
            .collect();
        rounds.push(Value::Object(times));
    }
    println!("{}", Value::Array(rounds));
    ExitCode::SUCCESS
}

/// bubblewrap with namespaces of every kind around the same program.
fn plain(bwrap: &Path) -> f64 {
    let mut command = Command::new(bwrap);
    command
        .args(["--unshare-user", "--unshare-all", "--die-with-parent"])
        .args(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"])
        .arg("/usr/bin/true")
        .stdin(Stdio::null());
    let began = start();
    let status = command.status().expect("bubblewrap starts");
    let took = began.elapsed().as_secs_f64();
    assert!(status.success(), "bare bubblewrap: {status}");
    took
}

/// A box from the wish to its end, with nothing left of it.
fn whole(jail: &Jail, spec: &Spec) -> f64 {
    let began = start();
    let mut prepared = jail.command(spec).expect("prepared");
    let command = prepared.command.stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
    prepared.guard.started(child.id()).expect("its group");
    let status = child.wait().expect("it ends");
    prepared.guard.kill_all().expect("nothing is left");
    let took = began.elapsed().as_secs_f64();
    assert!(status.success(), "a box: {status}");
    took
}

fn spec(work: &Path, egress: Option<PathBuf>) -> Spec {
    Spec {
        argv: vec![OsString::from("/usr/bin/true")],
        env: BTreeMap::from([("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())]),
        work: work.to_owned(),
        start_in: PathBuf::new(),
        tools: Vec::new(),
        masks: Vec::new(),
        egress,
        limits: Limits {
            wall: Duration::from_secs(60),
            memory: 4 << 30,
            processes: 1024,
            cpu_percent: 200,
            cpu_seconds: 60,
            file_size: 1 << 30,
            open_files: 4096,
            scratch: 1 << 30,
            output: 1 << 20,
        },
    }
}

/// A directory that somebody else can use.
pub(crate) fn open_directory() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    mode(place.path(), 0o755);
    give(place.path());
    place
}

/// A copy of a program that somebody else can run.
pub(crate) fn program(place: &Path, from: &Path, name: &str) -> PathBuf {
    let path = place.join(name);
    std::fs::copy(from, &path).expect("a copy");
    mode(&path, 0o755);
    path
}

pub(crate) fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode");
}

/// Makes a file somebody's, where root runs this.
pub(crate) fn give(path: &Path) {
    if rustix::process::geteuid().is_root() {
        let owner = Some(SOMEBODY);
        std::os::unix::fs::chown(path, owner, owner).expect("given away");
    }
}

/// Has a command run as somebody, where root runs this.
pub(crate) fn as_somebody(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        command.uid(SOMEBODY).gid(SOMEBODY);
    }
}
