//! Trees that nobody makes by accident.

use fix::checkout::{FetchError, MirrorError, Want};
use gate::tree::Entry;

use crate::support::{Answer, Place, Repo, Server, mirror_of, repo::git_in};

#[tokio::test]
async fn odd_names_links_and_submodules_are_read_as_they_are() {
    let (repo, place) = (Repo::new(), Place::new());
    let (file, link) = (repo.blob(b"x"), repo.blob(b"/etc/passwd"));
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
    let pointer = repo.blob(lfs);
    let commit = "0123456789012345678901234567890123456789";
    let tree = repo.tree(&[
        ("100644", "blob", &file, b"new\nline\t\"quoted\""),
        ("100755", "blob", &file, b"\xff\xfe not utf-8"),
        ("100644", "blob", &pointer, b"large.bin"),
        ("120000", "blob", &link, b"link"),
        ("120000", "blob", &repo.blob(b"loop"), b"loop"),
        ("160000", "commit", commit, b"vendor"),
    ]);
    repo.commit(&tree);
    let mirror = mirror_of(&repo, &place).await;
    let tree = mirror.base_tree(mirror.base()).await.expect("a tree");
    let of = |path: &[u8]| tree.entries.get(path).expect("an entry");
    assert!(matches!(
        of(b"new\nline\t\"quoted\""),
        Entry::File {
            executable: false,
            ..
        }
    ));
    assert!(matches!(
        of(b"\xff\xfe not utf-8"),
        Entry::File {
            executable: true,
            ..
        }
    ));
    assert!(matches!(of(b"large.bin"), Entry::File { content, .. } if **content == *lfs));
    assert!(matches!(of(b"link"), Entry::Link { target } if target == b"/etc/passwd"));
    assert!(matches!(of(b"loop"), Entry::Link { target } if target == b"loop"));
    assert!(matches!(of(b"vendor"), Entry::Submodule { commit: id } if id == commit));
    assert_eq!(tree.entries.len(), 6);
}

/// Names that git would not check out.
const EVIL: [&[u8]; 6] = [b"..", b".", b".git", b".GIT", b"git~1", b".g\xe2\x80\x8cit"];

#[tokio::test]
async fn a_name_that_git_would_not_check_out_is_refused_while_it_is_fetched() {
    for name in EVIL {
        let (repo, place) = (Repo::new(), Place::new());
        let below = repo.tree(&[("100644", "blob", &repo.blob(b"x"), b"config")]);
        repo.commit(&repo.tree(&[("040000", "tree", &below, name)]));
        let server = Server::start(Answer::Git(repo.path())).await;
        let refused = place
            .fetch(&server, &Want::DefaultBranch)
            .await
            .expect_err("an attack");
        assert!(
            matches!(refused, FetchError::Malformed { .. }),
            "{}: {refused}",
            name.escape_ascii()
        );
        place.is_clean();
    }
}

#[tokio::test]
async fn and_again_when_it_is_read() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let mirror = mirror_of(&repo, &place).await;
    let dir = mirror.git_dir();
    let blob = git_in(&dir, &["hash-object", "-w", "--stdin"], b"x");
    for name in EVIL {
        let line = [format!("100644 blob {blob}\t").as_bytes(), name, b"\0"].concat();
        let tree = git_in(&dir, &["mktree", "-z"], &line);
        let commit = git_in(&dir, &["commit-tree", &tree, "-m", "x"], b"");
        let refused = mirror
            .base_tree(commit.parse().expect("an id"))
            .await
            .expect_err("an attack");
        assert!(
            matches!(refused, MirrorError::Path(_)),
            "{}: {refused}",
            name.escape_ascii()
        );
    }
}

#[tokio::test]
async fn a_mode_that_git_writes_no_more_is_refused() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let mirror = mirror_of(&repo, &place).await;
    let dir = mirror.git_dir();
    let blob = git_in(&dir, &["hash-object", "-w", "--stdin"], b"x");
    let mut raw = b"100664 a\0".to_vec();
    raw.extend(hex::decode(blob).expect("an id"));
    let tree = git_in(
        &dir,
        &["hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        &raw,
    );
    let commit = git_in(&dir, &["commit-tree", &tree, "-m", "x"], b"");
    let refused = mirror
        .base_tree(commit.parse().expect("an id"))
        .await
        .expect_err("an old mode");
    assert!(matches!(refused, MirrorError::NotCanonical(_)), "{refused}");
}

#[tokio::test]
async fn a_tree_of_five_thousand_levels_is_refused() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let mirror = mirror_of(&repo, &place).await;
    let path = "d/".repeat(5000) + "x";
    let stream = format!(
        "commit refs/x\ncommitter A <a@b.c> 1 +0000\ndata 0\nM 100644 inline {path}\ndata 1\nx\n"
    );
    git_in(
        &mirror.git_dir(),
        &["-c", "core.maxTreeDepth=10000", "fast-import", "--quiet"],
        stream.as_bytes(),
    );
    let commit = git_in(&mirror.git_dir(), &["rev-parse", "refs/x"], b"");
    let refused = mirror
        .base_tree(commit.parse().expect("an id"))
        .await
        .expect_err("too deep");
    assert!(
        matches!(
            refused,
            MirrorError::Failed { .. } | MirrorError::Garbled(_) | MirrorError::Path(_)
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_commit_that_the_mirror_does_not_have_is_an_error_and_is_fetched_from_nowhere() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let server = Server::start(Answer::Git(repo.path())).await;
    let mirror = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect("a mirror");
    let asked = server.requests();
    let other = repo.commit_files(&[("a", b"2")]);
    let refused = mirror
        .base_tree(other.parse().expect("an id"))
        .await
        .expect_err("not there");
    assert!(matches!(refused, MirrorError::Failed { .. }), "{refused}");
    assert_eq!(server.requests(), asked);
}
