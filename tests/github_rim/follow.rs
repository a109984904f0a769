//! Following pull requests: machines, people, the end.

use bountyd::bounty::facts::{Association, PullRequestState};
use bountyd::github::Trouble;
use bountyd::github::work::{Activity, CheckState, Mergeable, PullOpened, SaidKind, Verdict};
use sim::faults::{What, When};
use sim::github::Verdict as Says;

use crate::desk::{Desk, fix};

async fn look(desk: &Desk, pull: &PullOpened) -> Activity {
    let mut all = desk
        .github()
        .follow(std::slice::from_ref(&pull.node_id))
        .await
        .expect("read");
    all.pop().expect("one").expect("shown")
}

#[tokio::test]
async fn checks_become_one_word() {
    let desk = Desk::new().await;
    let (_, commit, opened) = desk.proposed("i7").await;
    let repo = desk.upstream();
    let fresh = look(&desk, &opened).await;
    assert_eq!(
        (fresh.checks.state, &fresh.checks.head),
        (CheckState::None, &commit.id)
    );
    assert!(fresh.complete && fresh.said.is_empty());
    repo.waits_for_approval(opened.number, "ci");
    assert_eq!(
        look(&desk, &opened).await.checks.state,
        CheckState::NeedsApproval
    );
    repo.workflow(opened.number, "ci", sim::github::CheckState::InProgress);
    assert_eq!(look(&desk, &opened).await.checks.state, CheckState::Waiting);
    repo.workflow(opened.number, "ci", sim::github::CheckState::Success);
    repo.check_passes(opened.number, "build");
    repo.status(opened.number, "cla", "success", "signed");
    let passed = look(&desk, &opened).await.checks;
    assert_eq!((passed.state, passed.passed), (CheckState::Passed, 2));
    repo.check_fails(opened.number, "test", "2 failed\nleft: \u{202e}3");
    let failed = look(&desk, &opened).await.checks;
    assert_eq!(failed.state, CheckState::Failed);
    let test = &failed.failed[0];
    assert_eq!((test.name.as_str(), test.how.as_str()), ("test", "failure"));
    assert_eq!(test.summary, "2 failed\n2 failed\nleft: 3");
    // Of another commit nothing is known.
    let (at, _, second) = desk.proposed("i8").await;
    repo.check_fails(second.number, "test", "no");
    desk.github()
        .commit_files(&at, &again(&second))
        .await
        .expect("a second attempt");
    assert_eq!(look(&desk, &second).await.checks.state, CheckState::None);
    desk.world.was_careful();
}

fn again(pull: &PullOpened) -> bountyd::github::work::FileCommit {
    let mut change = fix(&pull.head);
    change.deletions.clear();
    change.additions[0].1 = b"b + a".to_vec();
    change
}

#[tokio::test]
async fn what_people_say_comes_with_who_they_are() {
    let desk = Desk::new().await;
    let (at, commit, opened) = desk.proposed("i7").await;
    let (repo, number) = (desk.upstream(), opened.number);
    repo.maintainer_reviews(number, Says::RequestChanges, "Not like this.");
    repo.remarks(number, "ann", "src/add.rs", 1, "why?");
    desk.sim()
        .comment_as("acme/app", number, "bob", "/claim <!-- hidden -->");
    let seen = look(&desk, &opened).await;
    assert!(seen.complete);
    let find = |name: &str| {
        let mut all = seen.said.iter().filter(|said| said.kind.name() == name);
        let found = all.next().expect("it was said").clone();
        assert_eq!(all.next(), None);
        found
    };
    let review = find("review");
    assert_eq!(
        (review.association, review.body.as_str()),
        (Association::Owner, "Not like this.")
    );
    let (verdict, of) = (Verdict::ChangesRequested, Some(commit.id.clone()));
    assert_eq!(
        review.kind,
        SaidKind::Review {
            verdict,
            commit: of
        }
    );
    let line = find("line");
    assert_eq!(line.author.login.as_deref(), Some("ann"));
    assert!(line.author.id.is_some());
    let at_line = |line, outdated| SaidKind::Line {
        path: "src/add.rs".to_owned(),
        line,
        outdated,
        resolved: false,
    };
    assert_eq!(line.kind, at_line(Some(1), false));
    let comment = find("comment");
    assert_eq!(
        (comment.association, comment.body.as_str()),
        (Association::None, "/claim <!-- hidden -->")
    );
    desk.github()
        .commit_files(&at, &again(&opened))
        .await
        .expect("a second attempt");
    let later = look(&desk, &opened).await;
    let line = later.said.iter().find(|said| said.kind.name() == "line");
    assert_eq!(line.map(|said| &said.kind), Some(&at_line(None, true)));
}

#[tokio::test]
async fn many_are_followed_in_one_request_and_one_that_is_gone_hides_none() {
    let desk = Desk::new().await;
    let (_, _, first) = desk.proposed("i7").await;
    let (_, _, second) = desk.proposed("i8").await;
    desk.upstream().closes(first.number, "Not now.");
    let ids = [first.node_id, "PR_kwDOnothing".to_owned(), second.node_id];
    let before = desk.sim().requests().len();
    let all = desk.github().follow(&ids).await.expect("read");
    assert_eq!(desk.sim().requests().len(), before + 1);
    let [one, missing, two] = all.as_slice() else {
        panic!("{all:?}");
    };
    let one = one.as_ref().expect("shown");
    assert_eq!(one.pull.state, PullRequestState::Closed);
    let by = one
        .pull
        .closed_by
        .as_ref()
        .and_then(|who| who.login.as_deref());
    assert_eq!(by, Some("acme"));
    assert_eq!(one.said[0].body, "Not now.");
    assert!(matches!(missing, Err(Trouble::Gone { .. })), "{missing:?}");
    let two = two.as_ref().expect("shown");
    assert_eq!(
        (two.pull.state, two.pull.number),
        (PullRequestState::Open, second.number)
    );
    assert!(two.complete, "another's trouble is not its own");
    assert!(desk.github().follow(&[]).await.expect("read").is_empty());
}

#[tokio::test]
async fn what_is_too_much_for_one_request_is_asked_for_in_parts() {
    let desk = Desk::new().await;
    let (_, _, first) = desk.proposed("i7").await;
    let (_, _, second) = desk.proposed("i8").await;
    let ids = [first.node_id, second.node_id];
    desk.sim()
        .faults()
        .once(When::on("POST", "/graphql"), What::Html502);
    let all = desk.github().follow(&ids).await.expect("read");
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    desk.sim()
        .faults()
        .times(When::on("POST", "/graphql"), What::Html502, 2);
    let all = desk.github().follow(&ids).await.expect("read");
    assert!(matches!(all[0], Err(Trouble::Retry { .. })), "{all:?}");
    assert!(all[1].is_ok());
    let down = When::on("POST", "/graphql");
    desk.sim().faults().once(down, What::status(503, "{}"));
    let one = desk.github().follow(&ids[..1]).await;
    assert!(matches!(one, Err(Trouble::Retry { .. })), "{one:?}");
    desk.world.was_careful();
}

#[tokio::test]
async fn a_conflict_is_seen_when_github_has_found_out() {
    let desk = Desk::new().await;
    let (_, _, opened) = desk.proposed("i7").await;
    desk.upstream().commit(&[("src/add.rs", "a * b")]);
    assert_eq!(
        look(&desk, &opened).await.pull.mergeable,
        Mergeable::Unknown
    );
    assert_eq!(
        look(&desk, &opened).await.pull.mergeable,
        Mergeable::Conflicts
    );
}

#[tokio::test]
async fn whoever_deletes_the_branch_closes_the_pull_request() {
    let desk = Desk::new().await;
    let (at, _, opened) = desk.proposed("i7").await;
    desk.github().delete_branch(&at).await.expect("deleted");
    let seen = look(&desk, &opened).await;
    assert_eq!(seen.pull.state, PullRequestState::Closed);
    let by = seen.pull.closed_by.and_then(|who| who.id);
    assert_eq!(by, Some(desk.me.id));
}
