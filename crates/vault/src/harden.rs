//! What the process refuses to the rest of the machine.

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Makes the process not dumpable: no core file, no `ptrace` and no `/proc/<pid>/mem` for other
/// processes of the same user (prctl(2), PR_SET_DUMPABLE). Call it before a secret is read.
///
/// # Errors
/// What the kernel answered.
pub fn harden() -> std::io::Result<()> {
    rustix::process::setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn leaves_a_process_that_cannot_be_dumped() {
        super::harden().expect("harden");
        assert_eq!(
            rustix::process::dumpable_behavior().expect("read back"),
            rustix::process::DumpableBehavior::NotDumpable
        );
        assert_eq!(
            rustix::process::getrlimit(rustix::process::Resource::Core).maximum,
            Some(0)
        );
    }
}
