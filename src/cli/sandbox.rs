//! `bountyd sandbox check` and `bountyd sandbox run`: the box in which hostile code will run, shown to
//! its owner.

mod room;
mod wait;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jail::{Jail, Limits, LimitsMode, Prepared, Report, Settings, Spec};

use super::Context;
use crate::exit::Exit;
use room::Room;

/// The first argument of a process that is to become the inside of a sandbox. Not for people.
pub const JAIL_INIT: &str = "jail-init";

const MIB: u64 = 1 << 20;

/// Try the sandbox for a coding agent and for tests of strangers
///
/// It needs bubblewrap 0.8 or newer, user namespaces, Landlock and seccomp, and no root. Nothing falls
/// back to less: where a part is missing, nothing runs, and the command says what and leaves with 78.
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Who keeps the limits that hold for all processes of a run together
    #[arg(long, value_enum, default_value_t = Keeper::Cgroup, global = true)]
    limits: Keeper,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Keeper {
    /// A control group (v2) that is delegated to this user, as systemd's Delegate= does
    Cgroup,
    /// Each process for itself; what that leaves open is printed
    RlimitOnly,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Try every part once, in a real box, and say what is enforced and what is not
    Check,
    /// Run a command in a box: no network, no credentials, an empty home, a tree of its own
    ///
    /// The exit code is the command's own; 125 when the box could not be made around it, 127 when it is
    /// not in there, 124 when its time was up.
    Run {
        /// What is /work inside, writable [default: an empty directory, removed afterwards]
        #[arg(long, value_name = "DIRECTORY")]
        work: Option<PathBuf>,
        /// How long it may take, such as 30s or 10m
        #[arg(long, default_value = "10m", value_name = "TIME", value_parser = humantime::parse_duration)]
        wall: Duration,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
}

impl Sandbox {
    pub(super) fn run(self, context: &Context) -> Exit {
        let room = match Room::make() {
            Ok(room) => room,
            Err(error) => {
                return context.fail(
                    Exit::CannotCreate,
                    &format!("no private directory for the sandbox: {error}"),
                );
            }
        };
        let jail = match probe(&room, self.limits) {
            Ok(jail) => jail,
            Err(refusal) => return context.fail(Exit::Config, &refusal),
        };
        match self.what {
            What::Check => show(context, jail.report()),
            What::Run {
                work,
                wall,
                command,
            } => run(context, &jail, &room, work, wall, command),
        }
    }
}

fn probe(room: &Room, limits: Keeper) -> Result<Jail, String> {
    let own = std::env::current_exe()
        .map_err(|error| format!("no sandbox: this program does not find itself: {error}"))?;
    let limits = match limits {
        Keeper::RlimitOnly => LimitsMode::RlimitOnly,
        Keeper::Cgroup => LimitsMode::Cgroup {
            root: own_cgroup().ok_or(
                "no sandbox: cgroup v2: this process is in no control group of version 2. Run it in a \
                 unit with Delegate=, or say --limits rlimit-only and read what that leaves open.",
            )?,
        },
    };
    Settings::of_program(own, JAIL_INIT, room.state(), limits)
        .and_then(|settings| Jail::probe(&settings))
        .map_err(|refusal| refusal.to_string())
}

/// The directory of the control group this process is in (cgroups(7), "/proc/pid/cgroup").
fn own_cgroup() -> Option<PathBuf> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(PathBuf::from("/sys/fs/cgroup").join(path))
}

fn show(context: &Context, report: &Report) -> Exit {
    if context.json {
        return context.print_json(report);
    }
    let mut text = format!("The sandbox stands (bubblewrap {}).\n", report.bubblewrap);
    for (heading, lines) in [
        ("Enforced, as seen from inside a box:", &report.enforced),
        ("NOT enforced here:", &report.not_enforced),
    ] {
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{heading}\n"));
        for line in lines {
            text.push_str(&super::wrap::wrap("  - ", line));
        }
    }
    context.print(&text)
}

fn run(
    context: &Context,
    jail: &Jail,
    room: &Room,
    work: Option<PathBuf>,
    wall: Duration,
    command: Vec<OsString>,
) -> Exit {
    for open in &jail.report().not_enforced {
        eprint!("{}", super::wrap::wrap("not enforced here: ", open));
    }
    let work = match work.map_or_else(|| Ok(room.work()), |work| work.canonicalize()) {
        Ok(work) => work,
        Err(error) => {
            return context.fail(Exit::NoInput, &format!("the work directory: {error}"));
        }
    };
    let spec = Spec {
        argv: command,
        env: std::iter::once(("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())).collect(),
        work,
        start_in: PathBuf::new(),
        tools: Vec::new(),
        masks: Vec::new(),
        egress: None,
        limits: Limits {
            wall,
            memory: 4096 * MIB,
            processes: 512,
            cpu_percent: 100,
            cpu_seconds: wall.as_secs().max(1),
            file_size: 1024 * MIB,
            open_files: 4096,
            scratch: 1024 * MIB,
            output: u64::MAX,
        },
    };
    let Prepared { command, guard, .. } = match jail.command(&spec) {
        Ok(prepared) => prepared,
        Err(error) => return context.fail(Exit::Usage, &error.to_string()),
    };
    match wait::to_the_end(command, guard, wall) {
        // The command's own code is the answer, and no code of ours.
        Ok(code) => std::process::exit({
            room.remove();
            code
        }),
        Err(error) => context.fail(Exit::Failure, &format!("the box: {error}")),
    }
}
