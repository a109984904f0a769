//! Build output is no part of a change.

use std::fs;

use fix::objects::tree_id;
use fix::walk::export;
use gate::tree::Entry;

use crate::support::{file, git, link, place, read, tree};

#[test]
fn what_the_base_ignores_is_neither_read_nor_counted() {
    let (_keep, dir) = place();
    let base = tree(&[
        (
            ".gitignore",
            file("/target\n*.log\n!keep.log\nnode_modules/\n"),
        ),
        ("src/lib.rs", file("fn f() {}")),
    ]);
    export(&base, &dir).expect("an export");
    fs::create_dir_all(dir.join("target/debug/.git")).expect("directories");
    for n in 0..10_001 {
        fs::write(dir.join(format!("target/debug/{n}")), "x").expect("a file");
    }
    let large = fs::File::create(dir.join("target/large")).expect("a file");
    large.set_len(1 << 40).expect("a hole");
    fs::hard_link(dir.join("target/debug/1"), dir.join("target/hard")).expect("a hard link");
    fs::create_dir_all(dir.join("web/node_modules/x")).expect("directories");
    fs::write(dir.join("web/node_modules/x/index.js"), "x").expect("a file");
    for name in ["a.log", "keep.log", "src/target"] {
        fs::write(dir.join(name), "new").expect("a file");
    }
    let mut expected = base.clone();
    expected.entries.insert(b"keep.log".to_vec(), file("new"));
    expected.entries.insert(b"src/target".to_vec(), file("new"));
    assert_eq!(read(&dir, &base).expect("a tree"), expected);
}

#[test]
fn what_the_base_has_is_read_even_where_it_is_ignored() {
    let (_keep, dir) = place();
    let base = tree(&[
        (".gitignore", file("build/\n*.bin\n")),
        ("build/keep/me", file("base")),
        ("data.bin", file("base")),
    ]);
    export(&base, &dir).expect("an export");
    fs::write(dir.join("build/keep/me"), "changed").expect("a file");
    fs::write(dir.join("build/keep/new"), "output").expect("a file");
    fs::create_dir(dir.join("build/out")).expect("a directory");
    fs::write(dir.join("build/out/x"), "output").expect("a file");
    fs::remove_file(dir.join("data.bin")).expect("deleted");
    let left = read(&dir, &base).expect("a tree");
    let expected = tree(&[
        (".gitignore", file("build/\n*.bin\n")),
        ("build/keep/me", file("changed")),
    ]);
    assert_eq!(left, expected);
}

#[test]
fn the_nearest_rule_counts() {
    let (_keep, dir) = place();
    let base = tree(&[
        (".gitignore", file("*.out\n")),
        ("a/.gitignore", file("!*.out\n/b/*.tmp\n")),
        ("a/b/x", file("x")),
    ]);
    export(&base, &dir).expect("an export");
    for path in ["1.out", "a/1.out", "a/b/1.tmp", "a/1.tmp", "a/b/1.out"] {
        fs::write(dir.join(path), "new").expect("a file");
    }
    let left = read(&dir, &base).expect("a tree");
    let mut expected = base.clone();
    for path in ["a/1.out", "a/1.tmp", "a/b/1.out"] {
        expected
            .entries
            .insert(path.as_bytes().to_vec(), file("new"));
    }
    assert_eq!(left, expected);
}

#[test]
fn nobody_hides_a_file_by_ignoring_it_now() {
    let (_keep, dir) = place();
    let base = tree(&[("a", file("a"))]);
    export(&base, &dir).expect("an export");
    fs::write(dir.join(".gitignore"), "*\n").expect("a file");
    fs::write(dir.join("evil.sh"), "x").expect("a file");
    let left = read(&dir, &base).expect("a tree");
    assert!(
        left.entries.contains_key(&b"evil.sh"[..]) && left.entries.contains_key(&b".gitignore"[..])
    );
}

#[test]
fn a_link_is_no_directory_and_a_rule_that_is_none_ignores_nothing() {
    let (_keep, dir) = place();
    let base = tree(&[(".gitignore", file("out/\n[\n\\\n{a\n**\u{0}\n"))]);
    export(&base, &dir).expect("an export");
    std::os::unix::fs::symlink("elsewhere", dir.join("out")).expect("a link");
    fs::write(dir.join("x"), "x").expect("a file");
    let left = read(&dir, &base).expect("a tree");
    assert_eq!(left.entries.get(&b"out"[..]), Some(&link("elsewhere")));
    assert!(matches!(
        left.entries.get(&b"x"[..]),
        Some(Entry::File { .. })
    ));
}

#[test]
fn the_rules_are_read_as_git_reads_them() {
    let rules = [
        ("*.o\n", ""),
        ("*\n!*/\n!*.rs\n", ""),
        ("/build\n", "build/\n"),
        ("build/\n!build/keep.rs\n", ""),
        ("build/*\n!build/keep.rs\n", ""),
        ("**/out/**\n", "!out/\n"),
        ("a/**/z.o\n", ""),
        ("foo/bar\n", ""),
        ("[a-c].o\n?.rs\n", "![a-c].o\n"),
        ("# comment\n\\#file\n\\!file\n", ""),
        ("trailing \nspace\\ \n", ""),
        ("*.rs\r\n", ""),
        ("out\n!out\n", "out\n"),
        ("\u{feff}*.o\n", ""),
        ("a/\n", "!*\n"),
    ];
    let names = [
        "a.o",
        "b.rs",
        "z.o",
        "#file",
        "!file",
        "trailing",
        "space ",
        "build",
        "build/keep.rs",
        "build/x.o",
        "out/x.rs",
        "out/deep/y.o",
        "foo/bar",
        "foo/bar/x",
        "keep.rs",
        "d.O",
    ];
    for (top, inner) in rules {
        let (keep, dir) = place();
        let base = tree(&[(".gitignore", file(top)), ("a/.gitignore", file(inner))]);
        export(&base, &dir).expect("an export");
        for below in ["", "a", "a/b", "foo"] {
            for name in names {
                let path = dir.join(below).join(name);
                // Where a name is a file in one place and a directory in another, the first stays.
                if fs::create_dir_all(path.parent().expect("a parent")).is_ok() && !path.exists() {
                    fs::write(&path, name).expect("a file");
                }
            }
        }
        let git = |args: &[&str]| git(&keep.path().join("git"), &dir, args);
        git(&["init", "-q", "--object-format=sha1"]);
        git(&["add", "-f", ".gitignore", "a/.gitignore"]);
        git(&["add", "-A", "."]);
        let left = read(&dir, &base).expect("a tree");
        let ours: Vec<_> = left
            .entries
            .keys()
            .map(|p| p.escape_ascii().to_string())
            .collect();
        assert_eq!(
            tree_id(&left).expect("an id").to_string(),
            git(&["write-tree"]),
            "{top:?} {inner:?}\nours: {ours:#?}\ngit's: {}",
            git(&["ls-files"])
        );
    }
}
