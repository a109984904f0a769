//! Which paths a tree may have. What git itself would refuse to check out is refused here too: on any
//! file system, so also the spellings that are `.git` only on Windows or a Mac.

use std::fmt;

use gate::tree::{Path, Tree};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a path; Linux takes no more (`PATH_MAX`, without its NUL).
const LONGEST_PATH: usize = 4095;
/// Bytes of a name (`NAME_MAX`).
const LONGEST_NAME: usize = 255;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// It has no part, or one that is empty: so also a path that begins or ends with a slash.
    EmptyPart,
    /// A part is `.` or `..`.
    Dots,
    /// A part is `.git`, in some spelling that some file system takes for it.
    DotGit,
    /// It has a NUL byte.
    Nul,
    /// It, or a part of it, is longer than Linux takes.
    TooLong,
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyPart => "an empty part",
            Self::Dots => "a part `.` or `..`",
            Self::DotGit => "a part that some file system takes for `.git`",
            Self::Nul => "a NUL byte",
            Self::TooLong => "more than 4095 bytes, or 255 in one part",
        })
    }
}

/// Why a path cannot be where it is in its tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadPath {
    /// A path that git would not check out.
    #[error("`{}` cannot be in a tree: its path has {fault}", path.escape_ascii())]
    Fault {
        /// The path.
        path: Path,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// Something stands below a path that is no directory.
    #[error("`{}` is a directory and something else at once", path.escape_ascii())]
    NotADirectory {
        /// The path that is no directory.
        path: Path,
    },
}

/// Checks a path of `tree`.
///
/// # Errors
/// Git would not check it out, or something that is no directory stands above it.
pub fn check_path(tree: &Tree, path: &[u8]) -> Result<(), BadPath> {
    if let Some(fault) = path_fault(path) {
        let path = path.to_vec();
        return Err(BadPath::Fault { path, fault });
    }
    match ancestors(path).find(|above| tree.entries.contains_key(*above)) {
        Some(above) => Err(BadPath::NotADirectory {
            path: above.to_vec(),
        }),
        None => Ok(()),
    }
}

/// The directories above `path`, from the top down.
pub(crate) fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().filter(|(_, b)| **b == b'/');
    slashes.map(|(end, _)| &path[..end])
}

/// What is wrong with `path`, if anything is. Newlines and bytes that are not UTF-8 are allowed: git
/// allows them, and it is the gate that judges what a patch may add.
#[must_use]
pub fn path_fault(path: &[u8]) -> Option<PathFault> {
    if path.len() > LONGEST_PATH {
        return Some(PathFault::TooLong);
    }
    path.split(|b| *b == b'/').find_map(name_fault)
}

fn name_fault(name: &[u8]) -> Option<PathFault> {
    match name {
        b"" => Some(PathFault::EmptyPart),
        b"." | b".." => Some(PathFault::Dots),
        _ if name.contains(&0) => Some(PathFault::Nul),
        _ if name.len() > LONGEST_NAME => Some(PathFault::TooLong),
        _ if is_git_directory(name) => Some(PathFault::DotGit),
        _ => None,
    }
}

/// Whether some file system takes `name` for `.git`: by case, by characters that HFS+ leaves out, by
/// the dots, spaces and stream names that NTFS leaves off, by its short name `git~1`, or by a
/// compatibility spelling (NFKC).
#[must_use]
pub fn is_git_directory(name: &[u8]) -> bool {
    let folded: String = String::from_utf8_lossy(name)
        .chars()
        .filter(|c| !is_left_out_by_hfs(*c))
        .nfkc()
        .collect::<String>()
        .to_lowercase();
    // On NTFS `.git::$INDEX_ALLOCATION` is a stream of `.git`, and `.git\x` something below it.
    let stem = folded
        .split([':', '\\'])
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ' ']);
    stem == ".git"
        || stem
            .strip_prefix("git~")
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The characters that HFS+ does not see in a name; the list is git's own (`utf8.c`, `next_hfs_char`).
fn is_left_out_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_and_odd_names_are_allowed() {
        for path in [
            &b"src/main.rs"[..],
            b".gitignore",
            b".github/workflows/ci.yml",
            b"a\nb/c d",
            b"\xff\xfe/x",
            b"...",
            b"git",
            b"git~",
            b"digit.git",
            b"-rf",
        ] {
            assert_eq!(path_fault(path), None, "{}", path.escape_ascii());
        }
    }

    #[test]
    fn no_part_may_leave_the_tree_or_be_missing() {
        for path in [&b""[..], b"/etc/passwd", b"a//b", b"a/"] {
            assert_eq!(path_fault(path), Some(PathFault::EmptyPart));
        }
        for path in [&b"."[..], b"..", b"a/../b", b"a/./b"] {
            assert_eq!(path_fault(path), Some(PathFault::Dots));
        }
        assert_eq!(path_fault(b"a\0b"), Some(PathFault::Nul));
        assert_eq!(path_fault(&[b'a'; 256]), Some(PathFault::TooLong));
        assert_eq!(
            path_fault(&b"ab/".repeat(1400)[..4199]),
            Some(PathFault::TooLong)
        );
    }

    #[test]
    fn git_s_own_directory_is_known_in_every_spelling() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            ".git.",
            ".git ",
            ".git. .",
            "git~1",
            "GIT~1",
            "git~12",
            ".git::$INDEX_ALLOCATION",
            ".git\\config",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".ｇｉｔ",
            ".G\u{200d}IT",
        ] {
            assert_eq!(
                path_fault(format!("a/{name}/config").as_bytes()),
                Some(PathFault::DotGit),
                "{name}"
            );
        }
    }
}
