//! What is too much, and that it is known before it is read.

use fix::checkout::{Limits, MirrorError};

use crate::support::{Answer, Place, Repo, Server, mirror_of};

/// A tree of 10 × 10 × … files that needs a handful of objects.
fn bomb(repo: &Repo, levels: usize) -> String {
    let blob = repo.blob(b"boom");
    let names: Vec<Vec<u8>> = (0..10).map(|n| format!("d{n}").into_bytes()).collect();
    let of = |mode, kind, id: &str| {
        let entries: Vec<_> = names
            .iter()
            .map(|n| (mode, kind, id, n.as_slice()))
            .collect();
        repo.tree(&entries)
    };
    let mut tree = of("100644", "blob", &blob);
    for _ in 1..levels {
        tree = of("040000", "tree", &tree);
    }
    tree
}

#[tokio::test]
async fn ten_thousand_million_files_in_eleven_objects_are_counted_no_further_than_the_limit() {
    let (repo, place) = (Repo::new(), Place::new());
    let tree = bomb(&repo, 10);
    repo.commit(&tree);
    let mirror = mirror_of(&repo, &place).await;
    let refused = mirror.base_tree(mirror.base()).await.expect_err("too many");
    assert!(
        matches!(refused, MirrorError::TooManyFiles(100_000)),
        "{refused}"
    );
    drop(mirror);
    place.is_clean();
}

#[tokio::test]
async fn one_million_files_are_too_many() {
    let (repo, place) = (Repo::new(), Place::new());
    let tree = bomb(&repo, 6);
    repo.commit(&tree);
    let mirror = mirror_of(&repo, &place).await;
    let refused = mirror.base_tree(mirror.base()).await.expect_err("too many");
    assert!(matches!(refused, MirrorError::TooManyFiles(_)), "{refused}");
}

#[tokio::test]
async fn one_large_file_and_many_that_are_large_together_are_named() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[
        ("a", &[b'x'; 600]),
        ("b", &[b'x'; 600]),
        ("large", &[b'x'; 1200]),
    ]);
    let server = Server::start(Answer::Git(repo.path())).await;
    let limits = Limits {
        file_bytes: 1000,
        ..Limits::default()
    };
    let mirror = place.fetch_within(&server, limits).await.expect("a mirror");
    let refused = mirror
        .base_tree(mirror.base())
        .await
        .expect_err("too large");
    assert!(
        refused
            .to_string()
            .contains("`large` has 1200 bytes, more than the 1000"),
        "{refused}"
    );
    drop(mirror);
    let limits = Limits {
        // The same content twice counts twice.
        tree_bytes: 1100,
        ..Limits::default()
    };
    let mirror = place.fetch_within(&server, limits).await.expect("a mirror");
    let refused = mirror
        .base_tree(mirror.base())
        .await
        .expect_err("too large");
    assert!(matches!(refused, MirrorError::TooLarge(1100)), "{refused}");
}

#[tokio::test]
async fn a_file_is_refused_by_the_size_that_it_would_have() {
    let (repo, place) = (Repo::new(), Place::new());
    // Zeros take no room where they are stored, neither in a file with a hole nor in git.
    let hole = std::fs::File::create(repo.path().join("hole")).expect("a file");
    hole.set_len(209_715_200).expect("a hole");
    let id = repo.git(&["hash-object", "-w", "--no-filters", "hole"], b"");
    let tree = repo.tree(&[("100644", "blob", &id, b"zeros")]);
    repo.commit(&tree);
    let mirror = mirror_of(&repo, &place).await;
    let refused = mirror
        .base_tree(mirror.base())
        .await
        .expect_err("too large");
    assert!(
        matches!(
            refused,
            MirrorError::FileTooLarge {
                bytes: 209_715_200,
                ..
            }
        ),
        "{refused}"
    );
}
