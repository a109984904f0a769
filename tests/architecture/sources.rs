//! The project's sources, and which of their lines are shipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(crate) struct Source {
    /// From the checkout's root, with `/`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// Without comments and without tests.
    pub(crate) code: String,
}

impl Source {
    /// The room under `src/`, if it is there.
    pub(crate) fn room(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        let first = rest.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of the project.
pub(crate) static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for place in ["src", "crates", "tests", "examples", "benches"] {
        walk(&root().join(place), &mut found);
    }
    assert!(found.len() > 100, "only {} files were found", found.len());
    found
});

fn walk(place: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(place) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let relative = path.strip_prefix(root()).expect("below the root");
            found.push(Source {
                path: relative.to_string_lossy().replace('\\', "/"),
                code: code_of(&text),
                text,
            });
        }
    }
}

/// What is compiled into the program: comments and the test module at the end are left out.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            if lines
                .peek()
                .is_some_and(|next| next.trim_end().ends_with('{'))
            {
                break;
            }
            lines.next();
            continue;
        }
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

pub(crate) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.contains("/tests/")
        || path.starts_with("tests/")
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name == "properties.rs"
        || name == "sample.rs"
}
