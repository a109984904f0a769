//! The terminal at which a secret is typed is afterwards as it was, however the question ends.

use std::io::Write as _;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::terminal::Terminal;
use crate::world::{BINARY, Said, World, files_with, glance, pid_with};

const CANARY: &str = "424242:canary-half-typed";

/// The command, and then how the terminal is.
fn line(w: &World) -> String {
    let pair = w.line("telegram pair");
    format!("sh -c 'trap : INT QUIT; {pair}; echo left with $?; stty -a'")
}

/// Bytes that a process has read so far (proc_pid_io(5)).
fn has_read(pid: i32) -> usize {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).expect("it runs");
    let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.expect("rchar").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_at_the_question_mends_the_terminal_first() {
    let w = World::new().await;
    let config = w.path("bountyd.toml").display().to_string();
    for (keys, signal, left) in [
        (Some("\x03"), None, 130),
        (None, Some(Signal::QUIT), 131),
        (None, Some(Signal::TERM), 143),
        (None, Some(Signal::HUP), 129),
        (Some("\x04"), None, 1),
        (Some("\r"), None, 1),
    ] {
        let mut seat = Terminal::run(&line(&w), w.dir.path());
        seat.until("while you type): ").await;
        if let Some(keys) = keys {
            seat.types(keys);
        }
        if let Some(signal) = signal {
            let (pid, _) = pid_with(&config).expect("it runs");
            let before = has_read(pid);
            seat.types(CANARY);
            while has_read(pid) < before + CANARY.len() {
                glance().await;
            }
            kill_process(Pid::from_raw(pid).expect("a pid"), signal).expect("sent");
        }
        let (_, shown) = seat.end().await;
        assert!(
            shown.contains(&format!("left with {left}")),
            "{left}: {shown}"
        );
        let modes: Vec<&str> = shown.split_whitespace().collect();
        for mode in ["echo", "icanon", "isig", "echonl"] {
            let off = format!("-{mode}");
            let on = modes.iter().any(|m| m.trim_end_matches(';') == mode);
            let off = modes.iter().any(|m| m.trim_end_matches(';') == off);
            assert_eq!(
                (on, off),
                (mode != "echonl", mode == "echonl"),
                "{mode}: {shown}"
            );
        }
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(
            files_with(w.dir.path(), "canary"),
            Vec::<std::path::PathBuf>::new()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_question_is_asked_again_and_hidden_again() {
    let w = World::new().await;
    let config = w.path("bountyd.toml").display().to_string();
    let mut seat = w.on_a_terminal("telegram pair");
    seat.until("while you type): ").await;
    let (pid, _) = pid_with(&config).expect("it runs");
    let pid = Pid::from_raw(pid).expect("a pid");
    kill_process(pid, Signal::TSTP).expect("sent");
    // Stopped, as the kernel sees it.
    loop {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).expect("there");
        if stat
            .rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with('T'))
        {
            break;
        }
        glance().await;
    }
    kill_process(pid, Signal::CONT).expect("sent");
    seat.until("while you type): ").await;
    seat.types(&format!("{CANARY}\r"));
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(65), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_a_script_is_shown_its_way_and_takes_it() {
    let w = World::new().await;
    let without_terminal = |arguments: &[&str], typed: String| {
        let mut words = vec!["--wait", BINARY, "--config"];
        let config = w.path("bountyd.toml").display().to_string();
        words.push(&config);
        words.extend(arguments);
        let mut child = Command::new("setsid")
            .args(&words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("setsid runs");
        tokio::task::spawn_blocking(move || {
            let mut stdin = child.stdin.take().expect("stdin");
            // A command that has left already does not read, and need not.
            let _ = stdin.write_all(typed.as_bytes());
            drop(stdin);
            Said::of(&child.wait_with_output().expect("it ends"))
        })
    };
    let said = without_terminal(&["telegram", "pair"], format!("{CANARY}\n")).await;
    let said = said.expect("no panic").left_with(77);
    for words in ["ssh -t", "--token-file", "--token-stdin"] {
        assert!(said.err.contains(words), "{}", said.err);
    }
    let arguments = ["telegram", "pair", "--token-stdin"];
    let said = without_terminal(&arguments, format!("{CANARY}\n")).await;
    let said = said.expect("no panic").left_with(65);
    assert!(
        said.err.contains("does not know this bot token"),
        "{}",
        said.err
    );
    let said = without_terminal(&arguments, String::new()).await;
    let said = said.expect("no panic").left_with(1);
    assert!(said.err.contains("nothing was entered"), "{}", said.err);
    // At a terminal a pipe is no pipe.
    let seat = w.on_a_terminal("telegram pair --token-stdin");
    let (code, shown) = seat.end().await;
    assert_eq!(code, Some(64), "{shown}");
}
