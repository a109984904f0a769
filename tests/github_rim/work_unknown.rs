//! What is known of a write on the way to a pull request when GitHub says nothing, or not yet.

use bountyd::github::work::{BranchTarget, ForkOf, ObjectCommit, PullTarget, WorkBranch};
use bountyd::github::{Refusal, Trouble, WriteTrouble};
use sim::faults::{What, When};
use sim::github::SecondaryLimit;

use crate::desk::{Desk, fix, refusal};

#[tokio::test]
async fn a_lost_answer_leaves_it_unknown_and_is_found_again() {
    let desk = Desk::new().await;
    let github = desk.github();
    github.whoami().await.expect("a token is held");
    let faults = desk.sim().faults();
    let lose = |method: &str, path: &str| {
        faults.once(When::on(method, path), What::AcceptThenDropAnswer);
    };
    fn unknown<T: std::fmt::Debug>(outcome: Result<T, WriteTrouble>) {
        assert!(
            matches!(outcome, Err(WriteTrouble::Unknown(_))),
            "{outcome:?}"
        );
    }
    lose("POST", "/repos/acme/app/forks");
    unknown(github.make_fork(&desk.upstream_target()).await);
    let ForkOf::Standing(fork) = github.fork_of(&desk.up, &desk.me).await.expect("read") else {
        panic!("no fork");
    };
    let branch = WorkBranch::new("i7").expect("a branch");
    let at = BranchTarget::new(&fork.place, &branch);
    lose("POST", "/repos/");
    unknown(github.make_branch(&at, &desk.main()).await);
    let head = github
        .branch_head(&fork.place, branch.as_str())
        .await
        .expect("read");
    assert_eq!(head.expect("made").id, desk.main());
    lose("POST", "/graphql");
    unknown(github.commit_files(&at, &fix(&desk.main())).await);
    let head = github
        .branch_head(&fork.place, branch.as_str())
        .await
        .expect("read");
    let head = head.expect("a branch");
    assert_eq!(head.parents, [desk.main()]);
    let twice = github.commit_files(&at, &fix(&desk.main())).await;
    assert_eq!(refusal(twice), Refusal::Stale, "it cannot happen twice");
    lose("POST", "/repos/acme/app/pulls");
    unknown(desk.open(&at).await);
    let found = github
        .pulls_from(&desk.up, desk.me.id, &branch)
        .await
        .expect("read");
    assert_eq!((found.len(), &found[0].head), (1, &head.id));
    let pull = PullTarget::new(&desk.up, found[0].number, &found[0].node_id).expect("a target");
    lose("PATCH", "/repos/");
    unknown(github.close_pull(&pull).await);
    lose("DELETE", "/repos/");
    unknown(github.delete_branch(&at).await);
    assert_eq!(
        github
            .branch_head(&fork.place, branch.as_str())
            .await
            .expect("read"),
        None
    );
    desk.world.was_careful();
}

#[tokio::test]
async fn answers_that_say_nothing_leave_it_unknown() {
    let desk = Desk::new().await;
    let (github, at) = (desk.github(), desk.branch("i7").await);
    let change = fix(&desk.main());
    for what in [
        What::Html502,
        What::Reset,
        What::status(200, "{}"),
        What::status(200, "{\"data\":{\"createCommitOnBranch\":null}}"),
        What::status(
            200,
            "{\"errors\":[{\"message\":\"Something went wrong while executing your query.\"}]}",
        ),
        What::status(200, "{\"errors\":[{\"type\":\"NEW\",\"message\":\"x\"}]}"),
        What::status(
            200,
            "{\"data\":{\"createCommitOnBranch\":{\"commit\":{\"oid\":\"main\"}}}}",
        ),
    ] {
        desk.sim()
            .faults()
            .once(When::on("POST", "/graphql"), what.clone());
        let outcome = github.commit_files(&at, &change).await;
        assert!(
            matches!(outcome, Err(WriteTrouble::Unknown(_))),
            "{what:?}: {outcome:?}"
        );
    }
    for what in [
        What::Html502,
        What::status(200, "{}"),
        What::status(201, "{\"sha\":\"main\"}"),
        What::status(409, "{\"message\":\"Conflict\"}"),
    ] {
        desk.sim().faults().once(
            When::on("POST", "/repos/").path_contains("/git/commits"),
            what.clone(),
        );
        let commit = ObjectCommit {
            tree: desk.main(),
            parents: Vec::new(),
            message: "x".to_owned(),
        };
        let outcome = github.put_commit(&at, &commit).await;
        assert!(
            matches!(outcome, Err(WriteTrouble::Unknown(_))),
            "{what:?}: {outcome:?}"
        );
    }
    let empty = What::status(409, "{\"message\":\"Git Repository is empty.\"}");
    desk.sim().faults().once(
        When::on("POST", "/repos/").path_contains("/git/refs"),
        empty,
    );
    let early = github.make_branch(&at, &desk.main()).await;
    assert_eq!(refusal(early), Refusal::NotReady);
    assert_eq!(
        desk.sim()
            .repo(&desk.fork_slug())
            .head("bountyd/i7")
            .as_deref(),
        Some(desk.main().as_str())
    );
}

#[tokio::test]
async fn a_limit_is_waited_for_whichever_way_it_is_told() {
    for (commit, status) in [(true, 403), (false, 429)] {
        let desk = Desk::new().await;
        let at = desk.branch("i7").await;
        desk.sim().secondary_limit_with(SecondaryLimit {
            times: 1,
            status,
            retry_after: Some(30),
            writes_only: true,
        });
        let before = desk.sim().requests().len();
        let outcome = if commit {
            desk.github()
                .commit_files(&at, &fix(&desk.main()))
                .await
                .map(drop)
        } else {
            desk.open(&at).await.map(drop)
        };
        assert!(
            matches!(outcome, Err(WriteTrouble::WaitUntil { .. })),
            "{outcome:?}"
        );
        let again = desk.github().delete_branch(&at).await;
        assert!(
            matches!(again, Err(WriteTrouble::WaitUntil { .. })),
            "{again:?}"
        );
        assert_eq!(
            desk.sim().requests().len(),
            before + 1,
            "nothing more was sent"
        );
        desk.world.was_careful();
    }
    let desk = Desk::new().await;
    let at = desk.branch("i7").await;
    let limited = "{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit already exceeded\"}]}";
    desk.sim()
        .faults()
        .once(When::on("POST", "/graphql"), What::status(200, limited));
    let outcome = desk.github().commit_files(&at, &fix(&desk.main())).await;
    assert!(
        matches!(outcome, Err(WriteTrouble::WaitUntil { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_write_that_never_left_was_not_sent() {
    let desk = Desk::new().await;
    let at = desk.branch("i7").await;
    let change = fix(&desk.main());
    let github = desk.github().clone();
    drop(desk);
    for outcome in [
        github.commit_files(&at, &change).await.map(drop),
        github.delete_branch(&at).await,
    ] {
        let not_sent = matches!(outcome, Err(WriteTrouble::NotSent(Trouble::Retry { .. })));
        assert!(not_sent, "{outcome:?}");
    }
}
