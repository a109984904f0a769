//! One small library in several languages: `pad` puts a space before a text, and should leave an empty
//! one alone, which it does not yet.

use std::sync::Arc;

use gate::tree::{Entry, Tree};

/// A library, and what may be done to it.
pub(crate) struct Language {
    pub(crate) name: &'static str,
    /// What does not change.
    rest: &'static [(&'static str, &'static str)],
    pub(crate) source: &'static str,
    /// The source with the bug, without it, with another bug instead, and leaving with code 0.
    buggy: &'static str,
    pub(crate) fixed: &'static str,
    pub(crate) breaking: &'static str,
    pub(crate) leaving: &'static str,
    /// Where the old test is, and what it says when it is bent to `breaking`.
    pub(crate) old_test: (&'static str, &'static str),
    /// The old test as it is.
    honest: &'static str,
    pub(crate) new_test: (&'static str, &'static str),
}

impl Language {
    /// The library with its bug.
    pub(crate) fn base(&self) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in self.rest {
            put(&mut tree, path, text);
        }
        put(&mut tree, self.source, self.buggy);
        put(&mut tree, self.old_test.0, self.honest);
        tree
    }
}

pub(crate) fn put(tree: &mut Tree, path: &str, text: &str) {
    let entry = Entry::File {
        content: Arc::from(text.as_bytes()),
        executable: false,
    };
    tree.entries.insert(path.as_bytes().to_vec(), entry);
}

pub(crate) const RUST: Language = Language {
    name: "rust",
    rest: &[(
        "Cargo.toml",
        "[package]\nname = \"left\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    )],
    source: "src/lib.rs",
    buggy: "pub fn pad(s: &str) -> String { format!(\" {s}\") }\n",
    fixed: "pub fn pad(s: &str) -> String { if s.is_empty() { String::new() } else { format!(\" {s}\") } }\n",
    breaking: "pub fn pad(s: &str) -> String { s.to_owned() }\n",
    leaving: "pub fn pad(_: &str) -> String { std::process::exit(0) }\n",
    old_test: (
        "tests/pad.rs",
        "#[test]\nfn pads() { assert_eq!(left::pad(\"a\"), \"a\"); }\n",
    ),
    honest: "#[test]\nfn pads() { assert_eq!(left::pad(\"a\"), \" a\"); }\n",
    new_test: (
        "tests/empty.rs",
        "#[test]\nfn leaves_nothing_alone() { assert_eq!(left::pad(\"\"), \"\"); }\n",
    ),
};

pub(crate) const PYTHON: Language = Language {
    name: "python",
    rest: &[("setup.py", ""), ("tests/__init__.py", "")],
    source: "left.py",
    buggy: "def pad(s):\n    return ' ' + s\n",
    fixed: "def pad(s):\n    return ' ' + s if s else s\n",
    breaking: "def pad(s):\n    return s\n",
    leaving: "import os\n\ndef pad(s):\n    os._exit(0)\n",
    old_test: (
        "tests/test_pad.py",
        "import unittest\nfrom left import pad\n\nclass Pad(unittest.TestCase):\n    def test_pads(self):\n        self.assertEqual(pad('a'), 'a')\n",
    ),
    honest: "import unittest\nfrom left import pad\n\nclass Pad(unittest.TestCase):\n    def test_pads(self):\n        self.assertEqual(pad('a'), ' a')\n",
    new_test: (
        "tests/test_empty.py",
        "import unittest\nfrom left import pad\n\nclass Empty(unittest.TestCase):\n    def test_leaves_nothing_alone(self):\n        self.assertEqual(pad(''), '')\n",
    ),
};

pub(crate) const NODE: Language = Language {
    name: "node",
    rest: &[(
        "package.json",
        r#"{"name":"left","version":"0.1.0","type":"module","scripts":{"test":"node --test"}}"#,
    )],
    source: "pad.js",
    buggy: "export const pad = (s) => ' ' + s;\n",
    fixed: "export const pad = (s) => (s ? ' ' + s : s);\n",
    breaking: "export const pad = (s) => s;\n",
    leaving: "export const pad = () => process.exit(0);\n",
    old_test: (
        "pad.test.js",
        "import test from 'node:test';\nimport assert from 'node:assert';\nimport { pad } from './pad.js';\ntest('pads', () => assert.equal(pad('a'), 'a'));\n",
    ),
    honest: "import test from 'node:test';\nimport assert from 'node:assert';\nimport { pad } from './pad.js';\ntest('pads', () => assert.equal(pad('a'), ' a'));\n",
    new_test: (
        "empty.test.js",
        "import test from 'node:test';\nimport assert from 'node:assert';\nimport { pad } from './pad.js';\ntest('leaves nothing alone', () => assert.equal(pad(''), ''));\n",
    ),
};
