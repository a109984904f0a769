//! The program's own pages: what a busy minute read of them stays mapped until somebody needs the room.
//!
//! They are copies of a file, so to unmap them loses nothing: whoever needs one again finds it in the page
//! cache, a fault for sixteen pages. Unmapped, they are the first that the system takes when it is short.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::ops::Range;

/// Unmaps the pages of the program's code and constants, and says how many bytes lie in what it looked
/// at. It takes well under a millisecond, and as long again in faults when work begins: for quiet moments.
///
/// # Errors
/// The process cannot read how its memory is laid out (`/proc/self/smaps`): then nothing happens.
pub fn forget_code() -> io::Result<usize> {
    let program = fs::read_link("/proc/self/exe")?;
    let program = program.to_string_lossy();
    let layout = BufReader::new(fs::File::open("/proc/self/smaps")?);
    let mut forgotten = 0;
    for range in clean(layout.lines(), &program)? {
        forgotten += range.len();
        imp::forget(&range);
    }
    Ok(forgotten)
}

/// Mappings of the file `program` that nobody can write and in which no page differs from the file. A
/// debugger's breakpoint or a relocated table makes such a page. Those of libraries are left alone: one may
/// be being loaded at this moment.
fn clean(
    lines: impl Iterator<Item = io::Result<String>>,
    program: &str,
) -> io::Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut candidate = None;
    for line in lines {
        let line = line?;
        if let Some(range) = mapping(&line) {
            candidate = Some(range).filter(|_| is_fixed(&line, program));
        } else if let Some(private) = line.strip_prefix("Anonymous:")
            && private.trim() == "0 kB"
        {
            found.extend(candidate.take());
        }
    }
    Ok(found)
}

/// The addresses, if the line begins a mapping (proc_pid_smaps(5)).
fn mapping(line: &str) -> Option<Range<usize>> {
    let (from, to) = line.split_whitespace().next()?.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some(address(from)?..address(to)?)
}

/// Readable, not writable, private, and of this file.
fn is_fixed(line: &str, program: &str) -> bool {
    let mut rest = line;
    let mut field = || {
        rest = rest.trim_start();
        let (field, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after;
        field
    };
    // Addresses, permissions, offset, device, inode; a path may have spaces.
    let (_, permissions, _, _, _) = (field(), field(), field(), field(), field());
    matches!(permissions, "r-xp" | "r--p") && rest.trim() == program
}

#[cfg(target_os = "linux")]
mod imp {
    use std::ops::Range;

    #[expect(
        unsafe_code,
        reason = "a system call that no crate can call safe: it depends on what is mapped there"
    )]
    pub(super) fn forget(range: &Range<usize>) {
        let start = std::ptr::without_provenance_mut(range.start);
        // SAFETY: the range is a private mapping of the running program's own file without a page that
        // differs from it, laid out by the kernel before the program began and never changed: so each page is
        // read again from the same file as it was (madvise(2), MADV_DONTNEED). A failure changes nothing.
        unsafe { libc::madvise(start, range.len(), libc::MADV_DONTNEED) };
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub(super) fn forget(_: &std::ops::Range<usize>) {}
}

#[cfg(test)]
mod tests {
    use super::clean;

    const LAYOUT: &str = "\
55d0c0000000-55d0c0400000 r--p 00000000 fe:00 42                         /usr/bin/a program
Rss:                1024 kB
Anonymous:             0 kB
VmFlags: rd mr mw me sd
55d0c0400000-55d0c0c00000 r-xp 00400000 fe:00 42                         /usr/bin/a program
Anonymous:             0 kB
55d0c0c00000-55d0c0e00000 r--p 00c00000 fe:00 42                         /usr/bin/a program
Anonymous:          2048 kB
55d0c0e00000-55d0c0f00000 rw-p 00e00000 fe:00 42                         /usr/bin/a program
Anonymous:             0 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:00 43                         /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000200000-7f0000300000 r--p 00000000 00:00 0
Anonymous:             0 kB
";

    #[test]
    fn only_what_is_as_in_the_programs_own_file_is_forgotten() {
        let lines = LAYOUT.lines().map(|line| Ok(line.to_owned()));
        let found = clean(lines, "/usr/bin/a program").expect("it can be read");
        assert_eq!(
            found,
            [
                0x55d0_c000_0000..0x55d0_c040_0000,
                0x55d0_c040_0000..0x55d0_c0c0_0000
            ]
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn less_of_the_program_is_mapped_and_it_goes_on() {
        let mapped = || {
            let status = std::fs::read_to_string("/proc/self/status").expect("proc(5)");
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("RssFile:"));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            number
                .and_then(|n| n.parse::<u64>().ok())
                .expect("a number")
        };
        // Everything is read once, as by a busy night.
        let program = std::fs::read("/proc/self/exe").expect("the program");
        let before = mapped();
        let looked_at = super::forget_code().expect("it knows itself");
        let after = mapped();
        assert!(looked_at > 0 && looked_at <= program.len() + (64 << 10));
        assert!(after < before, "{after} of {before} KiB");
        let again = std::fs::read("/proc/self/exe").expect("the program");
        assert_eq!(program, again);
    }
}
