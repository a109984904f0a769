//! Exit codes, after sysexits.h where it has one. `docs/commands.md` lists them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was asked.
    Ok = 0,
    /// It did not, for a reason it has printed.
    Failure = 1,
    /// The command line is wrong (`EX_USAGE`).
    Usage = 64,
    /// The data is wrong: a ledger that is damaged, a journal that does not verify, a key that is
    /// none (`EX_DATAERR`); the unit does not restart.
    Data = 65,
    /// A file cannot be read: none of that name, or a secret that is not for this user to see
    /// (`EX_NOINPUT`).
    NoInput = 66,
    /// The daemon or a service cannot be reached (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// A file cannot be created (`EX_CANTCREAT`).
    CannotCreate = 73,
    /// Try again later: another instance holds the ledger, a limit is reached (`EX_TEMPFAIL`).
    TryLater = 75,
    /// Not allowed: the asker may not answer (`EX_NOPERM`).
    NotAllowed = 77,
    /// The configuration or a part it names is wrong (`EX_CONFIG`); the unit does not restart.
    Config = 78,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
