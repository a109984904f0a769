//! Trees, commits and diffs: the ids are git's, and the text hides nothing.

use clock::UnixMillis;
use fix::checkout::{Author, Mirror, MirrorError};
use fix::objects::tree_id;
use gate::tree::{Entry, Tree};

use crate::support::{Place, Repo, mirror_of, repo::git_in};

fn file(content: &[u8]) -> Entry {
    Entry::File {
        content: content.into(),
        executable: false,
    }
}

async fn changed(mirror: &Mirror, change: impl FnOnce(&mut Tree)) -> Tree {
    let mut tree = mirror.base_tree(mirror.base()).await.expect("a tree");
    change(&mut tree);
    tree
}

#[tokio::test]
async fn a_written_tree_is_the_one_that_git_reads() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("src/a.rs", b"1\n"), ("src/b.rs", b"2\n"), ("c", b"3\n")]);
    let mirror = mirror_of(&repo, &place).await;
    let tree = changed(&mirror, |tree| {
        tree.entries.remove(&b"c"[..]);
        tree.entries
            .insert(b"src/a.rs".to_vec(), file(b"changed\n"));
        tree.entries.insert(b"new/deep/er".to_vec(), file(b""));
        tree.entries
            .insert(b"large".to_vec(), file(&[b'z'; 200_000]));
        let target = b"src/a.rs".to_vec();
        tree.entries
            .insert(b"link".to_vec(), Entry::Link { target });
    })
    .await;
    let id = mirror.write_tree(&tree).await.expect("an id");
    assert_eq!(Ok(id), tree_id(&tree));
    let listed = git_in(
        &mirror.git_dir(),
        &["ls-tree", "-r", "--name-only", &id.to_string()],
        b"",
    );
    assert_eq!(listed, "large\nlink\nnew/deep/er\nsrc/a.rs\nsrc/b.rs");
    git_in(
        &mirror.git_dir(),
        &["fsck", "--strict", &id.to_string()],
        b"",
    );
    let author = Author::new("Ada Lovelace", "ada@example.org").expect("an author");
    let when = UnixMillis(1_700_000_000_999);
    let commit = mirror
        .commit_tree(id, mirror.base(), "Mend it\n\nBody.", &author, when)
        .await
        .expect("a commit");
    let text = git_in(
        &mirror.git_dir(),
        &["cat-file", "commit", &commit.to_string()],
        b"",
    );
    assert_eq!(
        text,
        format!(
            "tree {id}\nparent {}\nauthor Ada Lovelace <ada@example.org> 1700000000 +0000\n\
             committer Ada Lovelace <ada@example.org> 1700000000 +0000\n\nMend it\n\nBody.",
            mirror.base()
        )
    );
    assert_eq!(mirror.base_tree(commit).await.expect("a tree"), tree);
}

#[tokio::test]
async fn an_unchanged_tree_writes_nothing_and_keeps_its_id() {
    let (repo, place) = (Repo::new(), Place::new());
    let tip = repo.commit_files(&[("a/b", b"1\n")]);
    let expected = repo.git(&["rev-parse", &format!("{tip}^{{tree}}")], b"");
    let mirror = mirror_of(&repo, &place).await;
    let tree = changed(&mirror, |_| {}).await;
    assert_eq!(
        mirror.write_tree(&tree).await.expect("an id").to_string(),
        expected
    );
    let packs = std::fs::read_dir(mirror.git_dir().join("objects/pack")).expect("packs");
    let packs = packs.filter(|p| {
        p.as_ref()
            .is_ok_and(|p| p.path().extension() == Some("pack".as_ref()))
    });
    assert_eq!(packs.count(), 1);
}

#[tokio::test]
async fn an_empty_tree_can_be_written() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let mirror = mirror_of(&repo, &place).await;
    let id = mirror.write_tree(&Tree::default()).await.expect("an id");
    assert_eq!(id.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

#[tokio::test]
async fn what_git_would_refuse_is_not_written() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let mirror = mirror_of(&repo, &place).await;
    let tree = changed(&mirror, |t| {
        t.entries
            .insert(b"x".to_vec(), Entry::Odd { kind: "socket" });
    })
    .await;
    assert!(matches!(
        mirror.write_tree(&tree).await,
        Err(MirrorError::Hash(_))
    ));
    // Our rules let it pass; git's own check of what comes in does not (CVE-2018-17456).
    let modules = b"[submodule \"x\"]\n\tpath = -u/x\n\turl = -u./payload\n";
    let tree = changed(&mirror, |t| {
        t.entries.insert(b".gitmodules".to_vec(), file(modules));
    })
    .await;
    let refused = mirror.write_tree(&tree).await.expect_err("an attack");
    assert!(
        matches!(
            refused,
            MirrorError::Failed {
                call: "index-pack",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_diff_is_for_people_and_attributes_hide_nothing_in_it() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[
        (
            ".gitattributes",
            b"* -diff diff=evil filter=evil text eol=crlf\n",
        ),
        ("a.txt", b"one\ntwo\n"),
    ]);
    let mirror = mirror_of(&repo, &place).await;
    let base = tree_id(&changed(&mirror, |_| {}).await).expect("an id");
    let tree = changed(&mirror, |t| {
        t.entries.insert(b"a.txt".to_vec(), file(b"one\nTWO\n"));
        t.entries.insert(b"b\n.txt".to_vec(), file(b"new\n"));
    })
    .await;
    let candidate = mirror.write_tree(&tree).await.expect("an id");
    let diff = mirror.diff(base, candidate).await.expect("a diff");
    let text = String::from_utf8(diff.text).expect("text");
    assert!(text.contains("\n one\n-two\n+TWO\n"), "{text}");
    assert!(
        text.contains("\n+++ \"b/b\\n.txt\"\n@@ -0,0 +1 @@\n+new\n"),
        "{text}"
    );
    assert!(!diff.cut);
    let nothing = mirror.diff(base, base).await.expect("a diff");
    assert!(nothing.text.is_empty());
}

#[tokio::test]
async fn a_diff_is_cut_at_its_limit() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1\n")]);
    let mirror = mirror_of(&repo, &place).await;
    let base = tree_id(&changed(&mirror, |_| {}).await).expect("an id");
    let tree = changed(&mirror, |t| {
        t.entries
            .insert(b"b".to_vec(), file(&b"line\n".repeat(1_000_000)));
    })
    .await;
    let candidate = mirror.write_tree(&tree).await.expect("an id");
    let diff = mirror.diff(base, candidate).await.expect("a diff");
    assert!(diff.cut);
    assert_eq!(diff.text.len() as u64, mirror.limits().diff_bytes);
}

#[tokio::test]
async fn an_author_that_git_would_change_is_refused() {
    for (name, email) in [
        ("", "a@b"),
        ("A", ""),
        ("A <x>", "a@b"),
        ("A\nB", "a@b"),
        ("A", "a@b>"),
        (" A", "a@b"),
    ] {
        assert!(Author::new(name, email).is_err(), "{name:?} {email:?}");
    }
    assert!(Author::new("Jürgen O'Neil-Šá", "1+x@users.noreply.github.com").is_ok());
}
