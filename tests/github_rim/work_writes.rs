//! Writing on the way from a repository to a pull request, one request each.

use bountyd::bounty::facts::PullRequestState;
use bountyd::github::WriteTarget;
use bountyd::github::work::{
    BranchTarget, Entry, FileCommit, FileMode, ObjectCommit, PullTarget, TreeEntry, WorkBranch,
};

use crate::desk::{Desk, SLUG, fix, proposal};

/// Requests since `before`, as `METHOD path`.
fn sent(desk: &Desk, before: usize) -> Vec<String> {
    let all = desk.sim().requests();
    all[before..]
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

#[tokio::test]
async fn a_patch_of_plain_files_goes_from_fork_to_pull_request() {
    let desk = Desk::new().await;
    let (github, sim) = (desk.github(), desk.sim());
    let me = &desk.me.login;
    let target = desk.upstream_target();
    let fork = github.make_fork(&target).await.expect("a fork");
    assert_eq!(fork.place.slug(), desk.fork_slug());
    assert_eq!(
        (fork.owner_id, fork.parent_id),
        (desk.me.id, Some(desk.up.id()))
    );
    let at = BranchTarget::new(&fork.place, &WorkBranch::new("i7").expect("a branch"));
    github
        .make_branch(&at, &desk.main())
        .await
        .expect("a branch");
    let commit = github
        .commit_files(&at, &fix(&desk.main()))
        .await
        .expect("a commit");
    let repo = sim.repo(&desk.fork_slug());
    assert_eq!(repo.head("bountyd/i7").as_deref(), Some(commit.id.as_str()));
    assert_eq!(
        repo.tree("bountyd/i7").as_deref(),
        Some(commit.tree.as_str())
    );
    assert_eq!(commit.parents, [desk.main()]);
    assert_eq!(
        repo.files("bountyd/i7"),
        ["100644 run.sh", "100644 src/add.rs"]
    );
    let mut new = proposal(&at);
    new.draft = true;
    let opened = github
        .open_pull(&target, &new)
        .await
        .expect("a pull request");
    assert_eq!(
        (&opened.head, opened.author_id),
        (&commit.id, Some(desk.me.id))
    );
    assert!(opened.draft && opened.url.is_some());
    let pull = PullTarget::new(&desk.up, opened.number, &opened.node_id).expect("a target");
    github.ready_for_review(&pull).await.expect("ready");
    github
        .edit_pull(&pull, None, Some("Better words."))
        .await
        .expect("changed");
    let comments = WriteTarget::new("acme", "app", desk.up.id(), opened.number).expect("a target");
    github.post_comment(&comments, "Done.").await.expect("said");
    assert_eq!(
        sent(&desk, 0),
        [
            "POST /repos/acme/app/forks".to_owned(),
            format!("POST /repos/{me}/app/git/refs"),
            "POST /graphql".to_owned(),
            "POST /repos/acme/app/pulls".to_owned(),
            "POST /graphql".to_owned(),
            format!("PATCH /repos/acme/app/pulls/{}", opened.number),
            format!("POST /repos/acme/app/issues/{}/comments", opened.number),
        ],
        "one request each, and none besides"
    );
    let seen = &sim.repo(SLUG).pulls()[0];
    assert_eq!(
        (seen.head.clone(), seen.draft),
        (format!("{me}:bountyd/i7"), false)
    );
    assert_eq!(
        (seen.title.as_str(), seen.body.as_str()),
        ("Add, do not subtract", "Better words.")
    );
    let second = FileCommit {
        additions: vec![("src/add.rs".to_owned(), b"b + a".to_vec())],
        deletions: Vec::new(),
        ..fix(&commit.id)
    };
    let second = github
        .commit_files(&at, &second)
        .await
        .expect("a second attempt");
    assert_eq!(sim.repo(SLUG).pulls()[0].head_oid, second.id.as_str());
    github.close_pull(&pull).await.expect("closed");
    let closed = github.pull(&desk.up, opened.number).await.expect("read");
    assert_eq!(closed.state, PullRequestState::Closed);
    github.delete_branch(&at).await.expect("deleted");
    assert!(!repo.branches().contains_key("bountyd/i7"));
    assert_eq!(repo.branches().len(), 1, "and nothing else");
    desk.world.was_careful();
}

#[tokio::test]
async fn what_is_no_plain_file_goes_object_by_object() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let base = github
        .commit(&desk.up, &desk.main())
        .await
        .expect("read")
        .expect("a commit");
    let script = github.put_blob(&at, b"exit 0\n").await.expect("a blob");
    let link = github.put_blob(&at, b"run.sh").await.expect("a blob");
    let put = |path: &str, mode, blob: &bountyd::github::work::ObjectId| TreeEntry {
        path: path.to_owned(),
        entry: Entry::Put {
            mode,
            blob: blob.clone(),
        },
    };
    let entries = [
        put("run.sh", FileMode::Executable, &script),
        put("go", FileMode::Link, &link),
        put("copy.sh", FileMode::Plain, &script),
        TreeEntry {
            path: "README.md".to_owned(),
            entry: Entry::Delete,
        },
    ];
    let tree = github
        .put_tree(&at, &base.tree, &entries)
        .await
        .expect("a tree");
    let commit = ObjectCommit {
        tree: tree.clone(),
        parents: vec![desk.main()],
        message: "Run well\n\nIt failed.".to_owned(),
    };
    let commit = github.put_commit(&at, &commit).await.expect("a commit");
    assert_eq!((&commit.tree, &commit.parents), (&tree, &vec![desk.main()]));
    let repo = desk.sim().repo(&desk.fork_slug());
    assert_eq!(
        repo.head("bountyd/i7").as_deref(),
        Some(desk.main().as_str()),
        "not yet"
    );
    github.move_branch(&at, &commit.id).await.expect("moved");
    assert_eq!(repo.head("bountyd/i7").as_deref(), Some(commit.id.as_str()));
    assert_eq!(
        repo.files("bountyd/i7"),
        [
            "100644 copy.sh",
            "120000 go",
            "100755 run.sh",
            "100644 src/add.rs"
        ]
    );
    assert_eq!(
        repo.file("bountyd/i7", "run.sh").as_deref(),
        Some(&b"exit 0\n"[..])
    );
    desk.open(&at).await.expect("a pull request");
    desk.world.was_careful();
}

#[tokio::test]
async fn files_larger_than_a_megabyte_pass_where_they_belong() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let large = vec![b'x'; 3 << 20];
    github.put_blob(&at, &large).await.expect("a blob");
    let change = FileCommit {
        additions: vec![("large.txt".to_owned(), large.clone())],
        ..fix(&desk.main())
    };
    github.commit_files(&at, &change).await.expect("a commit");
    let repo = desk.sim().repo(&desk.fork_slug());
    assert_eq!(repo.file("bountyd/i7", "large.txt"), Some(large));
}

#[tokio::test]
async fn what_can_only_be_refused_is_not_sent() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let before = desk.sim().requests().len();
    let too_large = FileCommit {
        additions: vec![("a".to_owned(), vec![b'x'; (16 << 20) + 1])],
        ..fix(&desk.main())
    };
    assert!(!too_large.fits());
    assert!(github.commit_files(&at, &too_large).await.is_err());
    for headline in ["", "  ", "two\nlines"] {
        let mut change = fix(&desk.main());
        change.headline = headline.to_owned();
        assert!(github.commit_files(&at, &change).await.is_err());
    }
    assert!(
        github
            .put_blob(&at, &vec![0; (16 << 20) + 1])
            .await
            .is_err()
    );
    let mut new = proposal(&at);
    new.title = "é".repeat(257);
    assert!(
        github
            .open_pull(&desk.upstream_target(), &new)
            .await
            .is_err()
    );
    new.title = " ".to_owned();
    assert!(
        github
            .open_pull(&desk.upstream_target(), &new)
            .await
            .is_err()
    );
    assert_eq!(sent(&desk, before), [] as [String; 0]);
}

#[tokio::test]
async fn who_may_push_upstream_proposes_from_there() {
    let desk = Desk::new().await;
    let github = desk.github();
    let slug = format!("{}/own", desk.me.login);
    let id = desk
        .sim()
        .add_repo(sim::github::NewRepo::new(&slug).file("a", "1"));
    let own = github.upstream(&desk.me.login, "own").await.expect("read");
    assert!(own.may_push && own.place.id() == id);
    let head = own.default_branch.expect("a branch").head.id;
    let at = BranchTarget::new(&own.place, &WorkBranch::new("i7").expect("a branch"));
    github.make_branch(&at, &head).await.expect("a branch");
    let mut change = fix(&head);
    change.deletions.clear();
    github.commit_files(&at, &change).await.expect("a commit");
    let target = bountyd::github::work::UpstreamTarget::new(&own.place);
    github
        .open_pull(&target, &proposal(&at))
        .await
        .expect("a pull request");
    assert_eq!(desk.sim().repo(&slug).pulls().len(), 1);
    desk.world.was_careful();
}
