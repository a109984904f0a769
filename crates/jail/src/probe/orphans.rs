//! Boxes that have outlived their daemon: see [`crate::guard`] for how that can be.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::event::PollFlags;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::init::INNER;
use crate::layout::INIT;
use crate::patience;
use crate::settings::Settings;

/// Ends every box of this user whose daemon is gone. What cannot be ended now is tried again at the
/// next start; it has its limits until then.
pub(super) fn end(settings: &Settings) {
    let Ok(entries) = fs::read_dir("/proc") else {
        return;
    };
    let user = rustix::process::geteuid().as_raw();
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|n| n.parse().ok())
            .and_then(Pid::from_raw);
        let own = entry.metadata().is_ok_and(|seen| seen.uid() == user);
        let Some(pid) = pid.filter(|_| own) else {
            continue;
        };
        // First the descriptor: it stays that of the process whose command line is read next.
        let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let gone = |maker: u32| !Path::new("/proc").join(maker.to_string()).exists();
        if maker(&line, settings).is_some_and(gone)
            && pidfd_send_signal(&process, Signal::KILL).is_ok()
        {
            let _ = patience::until(&process, PollFlags::IN);
        }
    }
}

/// The daemon that a process of bubblewrap's was started for, by its command line.
fn maker(line: &[u8], settings: &Settings) -> Option<u32> {
    let words: Vec<&OsStr> = line.split(|b| *b == 0).map(OsStr::from_bytes).collect();
    let program = Path::new(words.first()?).file_name();
    if program != settings.bwrap.file_name() {
        return None;
    }
    let at = words.iter().position(|word| *word == INIT)? + 1;
    // What stands before a role is one word at most, and another one in another version.
    let role = (at..=at + 1).find(|at| words.get(*at).is_some_and(|word| *word == INNER))?;
    words.get(role + 1)?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::settings::LimitsMode;

    fn settings() -> Settings {
        // A name of its own, so that this test ends nothing that others have started.
        Settings {
            bwrap: "/usr/bin/bwrap-of-a-test".into(),
            init_args: vec!["jail-init".into()],
            ..Settings::new("/none".into(), "/none".into(), LimitsMode::RlimitOnly)
        }
    }

    #[test]
    fn a_daemon_is_read_from_the_command_line_of_its_box_only() {
        let of = |line: &str| maker(line.replace(' ', "\0").as_bytes(), &settings());
        let rest = "--args 3 -- /run/jail/init jail-init inner 77 /work 0";
        assert_eq!(of(&format!("bwrap-of-a-test {rest}")), Some(77));
        assert_eq!(of(&format!("/x/bwrap-of-a-test {rest}")), Some(77));
        assert_eq!(of(&format!("bash {rest}")), None);
        let another = "bwrap-of-a-test -- /run/jail/init 0123456789abcdef inner 77";
        assert_eq!(of(another), Some(77));
        assert_eq!(of("bwrap-of-a-test -- /run/jail/init inner 77"), Some(77));
        assert_eq!(of("bwrap-of-a-test -- /run/jail/init a b inner 77"), None);
        assert_eq!(
            of("bwrap-of-a-test -- /run/jail/init jail-init inner"),
            None
        );
        assert_eq!(of(""), None);
    }

    /// Something with the command line of a box that `maker` started. It has that line only a little
    /// after it was started, so it says so.
    fn pretend(maker: u32) -> std::process::Child {
        let mut child = Command::new("/bin/sh")
            .arg0("bwrap-of-a-test")
            .args(["-c", "echo; read _", "--", INIT, "jail-init", INNER])
            .arg(maker.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut line = [0];
        let out = child.stdout.as_mut().expect("a pipe");
        out.read_exact(&mut line).expect("it says so");
        child
    }

    #[test]
    fn boxes_of_a_daemon_that_is_gone_end_and_others_stay() {
        // Above the largest process number there is (PID_MAX_LIMIT is 2^22).
        let mut orphan = pretend(4_194_305);
        let mut ours = pretend(std::process::id());
        end(&settings());
        assert_eq!(orphan.wait().expect("waited").signal(), Some(9));
        drop(ours.stdin.take());
        assert_eq!(ours.wait().expect("waited").signal(), None);
    }
}
