//! What the jail runs of itself: one program in four roles, told apart by its first argument. It is
//! the program that starts boxes, or a small one of its own beside it, which starts sooner.
//!
//! * `enter`, outside: joins the control group, closes what it inherited, binds its life to the
//!   daemon's, and becomes bubblewrap
//! * `inner`, in the box: sets every limit on itself and becomes the run's program
//! * `bridge`, in the box: carries `127.0.0.1:3128` to the egress socket, as a child of nobody that
//!   the program could wait for
//! * `look`, in the box, instead of a program: says what is enforced
//!
//! Configuration comes by arguments, the environment is the run's own. After it has become the
//! program, nothing of it writes in the box.

mod arguments;
mod bridge;
mod edition;
mod enter;
mod inner;
mod landlock;
mod limits;
mod look;
mod seccomp;

use std::ffi::OsString;
use std::process::ExitCode;

pub(crate) use arguments::{Enter, INNER, Inner};
pub(crate) use edition::EDITION;
pub(crate) use landlock::abi as landlock_abi;
pub(crate) use look::ROLE as LOOK;

/// The code of a run whose program was never started, as other launchers have it. The reason stands
/// on standard error and begins with `jail:`. A program can end so, too.
pub const NOT_STARTED: u8 = 125;

/// The code of a run whose program is not in the box or is none, as in a shell.
pub const NO_PROGRAM: u8 = 127;

/// As [`main()`], for a program that is the init and nothing else: its first argument says for which
/// edition of it the others are meant. After half an upgrade that is another one.
pub fn alone(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    ended(match args.next() {
        Some(edition) if edition == EDITION => take_role(args),
        Some(_) => Err(Failure::new(
            "this init is not the one that bountyd was built with",
            "install both programs anew",
        )),
        None => Err(by_hand()),
    })
}

/// Takes the role that the arguments name. They are those after [`crate::Settings::init_args`].
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ended(take_role(args.into_iter()))
}

fn take_role(mut args: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let role = args.next().unwrap_or_default();
    match role.to_str() {
        Some(arguments::ENTER) => Enter::from_args(args).and_then(enter::enter),
        Some(arguments::INNER) => Inner::from_args(args).and_then(inner::run),
        Some(bridge::ROLE) => bridge::carry(),
        Some(look::ROLE) => look::look(args),
        _ => Err(by_hand()),
    }
}

fn by_hand() -> Failure {
    Failure::new(
        "this is the inside of the sandbox",
        "it is started by bountyd, not by hand",
    )
}

fn ended(ended: Result<(), Failure>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("jail: {}: {}", failure.what, failure.why);
            ExitCode::from(failure.code)
        }
    }
}

/// Why a role ended before its time.
#[derive(Debug)]
pub(crate) struct Failure {
    what: &'static str,
    why: String,
    code: u8,
}

impl Failure {
    pub(crate) fn new(what: &'static str, why: impl std::fmt::Display) -> Failure {
        Failure {
            what,
            why: why.to_string(),
            code: NOT_STARTED,
        }
    }

    /// For `map_err`.
    pub(crate) fn at<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Failure {
        move |why| Failure::new(what, why)
    }
}
