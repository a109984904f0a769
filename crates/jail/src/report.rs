//! What the trial run found enforced, and what nobody enforces here.

use serde::{Deserialize, Serialize};

use crate::settings::LimitsMode;

/// The jail of this machine, as [`crate::Jail::probe`] found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// bubblewrap's version.
    pub bubblewrap: String,
    /// What one box saw of itself.
    pub inside: Inside,
    /// What holds, in words.
    pub enforced: Vec<String>,
    /// What does not hold, in words; empty is best.
    pub not_enforced: Vec<String>,
}

/// What a process in the box reads about itself, after everything was enforced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// The Landlock ABI whose every right is handled.
    pub landlock_abi: u32,
    /// `NoNewPrivs` of `/proc/self/status`.
    pub no_new_privs: bool,
    /// `Seccomp` of `/proc/self/status`; 2 is a filter.
    pub seccomp_mode: u32,
    /// No capability in any set.
    pub no_capabilities: bool,
    /// The network interfaces; only `lo` is right.
    pub interfaces: Vec<String>,
    /// The user id it sees itself as.
    pub uid: u32,
    /// What was tried and must fail, and did not.
    pub open: Vec<String>,
}

impl Inside {
    /// What is not as it must be, if anything.
    pub(crate) fn fault(&self, landlock_minimum: u32) -> Option<String> {
        if self.landlock_abi < landlock_minimum {
            return Some(format!(
                "Landlock is enforced at ABI {}, {landlock_minimum} is the least",
                self.landlock_abi
            ));
        }
        if !self.no_new_privs {
            return Some("no_new_privs is not set".into());
        }
        if self.seccomp_mode != 2 {
            return Some(format!("the seccomp mode is {}, not 2", self.seccomp_mode));
        }
        if !self.no_capabilities {
            return Some("there are capabilities".into());
        }
        if self.interfaces != ["lo"] {
            return Some(format!(
                "the network interfaces are {:?}, not only lo",
                self.interfaces
            ));
        }
        if self.uid != crate::etc::AGENT_ID {
            return Some(format!("the user id is {}", self.uid));
        }
        if !self.open.is_empty() {
            return Some(format!("this is possible: {}", self.open.join("; ")));
        }
        None
    }
}

impl Report {
    pub(crate) fn new(bubblewrap: String, inside: Inside, limits: &LimitsMode) -> Report {
        let abi = inside.landlock_abi;
        let mut enforced: Vec<String> = vec![
            "own user, mount, process, network, IPC, UTS and cgroup namespaces; no nested ones".into(),
            "a network namespace with loopback only".into(),
            "a read-only system; /work, /tmp, /home/agent and /dev/shm are all that can be written".into(),
            "no capabilities, no_new_privs, and nothing setuid".into(),
            format!("Landlock ABI {abi}: no writing outside those four"),
            "a system call filter: no mounts, namespaces, tracing, keys, BPF, io_uring; sockets only \
             UNIX, IPv4, IPv6 and plain netlink"
                .into(),
            "limits of each process: private memory, processor seconds, file size, open files".into(),
            "a limit of processes and threads".into(),
            "an environment from nothing, and no descriptor but standard input, output and error"
                .into(),
        ];
        let mut not_enforced = Vec::new();
        if abi >= 6 {
            enforced.push("no signals and no abstract sockets across the box's border".into());
        } else {
            not_enforced.push(format!(
                "signals to the box's own bridge process (Landlock ABI {abi} has no scopes; 6 has)"
            ));
        }
        match limits {
            LimitsMode::Cgroup { root } => enforced.push(format!(
                "cgroup v2 below {}: memory without swap, processes, processor share, and one kill \
                 for all",
                root.display()
            )),
            LimitsMode::RlimitOnly => not_enforced.extend(
                [
                    "memory of all processes together: each has its own limit, so many can use more",
                    "memory that processes share, and files in /tmp, /home/agent and /dev/shm, which \
                     live in memory too: the latter three are limited each",
                    "processor share: a run may use every processor, each process for its seconds",
                    "the limit of processes for this run alone on kernels before 5.14, where it counts \
                     all processes of the user",
                ]
                .map(String::from),
            ),
        }
        Report {
            bubblewrap,
            inside,
            enforced,
            not_enforced,
        }
    }
}
