//! The way out: `127.0.0.1:3128` in the box is carried to the egress socket, and nowhere else.
//!
//! It is a process of its own with less rights than the program, and it understands nothing of what
//! it carries; what may pass is the egress proxy's to decide. The process that is started for it splits
//! and ends at once, so that the program has no child that it did not start and would wait for.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use rustix::process::{DumpableBehavior, Resource, Rlimit, setrlimit};

use super::{Failure, landlock, seccomp};
use crate::layout::EGRESS;

/// The bridge.
pub(crate) const ROLE: &str = "bridge";

/// Where the program finds the way out.
const PORT: u16 = 3128;
/// Connections at once; more wait.
const MOST: usize = 128;
/// Bytes that are under way in one direction of a connection.
const BUFFER: usize = 32 * 1024;
/// Bytes of a thread's stack: it holds no buffer.
const STACK: usize = 128 * 1024;

/// Opens the port and starts the bridge; when it returns, a connection is answered.
pub(crate) fn spawn(prefix: &[OsString]) -> Result<(), Failure> {
    let failed = Failure::at::<io::Error>;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).map_err(failed("the bridge"))?;
    let ended = Command::new("/proc/self/exe")
        .args(prefix)
        .arg(ROLE)
        .env_clear()
        .current_dir("/")
        .stdin(OwnedFd::from(listener))
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status()
        .map_err(failed("the bridge"))?;
    if ended.success() {
        Ok(())
    } else {
        Err(Failure::new("the bridge", "it could not be started"))
    }
}

/// Carries until the box ends. Standard input is the listening socket.
pub(crate) fn carry() -> Result<(), Failure> {
    let failed = Failure::at::<io::Error>;
    let listener: TcpListener = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map_err(failed("the listening socket"))?
        .into();
    let nothing = File::options().write(true).open("/dev/null");
    let nothing = nothing.map_err(failed("/dev/null"))?;
    restrict()?;
    leave(&nothing)?;
    seccomp::restrict_bridge()?;
    let places = Arc::new(Places::default());
    loop {
        let place = Places::take(&places);
        // An error is that of one connection, or there are too many files: both pass.
        let Ok((inside, _)) = listener.accept() else {
            continue;
        };
        let Ok(outside) = UnixStream::connect(EGRESS) else {
            continue;
        };
        // Without a thread the connection is closed, which its other end sees.
        let _ = thread::Builder::new().stack_size(STACK).spawn(move || {
            let _place = place;
            join(&inside, &outside);
        });
    }
}

/// All that the bridge does without, but for the system calls by which it leaves.
fn restrict() -> Result<(), Failure> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(Failure::at("PR_SET_DUMPABLE"))?;
    for (resource, most) in [(Resource::Core, 0), (Resource::Nofile, 4 * MOST as u64)] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(Failure::at("a limit of the bridge"))?;
    }
    rustix::thread::set_no_new_privs(true).map_err(Failure::at("no_new_privs"))?;
    landlock::restrict_bridge()
}

/// Goes on as a process in a session of its own that the box's first process inherits. Whoever waits
/// for this one hears now that all is well, and nobody hears what is said from here on.
fn leave(nothing: &File) -> Result<(), Failure> {
    let failed = Failure::at::<nix::errno::Errno>;
    nix::unistd::daemon(true, true).map_err(failed("the bridge's session"))?;
    nix::unistd::dup2_stderr(nothing).map_err(failed("the bridge's standard error"))
}

/// Both directions, until both have ended.
fn join(inside: &TcpStream, outside: &UnixStream) {
    thread::scope(|scope| {
        let back = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                flow(outside, inside);
                let _ = inside.shutdown(Shutdown::Write);
            });
        if back.is_err() {
            return;
        }
        flow(inside, outside);
        let _ = outside.shutdown(Shutdown::Write);
    });
}

/// One direction, until its source ends or its drain breaks.
fn flow(mut from: impl Read, mut to: impl Write) {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => {
                if to.write_all(&buffer[..n]).is_err() {
                    return;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// How many connections there are.
#[derive(Default)]
struct Places {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// One of them.
struct Place(Arc<Places>);

impl Places {
    /// Waits for a free one.
    fn take(places: &Arc<Places>) -> Place {
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= MOST {
            taken = places
                .freed
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Place(Arc::clone(places))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}
