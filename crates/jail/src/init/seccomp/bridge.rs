//! What the bridge may do: carry bytes between sockets, in threads. Everything else is EPERM.

use seccompiler::{BpfProgram, SeccompAction, SeccompCmpOp as Op};

use super::super::Failure;
use super::{NAMESPACES, Rules, compile, errno, rule, word};

const ALLOWED: &[i64] = &[
    // Carrying.
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_shutdown,
    libc::SYS_close,
    libc::SYS_fcntl,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    // Threads. `clone3` is answered by the filter that says it does not exist.
    libc::SYS_clone3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_gettid,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    // seccomp itself, for the second of the two filters.
    libc::SYS_seccomp,
];

pub(super) fn allowed() -> Result<BpfProgram, Failure> {
    let mut rules: Rules = ALLOWED.iter().map(|n| (*n, Vec::new())).collect();
    let unix = libc::AF_UNIX.unsigned_abs();
    rules.insert(libc::SYS_socket, vec![rule(vec![word(0, Op::Eq, unix)?])?]);
    let namespaces = NAMESPACES
        .iter()
        .fold(0, |all, flag| all | flag.unsigned_abs());
    rules.insert(
        libc::SYS_clone,
        vec![rule(vec![word(
            0,
            Op::MaskedEq(u64::from(namespaces)),
            0,
        )?])?],
    );
    // The second filter sets no_new_privs once more; threads get names.
    rules.insert(
        libc::SYS_prctl,
        vec![
            rule(vec![word(
                0,
                Op::Eq,
                libc::PR_SET_NO_NEW_PRIVS.unsigned_abs(),
            )?])?,
            rule(vec![word(0, Op::Eq, libc::PR_SET_NAME.unsigned_abs())?])?,
        ],
    );
    compile(rules, errno(libc::EPERM), SeccompAction::Allow)
}
