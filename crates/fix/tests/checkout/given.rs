//! What git writes as a diff of two trees, read and applied, is the other tree.

use clock::{Entropy, OsEntropy};
use fix::given::Given;
use gate::tree::{Entry, Tree};

use crate::support::{Place, Repo, mirror_of};

/// Numbers below `most`, each from a fresh id.
fn dice(most: usize) -> usize {
    let id = u128::from_be_bytes(OsEntropy.id128());
    usize::try_from(id % (most as u128)).expect("a small number")
}

fn text(lines: usize) -> Vec<u8> {
    let words = [
        "a",
        "b",
        "",
        " c",
        "-d",
        "+e",
        "\\ f",
        "--- a/g",
        "@@ -1 +1 @@",
        "ä",
    ];
    let mut out: Vec<u8> = Vec::new();
    for _ in 0..lines {
        out.extend_from_slice(words[dice(words.len())].as_bytes());
        out.push(b'\n');
    }
    if dice(3) == 0 {
        out.pop();
    }
    out
}

fn changed(base: &Tree) -> Tree {
    let mut tree = base.clone();
    let names = [
        "one",
        "two words",
        "dir/\u{e4}",
        "dir/q\"uote",
        "tab\there",
        "new/file",
    ];
    for name in names {
        let path = name.as_bytes().to_vec();
        match dice(3) {
            0 => drop(tree.entries.remove(&path)),
            1 => {
                let entry = Entry::File {
                    content: text(dice(30)).into(),
                    executable: false,
                };
                tree.entries.insert(path, entry);
            }
            _ => {}
        }
    }
    tree
}

#[tokio::test]
async fn what_git_writes_as_a_diff_applied_is_the_other_tree() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[
        ("one", b"a\nb\n c\na\nb\n+e\n"),
        ("two words", b"x"),
        ("dir/\u{e4}", b"\n\n\n"),
        ("dir/q\"uote", b""),
        ("kept", b"kept\n"),
    ]);
    let mirror = mirror_of(&repo, &place).await;
    let mut before = mirror.base_tree(mirror.base()).await.expect("a tree");
    let mut applied = 0;
    for _ in 0..60 {
        let after = changed(&before);
        if after == before {
            continue;
        }
        let old = mirror.write_tree(&before).await.expect("an id");
        let new = mirror.write_tree(&after).await.expect("an id");
        let diff = mirror.diff(old, new).await.expect("a diff");
        let diff = String::from_utf8(diff.text).expect("text");
        let given = Given::read(&diff).unwrap_or_else(|bad| panic!("{bad}\n{diff}"));
        let made = given
            .apply(&before)
            .unwrap_or_else(|no| panic!("{no}\n{diff}"));
        assert!(made == after, "{diff}");
        applied += 1;
        before = after;
    }
    assert!(applied > 30, "{applied}");
}
