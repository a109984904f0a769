//! The inner init: everything that is set from inside, in an order in which each step still may do
//! what the next one needs, and then the program.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Failure, Inner, NO_PROGRAM, bridge, landlock, limits, seccomp};

/// `O_CLOEXEC` in the octal `flags:` of `/proc/self/fdinfo`.
const CLOSES_AT_EXEC: u32 = 0o2_000_000;

/// Never comes back when all goes well.
pub(crate) fn run(inner: Inner) -> Result<(), Failure> {
    nothing_leaks()?;
    // A session of its own: no terminal of the owner's can be reached.
    rustix::process::setsid().map_err(Failure::at("a session of its own"))?;
    if inner.bridge {
        bridge::spawn(&inner.prefix)?;
    }
    std::env::set_current_dir(&inner.start_in).map_err(|e| {
        Failure::new(
            "the start directory",
            format!("{}: {e}", inner.start_in.display()),
        )
    })?;
    limits::set(&inner)?;
    rustix::thread::set_no_new_privs(true).map_err(Failure::at("no_new_privs"))?;
    landlock::restrict_program(inner.landlock_minimum)?;
    seccomp::restrict_program()?;

    let (program, arguments) = inner
        .argv
        .split_first()
        .ok_or_else(|| Failure::new("the arguments", "no program"))?;
    let mut command = Command::new(program);
    command.args(arguments);
    match &inner.pwd {
        Some(pwd) => command.env("PWD", pwd),
        None => command.env_remove("PWD"),
    };
    let error = command.exec();
    let missing = matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::PermissionDenied
    );
    let mut failure = Failure::new(
        "the program cannot be started",
        format!("{}: {error}", program.display()),
    );
    if missing {
        failure.code = NO_PROGRAM;
    }
    Err(failure)
}

/// Refuses to go on when the program would inherit more than standard input, output and error.
fn nothing_leaks() -> Result<(), Failure> {
    let failed = Failure::at::<std::io::Error>;
    for entry in fs::read_dir("/proc/self/fdinfo").map_err(failed("/proc/self/fdinfo"))? {
        let entry = entry.map_err(failed("/proc/self/fdinfo"))?;
        let name = entry.file_name();
        let number: Option<u32> = name.to_str().and_then(|n| n.parse().ok());
        if number.is_none_or(|n| n <= 2) {
            continue;
        }
        let info = fs::read_to_string(entry.path()).map_err(failed("/proc/self/fdinfo"))?;
        let flags = info
            .lines()
            .find_map(|line| line.strip_prefix("flags:"))
            .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
            .ok_or_else(|| Failure::new("/proc/self/fdinfo", "there are no flags in it"))?;
        if flags & CLOSES_AT_EXEC == 0 {
            return Err(Failure::new(
                "a descriptor leaks into the box",
                name.display(),
            ));
        }
    }
    Ok(())
}
