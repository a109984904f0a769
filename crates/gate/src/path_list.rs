//! Lists of path patterns, compiled once and matched against folded paths.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A list of globs: `*` does not cross `/`; a pattern without `/` matches a name in any folder, one
/// that begins with `/` or has one inside matches from the root.
#[derive(Debug, Clone)]
pub(crate) struct PathList {
    set: GlobSet,
}

impl PathList {
    /// Compiles a list that is part of the program; a pattern that does not compile is left out,
    /// which the tests of each list would notice.
    pub(crate) fn shipped(patterns: &[&str]) -> Self {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            if let Ok(glob) = GlobBuilder::new(&anywhere(pattern))
                .literal_separator(true)
                .case_insensitive(true)
                .build()
            {
                set.add(glob);
            }
        }
        Self {
            set: set.build().unwrap_or_else(|_| GlobSet::empty()),
        }
    }

    /// Compiles a list that somebody wrote. Patterns are taken as they stand: relative to the root.
    ///
    /// # Errors
    /// The pattern that cannot be read, and why.
    pub(crate) fn written(patterns: &[String]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let plain = pattern.trim().trim_start_matches("./");
            let glob = GlobBuilder::new(plain)
                .literal_separator(true)
                .build()
                .map_err(|error| format!("`{plain}`: {}", error.kind()))?;
            set.add(glob);
            // A folder means what is in it.
            let folder = plain.trim_end_matches('/');
            if let Ok(inside) = GlobBuilder::new(&format!("{folder}/**"))
                .literal_separator(true)
                .build()
            {
                set.add(inside);
            }
        }
        set.build()
            .map(|set| Self { set })
            .map_err(|error| error.to_string())
    }

    /// How many patterns compiled; for the tests of lists.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.set.len()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// `name` → `**/name`, `/name` → `name`; what else has a `/` stands as it is.
fn anywhere(pattern: &str) -> String {
    if let Some(rooted) = pattern.strip_prefix('/') {
        rooted.to_owned()
    } else if pattern.contains('/') {
        pattern.to_owned()
    } else {
        format!("**/{pattern}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_anywhere_and_folders_match_what_is_in_them() {
        let list = PathList::shipped(&["package.json", ".github/**", "**/.husky/**"]);
        for path in [
            "package.json",
            "a/b/package.json",
            ".github/x",
            "a/.husky/x",
        ] {
            assert!(list.has(path), "{path}");
        }
        for path in ["package.jsonc", "a/.github/x", "my.husky/x"] {
            assert!(!list.has(path), "{path}");
        }
    }

    #[test]
    fn a_written_folder_means_what_is_in_it() {
        let list = PathList::written(&["./src".into(), "tests/*.py".into()]).expect("globs");
        assert!(list.has("src/a/b.rs") && list.has("src") && list.has("tests/a.py"));
        assert!(!list.has("tests/a/b.py") && !list.has("srcs/a"));
        assert!(PathList::written(&["a{".into()]).is_err());
    }
}
