//! Every Rust file is compiled: some module names it. A file that none names looks like code and like
//! tests, and is neither.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::none;
use crate::sources::{SOURCES, root};

/// `mod name;` with what stands before it, `#[path]` among it, and `include!`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?: \#\[path\s*=\s*"(?<path>[^"]+)"\]\s* | \#\[[^\]]*\]\s* )*
        (?: pub(?:\([^)]*\))?\s+ )?
        \b mod \s+ (?<name>\w+) \s* ;
        | include!\(\s*"(?<include>[^"]+)"\s*\)"#,
    )
    .expect("a pattern")
});

/// What Cargo compiles without being told by a module.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    // Below a package: the checkout itself, `crates/NAME` or a target's own directory.
    let rest = match parts.as_slice() {
        ["crates", _, rest @ ..] => rest,
        all => all,
    };
    match rest {
        ["build.rs"] | ["src", "main.rs" | "lib.rs"] | ["src", "bin", _] => true,
        ["tests" | "benches" | "examples", file] => file.ends_with(".rs"),
        ["tests" | "benches" | "examples", _, "main.rs"] => true,
        _ => false,
    }
}

/// Without `.` and `..`, as the file's key stands in the list.
fn tidy(path: &Path) -> String {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                tidied.pop();
            }
            Component::CurDir => {}
            other => tidied.push(other),
        }
    }
    tidied.to_string_lossy().replace('\\', "/")
}

/// The files that the file at `path` may mean by what it names.
fn meant(path: &str, text: &str) -> Vec<String> {
    let file = Path::new(path);
    let beside = file.parent().unwrap_or(Path::new(""));
    let stem = file.file_stem().unwrap_or_default();
    let own = if is_root(path) || stem == "mod" {
        beside.to_owned()
    } else {
        beside.join(stem)
    };
    let mut files = Vec::new();
    for found in NAMED.captures_iter(text) {
        if let Some(included) = found.name("include").or_else(|| found.name("path")) {
            files.push(tidy(&beside.join(included.as_str())));
        } else if let Some(name) = found.name("name") {
            files.push(tidy(&own.join(format!("{}.rs", name.as_str()))));
            files.push(tidy(&own.join(name.as_str()).join("mod.rs")));
        }
    }
    files
}

#[test]
fn every_file_is_named_by_a_module() {
    let build = std::fs::read_to_string(root().join("build.rs")).expect("build.rs");
    let mut files: BTreeMap<&str, &str> = SOURCES
        .iter()
        .map(|source| (source.path.as_str(), source.text.as_str()))
        .collect();
    files.insert("build.rs", &build);
    let mut waiting: Vec<String> = files
        .keys()
        .filter(|path| is_root(path))
        .map(|path| (*path).to_owned())
        .collect();
    assert!(waiting.len() > 10, "{waiting:?}");
    let mut reached = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if let Some(text) = files.get(path.as_str())
            && reached.insert(path.clone())
        {
            waiting.extend(meant(&path, text));
        }
    }
    let orphans: Vec<String> = files
        .keys()
        .filter(|path| !reached.contains(**path))
        .map(|path| (*path).to_owned())
        .collect();
    none(&orphans, "files that nothing compiles");
}

#[test]
fn a_module_is_found_where_the_compiler_looks_for_it() {
    let text = "mod a;\n#[cfg(test)]\n#[path = \"../b.rs\"]\nmod c;\npub(crate) mod d;\nmod e {}\n";
    let inner = [
        "src/x/a.rs",
        "src/x/a/mod.rs",
        "b.rs",
        "src/x/d.rs",
        "src/x/d/mod.rs",
    ];
    assert_eq!(meant("src/x.rs", text), inner);
    assert_eq!(meant("src/lib.rs", "mod a;"), ["src/a.rs", "src/a/mod.rs"]);
}
