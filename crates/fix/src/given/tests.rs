//! Patches that apply, those that are refused by name, and any text at all.

use std::sync::Arc;

use gate::tree::{Entry, Tree};
use proptest::prelude::*;

use super::*;
use crate::objects::PathFault;

fn file(text: &str) -> Entry {
    Entry::File {
        content: Arc::from(text.as_bytes()),
        executable: false,
    }
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let entry = |(path, text): &(&str, &str)| (path.as_bytes().to_vec(), file(text));
    Tree {
        entries: files.iter().map(entry).collect(),
    }
}

const EDIT: &str = "diff --git a/sum.py b/sum.py\nindex 0123456..89abcde 100644\n--- a/sum.py\n+++ b/sum.py\n\
    @@ -1,3 +1,3 @@ def\n def add(a, b):\n-    return a - b\n+    return a + b\n \n";

fn code(patch: &str) -> &'static str {
    Given::read(patch).expect_err(patch).code()
}

#[test]
fn an_edit_a_new_file_and_a_deletion_are_made() {
    let base = tree(&[
        ("sum.py", "def add(a, b):\n    return a - b\n\n"),
        ("old", "1\n2"),
    ]);
    let patch = format!(
        "{EDIT}diff --git a/a b.txt b/a b.txt\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n\
         +++ b/a b.txt\t\n@@ -0,0 +1 @@\n+new\n\\ No newline at end of file\n--- a/old\n+++ /dev/null\n\
         @@ -1,2 +0,0 @@\n-1\n-2\n\\ No newline at end of file\ndiff --git a/empty b/empty\nnew file mode 100644\n\
         index 0000000..e69de29\n"
    );
    let given = Given::read(&patch).expect("a patch");
    assert_eq!(given.lines(), (2, 3));
    let made = given.apply(&base).expect("applies");
    let wanted = tree(&[
        ("sum.py", "def add(a, b):\n    return a + b\n\n"),
        ("a b.txt", "new"),
        ("empty", ""),
    ]);
    assert_eq!(made, wanted);
}

#[test]
fn a_program_stays_one_and_an_empty_context_line_may_have_lost_its_space() {
    let mut base = tree(&[]);
    base.entries.insert(
        b"sum.py".to_vec(),
        Entry::File {
            content: Arc::from(&b"def add(a, b):\n    return a - b\n\n"[..]),
            executable: true,
        },
    );
    let stripped = EDIT.replace("\n \n", "\n\n");
    let made = Given::read(&stripped)
        .expect("a patch")
        .apply(&base)
        .expect("applies");
    let Some(Entry::File { executable, .. }) = made.entries.get(&b"sum.py"[..]) else {
        panic!("it is gone");
    };
    assert!(executable);
}

#[test]
fn what_leads_out_of_the_tree_is_refused() {
    let at = |path: &str| format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n");
    for path in [
        "../evil",
        "a/../../evil",
        "/etc/passwd",
        "a//b",
        ".git/config",
        "sub/.GIT/hooks/pre-commit",
        "git~1/config",
    ] {
        assert_eq!(code(&at(path)), "patch_path", "{path}");
    }
    let nul = "--- /dev/null\n+++ \"b/a\\000b\"\n@@ -0,0 +1 @@\n+x\n";
    assert_eq!(
        Given::read(nul),
        Err(BadPatch::Path {
            path: "a\\x00b".to_owned(),
            fault: PathFault::Nul
        })
    );
}

#[test]
fn what_is_no_plain_change_of_text_is_refused_by_name() {
    let head = "diff --git a/x b/x\n";
    for (lines, wanted) in [
        ("new file mode 120000\n", "patch_mode"),
        ("new file mode 100755\n", "patch_mode"),
        ("new file mode 160000\n", "patch_mode"),
        ("deleted file mode 120000\n", "patch_mode"),
        ("old mode 100644\nnew mode 100755\n", "patch_mode"),
        (
            "index 0123456..89abcde 120000\n--- a/x\n+++ b/x\n",
            "patch_mode",
        ),
        (
            "index 0123456..89abcde 160000\n--- a/x\n+++ b/x\n",
            "patch_mode",
        ),
        (
            "similarity index 100%\nrename from x\nrename to y\n",
            "patch_renames",
        ),
        (
            "index 0123456..89abcde\nGIT binary patch\nliteral 3\n",
            "patch_binary",
        ),
        (
            "index 0123456..89abcde 100644\nBinary files a/x and b/x differ\n",
            "patch_binary",
        ),
        ("index 0123456..89abcde 100644\n", "patch_unreadable"),
        (
            "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
            "patch_unreadable",
        ),
        (
            "deleted file mode 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
            "patch_unreadable",
        ),
    ] {
        assert_eq!(code(&format!("{head}{lines}")), wanted, "{lines}");
    }
    assert_eq!(code("diff --git a/x b/y\n"), "patch_renames");
    assert_eq!(
        code("--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"),
        "patch_renames"
    );
    assert_eq!(code(&format!("{EDIT}{EDIT}")), "patch_unreadable");
    assert_eq!(code(""), "patch_unreadable");
    assert_eq!(code("please mend it"), "patch_unreadable");
    assert_eq!(code(&"x".repeat(LONGEST + 1)), "patch_too_large");
    let many: String = (0..=MOST_FILES)
        .map(|n| format!("--- /dev/null\n+++ b/{n}\n@@ -0,0 +1 @@\n+x\n"))
        .collect();
    assert_eq!(code(&many), "patch_too_large");
}

#[test]
fn a_hunk_with_wrong_counts_is_refused_with_its_line() {
    for (counts, line) in [
        ("-1,4 +1,3", 10),
        ("-1,3 +1,4", 10),
        ("-1,2 +1,2", 9),
        ("-0,3 +1,3", 6),
    ] {
        let patch = EDIT.replace("-1,3 +1,3", counts);
        match Given::read(&patch) {
            Err(BadPatch::Unreadable { line: found, .. }) => assert_eq!(found, line, "{counts}"),
            other => panic!("{counts}: {other:?}"),
        }
    }
}

#[test]
fn a_patch_to_other_lines_applies_nowhere() {
    let given = Given::read(EDIT).expect("a patch");
    for (text, line) in [
        ("def add(a, b):\n    return a * b\n\n", 2),
        ("\ndef add(a, b):\n    return a - b\n\n", 1),
        ("def add(a, b):\n    return a - b\n", 3),
        ("def add(a, b):\r\n    return a - b\r\n\r\n", 1),
    ] {
        let path = "sum.py".to_owned();
        let no = given.apply(&tree(&[("sum.py", text)]));
        assert_eq!(no, Err(NotApplied::Elsewhere { path, line }), "{text:?}");
    }
    let name = || "sum.py".to_owned();
    assert_eq!(given.apply(&tree(&[])), Err(NotApplied::Missing(name())));
    let mut link = tree(&[]);
    let target = b"/etc/passwd".to_vec();
    link.entries
        .insert(b"sum.py".to_vec(), Entry::Link { target });
    assert_eq!(given.apply(&link), Err(NotApplied::NotAFile(name())));
    let add = Given::read("--- /dev/null\n+++ b/a/b\n@@ -0,0 +1 @@\n+x\n").expect("a patch");
    let exists = add.apply(&tree(&[("a/b", "")]));
    assert_eq!(exists, Err(NotApplied::Exists("a/b".to_owned())));
    for standing in ["a", "a/b/c"] {
        let no = add.apply(&tree(&[(standing, "")]));
        assert!(matches!(no, Err(NotApplied::Path(_))), "{no:?}");
    }
    let gone = Given::read("--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n").expect("a patch");
    let rest = gone.apply(&tree(&[("f", "1\n2\n")]));
    assert_eq!(rest, Err(NotApplied::Rest("f".to_owned())));
}

#[test]
fn hunks_that_overlap_or_run_backwards_apply_nowhere() {
    let twice = "--- a/f\n+++ b/f\n@@ -2 +2 @@\n-2\n+b\n@@ -1 +1 @@\n-1\n+a\n";
    let no = Given::read(twice)
        .expect("a patch")
        .apply(&tree(&[("f", "1\n2\n")]));
    assert!(matches!(no, Err(NotApplied::Elsewhere { .. })), "{no:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Lines as a diff has them, in any order, and bytes in between.
    #[test]
    fn any_text_is_a_patch_or_a_refusal_and_stays_in_its_tree(
        lines in proptest::collection::vec(prop_oneof![
            Just("diff --git a/f b/f".to_owned()), Just("--- a/f".to_owned()), Just("+++ b/f".to_owned()),
            Just("--- /dev/null".to_owned()), Just("+++ /dev/null".to_owned()), Just(" 1".to_owned()),
            Just("-1".to_owned()), Just("+x".to_owned()), Just("\\ No newline at end of file".to_owned()),
            Just("new file mode 100644".to_owned()), Just("index 0..1 100644".to_owned()),
            "@@ -[0-3](,[0-3])? \\+[0-3](,[0-3])? @@", "(---|\\+\\+\\+) [ab]/[a./]{0,6}", "\\PC{0,12}",
        ], 0..14),
    ) {
        let base = tree(&[("f", "1\n1\n"), ("g", "2\n")]);
        if let Ok(given) = Given::read(&lines.join("\n"))
            && let Ok(made) = given.apply(&base)
        {
            for path in made.entries.keys() {
                prop_assert!(crate::objects::check_path(&made, path).is_ok(), "{}", path.escape_ascii());
            }
            // What it does not name stays.
            if given.paths().all(|path| path != b"g") {
                prop_assert_eq!(made.entries.get(&b"g"[..]), base.entries.get(&b"g"[..]));
            }
        }
    }
}
