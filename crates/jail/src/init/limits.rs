//! Limits of each process (setrlimit(2)), soft and hard the same, so that nothing can raise them.

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Failure, Inner};

/// Sets them on this process; what it becomes and starts inherits them.
///
/// Memory is `RLIMIT_DATA`, what a process can write and nobody shares. `RLIMIT_AS` would count
/// address space that is only reserved, and JavaScript, Go and sanitizers reserve many times what
/// they use.
pub(crate) fn set(inner: &Inner) -> Result<(), Failure> {
    let table = [
        (Resource::Core, 0),
        (Resource::Data, inner.memory),
        (Resource::Nproc, u64::from(inner.processes)),
        (Resource::Cpu, inner.cpu_seconds),
        (Resource::Fsize, inner.file_size),
        (Resource::Nofile, inner.open_files),
        // Nothing goes before the owner's own programs.
        (Resource::Nice, 0),
        (Resource::Rtprio, 0),
    ];
    for (resource, wanted) in table {
        let hard = rustix::process::getrlimit(resource).maximum;
        let limit = Some(hard.map_or(wanted, |hard| hard.min(wanted)));
        let both = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(resource, both)
            .map_err(|e| Failure::new("a limit cannot be set", format!("{resource:?}: {e}")))?;
    }
    Ok(())
}
