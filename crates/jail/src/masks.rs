//! Which parts of the work tree are covered, so that a repository cannot configure the agent.
//!
//! Only what is there when a run starts can be covered: to cover an absent path, bubblewrap would
//! make it in the work tree, and that is the repository's. An agent can therefore still write
//! itself a configuration during a run. It is covered in the next one, because every run looks
//! anew; and whoever reads the tree afterwards must skip the masked paths.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths;
use crate::refusal::SpecError;
use crate::spec::Mask;

/// What is mounted over a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cover {
    /// The empty directory over this path, relative to the work tree.
    Directory(PathBuf),
    /// The empty file over this path, relative to the work tree.
    File(PathBuf),
}

/// The covers of a run, and the masks whose path is not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Covers {
    /// No cover is below another.
    pub(crate) there: Vec<Cover>,
    /// What could not be covered because there is nothing.
    pub(crate) absent: Vec<PathBuf>,
}

/// Looks at the tree. What is on disk decides whether a directory or a file covers it: a file where
/// a directory was expected must not stay readable.
pub(crate) fn look(work: &Path, masks: &[Mask]) -> Result<Covers, SpecError> {
    let mut wanted: Vec<&PathBuf> = masks
        .iter()
        .map(|(Mask::Directory(path) | Mask::File(path))| path)
        .collect();
    // A directory comes before what is below it.
    wanted.sort();
    wanted.dedup();
    let mut covers = Covers::default();
    for mask in wanted {
        paths::below("a mask", mask)?;
        if mask.as_os_str().is_empty() {
            return Err(SpecError::unusable(
                "the mask",
                mask,
                "it is the whole tree",
            ));
        }
        let covered = covers
            .there
            .iter()
            .any(|c| matches!(c, Cover::Directory(above) if mask.starts_with(above)));
        if covered {
            continue;
        }
        match kind(work, mask)? {
            Some(cover) => covers.there.push(cover),
            None => covers.absent.push(mask.clone()),
        }
    }
    Ok(covers)
}

/// What is at the end of `mask`; no part of it may be a link.
fn kind(work: &Path, mask: &Path) -> Result<Option<Cover>, SpecError> {
    let mut there = PathBuf::new();
    let mut parts = mask.components().peekable();
    while let Some(part) = parts.next() {
        there.push(part);
        let seen = match fs::symlink_metadata(work.join(&there)) {
            Ok(seen) => seen,
            Err(e) if absent(&e) => return Ok(None),
            Err(e) => return Err(SpecError::unusable("the mask", mask, e)),
        };
        if seen.is_symlink() {
            return Err(SpecError::MaskThroughLink {
                mask: mask.to_owned(),
                link: there,
            });
        }
        if parts.peek().is_none() {
            let whole = mask.components().collect();
            return Ok(Some(if seen.is_dir() {
                Cover::Directory(whole)
            } else {
                Cover::File(whole)
            }));
        }
    }
    Ok(None)
}

fn absent(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(tree.path().join("sub/.claude")).expect("made");
        fs::write(tree.path().join(".mcp.json"), "{}").expect("written");
        tree
    }

    #[test]
    fn what_is_there_is_covered_as_what_it_is() {
        let tree = tree();
        let masks = [
            Mask::File("sub/.claude".into()),
            Mask::Directory(".mcp.json".into()),
        ];
        let covers = look(tree.path(), &masks).expect("looked");
        assert_eq!(
            covers.there,
            [
                Cover::File(".mcp.json".into()),
                Cover::Directory("sub/.claude".into())
            ]
        );
        assert!(covers.absent.is_empty());
    }

    #[test]
    fn what_is_absent_is_named_and_not_made() {
        let tree = tree();
        let masks = [
            Mask::Directory(".codex".into()),
            Mask::File(".mcp.json/inside".into()),
            Mask::File("none/of/this".into()),
        ];
        let covers = look(tree.path(), &masks).expect("looked");
        assert!(covers.there.is_empty());
        assert_eq!(covers.absent.len(), 3);
        assert!(!tree.path().join(".codex").exists());
    }

    #[test]
    fn what_is_below_a_cover_needs_none() {
        let tree = tree();
        fs::write(tree.path().join("sub/.claude/settings.json"), "").expect("written");
        let masks = [
            Mask::File("sub/.claude/settings.json".into()),
            Mask::Directory("sub/.claude".into()),
        ];
        let covers = look(tree.path(), &masks).expect("looked");
        assert_eq!(covers.there, [Cover::Directory("sub/.claude".into())]);
    }

    #[test]
    fn a_link_in_the_way_or_at_the_end_is_refused() {
        let tree = tree();
        symlink("sub", tree.path().join("way")).expect("linked");
        symlink("/etc", tree.path().join(".codex")).expect("linked");
        for (mask, link) in [("way/.claude", "way"), (".codex", ".codex")] {
            let refused = look(tree.path(), &[Mask::Directory(mask.into())]);
            let Err(SpecError::MaskThroughLink { link: met, .. }) = refused else {
                panic!("{mask}: {refused:?}");
            };
            assert_eq!(met, Path::new(link));
        }
    }

    #[test]
    fn a_mask_cannot_leave_the_tree_or_be_all_of_it() {
        let tree = tree();
        for mask in ["../x", "/etc", "sub/../../x", ""] {
            look(tree.path(), &[Mask::File(mask.into())]).expect_err(mask);
        }
    }
}
