//! Small repositories of five languages, for the tests of this room.

use std::sync::Arc;

use gate::tree::{Entry, Tree};

/// Puts a plain file.
pub(super) fn put(tree: &mut Tree, path: &str, text: &str) {
    let entry = Entry::File {
        content: Arc::from(text.as_bytes()),
        executable: false,
    };
    tree.entries.insert(path.as_bytes().to_vec(), entry);
}

/// A tree of plain files.
pub(crate) fn tree<const N: usize>(files: [(&str, &str); N]) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in files {
        put(&mut tree, path, text);
    }
    tree
}

pub(super) fn rust() -> Tree {
    tree([
        ("Cargo.toml", "[workspace]\nmembers = [\"left\"]\n"),
        (
            "left/Cargo.toml",
            "[package]\nname = \"left\"\nversion = \"0.1.0\"\n",
        ),
        (
            "left/src/lib.rs",
            "pub fn pad(s: &str) -> String { format!(\" {s}\") }\n",
        ),
        (
            "left/tests/pad.rs",
            "#[test]\nfn pads() { assert_eq!(left::pad(\"a\"), \" a\"); }\n",
        ),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: cargo test --all-features\n",
        ),
    ])
}

pub(super) fn python() -> Tree {
    tree([
        (
            "pyproject.toml",
            "[project]\nname = \"left\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n",
        ),
        ("src/left/__init__.py", "def pad(s):\n    return ' ' + s\n"),
        (
            "tests/test_pad.py",
            "from left import pad\n\ndef test_pad():\n    assert pad('a') == ' a'\n",
        ),
    ])
}

pub(super) fn node() -> Tree {
    tree([
        (
            "package.json",
            r#"{"name":"left","type":"module","scripts":{"test":"node --test","build":"tsc"}}"#,
        ),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
        ("src/pad.ts", "export const pad = (s: string) => ' ' + s;\n"),
        ("src/pad.test.ts", "import test from 'node:test';\n"),
    ])
}

pub(super) fn go() -> Tree {
    tree([
        ("go.mod", "module example.org/left\n\ngo 1.22\n"),
        ("pad.go", "package left\n"),
        (
            "pad_test.go",
            "package left\n\nimport \"testing\"\n\nfunc TestPad(t *testing.T) {}\n",
        ),
        ("Makefile", "build:\n\tgo build ./...\n"),
    ])
}

pub(super) fn java() -> Tree {
    tree([
        (
            "pom.xml",
            "<project><modelVersion>4.0.0</modelVersion></project>\n",
        ),
        ("src/main/java/org/left/Pad.java", "package org.left;\n"),
        ("src/test/java/org/left/PadTest.java", "package org.left;\n"),
    ])
}
