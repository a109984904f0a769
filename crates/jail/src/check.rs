//! Whether a [`Spec`] can be run as it is. Everything odd is refused, nothing is repaired.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::masks::{self, Covers};
use crate::paths;
use crate::refusal::SpecError;
use crate::spec::{Limits, Spec, Tool};

/// Trees that the box makes itself; a tool may neither cover one nor enter one.
const OURS: [&str; 16] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libexec", "/etc", "/proc",
    "/dev", "/sys", "/run", "/tmp", "/var/tmp", "/work",
];

/// What a look at the disk adds to the spec.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The work tree without links on the way.
    pub(crate) work: PathBuf,
    /// The covers of the masks.
    pub(crate) covers: Covers,
}

/// Refuses what cannot be run, or would let more be seen than was meant.
pub(crate) fn check(spec: &Spec, state: &Path) -> Result<Checked, SpecError> {
    words(spec)?;
    limits(&spec.limits)?;
    paths::absolute("the work tree", &spec.work)?;
    paths::below("the start directory", &spec.start_in)?;
    let work = fs::canonicalize(&spec.work)
        .map_err(|e| SpecError::unusable("the work tree", &spec.work, e))?;
    if !work.is_dir() {
        return Err(SpecError::unusable(
            "the work tree",
            &spec.work,
            "it is not a directory",
        ));
    }
    if state.starts_with(&work) {
        return Err(SpecError::TooWide { path: work });
    }
    for one in &spec.tools {
        tool(one)?;
    }
    if let Some(socket) = &spec.egress {
        paths::absolute("the egress socket", socket)?;
        let seen = fs::metadata(socket)
            .map_err(|e| SpecError::unusable("the egress socket", socket, e))?;
        if !seen.file_type().is_socket() {
            return Err(SpecError::unusable(
                "the egress socket",
                socket,
                "it is not a socket",
            ));
        }
    }
    let covers = masks::look(&work, &spec.masks)?;
    Ok(Checked { work, covers })
}

/// Program, arguments and environment.
fn words(spec: &Spec) -> Result<(), SpecError> {
    match spec.argv.first() {
        None => return Err(SpecError::NoProgram),
        Some(program) if program.is_empty() => return Err(SpecError::NoProgram),
        Some(_) => {}
    }
    if spec.argv.iter().any(|word| word.as_bytes().contains(&0)) {
        return Err(SpecError::Nul { what: "argv" });
    }
    for (name, value) in &spec.env {
        if name.as_bytes().contains(&0) || value.as_bytes().contains(&0) {
            return Err(SpecError::Nul {
                what: "the environment",
            });
        }
        if name.is_empty() || name.as_bytes().contains(&b'=') {
            return Err(SpecError::Variable { name: name.clone() });
        }
    }
    Ok(())
}

/// A limit of nothing is a mistake, and cgroup and rlimit files know no more than `i64::MAX`.
fn limits(limits: &Limits) -> Result<(), SpecError> {
    let table = [
        ("memory", limits.memory),
        ("processes", u64::from(limits.processes)),
        ("cpu_percent", u64::from(limits.cpu_percent)),
        ("cpu_seconds", limits.cpu_seconds),
        ("file_size", limits.file_size),
        ("open_files", limits.open_files),
        ("scratch", limits.scratch),
    ];
    for (limit, value) in table {
        if value == 0 {
            return Err(SpecError::Limit {
                limit,
                value,
                rule: "it must be more than nothing",
            });
        }
        if i64::try_from(value).is_err() {
            return Err(SpecError::Limit {
                limit,
                value,
                rule: "the kernel counts only to 2^63",
            });
        }
    }
    Ok(())
}

fn tool(tool: &Tool) -> Result<(), SpecError> {
    paths::absolute("the tool", &tool.outside)?;
    paths::absolute("the place of the tool", &tool.inside)?;
    let clash = OURS
        .into_iter()
        .chain([crate::layout::HOME])
        .find(|ours| tool.inside.starts_with(ours) || Path::new(ours).starts_with(&tool.inside));
    if let Some(clash) = clash {
        return Err(SpecError::ToolClash {
            inside: tool.inside.clone(),
            clash,
        });
    }
    let below_opt = tool.inside.starts_with("/opt") && tool.inside != Path::new("/opt");
    if !below_opt && tool.inside != tool.outside {
        return Err(SpecError::ToolMoved {
            inside: tool.inside.clone(),
            outside: tool.outside.clone(),
        });
    }
    fs::metadata(&tool.outside).map_err(|e| SpecError::unusable("the tool", &tool.outside, e))?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
