//! The processes of a process group, and the end of them.

use std::fs;
use std::io;

use nix::unistd::getpgid;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, test_kill_process_group,
};

use crate::patience;
use crate::refusal::LeftBehind;

/// A process group that a child of ours leads, in our own session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    leader: Pid,
    /// When the leader began, in the kernel's ticks: tells it from a later process of its number.
    began: u64,
}

/// What `/proc/<pid>/stat` says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    pid: i32,
    state: char,
    group: i32,
    session: i32,
    began: u64,
}

impl Group {
    /// Of a child that was started and not waited for yet.
    pub(crate) fn of(child: u32) -> io::Result<Group> {
        let number = i32::try_from(child).map_err(io::Error::other)?;
        let leader = Pid::from_raw(number).ok_or_else(|| io::Error::other("no process number"))?;
        let stat = stat(number).ok_or_else(|| io::Error::other("no such process"))?;
        if stat.group != number {
            return Err(io::Error::other("it does not lead a process group"));
        }
        Ok(Group {
            leader,
            began: stat.began,
        })
    }

    /// Kills all of it, and waits until nothing of it runs.
    pub(crate) fn end(self) -> Result<(), LeftBehind> {
        loop {
            let alive = self.alive().map_err(LeftBehind::Kill)?;
            if alive.is_empty() {
                return Ok(());
            }
            match kill_process_group(self.leader, Signal::KILL) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(e) => return Err(LeftBehind::Kill(e.into())),
            }
            for pid in &alive {
                self.wait(*pid, alive.len())?;
            }
        }
    }

    /// Waits until a member is gone. Who was not our child becomes somebody else's to reap; that it
    /// has ended is enough.
    fn wait(self, pid: Pid, count: usize) -> Result<(), LeftBehind> {
        let process = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(process) => process,
            Err(Errno::SRCH) => return Ok(()),
            Err(e) => return Err(LeftBehind::Kill(e.into())),
        };
        // The number may have gone to another since it was read; this one is then not waited for.
        let member = stat(pid.as_raw_nonzero().get())
            .is_some_and(|s| s.group == self.leader.as_raw_nonzero().get() && s.runs());
        if !member {
            return Ok(());
        }
        match patience::until(&process, PollFlags::IN) {
            Ok(true) => Ok(()),
            Ok(false) => Err(LeftBehind::Processes { count }),
            Err(e) => Err(LeftBehind::Kill(e)),
        }
    }

    /// The members that have not ended.
    ///
    /// While a group has members, its number is given to no new process. So if a process of this
    /// number is there that began at another time, the group was empty before.
    fn alive(self) -> io::Result<Vec<Pid>> {
        let number = self.leader.as_raw_nonzero().get();
        if stat(number).is_some_and(|now| now.began != self.began) {
            return Ok(Vec::new());
        }
        // Nobody of this group, not even one who has ended and is yet to be reaped.
        if test_kill_process_group(self.leader) == Err(Errno::SRCH) {
            return Ok(Vec::new());
        }
        // Read as the others' is: in a container the session's leader may be outside, and its number is 0 then,
        // which getsid(2) gives and rustix takes for impossible.
        let own = fs::read_to_string("/proc/self/stat")?;
        let own = parse(&own).ok_or_else(|| io::Error::other("/proc/self/stat is odd"))?;
        let session = own.session;
        let mut alive = Vec::new();
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().and_then(|n| n.parse().ok()) else {
                continue;
            };
            // The kernel answers this at once, and writes a page for what is read. Whoever may not be
            // asked is looked at.
            match getpgid(Some(nix::unistd::Pid::from_raw(pid))) {
                Ok(group) if group.as_raw() != number => continue,
                Err(nix::errno::Errno::ESRCH) => continue,
                Ok(_) | Err(_) => {}
            }
            let ours = |s: &Stat| s.group == number && s.session == session && s.runs();
            if let Some(found) = stat(pid).filter(ours) {
                alive.extend(Pid::from_raw(found.pid));
            }
        }
        Ok(alive)
    }
}

impl Stat {
    /// Neither a zombie nor gone.
    fn runs(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }
}

fn stat(pid: i32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// proc_pid_stat(5). The second field is the program's name, in brackets, and may contain any.
fn parse(line: &str) -> Option<Stat> {
    let (pid, rest) = line.split_once(" (")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // Past the parent's number.
    let group = fields.nth(1)?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    // Field 22; the last taken was field 6.
    let began = fields.nth(15)?.parse().ok()?;
    Some(Stat {
        pid: pid.parse().ok()?,
        state,
        group,
        session,
        began,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_name_full_of_brackets_is_no_field() {
        let line = "7 (a) R (b) ) S 1 42 43 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 9001 0 0";
        assert_eq!(
            parse(line),
            Some(Stat {
                pid: 7,
                state: 'S',
                group: 42,
                session: 43,
                began: 9001
            })
        );
        assert_eq!(parse("7 (a) S 1"), None);
    }

    #[test]
    fn a_group_ends_with_all_its_members() {
        let mut child = Command::new("/bin/sh")
            // By another number: a shell takes standard input from what it puts in the background.
            .args(["-c", "{ cat <&9 & cat <&9 & } 9<&0; wait"])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("started");
        let group = Group::of(child.id()).expect("a group");
        group.end().expect("ended");
        assert_eq!(group.alive().expect("looked"), []);
        assert!(!child.wait().expect("waited").success());
        group.end().expect("ended twice");
    }

    #[test]
    fn a_number_that_went_to_another_is_let_be() {
        let mut child = Command::new("/bin/cat")
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("started");
        let group = Group::of(child.id()).expect("a group");
        let earlier = Group {
            began: group.began - 1,
            ..group
        };
        earlier.end().expect("nothing to do");
        assert_eq!(group.alive().expect("looked").len(), 1);
        drop(child.stdin.take());
        assert!(child.wait().expect("waited").success());
    }

    #[test]
    fn who_leads_no_group_is_refused() {
        let mut child = Command::new("/bin/cat")
            .stdin(Stdio::piped())
            .spawn()
            .expect("started");
        Group::of(child.id()).expect_err("refused");
        drop(child.stdin.take());
        child.wait().expect("waited");
    }
}
