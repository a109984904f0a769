//! Which init this is: a word for what it was made of.
//!
//! The init may be a program of its own, and an upgrade can leave one of the two behind. What they
//! say to each other would mostly be refused then, but an older init could also lack a limit that
//! this one sets. So each box names the init that it wants.

/// The files that the init is made of, besides the crates it uses.
const SOURCES: [&str; 14] = [
    include_str!("../init.rs"),
    include_str!("arguments.rs"),
    include_str!("bridge.rs"),
    include_str!("edition.rs"),
    include_str!("enter.rs"),
    include_str!("inner.rs"),
    include_str!("landlock.rs"),
    include_str!("limits.rs"),
    include_str!("look.rs"),
    include_str!("seccomp.rs"),
    include_str!("seccomp/bridge.rs"),
    include_str!("seccomp/program.rs"),
    include_str!("../cgroup.rs"),
    include_str!("../layout.rs"),
];

/// The word, of sixteen digits.
pub(crate) const EDITION: &str = match std::str::from_utf8(&DIGITS) {
    Ok(digits) => digits,
    Err(_) => "",
};

const DIGITS: [u8; 16] = {
    let mut rest = sum(env!("CARGO_PKG_VERSION"), FNV_OFFSET);
    let mut file = 0;
    while file < SOURCES.len() {
        rest = sum(SOURCES[file], rest);
        file += 1;
    }
    let mut digits = [0; 16];
    let mut at = 0;
    while at < digits.len() {
        digits[at] = b"0123456789abcdef"[(rest & 0xf) as usize];
        rest >>= 4;
        at += 1;
    }
    digits
};

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a: it tells versions apart, and nobody gains by two that look the same.
const fn sum(text: &str, mut sum: u64) -> u64 {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        sum = (sum ^ bytes[at] as u64).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_word_names_what_it_was_made_of() {
        assert_eq!(EDITION.len(), 16);
        assert_ne!(sum("one", FNV_OFFSET), sum("other", FNV_OFFSET));
        // The test vector of FNV-1a, 64 bit.
        assert_eq!(sum("foobar", FNV_OFFSET), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn no_file_of_the_init_is_left_out() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/init");
        let mut count = 0;
        let mut open = vec![here];
        while let Some(directory) = open.pop() {
            for entry in std::fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a source");
                assert!(SOURCES.contains(&text.as_str()), "{}", path.display());
                count += 1;
            }
        }
        assert_eq!(count, SOURCES.len() - 3, "the three others lie above");
    }
}
