//! A program that says what is enforced on it, and tries some of what must not be possible.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;

use rustix::net::{AddressFamily, SocketType};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{Failure, landlock};
use crate::report::Inside;

/// The role.
pub(crate) const ROLE: &str = "look";

/// Prints an [`Inside`] as JSON.
pub(crate) fn look(mut args: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    if args.next().is_some() {
        return Err(Failure::new("the arguments", "there are too many"));
    }
    let failed = Failure::at::<std::io::Error>;
    let status = fs::read_to_string("/proc/self/status").map_err(failed("/proc/self/status"))?;
    let devices = fs::read_to_string("/proc/self/net/dev").map_err(failed("/proc/self/net/dev"))?;
    let inside = Inside {
        landlock_abi: landlock::abi(),
        no_new_privs: field(&status, "NoNewPrivs") == Some("1"),
        seccomp_mode: field(&status, "Seccomp")
            .and_then(|mode| mode.parse().ok())
            .unwrap_or(0),
        no_capabilities: ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
            .into_iter()
            .all(|set| field(&status, set).is_some_and(|bits| bits.bytes().all(|b| b == b'0'))),
        interfaces: interfaces(&devices),
        uid: rustix::process::getuid().as_raw(),
        open: open(),
    };
    let text = serde_json::to_string(&inside).map_err(Failure::at("the report"))?;
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Failure::at("the report"))
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

/// The names in `/proc/net/dev`, after its two lines of headings.
fn interfaces(devices: &str) -> Vec<String> {
    devices
        .lines()
        .skip(2)
        .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()))
        .collect()
}

/// What should have failed.
fn open() -> Vec<String> {
    let mut open = Vec::new();
    for place in ["/usr", "/etc", "/dev", "/run", "/"] {
        let path = format!("{place}/trial");
        if OpenOptions::new()
            .create_new(true)
            .write(true)
            .open(path)
            .is_ok()
        {
            open.push(format!("writing in {place}"));
        }
    }
    if rustix::net::socket(AddressFamily::from_raw(40), SocketType::STREAM, None).is_ok() {
        open.push("a socket to the hypervisor (AF_VSOCK)".to_owned());
    }
    // An address for documentation (RFC 5737): nobody is asked anything.
    let sent = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.send_to(b"", (Ipv4Addr::new(192, 0, 2, 1), 9)));
    if sent.is_ok() {
        open.push("sending to the network".to_owned());
    }
    if rustix::process::chroot("/work").is_ok() {
        open.push("chroot".to_owned());
    }
    let joined = File::open("/proc/self/ns/net").is_ok_and(|ns| {
        move_into_link_name_space(ns.as_fd(), Some(LinkNameSpaceType::Network)).is_ok()
    });
    if joined {
        open.push("joining a namespace".to_owned());
    }
    let taken = pidfd_open(getpid(), PidfdFlags::empty())
        .is_ok_and(|this| pidfd_getfd(this, 0, PidfdGetfdFlags::empty()).is_ok());
    if taken {
        open.push("taking a descriptor of a process".to_owned());
    }
    if Pid::INIT == getpid() {
        open.push("being the first process of the box".to_owned());
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_tables_are_read() {
        let status = "Name:\tx\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n";
        assert_eq!(field(status, "NoNewPrivs"), Some("1"));
        assert_eq!(field(status, "Seccomp"), Some("2"));
        assert_eq!(field(status, "CapEff"), None);
        let devices = "Inter-| Receive\n face |bytes\n    lo: 0 0\n  eth0: 7 7\n";
        assert_eq!(interfaces(devices), ["lo", "eth0"]);
    }
}
