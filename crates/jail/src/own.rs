//! Which program is the init of the program that runs: a small one beside it, or itself.
//!
//! A box starts its init two times, with a model four times. A large program is slow to start (its
//! pages are mapped and its pointers set each time), and the init needs little of it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::init::EDITION;
use crate::refusal::{Part, Refusal};
use crate::settings::{LimitsMode, Settings};

/// What follows a program's name in that of its init.
const SUFFIX: &str = "-jail";

impl Settings {
    /// As [`Settings::new`], with the init of the program at `own`: the one that was installed beside
    /// it with `-jail` after its name, or, where there is none, `own` itself with `word` as its first
    /// argument. Both are made of the same code.
    ///
    /// # Errors
    /// There is one, and it is not as safe as `own` is.
    pub fn of_program(
        own: PathBuf,
        word: &str,
        state: PathBuf,
        limits: LimitsMode,
    ) -> Result<Settings, Refusal> {
        let (init, argument) = match beside(&own)? {
            Some(init) => (init, EDITION),
            None => (own, word),
        };
        Ok(Settings {
            init_args: vec![argument.into()],
            ..Settings::new(init, state, limits)
        })
    }
}

/// The init beside a program, if there is one. Whoever can change it can change what confines, so it
/// must be in no more hands than the program.
fn beside(own: &Path) -> Result<Option<PathBuf>, Refusal> {
    let mut name = OsString::from(own.file_name().unwrap_or_default());
    name.push(SUFFIX);
    let path = own.with_file_name(name);
    let refuse = |reason: String| {
        Refusal::new(
            Part::Init,
            format!("{}: {reason}", path.display()),
            format!(
                "Install it as {} is installed, or remove it: that program can be its own init",
                own.display()
            ),
        )
    };
    let seen = match fs::symlink_metadata(&path) {
        Ok(seen) => seen,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(refuse(e.to_string())),
    };
    let program = fs::metadata(own).map_err(|e| refuse(format!("{}: {e}", own.display())))?;
    match fault(&seen, &program) {
        Some(fault) => Err(refuse(fault.to_owned())),
        None => Ok(Some(path)),
    }
}

/// What makes a file less safe than a program.
fn fault(seen: &Metadata, program: &Metadata) -> Option<&'static str> {
    const GROUP: u32 = 0o020;
    const OTHERS: u32 = 0o002;
    let only_here = seen.mode() & !program.mode();
    let other_group = seen.mode() & GROUP != 0 && seen.gid() != program.gid();
    if !seen.is_file() {
        Some("it is not a file")
    } else if seen.uid() != program.uid() {
        Some("it belongs to another user")
    } else if only_here & (GROUP | OTHERS) != 0 || other_group {
        Some("others may write it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A program in a directory of its own.
    fn program() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().expect("a directory");
        let own = place.path().join("bountyd");
        file(&own, 0o755);
        (place, own)
    }

    fn file(path: &Path, mode: u32) {
        fs::write(path, "").expect("written");
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
    }

    fn settings(own: &Path) -> Result<Settings, Refusal> {
        let limits = LimitsMode::RlimitOnly;
        Settings::of_program(own.to_owned(), "jail-init", "/none".into(), limits)
    }

    #[test]
    fn a_program_without_one_is_its_own_init() {
        let (_place, own) = program();
        let settings = settings(&own).expect("settings");
        assert_eq!(settings.init, own);
        assert_eq!(settings.init_args, ["jail-init"]);
    }

    #[test]
    fn the_one_beside_it_is_told_its_edition() {
        let (place, own) = program();
        let init = place.path().join("bountyd-jail");
        file(&init, 0o755);
        let settings = settings(&own).expect("settings");
        assert_eq!(settings.init, init);
        assert_eq!(settings.init_args, [EDITION]);
    }

    #[test]
    fn one_that_more_people_can_change_is_refused() {
        let (place, own) = program();
        let init = place.path().join("bountyd-jail");
        for (mode, why) in [(0o775, "others"), (0o757, "others")] {
            file(&init, mode);
            let refused = settings(&own).expect_err("refused");
            assert_eq!(refused.missing, Part::Init);
            assert!(refused.reason.contains(why), "{refused}");
        }
        // What the program's own group may do, it may do to both.
        file(&own, 0o775);
        file(&init, 0o775);
        settings(&own).expect("settings");
    }

    #[test]
    fn one_that_leads_elsewhere_is_refused() {
        let (place, own) = program();
        let init = place.path().join("bountyd-jail");
        symlink("/bin/true", &init).expect("linked");
        let refused = settings(&own).expect_err("refused");
        assert!(refused.reason.contains("it is not a file"), "{refused}");
        fs::remove_file(&init).expect("removed");
        fs::create_dir(&init).expect("made");
        settings(&own).expect_err("refused");
    }
}
