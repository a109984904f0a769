//! What a path in a [`crate::Spec`] may look like.

use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use crate::refusal::SpecError;

/// Absolute, in one straight line from the root.
pub(crate) fn absolute(what: &'static str, path: &Path) -> Result<(), SpecError> {
    without_nul(what, path)?;
    let straight = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && straight {
        Ok(())
    } else {
        Err(SpecError::NotAbsolute {
            what,
            path: path.to_owned(),
        })
    }
}

/// Relative, and never upwards.
pub(crate) fn below(what: &'static str, path: &Path) -> Result<(), SpecError> {
    without_nul(what, path)?;
    if path
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        Ok(())
    } else {
        Err(SpecError::NotBelow {
            what,
            path: path.to_owned(),
        })
    }
}

fn without_nul(what: &'static str, path: &Path) -> Result<(), SpecError> {
    if path.as_os_str().as_bytes().contains(&0) {
        return Err(SpecError::Nul { what });
    }
    Ok(())
}
