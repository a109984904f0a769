//! Landlock: a second fence around files, that holds even where a mount would not.
//!
//! No rules for TCP: the network namespace is that fence, and such rules break the servers that
//! tests start on loopback.

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::Failure;
use crate::layout::{EGRESS, HOME, WORK};

/// Newest first.
const ABIS: [(u32, ABI); 10] = [
    (10, ABI::V10),
    (9, ABI::V9),
    (8, ABI::V8),
    (7, ABI::V7),
    (6, ABI::V6),
    (5, ABI::V5),
    (4, ABI::V4),
    (3, ABI::V3),
    (2, ABI::V2),
    (1, ABI::V1),
];

/// Where the program may write.
const WRITABLE: [&str; 4] = [WORK, HOME, "/tmp", "/dev/shm"];

/// The devices that the box has.
const DEVICES: [&str; 8] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// The newest ABI that the kernel keeps, 0 where it has no Landlock.
pub(crate) fn abi() -> u32 {
    newest().map_or(0, |(number, _)| number)
}

fn newest() -> Option<(u32, ABI)> {
    // Only making a ruleset tells; it restricts nobody.
    ABIS.into_iter().find(|(_, abi)| {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(*abi))
            .and_then(|ruleset| scoped(ruleset, *abi))
            .and_then(Ruleset::create)
            .is_ok()
    })
}

fn scoped(ruleset: Ruleset, abi: ABI) -> Result<Ruleset, RulesetError> {
    let scopes = Scope::from_all(abi);
    if scopes.is_empty() {
        return Ok(ruleset);
    }
    ruleset.scope(scopes)
}

/// What the run's program gets: everything that is in the box to read, four trees to write, the
/// devices, and no signal or abstract socket that leaves.
pub(crate) fn restrict_program(minimum: u32) -> Result<(), Failure> {
    let (number, abi) = newest().unwrap_or((0, ABI::Unsupported));
    if number < minimum {
        return Err(Failure::new(
            "Landlock",
            format!("its ABI is {number}, {minimum} is the least"),
        ));
    }
    let failed = |e: RulesetError| Failure::new("Landlock", e);
    let mut ruleset = begin(abi).map_err(failed)?;
    ruleset = allow(ruleset, "/", AccessFs::from_read(abi))?;
    for tree in WRITABLE {
        ruleset = allow(ruleset, tree, AccessFs::from_all(abi))?;
    }
    let device = AccessFs::from_file(abi) & !BitFlags::from(AccessFs::Execute);
    for path in DEVICES.into_iter().filter(|p| exists(p)) {
        ruleset = allow(ruleset, path, device)?;
    }
    if abi >= ABI::V9 && exists(EGRESS) {
        ruleset = allow(ruleset, EGRESS, AccessFs::ResolveUnix.into())?;
    }
    finish(ruleset)
}

/// What the bridge gets: no file at all, except to connect to the socket.
pub(crate) fn restrict_bridge() -> Result<(), Failure> {
    let (_, abi) = newest().ok_or_else(|| Failure::new("Landlock", "the kernel has none"))?;
    let mut ruleset = begin(abi).map_err(|e| Failure::new("Landlock", e))?;
    if abi >= ABI::V9 {
        ruleset = allow(ruleset, EGRESS, AccessFs::ResolveUnix.into())?;
    }
    finish(ruleset)
}

fn begin(abi: ABI) -> Result<RulesetCreated, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))?;
    scoped(ruleset, abi)?.create()
}

fn exists(path: &str) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

fn allow(
    ruleset: RulesetCreated,
    path: &str,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Failure> {
    let failed = |e: String| Failure::new("Landlock", format!("{path}: {e}"));
    let fd = PathFd::new(path).map_err(|e| failed(e.to_string()))?;
    ruleset
        .add_rule(PathBeneath::new(fd, access))
        .map_err(|e| failed(e.to_string()))
}

fn finish(ruleset: RulesetCreated) -> Result<(), Failure> {
    let status = ruleset
        .restrict_self()
        .map_err(|e| Failure::new("Landlock", e))?;
    if status.ruleset != RulesetStatus::FullyEnforced || !status.no_new_privs {
        return Err(Failure::new("Landlock", "it is not fully enforced"));
    }
    Ok(())
}
