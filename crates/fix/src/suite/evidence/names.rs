//! Which files are tests, by the conventions of their languages.
//!
//! A file is a test as a whole or not at all, so unit tests inside a source file (`#[cfg(test)]`) go with
//! the source. What steers a test program counts as a test: a `conftest.py` can skip all of them. In
//! doubt a file is a test: then its old version is used, and a change that needed the new one is sent
//! back, which does less harm than a bent test.

/// Directories that hold tests and what they need, in any case.
const DIRS: [&[u8]; 16] = [
    b"test",
    b"tests",
    b"testing",
    b"spec",
    b"specs",
    b"e2e",
    b"testdata",
    b"test-data",
    b"test_data",
    b"testutil",
    b"__tests__",
    b"__mocks__",
    b"__fixtures__",
    b"__snapshots__",
    b"snapshots",
    b"cypress",
];

/// Names that steer a test program.
const STEER: [&str; 8] = [
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "noxfile.py",
    "phpunit.xml",
    ".rspec",
    "ctesttestfile.cmake",
];

/// How the names of files begin that steer a test program of JavaScript.
const STEER_SCRIPTS: [&str; 7] = [
    "jest.config.",
    "jest.setup.",
    "vitest.config.",
    "vitest.setup.",
    "vitest.workspace.",
    ".mocharc.",
    "karma.conf.",
];

/// What stands before the extension, or is all of it.
const WORDS: [&str; 3] = ["test", "tests", "spec"];

/// Whether a path belongs to tests.
#[must_use]
pub fn is_test(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|b| *b == b'/');
    let name = String::from_utf8_lossy(parts.next().unwrap_or_default());
    parts.any(|dir| DIRS.iter().any(|d| dir.eq_ignore_ascii_case(d))) || has_test_name(&name)
}

fn has_test_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if STEER.contains(&lower.as_str()) || STEER_SCRIPTS.iter().any(|start| lower.starts_with(start))
    {
        return true;
    }
    let Some((stem, extension)) = lower.rsplit_once('.') else {
        return false;
    };
    if matches!(extension, "bats" | "snap") {
        return true;
    }
    // `a.test.ts`, `a_test.go`, `a-spec.rb`, `a.cy.js`, `tests.rs`, `test_a.py`.
    let last = stem.rsplit(['.', '_', '-']).next().unwrap_or(stem);
    if WORDS.contains(&last) || stem.ends_with(".cy") || stem.starts_with("test_") {
        return true;
    }
    // `PadTest.java`, `PadTests.cs`, `PadIT.java`, `PadSpec.kt`: the capital tells it from `Latest`.
    let stem = &name[..stem.len()];
    matches!(
        extension,
        "java"
            | "kt"
            | "kts"
            | "scala"
            | "groovy"
            | "cs"
            | "fs"
            | "vb"
            | "php"
            | "swift"
            | "cpp"
            | "cc"
            | "m"
            | "mm"
    ) && (["Test", "Tests", "TestCase", "Spec", "IT"]
        .iter()
        .any(|end| stem.ends_with(end))
        || stem
            .strip_prefix("Test")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase())))
}

/// Whether tests stand in the same file as the code, or in a module that the code must name: then they
/// cannot be run without the change.
pub(super) fn rides_with_source(path: &[u8], content: &[u8]) -> bool {
    if !path.ends_with(b".rs") {
        return false;
    }
    if is_test(path) {
        return is_module(path);
    }
    [&b"#[cfg(test)]"[..], b"#[test]", b"::test]"]
        .iter()
        .any(|mark| content.windows(mark.len()).any(|w| w == *mark))
}

/// Whether a Rust file is below a `src`, where it is read only if the file above it says so.
pub(super) fn is_module(path: &[u8]) -> bool {
    path.ends_with(b".rs") && path.split(|b| *b == b'/').any(|dir| dir == b"src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_of_languages_tell_tests() {
        for path in [
            "tests/pad.rs",
            "src/pad/tests.rs",
            "left/tests/common/mod.rs",
            "tests/test_pad.py",
            "pad_test.py",
            "src/test_pad.py",
            "conftest.py",
            "tox.ini",
            "pad_test.go",
            "pkg/testdata/in.json",
            "src/pad.test.ts",
            "src/pad.spec.tsx",
            "src/__tests__/pad.js",
            "src/__snapshots__/pad.test.js.snap",
            "vitest.config.ts",
            "src/test/java/org/left/Pad.java",
            "PadTest.java",
            "TestPad.java",
            "PadIT.java",
            "PadTests.cs",
            "Tests/PadTests.swift",
            "spec/pad_spec.rb",
            "t/pad.bats",
        ] {
            assert!(is_test(path.as_bytes()), "{path}");
        }
        for path in [
            "src/lib.rs",
            "src/contest.py",
            "src/latest.go",
            "Latest.java",
            "Testament.java",
            "src/attest.ts",
            "test",
            "tests",
            "package.json",
            "Makefile",
            "INIT.java.txt",
            "",
        ] {
            assert!(!is_test(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn unit_tests_in_a_source_file_ride_with_it() {
        assert!(rides_with_source(
            b"src/a.rs",
            b"fn a() {}\n#[cfg(test)]\nmod tests {}\n"
        ));
        assert!(rides_with_source(b"src/a/tests.rs", b""));
        assert!(!rides_with_source(b"src/a.rs", b"fn a() {}\n"));
        assert!(!rides_with_source(b"tests/a.rs", b"#[test]\nfn a() {}\n"));
        assert!(!rides_with_source(b"a.py", b"#[test]\n"));
    }
}
