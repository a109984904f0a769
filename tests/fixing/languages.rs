//! Five small repositories in five languages, each with a bug and its issue: found out by their own tests
//! with the real toolchains, mended, and submitted once.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sim::github::NewIssue;

use crate::world::World;

/// All of them.
pub(crate) const ALL: [&Language; 5] = [&RUST, &PYTHON, &TYPESCRIPT, &GO, &C];

/// A repository whose tests tell of a bug.
pub(crate) struct Language {
    pub(crate) slug: &'static str,
    /// The first of them is what no other language has.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Title and body of the issue.
    issue: (&'static str, &'static str),
    /// What the agent writes: the source, mended, and a test of its own.
    mended: [(&'static str, &'static str); 2],
    /// What must be found out by looking at the files.
    command: &'static str,
}

const RUST: Language = Language {
    slug: "acme/crate",
    files: &[
        (
            "Cargo.toml",
            "[package]\nname = \"middle\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "src/lib.rs",
            "//! Means.\n\n/// The middle of two numbers.\npub fn middle(a: u32, b: u32) -> u32 {\n    (a + b) / 3\n}\n",
        ),
        (
            "tests/middle.rs",
            "use middle::middle;\n\n#[test]\nfn of_the_same() {\n    assert_eq!(middle(0, 0), 0);\n}\n\n#[test]\nfn of_two() {\n    assert_eq!(middle(4, 8), 6);\n}\n",
        ),
    ],
    issue: ("The middle of 4 and 8 is 4", "It should be 6."),
    mended: [
        (
            "src/lib.rs",
            "//! Means.\n\n/// The middle of two numbers.\npub fn middle(a: u32, b: u32) -> u32 {\n    a / 2 + b / 2 + (a % 2 + b % 2) / 2\n}\n",
        ),
        (
            "tests/large.rs",
            "use middle::middle;\n\n#[test]\nfn of_the_largest() {\n    assert_eq!(middle(u32::MAX, u32::MAX), u32::MAX);\n}\n",
        ),
    ],
    command: "cargo test --workspace --no-fail-fast",
};

const PYTHON: Language = Language {
    slug: "acme/words",
    files: &[
        (
            "setup.py",
            "from setuptools import setup\n\nsetup(name='words', py_modules=['words'])\n",
        ),
        (
            "words.py",
            "def title(text):\n    return ' '.join(word.upper() for word in text.split(' '))\n",
        ),
        ("tests/__init__.py", ""),
        (
            "tests/test_title.py",
            "import unittest\n\nfrom words import title\n\n\nclass Title(unittest.TestCase):\n    def test_nothing(self):\n        self.assertEqual(title(''), '')\n\n    def test_two_words(self):\n        self.assertEqual(title('two words'), 'Two Words')\n",
        ),
    ],
    issue: (
        "Titles shout",
        "`title('two words')` gives `TWO WORDS`, not `Two Words`.",
    ),
    mended: [
        (
            "words.py",
            "def title(text):\n    return ' '.join(word.capitalize() for word in text.split(' '))\n",
        ),
        (
            "tests/test_shouting.py",
            "import unittest\n\nfrom words import title\n\n\nclass Shouting(unittest.TestCase):\n    def test_is_quiet_afterwards(self):\n        self.assertEqual(title('LOUD'), 'Loud')\n",
        ),
    ],
    command: "python3 -m unittest discover -v -s tests -t .",
};

const TYPESCRIPT: Language = Language {
    slug: "acme/slugs",
    files: &[
        (
            "tsconfig.json",
            "{\n  \"compilerOptions\": {\n    \"strict\": true,\n    \"target\": \"es2020\",\n    \"module\": \"commonjs\",\n    \"rootDir\": \".\",\n    \"outDir\": \"build\"\n  },\n  \"include\": [\"src\", \"test\", \"types\"]\n}\n",
        ),
        (
            "package.json",
            "{\n  \"name\": \"slugs\",\n  \"version\": \"1.0.0\",\n  \"main\": \"build/src/slug.js\"\n}\n",
        ),
        (
            "Makefile",
            "test:\n\ttsc\n\tnode --test build/test\n\n.PHONY: test\n",
        ),
        (".gitignore", "build/\n"),
        (
            "types/node.d.ts",
            "declare module 'node:test' {\n  export function test(name: string, body: () => void): void;\n}\n\ndeclare module 'node:assert/strict' {\n  export function equal<T>(is: T, expected: T): void;\n}\n",
        ),
        (
            "src/slug.ts",
            "export function slug(title: string): string {\n  return title.toLowerCase().replace(' ', '-');\n}\n",
        ),
        (
            "test/slug.test.ts",
            "import * as assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { slug } from '../src/slug';\n\ntest('one word', () => {\n  assert.equal(slug('One'), 'one');\n});\n\ntest('three words', () => {\n  assert.equal(slug('One two three'), 'one-two-three');\n});\n",
        ),
    ],
    issue: (
        "Only the first space becomes a dash",
        "`slug('One two three')` gives `one-two three`.",
    ),
    mended: [
        (
            "src/slug.ts",
            "export function slug(title: string): string {\n  return title.toLowerCase().split(/ +/).join('-');\n}\n",
        ),
        (
            "test/spaces.test.ts",
            "import * as assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { slug } from '../src/slug';\n\ntest('many spaces are one', () => {\n  assert.equal(slug('a   b'), 'a-b');\n});\n",
        ),
    ],
    command: "make test",
};

const GO: Language = Language {
    slug: "acme/clamp",
    files: &[
        ("go.mod", "module example.org/clamp\n\ngo 1.19\n"),
        (
            "clamp.go",
            "// Package clamp keeps numbers between two others.\npackage clamp\n\n// Clamp gives the number nearest to n from low to high.\nfunc Clamp(n, low, high int) int {\n\tif n < low {\n\t\treturn low\n\t}\n\treturn n\n}\n",
        ),
        (
            "clamp_test.go",
            "package clamp\n\nimport \"testing\"\n\nfunc TestBelow(t *testing.T) {\n\tif got := Clamp(1, 2, 3); got != 2 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n\nfunc TestAbove(t *testing.T) {\n\tif got := Clamp(9, 2, 3); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n",
        ),
    ],
    issue: ("Clamp has no upper end", "`Clamp(9, 2, 3)` gives 9."),
    mended: [
        (
            "clamp.go",
            "// Package clamp keeps numbers between two others.\npackage clamp\n\n// Clamp gives the number nearest to n from low to high.\nfunc Clamp(n, low, high int) int {\n\tif n < low {\n\t\treturn low\n\t}\n\tif n > high {\n\t\treturn high\n\t}\n\treturn n\n}\n",
        ),
        (
            "edge_test.go",
            "package clamp\n\nimport \"testing\"\n\nfunc TestJustAbove(t *testing.T) {\n\tif got := Clamp(4, 2, 3); got != 3 {\n\t\tt.Errorf(\"got %d\", got)\n\t}\n}\n",
        ),
    ],
    command: "go test -v ./...",
};

const C: Language = Language {
    slug: "acme/count",
    files: &[
        ("count.h", "int count(const char *text, char wanted);\n"),
        (
            "Makefile",
            "CFLAGS = -Wall -Wextra -I.\nTESTS = $(patsubst %.c,%,$(wildcard tests/*.c))\n\ntest: $(TESTS)\n\t@for test in $(TESTS); do ./$$test || exit 1; done\n\ntests/%: tests/%.c count.c count.h\n\t$(CC) $(CFLAGS) -o $@ $< count.c\n\n.PHONY: test\n",
        ),
        (
            "count.c",
            "#include \"count.h\"\n\nint count(const char *text, char wanted)\n{\n\tint found = 0;\n\twhile (*++text)\n\t\tfound += *text == wanted;\n\treturn found;\n}\n",
        ),
        (
            "tests/first.c",
            "#include \"count.h\"\n\nint main(void)\n{\n\treturn count(\"banana\", 'b') == 1 ? 0 : 1;\n}\n",
        ),
    ],
    issue: (
        "The first letter is not counted",
        "`count(\"banana\", 'b')` gives 0.",
    ),
    mended: [
        (
            "count.c",
            "#include \"count.h\"\n\nint count(const char *text, char wanted)\n{\n\tint found = 0;\n\tfor (; *text; text++)\n\t\tfound += *text == wanted;\n\treturn found;\n}\n",
        ),
        (
            "tests/nothing.c",
            "#include \"count.h\"\n\nint main(void)\n{\n\treturn count(\"aa\", 'a') == 2 && count(\"\", 'a') == 0 ? 0 : 1;\n}\n",
        ),
    ],
    command: "make test",
};

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_rust_becomes_one_proven_pull_request() {
    let toolchain = Toolchain::find();
    mended(&RUST, &toolchain.lines()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_python_becomes_one_proven_pull_request() {
    mended(&PYTHON, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_typescript_becomes_one_proven_pull_request() {
    mended(&TYPESCRIPT, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_go_becomes_one_proven_pull_request() {
    mended(&GO, "environment = [\"GOPROXY=off\"]\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bug_in_c_becomes_one_proven_pull_request() {
    mended(&C, "").await;
}

impl Language {
    /// What the agent runs.
    pub(crate) fn script(&self) -> String {
        let mended = self.mended.iter();
        mended
            .map(|(path, text)| format!("cat > {path} <<'END'\n{text}END\n"))
            .collect()
    }
}

/// Boxes for compilers; `lines` are the owner's, below `[fix]`.
pub(crate) fn give_room(world: &World, lines: &str) {
    world.reconfigure(
        "memory_mib = 512\nprocesses = 256\nscratch_mib = 64\n",
        &format!("memory_mib = 4096\nprocesses = 1024\nscratch_mib = 1024\n{lines}"),
    );
}

/// From the issue to the pull request; `lines` are the owner's, below `[fix]`.
async fn mended(language: &Language, lines: &str) {
    let world = World::new(&format!("{}echo mended it", language.script())).await;
    give_room(&world, lines);
    world.repository(language.slug, language.files);
    let (title, body) = language.issue;
    let issue = NewIssue::new(language.slug, title)
        .body(body)
        .author("acme");
    let number = world.sim.github.post_issue(issue);
    let said = world
        .bountyd(&["fix", &format!("{}#{number}", language.slug), "--json"])
        .await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let fixed: Value = serde_json::from_str(&said.out).expect("JSON");
    proven(&fixed["record"], language);
    assert_eq!(
        fixed["record"],
        kept(&fixed),
        "what was said and what was kept"
    );
    one_pull(&world, &fixed, language, number);
}

#[track_caller]
fn proven(record: &Value, language: &Language) {
    assert_eq!(record["test_command"], language.command, "{record:#}");
    assert_eq!(record["tests_before"]["passed"], false, "{record:#}");
    assert_eq!(record["tests_after"]["passed"], true, "{record:#}");
    assert_eq!(record["evidence"]["proven"], true, "{record:#}");
    assert_eq!(
        record["evidence"]["old_tests"]["passed"], true,
        "{record:#}"
    );
    assert_eq!(
        record["evidence"]["new_tests"]["passed"], false,
        "{record:#}"
    );
    assert_eq!(record["outcome"], "gated", "{record:#}");
}

/// The record on disk.
#[track_caller]
fn kept(fixed: &Value) -> Value {
    let papers = Path::new(fixed["papers"].as_str().expect("a place"));
    let text = std::fs::read_to_string(papers.join("job.json")).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

#[track_caller]
fn one_pull(world: &World, fixed: &Value, language: &Language, number: u64) {
    let github = &world.sim.github;
    let pulls = github.repo(language.slug).pulls();
    assert_eq!(pulls.len(), 1, "{pulls:#?}");
    let pull = &pulls[0];
    assert_eq!(fixed["pull"], pull.number);
    assert!(pull.open && pull.closes == [number], "{pull:#?}");
    assert!(
        pull.body.contains("- Before the change: fails"),
        "{}",
        pull.body
    );
    // Exactly what the agent wrote beside what was there, in the tree that the gate judged.
    let (owner, _) = pull.head.split_once(':').expect("a branch");
    let (_, name) = language.slug.split_once('/').expect("a name");
    let fork = github.repo(&format!("{owner}/{name}"));
    let tree = fork.tree(&pull.head_oid).expect("a tree");
    assert_eq!(fixed["record"]["tree"], tree);
    let mut files: Vec<_> = language.files.iter().map(|(path, _)| *path).collect();
    files.push(language.mended[1].0);
    files.sort_unstable();
    let there = fork.files(&pull.head_oid);
    let there: Vec<_> = there
        .iter()
        .map(|file| file.strip_prefix("100644 ").expect("a plain file"))
        .collect();
    assert_eq!(there, files);
    for (path, text) in language.mended {
        let content = fork.file(&pull.head_oid, path).expect("a file");
        assert_eq!(String::from_utf8_lossy(&content), text, "{path}");
    }
}

/// The Rust toolchain of these tests, where the program's user can read it.
pub(crate) struct Toolchain {
    root: PathBuf,
    _copy: Option<tempfile::TempDir>,
}

impl Toolchain {
    pub(crate) fn find() -> Self {
        let asked = Command::new("rustc").args(["--print", "sysroot"]).output();
        let asked = asked.expect("rustc");
        assert!(asked.status.success(), "{asked:?}");
        let text = String::from_utf8(asked.stdout).expect("a path");
        let root = PathBuf::from(text.trim());
        if !rustix::process::geteuid().is_root() {
            return Self { root, _copy: None };
        }
        // Root's home is closed to others, and a box has a /tmp of its own. Links cost nothing where
        // they can be made.
        let dir = tempfile::tempdir_in("/opt").expect("a directory");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path(), mode).expect("its mode");
        let to = dir.path().join("rust");
        let copy = |how: &str| {
            let copied = Command::new("cp").arg(how).arg(&root).arg(&to).output();
            copied.expect("cp").status.success()
        };
        if !copy("-al") {
            let _ = std::fs::remove_dir_all(&to);
            assert!(copy("-a"), "the toolchain cannot be copied");
        }
        Self {
            root: to,
            _copy: Some(dir),
        }
    }

    /// What an owner writes below `[fix]`.
    pub(crate) fn lines(&self) -> String {
        let root = self.root.display();
        format!(
            "tools = [\"{root}\"]\nprograms = [\"{root}/bin\", \"/usr/local/bin\", \"/usr/bin\", \"/bin\"]\nenvironment = [\"CARGO_NET_OFFLINE=true\", \"GOPROXY=off\"]\n"
        )
    }
}
