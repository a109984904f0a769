//! How GitHub says no on the way to a pull request.

use bountyd::github::Refusal;
use bountyd::github::work::{BranchTarget, FileCommit, ObjectId, PullTarget, WorkBranch};
use sim::auth0::TokenPlan;
use sim::faults::{What, When};
use sim::github::{InteractionLimit, NewRepo};

use crate::desk::{Desk, SLUG, fix, proposal, refusal};

#[tokio::test]
async fn forks_that_cannot_be_made() {
    let desk = Desk::new().await;
    let (github, target) = (desk.github(), desk.upstream_target());
    desk.sim().set_allow_forking(SLUG, false);
    let forbidden = github.make_fork(&target).await;
    assert_eq!(refusal(forbidden), Refusal::ForkingForbidden);
    desk.sim().set_allow_forking(SLUG, true);
    desk.sim().block("acme", &desk.me.login);
    assert_eq!(refusal(github.make_fork(&target).await), Refusal::Blocked);
}

#[tokio::test]
async fn a_fork_of_a_related_repository_is_not_taken_for_one_of_this() {
    let desk = Desk::new().await;
    let github = desk.github();
    let fork = desk.fork().await;
    // Somebody else's fork, which we are to work for: our fork is of what it was forked from.
    let theirs = desk.sim().add_repo(NewRepo::new("ann/app").fork());
    let answer = serde_json::json!({
        "id": fork.id(), "name": "app", "owner": { "id": desk.me.id, "login": desk.me.login },
        "parent": { "id": desk.up.id() }, "source": { "id": desk.up.id() },
    });
    let place = bountyd::github::work::Place::new("ann", "app", theirs).expect("a place");
    let target = bountyd::github::work::UpstreamTarget::new(&place);
    let when = When::on("POST", "/repos/ann/app/forks");
    desk.sim()
        .faults()
        .once(when, What::status(202, &answer.to_string()));
    let slug = desk.fork_slug();
    assert_eq!(
        refusal(github.make_fork(&target).await),
        Refusal::OtherFork { slug }
    );
}

#[tokio::test]
async fn branches_that_cannot_be_made_or_moved() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let again = github.make_branch(&at, &desk.main()).await;
    assert_eq!(refusal(again), Refusal::RefExists);
    let other = BranchTarget::new(at.repo(), &WorkBranch::new("i8").expect("a branch"));
    let nothing = ObjectId::parse(&"1".repeat(40)).expect("an id");
    let missing = github.make_branch(&other, &nothing).await;
    assert_eq!(refusal(missing), Refusal::CommitMissing);
    assert_eq!(
        refusal(github.delete_branch(&other).await),
        Refusal::BranchGone
    );
    assert_eq!(
        refusal(github.move_branch(&other, &desk.main()).await),
        Refusal::BranchGone
    );
    let change = fix(&desk.main());
    assert_eq!(
        refusal(github.commit_files(&other, &change).await),
        Refusal::BranchGone
    );
    github.commit_files(&at, &change).await.expect("a commit");
    assert_eq!(
        refusal(github.move_branch(&at, &desk.main()).await),
        Refusal::Stale
    );
    assert_eq!(
        refusal(github.commit_files(&at, &change).await),
        Refusal::Stale
    );
    let odd = FileCommit {
        deletions: vec!["nothing".to_owned()],
        ..fix(&ObjectId::parse(
            &desk
                .sim()
                .repo(&desk.fork_slug())
                .head("bountyd/i7")
                .expect("a head"),
        )
        .expect("an id"))
    };
    assert!(matches!(
        refusal(github.commit_files(&at, &odd).await),
        Refusal::Invalid(_)
    ));
    desk.world.was_careful();
}

#[tokio::test]
async fn workflows_need_a_scope_of_their_own() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let change = FileCommit {
        additions: vec![(".github/workflows/ci.yml".to_owned(), b"on: push".to_vec())],
        ..fix(&desk.main())
    };
    assert_eq!(
        refusal(github.commit_files(&at, &change).await),
        Refusal::WorkflowScope
    );
    // A workflow that came to the upstream after the fork is one too.
    let later = desk
        .upstream()
        .commit(&[(".github/workflows/new.yml", "on: push")]);
    let later = ObjectId::parse(&later).expect("an id");
    let other = BranchTarget::new(at.repo(), &WorkBranch::new("i8").expect("a branch"));
    assert_eq!(
        refusal(github.make_branch(&other, &later).await),
        Refusal::WorkflowScope
    );
}

#[tokio::test]
async fn pull_requests_that_cannot_be_opened() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let sim = desk.sim();
    assert_eq!(refusal(desk.open(&at).await), Refusal::NoCommits);
    github
        .commit_files(&at, &fix(&desk.main()))
        .await
        .expect("a commit");
    let target = desk.upstream_target();
    let mut new = proposal(&at);
    new.base = "nowhere".to_owned();
    assert_eq!(
        refusal(github.open_pull(&target, &new).await),
        Refusal::BaseGone
    );
    let other = BranchTarget::new(at.repo(), &WorkBranch::new("i8").expect("a branch"));
    assert_eq!(refusal(desk.open(&other).await), Refusal::BranchGone);
    sim.set_drafts(SLUG, false);
    let mut draft = proposal(&at);
    draft.draft = true;
    assert_eq!(
        refusal(github.open_pull(&target, &draft).await),
        Refusal::DraftsUnsupported
    );
    sim.limit_interactions(SLUG, Some(InteractionLimit::CollaboratorsOnly));
    assert_eq!(refusal(desk.open(&at).await), Refusal::InteractionLimit);
    sim.limit_interactions(SLUG, None);
    sim.set_pulls_closed(SLUG, true);
    assert_eq!(refusal(desk.open(&at).await), Refusal::CollaboratorsOnly);
    sim.set_pulls_closed(SLUG, false);
    sim.limit_pulls(SLUG, Some(0));
    assert_eq!(
        refusal(desk.open(&at).await),
        Refusal::Gone,
        "GitHub says no more than this"
    );
    sim.limit_pulls(SLUG, None);
    desk.open(&at).await.expect("a pull request");
    assert_eq!(refusal(desk.open(&at).await), Refusal::PullExists);
    sim.archive(SLUG);
    assert_eq!(refusal(desk.open(&at).await), Refusal::Archived);
}

#[tokio::test]
async fn pull_requests_that_cannot_be_changed() {
    let desk = Desk::new().await;
    let (_, _, opened) = desk.proposed("i7").await;
    let github = desk.github();
    let pull = PullTarget::new(&desk.up, opened.number, &opened.node_id).expect("a target");
    github.close_pull(&pull).await.expect("closed");
    assert_eq!(
        refusal(github.ready_for_review(&pull).await),
        Refusal::PullClosed
    );
    let nothing = PullTarget::new(&desk.up, 999, "PR_kwDOnothing").expect("a target");
    assert_eq!(refusal(github.close_pull(&nothing).await), Refusal::Gone);
    assert_eq!(
        refusal(github.ready_for_review(&nothing).await),
        Refusal::Gone
    );
    desk.sim().archive(SLUG);
    assert_eq!(
        refusal(github.ready_for_review(&pull).await),
        Refusal::Archived
    );
    assert_eq!(
        refusal(github.edit_pull(&pull, Some("x"), None).await),
        Refusal::Archived
    );
}

#[tokio::test]
async fn a_token_that_may_not_is_told_what_it_lacks() {
    let desk = Desk::new().await;
    let (user, plan) = (&desk.world.cast.user_id, TokenPlan::oauth_app());
    let narrow = desk
        .world
        .sim
        .auth0
        .connect_account(user, "github", &["read:user"], plan);
    drop(narrow);
    let github = desk.github();
    let needed = "public_repo".to_owned();
    let missing = Refusal::ScopeMissing { needed };
    assert_eq!(
        refusal(github.make_fork(&desk.upstream_target()).await),
        missing
    );
    let own = desk
        .sim()
        .add_repo(NewRepo::new(&format!("{}/own", desk.me.login)));
    let place = bountyd::github::work::Place::new(&desk.me.login, "own", own).expect("a place");
    let at = BranchTarget::new(&place, &WorkBranch::new("i7").expect("a branch"));
    assert_eq!(
        refusal(github.commit_files(&at, &fix(&desk.main())).await),
        missing
    );
}

#[tokio::test]
async fn an_app_that_is_not_installed_says_so() {
    let desk = Desk::with(TokenPlan::github_app()).await;
    let github = desk.github();
    let refused = github.make_fork(&desk.upstream_target()).await;
    assert_eq!(refusal(refused), Refusal::AppCannotAct);
    let at = BranchTarget::new(&desk.up, &WorkBranch::new("i7").expect("a branch"));
    let refused = github.commit_files(&at, &fix(&desk.main())).await;
    assert_eq!(refusal(refused), Refusal::AppCannotAct);
}

#[tokio::test]
async fn an_organisation_that_lets_no_such_app_in_says_so() {
    let desk = Desk::new().await;
    let at = desk.branch("i7").await;
    desk.github()
        .commit_files(&at, &fix(&desk.main()))
        .await
        .expect("a commit");
    desk.sim().restrict_oauth_apps("acme");
    assert_eq!(refusal(desk.open(&at).await), Refusal::AppRestricted);
}

#[tokio::test]
async fn whatever_has_moved_is_not_written_to() {
    let desk = Desk::new().await;
    let (at, commit, _) = desk.proposed("i7").await;
    let github = desk.github();
    desk.sim().rename_repo(&desk.fork_slug(), "renamed");
    let before = desk.sim().requests().len();
    let moved = |kind| match kind {
        Refusal::Moved { location } => assert!(location.is_some()),
        other => panic!("{other:?}"),
    };
    let other = BranchTarget::new(at.repo(), &WorkBranch::new("i8").expect("a branch"));
    moved(refusal(github.make_branch(&other, &desk.main()).await));
    moved(refusal(github.move_branch(&at, &commit.id).await));
    moved(refusal(github.delete_branch(&at).await));
    moved(refusal(github.put_blob(&at, b"x").await));
    assert_eq!(
        refusal(github.commit_files(&at, &fix(&commit.id)).await),
        Refusal::Gone
    );
    desk.sim().transfer(SLUG, "initech");
    moved(refusal(github.make_fork(&desk.upstream_target()).await));
    moved(refusal(desk.open(&at).await));
    let pull = PullTarget::new(&desk.up, 1, "PR_kwDOnothing").expect("a target");
    moved(refusal(github.close_pull(&pull).await));
    assert_eq!(
        desk.sim().requests().len(),
        before + 8,
        "nobody was followed"
    );
    let renamed = desk.sim().repo(&format!("{}/renamed", desk.me.login));
    assert_eq!(renamed.branches().len(), 2);
}
