//! What sort of file a path names, by its name alone.

use std::sync::LazyLock;

use crate::path_list::PathList;

/// The sort of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Code that ships.
    Source,
    /// Code of tests.
    Test,
    /// Prose.
    Docs,
    /// Data, generated text, fixtures.
    Data,
    /// A lock file of a package manager.
    Lock,
}

static TESTS: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "**/test/**",
        "**/tests/**",
        "**/testing/**",
        "**/spec/**",
        "**/specs/**",
        "**/__tests__/**",
        "**/e2e/**",
        "**/src/test/**",
        "test_*.*",
        "tests.*",
        "test.*",
        "*_test.*",
        "*_tests.*",
        "*_spec.*",
        "*.test.*",
        "*.tests.*",
        "*.spec.*",
        "*.cy.*",
        "*Test.java",
        "*Tests.java",
        "*Test.kt",
        "*Tests.cs",
        "*Test.cs",
        "*Test.php",
        "*Tests.swift",
        "*.bats",
        "conftest.py",
    ])
});

static LOCKS: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "deno.lock",
        "Cargo.lock",
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile.lock",
        "composer.lock",
        "Gemfile.lock",
        "go.sum",
        "go.work.sum",
        "mix.lock",
        "pubspec.lock",
        "Podfile.lock",
        "packages.lock.json",
        "gradle.lockfile",
        "flake.lock",
        "Package.resolved",
    ])
});

/// The sort of a file at a folded path.
pub(crate) fn of(path: &str) -> Kind {
    if LOCKS.has(path) {
        return Kind::Lock;
    }
    let extension = extension(path);
    let prose = matches!(extension, "md" | "mdx" | "rst" | "adoc" | "txt" | "org")
        && !path.ends_with("requirements.txt")
        && !path.ends_with("cmakelists.txt");
    if prose {
        return Kind::Docs;
    }
    let data = matches!(
        extension,
        "json"
            | "jsonl"
            | "csv"
            | "tsv"
            | "xml"
            | "svg"
            | "html"
            | "htm"
            | "snap"
            | "golden"
            | "sql"
            | "po"
            | "pot"
            | "geojson"
            | "ndjson"
            | "log"
            | "map"
            | "ipynb"
            | "dat"
            | "css"
            | "arb"
            | "properties"
            | "strings"
            | "resx"
            | "xlf"
            | "ftl"
    );
    if data {
        return Kind::Data;
    }
    if TESTS.has(path) {
        return Kind::Test;
    }
    Kind::Source
}

/// Whether a folded path belongs to tests, whatever sort of file it is.
pub(crate) fn is_test(path: &str) -> bool {
    TESTS.has(path)
}

/// A code file: in a language whose lines may run.
pub(crate) fn is_code(path: &str) -> bool {
    matches!(
        extension(path),
        "rs" | "py"
            | "pyi"
            | "js"
            | "mjs"
            | "cjs"
            | "jsx"
            | "ts"
            | "mts"
            | "cts"
            | "tsx"
            | "go"
            | "java"
            | "kt"
            | "kts"
            | "scala"
            | "groovy"
            | "c"
            | "h"
            | "cc"
            | "cpp"
            | "cxx"
            | "hpp"
            | "cs"
            | "fs"
            | "vb"
            | "rb"
            | "php"
            | "pl"
            | "pm"
            | "lua"
            | "sh"
            | "bash"
            | "zsh"
            | "fish"
            | "ps1"
            | "bat"
            | "cmd"
            | "swift"
            | "m"
            | "mm"
            | "dart"
            | "ex"
            | "exs"
            | "erl"
            | "hs"
            | "ml"
            | "clj"
            | "r"
            | "jl"
            | "nim"
            | "zig"
            | "vue"
            | "svelte"
            | "sol"
            | "asm"
            | "s"
    )
}

/// The extension of a folded path, without its dot; empty when there is none.
pub(crate) fn extension(path: &str) -> &str {
    let name = name(path);
    match name.rfind('.') {
        Some(at) if at > 0 => &name[at + 1..],
        _ => "",
    }
}

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// How a line comment begins in the file's language; none for prose and data.
pub(crate) fn comment_marks(path: &str) -> &'static [&'static str] {
    match extension(path) {
        "py" | "pyi" | "rb" | "sh" | "bash" | "zsh" | "fish" | "pl" | "pm" | "r" | "jl" | "nim"
        | "ex" | "exs" | "yml" | "yaml" | "toml" | "ps1" | "tf" | "cfg" | "ini" => &["#"],
        "rs" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "go" | "java"
        | "kt" | "kts" | "scala" | "groovy" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "cs"
        | "swift" | "m" | "mm" | "dart" | "zig" | "sol" | "fs" => &["//"],
        "php" => &["//", "#"],
        "lua" | "hs" | "sql" => &["--"],
        "clj" | "asm" | "s" => &[";"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_sort() {
        for (path, kind) in [
            ("src/lib.rs", Kind::Source),
            ("tests/lib.rs", Kind::Test),
            ("src/test_a.py", Kind::Test),
            ("web/a.test.tsx", Kind::Test),
            ("src/contest.py", Kind::Source),
            ("docs/a.md", Kind::Docs),
            ("tests/data/a.json", Kind::Data),
            ("web/package-lock.json", Kind::Lock),
            ("requirements.txt", Kind::Source),
            ("makefile", Kind::Source),
        ] {
            assert_eq!(of(path), kind, "{path}");
        }
    }
}
