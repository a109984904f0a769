//! The fetch: what is asked for and nothing else.

use fix::checkout::{FetchError, Want};
use gate::tree::Entry;

use crate::support::{Answer, Place, Repo, Server};

#[tokio::test]
async fn the_default_branch_comes_as_one_commit_and_can_be_read() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("old.txt", b"old")]);
    let tip = repo.commit_files(&[
        ("src/lib.rs", b"pub fn f() {}\n"),
        ("run.sh", b"#!/bin/sh\n"),
    ]);
    repo.git(&["tag", "v1", "main"], b"");
    let server = Server::start(Answer::Git(repo.path())).await;
    let mirror = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect("a mirror");
    assert_eq!(mirror.base().to_string(), tip);
    let tree = mirror.base_tree(mirror.base()).await.expect("a tree");
    let file = |content: &[u8], executable| Entry::File {
        content: content.into(),
        executable,
    };
    assert_eq!(
        tree.entries.into_iter().collect::<Vec<_>>(),
        [
            (b"run.sh".to_vec(), file(b"#!/bin/sh\n", true)),
            (b"src/lib.rs".to_vec(), file(b"pub fn f() {}\n", false)),
        ]
    );
    let refs = crate::support::repo::git_in(
        &mirror.git_dir(),
        &["for-each-ref", "--format=%(refname)"],
        b"",
    );
    assert_eq!(refs, "refs/bountyd/base", "no tag and no other branch");
    let commits =
        crate::support::repo::git_in(&mirror.git_dir(), &["rev-list", "--all", "--count"], b"");
    assert_eq!(commits, "1");
    drop(mirror);
    place.is_clean();
}

#[tokio::test]
async fn a_branch_and_a_commit_can_be_asked_for() {
    let (repo, place) = (Repo::new(), Place::new());
    let first = repo.commit_files(&[("a", b"1")]);
    repo.git(&["branch", "stable", &first], b"");
    repo.commit_files(&[("a", b"2")]);
    let server = Server::start(Answer::Git(repo.path())).await;
    for want in [
        Want::Branch("stable".to_owned()),
        Want::Commit(first.parse().expect("an id")),
    ] {
        let mirror = place.fetch(&server, &want).await.expect("a mirror");
        assert_eq!(mirror.base().to_string(), first, "{want}");
    }
    place.is_clean();
}

#[tokio::test]
async fn what_the_repository_does_not_have_is_said_so() {
    let (repo, place) = (Repo::new(), Place::new());
    let server = Server::start(Answer::Git(repo.path())).await;
    let refused = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect_err("an empty repository");
    assert!(
        matches!(refused, FetchError::NoSuchCommit { .. }),
        "{refused}"
    );
    repo.commit_files(&[("a", b"1")]);
    let nowhere = "1234567890123456789012345678901234567890"
        .parse()
        .expect("an id");
    for want in [Want::Branch("nope".to_owned()), Want::Commit(nowhere)] {
        let refused = place
            .fetch(&server, &want)
            .await
            .expect_err("nothing there");
        assert!(
            matches!(refused, FetchError::NoSuchCommit { .. }),
            "{want}: {refused}"
        );
    }
    place.is_clean();
}

#[tokio::test]
async fn a_name_that_is_no_branch_s_asks_nobody() {
    let place = Place::new();
    let server = Server::start(Answer::Silence).await;
    for name in [
        "", "-u", "a:b", "a b", "../x", "x.lock", "a//b", "a^", "@", "a\nb", "refs/*",
    ] {
        let refused = place.fetch(&server, &Want::Branch(name.to_owned())).await;
        assert!(
            matches!(refused, Err(FetchError::NoBranchName(_))),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(server.requests(), 0);
    place.is_clean();
}

#[tokio::test]
async fn a_repository_with_sha_256_objects_is_refused() {
    let (repo, place) = (Repo::with_format("sha256"), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let server = Server::start(Answer::Git(repo.path())).await;
    let refused = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect_err("other ids");
    assert!(matches!(refused, FetchError::Sha256 { .. }), "{refused}");
    place.is_clean();
}

#[tokio::test]
async fn a_room_that_exists_is_not_taken() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let server = Server::start(Answer::Git(repo.path())).await;
    std::fs::create_dir(place.room()).expect("a directory");
    let refused = place
        .fetch(&server, &Want::DefaultBranch)
        .await
        .expect_err("a room that exists");
    assert!(matches!(refused, FetchError::Here(_)), "{refused}");
    assert!(
        place.room().exists(),
        "what was there before is not ours to remove"
    );
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_checkout_can_be_done_in_a_task_of_its_own() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[("a", b"1")]);
    let server = Server::start(Answer::Git(repo.path())).await;
    let task = tokio::spawn(async move {
        let mirror = place.fetch(&server, &Want::DefaultBranch).await?;
        let tree = mirror.base_tree(mirror.base()).await?;
        let id = mirror.write_tree(&tree).await?;
        let diff = mirror.diff(id, id).await?;
        Ok::<_, FetchError>((tree.entries.len(), diff.text.len()))
    });
    let done = task.await.expect("the task ends").expect("a checkout");
    assert_eq!(done, (1, 0));
}
