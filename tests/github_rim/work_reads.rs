//! Reading what is to be worked for: the repository, the fork, branches, commits, pull requests.

use bountyd::bounty::facts::PullRequestState;
use bountyd::github::Trouble;
use bountyd::github::work::{
    BranchTarget, ForkOf, ForkTrouble, Mergeable, ObjectId, Place, UpstreamTarget, WorkBranch,
};
use sim::github::{NewPull, NewRepo};

use crate::desk::{Desk, SLUG};

#[tokio::test]
async fn the_upstream_is_read_as_it_stands() {
    let desk = Desk::new().await;
    let template = ".github/PULL_REQUEST_TEMPLATE.md";
    desk.sim().set_file(SLUG, template, Some("## What\n"));
    let seen = desk.github().upstream("acme", "app").await.expect("read");
    assert_eq!(seen.place, desk.up);
    let tip = seen.default_branch.as_ref().expect("a branch");
    assert_eq!((tip.name.as_str(), &tip.head.id), ("main", &desk.main()));
    assert_eq!(
        desk.upstream().tree("main").as_deref(),
        Some(tip.head.tree.as_str())
    );
    assert_eq!(tip.head.parents.len(), 1);
    assert_eq!(seen.template().map(|t| t.body.as_str()), Some("## What\n"));
    assert!(seen.allows_forking && !seen.may_push);
    assert!(!(seen.archived || seen.disabled || seen.locked || seen.private));
    assert_eq!(desk.sim().requests().len(), 1);
    desk.world.was_careful();
}

#[tokio::test]
async fn what_stands_in_the_way_of_work_is_told() {
    let desk = Desk::new().await;
    let me = desk.me.login.clone();
    desk.sim().set_allow_forking(SLUG, false);
    desk.sim().archive(SLUG);
    let seen = desk.github().upstream("acme", "app").await.expect("read");
    assert!(seen.archived && !seen.allows_forking);
    assert_eq!(seen.template(), None);
    desk.sim()
        .add_repo(NewRepo::new("acme/ours").collaborator(&me));
    let ours = desk.github().upstream("acme", "ours").await.expect("read");
    assert!(ours.may_push);
}

#[tokio::test]
async fn a_renamed_upstream_shows_its_new_name_and_its_old_number() {
    let desk = Desk::new().await;
    desk.sim().rename_repo(SLUG, "engine");
    let seen = desk.github().upstream("acme", "app").await.expect("read");
    assert_eq!(
        (seen.place.slug().as_str(), seen.place.id()),
        ("acme/engine", desk.up.id())
    );
    let gone = desk.github().upstream("acme", "nothing").await;
    assert!(matches!(gone, Err(Trouble::Gone { .. })), "{gone:?}");
    let bent = desk.github().upstream("acme/app/..", "../x").await;
    assert!(matches!(bent, Err(Trouble::Gone { .. })), "{bent:?}");
}

#[tokio::test]
async fn of_several_templates_the_one_outside_the_folder_is_the_usual() {
    let desk = Desk::new().await;
    for name in ["bug", "feature"] {
        let path = format!("PULL_REQUEST_TEMPLATE/{name}.md");
        desk.sim().set_file(SLUG, &path, Some(name));
    }
    let seen = desk.github().upstream("acme", "app").await.expect("read");
    assert_eq!((seen.templates.len(), seen.template()), (2, None));
    let path = "docs/pull_request_template.md";
    desk.sim().set_file(SLUG, path, Some("usual"));
    let seen = desk.github().upstream("acme", "app").await.expect("read");
    assert_eq!(seen.template().map(|t| t.body.as_str()), Some("usual"));
}

#[tokio::test]
async fn a_fork_is_found_by_what_it_was_forked_from() {
    let desk = Desk::new().await;
    let (github, sim) = (desk.github(), desk.sim());
    let find = || async { github.fork_of(&desk.up, &desk.me).await.expect("read") };
    assert_eq!(find().await, ForkOf::Missing);
    let fork = desk.fork().await;
    assert_eq!(fork.slug(), desk.fork_slug());
    sim.rename_repo(&fork.slug(), "my-app");
    match find().await {
        ForkOf::Standing(found) => {
            assert_eq!(
                (found.place.name(), found.place.id()),
                ("my-app", fork.id())
            );
            assert!(found.renamed);
            assert_eq!(found.owner_id, desk.me.id);
            assert_eq!(found.parent_id, Some(desk.up.id()));
            assert_eq!(found.default_branch.as_deref(), Some("main"));
        }
        other => panic!("{other:?}"),
    }
    // Something else takes the old name.
    sim.add_repo(NewRepo::new(&desk.fork_slug()));
    assert!(matches!(find().await, ForkOf::Standing(found) if found.place.id() == fork.id()));
    sim.archive(&format!("{}/my-app", desk.me.login));
    match find().await {
        ForkOf::Unusable { why, .. } => assert_eq!(why, ForkTrouble::Archived),
        other => panic!("{other:?}"),
    }
    desk.world.was_careful();
}

#[tokio::test]
async fn a_namesake_is_no_fork() {
    let desk = Desk::new().await;
    desk.sim().add_repo(NewRepo::new(&desk.fork_slug()));
    let found = desk.github().fork_of(&desk.up, &desk.me).await;
    let slug = desk.fork_slug();
    assert_eq!(found.expect("read"), ForkOf::NameTaken { slug });
    let fork = desk.fork().await;
    assert_eq!(fork.slug(), format!("{}-1", desk.fork_slug()));
}

#[tokio::test]
async fn a_fork_that_is_being_made_is_not_there_yet() {
    let desk = Desk::new().await;
    desk.sim().forks_take(1);
    let target = UpstreamTarget::new(&desk.up);
    let made = desk.github().make_fork(&target).await.expect("a fork");
    let found = desk.github().fork_of(&desk.up, &desk.me).await;
    assert!(!matches!(found, Ok(ForkOf::Unusable { .. })), "{found:?}");
    let found = desk.github().fork_of(&desk.up, &desk.me).await;
    match found.expect("read") {
        ForkOf::Standing(fork) => assert_eq!(fork, made),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn branches_and_commits_are_read_where_they_are() {
    let desk = Desk::new().await;
    let github = desk.github();
    let fork = desk.fork().await;
    let head = github.branch_head(&desk.up, "main").await.expect("read");
    let head = head.expect("a branch");
    assert_eq!(head.id, desk.main());
    assert_eq!(
        github.branch_head(&fork, "bountyd/x").await.expect("read"),
        None
    );
    // What comes to the upstream later is in the fork too.
    let later = desk.upstream().commit(&[("b", "2")]);
    let later = ObjectId::parse(&later).expect("an id");
    let seen = github.commit(&fork, &later).await.expect("read");
    let seen = seen.expect("a commit");
    assert_eq!(seen.parents, std::slice::from_ref(&head.id));
    assert_eq!(
        desk.upstream().tree("main").as_deref(),
        Some(seen.tree.as_str())
    );
    let nothing = ObjectId::parse(&"0".repeat(40)).expect("an id");
    assert_eq!(github.commit(&fork, &nothing).await.expect("read"), None);
    let tree = github.commit(&desk.up, &seen.tree).await;
    assert!(matches!(tree, Err(Trouble::Malformed { .. })), "{tree:?}");
}

#[tokio::test]
async fn another_repository_under_the_same_name_is_not_the_one_that_was_meant() {
    let desk = Desk::new().await;
    let github = desk.github();
    let other = Place::new("acme", "app", desk.up.id() + 1).expect("a place");
    let branch = WorkBranch::new("i7").expect("a branch");
    let gone = |trouble: Option<Trouble>| assert!(matches!(trouble, Some(Trouble::Gone { .. })));
    gone(github.branch_head(&other, "main").await.err());
    gone(github.commit(&other, &desk.main()).await.err());
    gone(github.fork_of(&other, &desk.me).await.err());
    gone(github.pulls_from(&other, desk.me.id, &branch).await.err());
    let number = desk.sim().open_pr(NewPull::new(SLUG, "ann", "Other"));
    gone(github.pull(&other, number).await.err());
    gone(github.pull(&desk.up, 999).await.err());
}

#[tokio::test]
async fn pull_requests_are_found_by_their_branch_in_every_state() {
    let desk = Desk::new().await;
    let github = desk.github();
    let branch = WorkBranch::new("i7").expect("a branch");
    let none = github.pulls_from(&desk.up, desk.me.id, &branch).await;
    assert_eq!(none.expect("read"), []);
    let (at, commit, opened) = desk.proposed("i7").await;
    desk.sim().open_pr(NewPull::new(SLUG, "ann", "Other"));
    let found = github.pulls_from(&desk.up, desk.me.id, &branch).await;
    let found = found.expect("read");
    assert_eq!(found.len(), 1);
    let pull = &found[0];
    assert_eq!(
        (pull.number, &pull.node_id),
        (opened.number, &opened.node_id)
    );
    assert_eq!(
        (&pull.head, pull.head_branch.as_str()),
        (&commit.id, "bountyd/i7")
    );
    assert_eq!(pull.head_owner, Some(desk.me.id));
    assert_eq!(pull.head_repository, Some(at.repo().id()));
    assert_eq!(pull.repository_id, Some(desk.up.id()));
    assert_eq!(
        (pull.state, pull.base_branch.as_str()),
        (PullRequestState::Open, "main")
    );
    assert_eq!((pull.author.id, pull.draft), (Some(desk.me.id), false));
    assert_eq!(pull.body, "See the issue.");
    let stranger = github.pulls_from(&desk.up, desk.me.id + 1, &branch).await;
    assert_eq!(
        stranger.expect("read"),
        [],
        "a branch of the same name elsewhere"
    );
    let pull = github.pull(&desk.up, opened.number).await.expect("read");
    assert_eq!(
        pull.mergeable,
        Mergeable::Yes,
        "the second who asks is told"
    );
    desk.upstream().merges(opened.number);
    let merged = github.pulls_from(&desk.up, desk.me.id, &branch).await;
    let merged = &merged.expect("read")[0];
    assert_eq!(merged.state, PullRequestState::Merged);
    assert_eq!(merged.merge_commit, Some(desk.main()));
    let acme = merged
        .merged_by
        .as_ref()
        .and_then(|who| who.login.as_deref());
    assert_eq!(acme, Some("acme"));
    assert!(merged.merged_at.is_some() && merged.closed_by.is_some());
    let other = WorkBranch::new("i8").expect("a branch");
    let fork = BranchTarget::new(at.repo(), &other);
    let none = github.pulls_from(&desk.up, desk.me.id, fork.branch()).await;
    assert_eq!(none.expect("read"), []);
    desk.world.was_careful();
}
