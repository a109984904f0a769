//! Scanners that others wrote, as what the gate hears beside its own rules.
//!
//! Each is run in a box like tests are, over the changed files alone, and prints SARIF 2.1.0 on its
//! standard output. What the repository says to silence it is switched off: a patch could say that.

use std::ffi::OsString;

use gate::tree::{Entry, Tree};

/// Where the changed files lie, seen from where a scanner starts.
pub const TREE: &str = "tree";
/// Where our settings for scanners lie, seen from there.
pub const OURS: &str = "ours";

/// Our settings: name and content.
pub(crate) const SETTINGS: [(&str, &str); 3] = [
    ("bandit.ini", include_str!("scanners/bandit.ini")),
    ("gitleaks.toml", include_str!("scanners/gitleaks.toml")),
    ("semgrep.yml", include_str!("scanners/semgrep.yml")),
];

/// One scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner {
    /// What people call it.
    pub name: String,
    /// Program and arguments. It starts beside [`TREE`] and [`OURS`].
    pub argv: Vec<OsString>,
    /// It has something to say where a changed path ends like one of these; without any, always.
    pub files: Vec<String>,
    /// Whether the gate stays shut when it fails.
    pub required: bool,
}

/// What is known of one.
struct Known {
    name: &'static str,
    argv: &'static [&'static str],
    files: &'static [&'static str],
}

/// With their switches against suppressions, each tried on a tree that had planted some, gitleaks
/// excepted, whose switches are those of its documentation.
const KNOWN: [Known; 4] = [
    Known {
        name: "bandit",
        // `--ini` names a file of ours, so that no `.bandit` below the tree is looked for.
        argv: &[
            "bandit",
            "--quiet",
            "--recursive",
            "--ignore-nosec",
            "--ini",
            "ours/bandit.ini",
            // Its own list (`.git`, `.tox` and more) fits anywhere in a path, `.github/` too.
            "--exclude",
            "",
            "--format",
            "sarif",
            "tree",
        ],
        files: &[".py", ".pyi"],
    },
    Known {
        name: "gitleaks",
        argv: &[
            "gitleaks",
            "dir",
            "tree",
            "--config",
            "ours/gitleaks.toml",
            "--ignore-gitleaks-allow",
            "--gitleaks-ignore-path",
            "/dev/null",
            "--no-banner",
            "--redact",
            "--report-format",
            "sarif",
            "--report-path",
            "/dev/stdout",
        ],
        files: &[],
    },
    Known {
        name: "semgrep",
        argv: &[
            "semgrep",
            "scan",
            "--quiet",
            "--metrics=off",
            "--disable-version-check",
            "--disable-nosem",
            "--no-git-ignore",
            "--x-ignore-semgrepignore-files",
            "--config",
            "ours/semgrep.yml",
            "--sarif",
            "tree",
        ],
        files: &[],
    },
    Known {
        name: "zizmor",
        argv: &[
            "zizmor",
            "--offline",
            "--no-config",
            "--no-ignores",
            "--format",
            "sarif",
            "tree",
        ],
        files: &[
            "action.yml",
            "action.yaml",
            ".github/dependabot.yml",
            ".github/workflows/",
        ],
    },
];

impl Scanner {
    /// One that we know how to start.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        let known = KNOWN.iter().find(|known| known.name == name)?;
        Some(Self {
            name: name.to_owned(),
            argv: known.argv.iter().map(OsString::from).collect(),
            files: known.files.iter().map(ToString::to_string).collect(),
            required: true,
        })
    }

    /// The names of those that we know how to start.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|known| known.name)
    }

    /// Whether it has something to say about a change of these paths. What ends with `/` is a folder.
    pub(crate) fn cares<'p>(&self, mut paths: impl Iterator<Item = &'p [u8]>) -> bool {
        paths.any(|path| {
            self.files.is_empty()
                || self.files.iter().any(|end| match end.strip_suffix('/') {
                    Some(folder) => path.starts_with(format!("{folder}/").as_bytes()),
                    None => path.ends_with(end.as_bytes()),
                })
        })
    }
}

/// The files of `tree` that are not the same in `other`. Nothing else is shown to a scanner: what did not
/// change has nothing to say about the change, and may be made to hide or to slow down what has.
pub(crate) fn changed(tree: &Tree, other: &Tree) -> Tree {
    let entries = tree.entries.iter();
    let differing = entries.filter(|(path, entry)| {
        matches!(entry, Entry::File { .. }) && other.entries.get(*path) != Some(*entry)
    });
    Tree {
        entries: differing
            .map(|(path, entry)| (path.clone(), entry.clone()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::samples;

    #[test]
    fn a_scanner_is_asked_about_what_it_understands() {
        let bandit = Scanner::known("bandit").expect("known");
        assert!(bandit.cares([&b"README.md"[..], b"a/b.py"].into_iter()));
        assert!(!bandit.cares([&b"README.md"[..], b"a.pyx"].into_iter()));
        let zizmor = Scanner::known("zizmor").expect("known");
        assert!(zizmor.cares([&b".github/workflows/ci.yml"[..]].into_iter()));
        assert!(!zizmor.cares([&b"a/.github/workflows.py"[..]].into_iter()));
        let semgrep = Scanner::known("semgrep").expect("known");
        assert!(semgrep.cares([&b"anything"[..]].into_iter()));
        assert!(!semgrep.cares(std::iter::empty()));
        assert_eq!(Scanner::known("eslint"), None);
    }

    #[test]
    fn only_what_changed_is_shown() {
        let old = samples::tree([("a", "1"), ("b", "1"), ("c", "1")]);
        let new = samples::tree([("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(changed(&new, &old), samples::tree([("b", "2"), ("d", "1")]));
        assert_eq!(changed(&old, &new), samples::tree([("b", "1"), ("c", "1")]));
    }

    #[test]
    fn every_setting_that_is_named_is_shipped() {
        for known in &KNOWN {
            for argument in known.argv.iter().filter_map(|a| a.strip_prefix("ours/")) {
                assert!(
                    SETTINGS.iter().any(|(name, _)| *name == argument),
                    "{argument}"
                );
            }
        }
    }
}
