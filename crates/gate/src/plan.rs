//! What the approved plan allows the patch to touch.

use serde::{Deserialize, Serialize};

use crate::path_list::PathList;

/// The approved plan, as far as the gate must know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Globs of the paths it names (`src/**`); `*` does not cross `/`. Empty: not limited.
    pub paths: Vec<String>,
    /// It says that package files (manifests and locks) will change.
    #[serde(alias = "manifests")]
    pub manifests_declared: bool,
    /// Packages it may add, by name. Empty: it names none.
    pub dependencies: Vec<String>,
}

impl Plan {
    /// Whether a package may be added, by its name; `-`, `_` and `.` count as one, as on PyPI.
    #[must_use]
    pub fn names(&self, package: &str) -> bool {
        let wanted = folded(package);
        self.dependencies.iter().any(|name| folded(name) == wanted)
    }
}

impl Plan {
    /// The globs of its paths, compiled; `None` when it names none, or none that can be read.
    pub(crate) fn listed(&self) -> Option<PathList> {
        if self.paths.is_empty() {
            return None;
        }
        PathList::written(&self.paths).ok()
    }

    /// Whether it names this very path, and not only by a glob or a folder.
    pub(crate) fn names_path(&self, path: &str) -> bool {
        self.paths
            .iter()
            .any(|written| written.trim().trim_start_matches("./") == path)
    }
}

fn folded(name: &str) -> String {
    name.trim()
        .chars()
        .map(|c| match c {
            '_' | '.' => '-',
            c => c.to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_by_any_spelling_of_its_name() {
        let plan = Plan {
            dependencies: vec!["Typing_Extensions".into()],
            ..Plan::default()
        };
        assert!(plan.names("typing-extensions"));
        assert!(!plan.names("typing-extension"));
    }
}
