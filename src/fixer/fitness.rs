//! Whether patches could be made on this machine, as far as that shows without making one.

use std::path::{Path, PathBuf};

use fix::profiles::{Arg, Profile};

use super::parts;
use crate::config::Fix;

/// Whom the owner chose, and where his programs are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What people call it.
    pub name: String,
    /// The model provider it asks.
    pub provider: String,
    /// Its program, where one was found.
    pub program: Option<PathBuf>,
    /// What it is called.
    pub called: String,
}

/// The agent of the configuration.
///
/// # Errors
/// Nobody is called so, or a file of profiles cannot be read.
pub fn chosen(fix: &Fix) -> Result<Chosen, String> {
    let profile = parts::profile(fix)?;
    parts::settings(fix)?;
    let called = programs(&profile);
    let found = called
        .iter()
        .find_map(|name| find(name, &fix.programs, &fix.tools));
    Ok(Chosen {
        name: profile.name.clone(),
        provider: fix
            .provider
            .clone()
            .unwrap_or_else(|| profile.provider.clone()),
        program: found,
        called: called.join(" or "),
    })
}

/// Tries a whole box once, with its files below `state`, and says with which bubblewrap.
///
/// # Errors
/// What is missing, with the remedy.
pub fn try_the_jail(fix: &Fix, state: &Path) -> Result<String, String> {
    let jail = parts::jail(fix, state)?;
    Ok(jail.report().bubblewrap.clone())
}

/// The programs by which an agent can be started; one of them suffices.
fn programs(profile: &Profile) -> Vec<String> {
    let acp = profile.acp.as_ref().map(|acp| &acp.argv);
    let exec = profile.exec.as_ref().map(|exec| &exec.argv);
    let mut names: Vec<String> = [acp, exec]
        .into_iter()
        .flatten()
        .filter_map(|argv| match argv.first() {
            Some(Arg::One(name)) => Some(name.clone()),
            Some(Arg::Group(_)) | None => None,
        })
        .collect();
    names.dedup();
    names
}

/// Where a program is, as the box will find it.
fn find(name: &str, programs: &[PathBuf], tools: &[PathBuf]) -> Option<PathBuf> {
    let path = Path::new(name);
    let candidates: Vec<PathBuf> = if path.is_absolute() {
        vec![path.to_owned()]
    } else {
        let below = tools.iter().map(|tree| tree.join("bin"));
        programs
            .iter()
            .cloned()
            .chain(below)
            .map(|d| d.join(name))
            .collect()
    };
    candidates.into_iter().find(|file| {
        use std::os::unix::fs::PermissionsExt as _;
        file.metadata()
            .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    })
}
