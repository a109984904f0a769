//! Whatever a tree holds: what is written is what is read, and its id is the one that git gives.

use fix::objects::{check_path, tree_id};
use fix::walk::{export, left_out, remove_tree};
use gate::tree::{Entry, Tree};
use proptest::prelude::*;

use crate::support::{git, place, read};

/// Names that are awkward somewhere: for a shell, for git's quoting, for its order of entries.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let awkward = [
        &b"a"[..],
        b"a.b",
        b"a-",
        b"a0",
        b"b",
        b"A",
        b"new\nline",
        b"tab\t",
        b"sp ace",
        b"quo\"te",
        b"back\\slash",
        b"\xff\xfe",
        b"-rf",
        b"\xc3\xa9",
        b"e\xcc\x81",
        b"*",
        b":(top)",
        b"$(x)",
        b".hidden",
        b"...",
        b"com1.",
    ];
    let plain = prop::collection::vec(any::<u8>(), 1..12).prop_filter("a name", |n| {
        fix::objects::path_fault(n).is_none() && !n.contains(&b'/')
    });
    prop_oneof![
        4 => prop::sample::select(awkward.to_vec()).prop_map(<[u8]>::to_vec),
        1 => plain,
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let file = (prop::collection::vec(any::<u8>(), 0..200), any::<bool>()).prop_map(
        |(content, executable)| Entry::File {
            content: content.into(),
            executable,
        },
    );
    let targets = [
        "a",
        "../a",
        "a/b",
        "/etc/passwd",
        "../../x",
        ".",
        "b/..",
        "a/../../b",
        "A/A/..",
    ];
    let link = prop::sample::select(targets.to_vec()).prop_map(|target| Entry::Link {
        target: target.as_bytes().to_vec(),
    });
    let submodule = "[0-9a-f]{40}".prop_map(|commit| Entry::Submodule { commit });
    prop_oneof![6 => file, 3 => link, 1 => submodule]
}

fn tree() -> impl Strategy<Value = Tree> {
    let path = prop::collection::vec(name(), 1..5).prop_map(|parts| parts.join(&b'/'));
    prop::collection::btree_map(path, entry(), 0..30).prop_map(|entries| {
        let mut tree = Tree { entries };
        // What stands below a file cannot be.
        let all = tree.clone();
        tree.entries
            .retain(|path, _| check_path(&all, path).is_ok());
        tree
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_is_exported_is_read_back(tree in tree()) {
        let (_keep, dir) = place();
        export(&tree, &dir).expect("an export");
        prop_assert_eq!(read(&dir, &tree).expect("a tree"), tree);
        remove_tree(&dir).expect("removed");
        prop_assert!(!dir.exists());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_id_is_the_one_that_git_gives(mut tree in tree()) {
        let (keep, dir) = place();
        export(&tree, &dir).expect("an export");
        for left in left_out(&tree) {
            tree.entries.remove(&left.path);
        }
        let left = read(&dir, &tree).expect("a tree");
        let git = |args: &[&str]| git(&keep.path().join("git"), &dir, args);
        git(&["init", "-q", "--object-format=sha1"]);
        git(&["add", "-f", "-A", "."]);
        prop_assert_eq!(tree_id(&left).expect("an id").to_string(), git(&["write-tree"]));
    }
}
