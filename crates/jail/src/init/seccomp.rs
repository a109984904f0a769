//! System call filters: what the program may not ask the kernel for, and the little that the bridge
//! may.

mod bridge;
mod program;

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};

use super::Failure;

/// The newest system call that was looked at (file_setattr, Linux 6.17). Newer ones do not exist in
/// the box until somebody has judged them; neither do those of the x32 ABI, which have a bit more.
const NEWEST: u32 = 469;

/// Offset of the number in what a filter sees (`struct seccomp_data`).
const NUMBER: u32 = 0;
const LOAD_WORD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_GREATER: u16 = 0x25; // BPF_JMP | BPF_JGT | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Puts the program's filters on this thread and what it starts.
pub(crate) fn restrict_program() -> Result<(), Failure> {
    apply(&[program::forbidden()?, absent()?])
}

/// Puts the bridge's filters on this thread and what it starts.
pub(crate) fn restrict_bridge() -> Result<(), Failure> {
    apply(&[bridge::allowed()?, absent()?])
}

fn apply(filters: &[BpfProgram]) -> Result<(), Failure> {
    for filter in filters {
        seccompiler::apply_filter(filter).map_err(Failure::at("seccomp"))?;
    }
    Ok(())
}

/// `clone3` hides its flags from a filter; libraries take `clone` when it is absent. The same for
/// everything newer than [`NEWEST`].
fn absent() -> Result<BpfProgram, Failure> {
    let rules = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let enosys = errno(libc::ENOSYS);
    let program = compile(rules, SeccompAction::Allow, enosys)?;
    let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let mut whole = vec![
        instruction(LOAD_WORD, 0, 0, NUMBER),
        instruction(JUMP_GREATER, 0, 1, NEWEST),
        instruction(
            RETURN,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs(),
        ),
    ];
    whole.extend(program);
    Ok(whole)
}

fn errno(number: libc::c_int) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

/// A filter for this machine's own ABI; system calls of another one end the process.
fn compile(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, Failure> {
    let arch: TargetArch = std::env::consts::ARCH
        .try_into()
        .map_err(Failure::at("seccomp for this processor"))?;
    SeccompFilter::new(rules, otherwise, matched, arch)
        .and_then(TryInto::try_into)
        .map_err(Failure::at("the seccomp filter"))
}

/// All conditions of one rule hold together; the rules of a call are alternatives.
fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, Failure> {
    SeccompRule::new(conditions).map_err(Failure::at("a seccomp rule"))
}

/// A condition on the lower half of an argument: the kernel reads no more of these.
fn word(argument: u8, operator: SeccompCmpOp, value: u32) -> Result<SeccompCondition, Failure> {
    SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        operator,
        u64::from(value),
    )
    .map_err(Failure::at("a seccomp condition"))
}

/// Flags of clone(2) that make namespaces. `CLONE_NEWTIME` lies in what is the exit signal there.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_filters_compile_and_fit_the_kernel() {
        // BPF_MAXINSNS
        for filter in [program::forbidden(), bridge::allowed(), absent()] {
            let length = filter.expect("compiled").len();
            assert!((10..4096).contains(&length), "{length}");
        }
    }
}
