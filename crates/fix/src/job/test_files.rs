//! Which files of a repository are its tests, by their path.

/// Directories of tests, by their folded name.
const DIRECTORIES: [&str; 6] = ["test", "tests", "testing", "spec", "specs", "__tests__"];

/// Whether a path belongs to tests, whatever sort of file it is.
pub(super) fn is_test(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path).to_lowercase();
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = name.split('.').next().unwrap_or_default();
    directory.split('/').any(|part| DIRECTORIES.contains(&part))
        || stem.starts_with("test_")
        || ["test", "tests", "conftest"].contains(&stem)
        || ["_test", "_tests", "_spec"]
            .iter()
            .any(|end| stem.ends_with(end))
        || [".test.", ".tests.", ".spec."]
            .iter()
            .any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_directory_and_name() {
        for path in [
            "tests/data/a.json",
            "a/__tests__/b.js",
            "src/test_a.py",
            "pkg/a_test.go",
            "web/a.test.tsx",
            "test.sh",
            "Spec/a.rb",
        ] {
            assert!(is_test(path.as_bytes()), "{path}");
        }
        for path in [
            "src/contest.py",
            "src/lib.rs",
            "testimony.txt",
            "latest/a.c",
        ] {
            assert!(!is_test(path.as_bytes()), "{path}");
        }
    }
}
