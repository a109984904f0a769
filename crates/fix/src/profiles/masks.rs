//! What of a repository is covered while an agent works in it, because it would command the agent.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use jail::Mask;
use thiserror::Error;

use super::ProfileError;

/// Names, and beginnings of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    names: BTreeSet<String>,
    beginnings: BTreeSet<String>,
}

/// Why it cannot be said what is to be covered.
#[derive(Debug, Error)]
pub enum MaskError {
    /// A directory cannot be read.
    #[error("cannot see what agent configuration stands in `{directory}`: {source}")]
    Unreadable {
        /// Which.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A link cannot be covered without covering what it points to.
    #[error(
        "`{0}` is agent configuration behind a symbolic link, which cannot be covered; the agent would obey the repository"
    )]
    Link(PathBuf),
    /// The start is not inside.
    #[error("`{0}` does not lead to a directory below the tree")]
    Start(PathBuf),
}

impl Masks {
    pub(super) fn new(patterns: &[String]) -> Result<Self, ProfileError> {
        let mut masks = Self::default();
        for pattern in patterns {
            let (name, beginning) = match pattern.strip_suffix('*') {
                Some(name) => (name, true),
                None => (pattern.as_str(), false),
            };
            if name.is_empty() || name.contains(['/', '*', '\0']) || matches!(name, "." | "..") {
                return Err(ProfileError::Mask(pattern.clone()));
            }
            if beginning {
                masks.beginnings.insert(name.to_owned());
            } else {
                masks.names.insert(name.to_owned());
            }
        }
        Ok(masks)
    }

    /// Whether a name, whatever its case, is covered where agents look for it: file systems that do not
    /// tell cases apart are none of ours, but some agents are not strict.
    #[must_use]
    pub fn covers(&self, name: &OsStr) -> bool {
        let Some(name) = name.to_str().map(str::to_ascii_lowercase) else {
            return false;
        };
        self.names.contains(&name) || self.beginnings.iter().any(|b| name.starts_with(b))
    }

    /// What there is to cover in the tree at `work` for an agent that starts in `start_in` below it: in
    /// each directory from the top to there.
    ///
    /// # Errors
    /// A directory cannot be read, or what must be covered is a link that cannot be. A link to something
    /// that is covered itself is no trouble.
    pub fn found(&self, work: &Path, start_in: &Path) -> Result<Vec<Mask>, MaskError> {
        let mut directories = vec![PathBuf::new()];
        for part in start_in.components() {
            match part {
                Component::Normal(name) => {
                    let next = directories[directories.len() - 1].join(name);
                    let real = fs::symlink_metadata(work.join(&next)).is_ok_and(|m| m.is_dir());
                    if !real {
                        return Err(MaskError::Start(start_in.to_owned()));
                    }
                    directories.push(next);
                }
                Component::CurDir => {}
                _ => return Err(MaskError::Start(start_in.to_owned())),
            }
        }
        let mut masks = BTreeSet::new();
        for directory in &directories {
            self.in_directory(work, directory, &mut masks)?;
        }
        Ok(masks.into_iter().collect())
    }

    fn in_directory(
        &self,
        work: &Path,
        directory: &Path,
        masks: &mut BTreeSet<Mask>,
    ) -> Result<(), MaskError> {
        let unreadable = |source| MaskError::Unreadable {
            directory: work.join(directory),
            source,
        };
        for entry in fs::read_dir(work.join(directory)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if !self.covers(&entry.file_name()) {
                continue;
            }
            let path = directory.join(entry.file_name());
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                masks.insert(Mask::Directory(path));
            } else if !kind.is_symlink() {
                masks.insert(Mask::File(path));
            } else if !self.leads_to_covered(&entry.path()) {
                return Err(MaskError::Link(path));
            }
        }
        Ok(())
    }

    /// Whether a link names a neighbour that is covered and is no link, or nothing that exists.
    fn leads_to_covered(&self, link: &Path) -> bool {
        let Ok(target) = fs::read_link(link) else {
            return false;
        };
        let beside = link.with_file_name(&target);
        match fs::symlink_metadata(&beside) {
            Ok(there) => {
                !target.as_os_str().as_bytes().contains(&b'/')
                    && self.covers(target.as_os_str())
                    && !there.is_symlink()
            }
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn masks() -> Masks {
        let patterns = [".claude", ".agents", ".mcp.json", ".aider*"].map(str::to_owned);
        Masks::new(&patterns).expect("masks")
    }

    #[test]
    fn what_stands_on_the_way_to_the_start_is_covered_as_what_it_is() {
        let tree = tempfile::tempdir().expect("a directory");
        let at = |path: &str| tree.path().join(path);
        fs::create_dir_all(at("web/app/.claude")).expect("directories");
        fs::create_dir_all(at("other/.claude")).expect("directories");
        fs::write(at(".mcp.json"), "{}").expect("a file");
        fs::write(at(".claude"), "a file with a directory's name").expect("a file");
        fs::write(at("web/.AIDER.conf.yml"), "").expect("a file");
        fs::write(at("web/aider"), "").expect("a file");
        let found = masks().found(tree.path(), Path::new("./web/app"));
        assert_eq!(
            found.expect("masks"),
            [
                Mask::Directory("web/app/.claude".into()),
                Mask::File(".claude".into()),
                Mask::File(".mcp.json".into()),
                Mask::File("web/.AIDER.conf.yml".into()),
            ]
        );
    }

    #[test]
    fn a_link_is_refused_unless_what_it_leads_to_is_covered() {
        let tree = tempfile::tempdir().expect("a directory");
        fs::create_dir(tree.path().join(".agents")).expect("a directory");
        fs::create_dir(tree.path().join("src")).expect("a directory");
        let link = tree.path().join(".claude");
        let found = |target: &str| {
            symlink(target, &link).expect("a link");
            let found = masks().found(tree.path(), Path::new(""));
            fs::remove_file(&link).expect("it was there");
            found
        };
        let agents = Mask::Directory(".agents".into());
        for target in [".agents", "nothing"] {
            let found = found(target).expect("covered, or nothing");
            assert_eq!(found, std::slice::from_ref(&agents), "{target}");
        }
        for target in ["src", "./.agents", "/etc", ".claude"] {
            assert!(matches!(found(target), Err(MaskError::Link(_))), "{target}");
        }
    }

    #[test]
    fn a_start_outside_is_refused() {
        let tree = tempfile::tempdir().expect("a directory");
        symlink("/etc", tree.path().join("link")).expect("a link");
        for start in ["..", "/etc", "link", "absent"] {
            let found = masks().found(tree.path(), Path::new(start));
            assert!(matches!(found, Err(MaskError::Start(_))), "{start}");
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_its_beginning() {
        for bad in ["", "*", "a/b", "a*b", "..", "**"] {
            let made = Masks::new(&[bad.to_owned()]);
            assert!(matches!(made, Err(ProfileError::Mask(_))), "{bad}");
        }
    }
}
