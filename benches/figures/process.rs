//! What the kernel knows of another process (proc(5)). These two files are readable even of a
//! process that hides its memory, as the daemon does.

/// Hundredths of a second: the unit of CPU times in `/proc`, on every architecture we build for.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time used and whether the process has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// User and system time of all threads, in seconds.
    pub(crate) cpu: f64,
    /// It has exited and waits to be collected.
    pub(crate) ended: bool,
}

pub(crate) fn usage(pid: u32) -> Option<Usage> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in parentheses and may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |nth: usize| fields.get(nth)?.parse::<f64>().ok();
    Some(Usage {
        cpu: (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND,
        ended: matches!(fields.first(), Some(&("Z" | "X"))),
    })
}

/// Resident memory in bytes: now, how much of it is not the program's own file, and the most there
/// ever was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) anonymous: f64,
    pub(crate) peak: f64,
}

/// Nothing of a process that has ended.
pub(crate) fn memory(pid: u32) -> Option<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kibibytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches(" kB").parse::<f64>().ok()
    };
    Some(Memory {
        now: kibibytes("VmRSS:")? * 1024.0,
        anonymous: kibibytes("RssAnon:")? * 1024.0,
        peak: kibibytes("VmHWM:")? * 1024.0,
    })
}
