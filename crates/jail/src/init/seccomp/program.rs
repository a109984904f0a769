//! What the program may not do. A list of what is forbidden and not of what is allowed, because
//! compilers, interpreters and browsers of any kind must run; what is new is absent (see above).

use seccompiler::{BpfProgram, SeccompAction, SeccompCmpOp as Op, SeccompRule};

use super::super::Failure;
use super::{NAMESPACES, Rules, compile, errno, rule, word};

/// By what it would be for.
const FORBIDDEN: &[i64] = &[
    // Mounts, by the old and the new interface.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    457, // statmount
    458, // listmount
    467, // open_tree_attr
    // Namespaces.
    libc::SYS_unshare,
    libc::SYS_setns,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // Keys, which no namespace separates.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // Large and young parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    // Files past their path.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_lookup_dcookie,
];

/// What only this processor has.
#[cfg(target_arch = "x86_64")]
const OF_THIS_PROCESSOR: &[i64] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
    libc::SYS_ustat,
    libc::SYS_sysfs,
    libc::SYS__sysctl,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_PROCESSOR: &[i64] = &[];

/// The type of a socket without its flags (`SOCK_CLOEXEC`, `SOCK_NONBLOCK`).
const SOCKET_TYPE: u64 = 0xf;
/// Multipath TCP; the `libc` crate has it only for some systems.
const IPPROTO_MPTCP: u32 = 262;

/// EPERM for each of it.
pub(super) fn forbidden() -> Result<BpfProgram, Failure> {
    let mut rules: Rules = FORBIDDEN
        .iter()
        .chain(OF_THIS_PROCESSOR)
        .map(|number| (*number, Vec::new()))
        .collect();
    rules.insert(libc::SYS_socket, sockets()?);
    // The kernel has pairs of no other family that is of use.
    rules.insert(
        libc::SYS_socketpair,
        vec![rule(vec![word(0, Op::Ne, family(libc::AF_UNIX))?])?],
    );
    rules.insert(libc::SYS_clone, new_namespaces()?);
    rules.insert(libc::SYS_ioctl, terminals()?);
    rules.insert(libc::SYS_personality, personalities()?);
    compile(rules, SeccompAction::Allow, errno(libc::EPERM))
}

fn family(number: libc::c_int) -> u32 {
    number.unsigned_abs()
}

/// Only UNIX, IPv4 and IPv6 (TCP, UDP, and TCP over several paths), and the plain kind of netlink,
/// by which programs list interfaces. A network namespace does not separate AF_VSOCK, and families
/// and protocols that nobody uses are modules that a socket would load.
fn sockets() -> Result<Vec<SeccompRule>, Failure> {
    let mut rules = vec![
        rule(vec![
            word(0, Op::Ne, family(libc::AF_UNIX))?,
            word(0, Op::Ne, family(libc::AF_INET))?,
            word(0, Op::Ne, family(libc::AF_INET6))?,
            word(0, Op::Ne, family(libc::AF_NETLINK))?,
        ])?,
        rule(vec![
            word(0, Op::Eq, family(libc::AF_NETLINK))?,
            word(2, Op::Ne, family(libc::NETLINK_ROUTE))?,
        ])?,
    ];
    for ip in [libc::AF_INET, libc::AF_INET6].map(family) {
        rules.push(rule(vec![
            word(0, Op::Eq, ip)?,
            word(1, Op::MaskedEq(SOCKET_TYPE), family(libc::SOCK_RAW))?,
        ])?);
        rules.push(rule(vec![
            word(0, Op::Eq, ip)?,
            word(2, Op::Ne, family(libc::IPPROTO_IP))?,
            word(2, Op::Ne, family(libc::IPPROTO_TCP))?,
            word(2, Op::Ne, family(libc::IPPROTO_UDP))?,
            word(2, Op::Ne, IPPROTO_MPTCP)?,
        ])?);
    }
    Ok(rules)
}

fn new_namespaces() -> Result<Vec<SeccompRule>, Failure> {
    NAMESPACES
        .iter()
        .map(|flag| {
            let flag = flag.unsigned_abs();
            rule(vec![word(0, Op::MaskedEq(u64::from(flag)), flag)?])
        })
        .collect()
}

/// Typing into a terminal, its clipboard, and line disciplines.
fn terminals() -> Result<Vec<SeccompRule>, Failure> {
    [libc::TIOCSTI, libc::TIOCSETD, TIOCLINUX]
        .into_iter()
        .map(|request| {
            let request = u32::try_from(request).map_err(Failure::at("an ioctl"))?;
            rule(vec![word(1, Op::Eq, request)?])
        })
        .collect()
}

/// ioctl_console(2); the `libc` crate has it only for some systems.
const TIOCLINUX: libc::Ioctl = 0x541c;

/// All but the usual one, the usual one without random addresses (debuggers), and the question.
fn personalities() -> Result<Vec<SeccompRule>, Failure> {
    const NO_RANDOM_ADDRESSES: u32 = 0x0004_0000;
    Ok(vec![rule(vec![
        word(0, Op::Ne, 0)?,
        word(0, Op::Ne, NO_RANDOM_ADDRESSES)?,
        word(0, Op::Ne, u32::MAX)?,
    ])?])
}
