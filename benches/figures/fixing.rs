//! The memory of whoever had a patch made, while a program in a box uses two gigabytes.

use std::process::{Command, Stdio};

use sim::github::{NewIssue, NewRepo};

use crate::boxing::{as_somebody, give, mode, open_directory, program};
use crate::harness::{Aim, Figure, Samples, pause};
use crate::process::memory;
use crate::world::{World, key};

/// Bytes that the agent's program holds at once.
const HELD: u64 = 2_000_000_000;

const SLUG: &str = "acme/sums";

/// Holds the memory, then mends the bug and proves it.
fn script() -> String {
    format!(
        "head -c {HELD} /dev/zero | tail -c {HELD} | wc -c\n\
         printf 'echo $(($1 + $2))\\n' > add.sh\n\
         printf 'test \"$(sh add.sh 20 22)\" = 42\\n' > tests/test_more\n"
    )
}

const FILES: [(&str, &str); 3] = [
    ("add.sh", "echo $(($1 - $2))\n"),
    (
        "tests/run.sh",
        "bad=0\nfor test in tests/test_*; do sh \"$test\" || bad=1; done\nexit $bad\n",
    ),
    ("tests/test_sum", "test \"$(sh add.sh 2 3)\" = 5\n"),
];

pub(crate) async fn measure() -> Vec<Figure> {
    let world = World::new(sim::wall_clock()).await;
    world.sim.github.add_repo(NewRepo::new(SLUG));
    world.sim.github.repo(SLUG).commit(&FILES);
    let issue = NewIssue::new(SLUG, "The sum is wrong").body("2 and 3 give -1.");
    let number = world.sim.github.post_issue(issue.author("acme"));
    let place = open_directory();
    let at = |name: &str| place.path().join(name);
    let bountyd = program(
        place.path(),
        std::path::Path::new(env!("CARGO_BIN_EXE_bountyd")),
        "bountyd",
    );
    std::fs::create_dir(at("state")).expect("a directory");
    std::fs::copy(key(), at("key.pem")).expect("a copy");
    std::fs::write(at("bot-token"), world.sim.telegram.token()).expect("written");
    let argv = serde_json::json!(["/bin/sh", "-c", script()]);
    let profile = format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"none\"\n\
         [agents.script.exec]\nargv = {argv}\nparser = \"text\"\n"
    );
    std::fs::write(at("agents.toml"), profile).expect("written");
    let (keys, token) = (at("key.pem"), at("bot-token"));
    let config = world
        .sim
        .config(&world.cast, &keys, &token, &at("state"), None);
    let fix = format!(
        "[fix]\nagent = \"script\"\nprofiles = \"agents.toml\"\nlimits = \"rlimit-only\"\n\
         [fix.tests.\"{SLUG}\"]\ncommand = [\"sh\", \"tests/run.sh\"]\n"
    );
    std::fs::write(at("bountyd.toml"), format!("{config}\n{fix}")).expect("written");
    for name in ["key.pem", "bot-token"] {
        mode(&at(name), 0o600);
    }
    for name in [
        "state",
        "key.pem",
        "bot-token",
        "agents.toml",
        "bountyd.toml",
    ] {
        give(&at(name));
    }
    let mut command = Command::new(bountyd);
    command
        .args([
            "fix",
            &format!("{SLUG}#{number}"),
            "--dry-run",
            "--json",
            "--config",
        ])
        .arg(at("bountyd.toml"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir(place.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    as_somebody(&mut command);
    vec![watched(command).await]
}

/// Runs it, and looks at it and at its children meanwhile.
async fn watched(mut command: Command) -> Figure {
    let mut child = command.spawn().expect("it starts");
    let pid = child.id();
    let mut during = Samples::bytes("who asked, while the box has 2 GB");
    let mut before = Samples::bytes("the same before the box");
    let mut held = Samples::bytes("the box's largest program");
    let mut makes = Samples::bytes("the patch process then");
    let (mut fixer, mut earlier, mut most) = (None, 0.0, 0.0_f64);
    while child.try_wait().expect("a child").is_none() {
        let Some(own) = memory(pid) else { break };
        fixer = fixer.or_else(|| child_of(pid));
        let largest = largest();
        most = most.max(largest);
        if largest > HELD as f64 * 0.9 {
            during.push(own.now);
            makes.push(fixer.and_then(memory).map_or(f64::NAN, |memory| memory.now));
        } else if during.rounds() == 0 && fixer.is_some() {
            earlier = own.now;
        }
        pause(10).await;
    }
    let output = child.wait_with_output().expect("a child");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "no patch:\n{said}");
    assert!(during.rounds() > 0, "the box held {most} bytes only");
    for _ in 0..during.rounds() {
        before.push(earlier);
    }
    held.push(most);
    Figure::pair("memory beside a box of 2 GB", during, before)
        .aim(Aim::Ratio(1.1))
        .note(held)
        .note(makes)
}

/// Every process: its number, its parent's, and its name.
fn processes() -> Vec<(u32, u32, String)> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let read = |entry: std::fs::DirEntry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let text = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let (front, rest) = text.rsplit_once(") ")?;
        let parent = rest.split(' ').nth(1)?.parse().ok()?;
        Some((pid, parent, front.split_once('(')?.1.to_owned()))
    };
    entries.filter_map(read).collect()
}

fn child_of(parent: u32) -> Option<u32> {
    let all = processes();
    let found = all
        .iter()
        .find(|(_, of, name)| *of == parent && name == "bountyd");
    found.map(|(pid, _, _)| *pid)
}

/// The resident memory of the program that holds it.
fn largest() -> f64 {
    let all = processes();
    let tails = all.iter().filter(|(_, _, name)| name == "tail");
    let sizes = tails.filter_map(|(pid, _, _)| memory(*pid));
    sizes.map(|memory| memory.now).fold(0.0, f64::max)
}
