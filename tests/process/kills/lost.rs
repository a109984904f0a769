//! The answer of GitHub is lost, or the request is: with the daemon alive all the time, and killed
//! in between.

use sim::faults::{What, When};

use super::verdict;
use crate::owner::Answer;
use crate::world::{Goal, Went, World};

/// The claim's request meets `what`; with `kill`, the daemon dies while the outcome is unknown.
async fn claimed_once_although(what: What, kill: bool) {
    let mut w = World::new(11, "info").await;
    w.repo("acme/widgets");
    let (repo, number) = w.bounty("acme/widgets", Answer::Yes);
    let comments = When::on("POST", &format!("/repos/{repo}/issues/{number}/comments"));
    w.sim.github.faults().once(comments, what.clone());
    // The issue is older than the second in which it is claimed.
    w.hand.advance(std::time::Duration::from_secs(60));
    w.start(None).await;
    if kill {
        let unknown = "SELECT COUNT(*) FROM effect WHERE state = 'unknown'";
        assert_eq!(w.drive(Goal::Number(unknown), None).await, Went::Reached);
        w.kill();
        w.start(None).await;
    }
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.faults().left(), [], "the fault did not strike");
    verdict::check(&mut w).await;

    // What GitHub had executed is found by its marker, not repeated; what it had not is repeated
    // only when the time in which it might still land was over.
    let posts: Vec<_> = w
        .sim
        .github
        .requests()
        .into_iter()
        .filter(|r| r.method == "POST" && r.path.ends_with("/comments"))
        .collect();
    if what == What::AcceptThenDropAnswer {
        assert_eq!(posts.len(), 1, "{posts:?}");
    } else {
        assert_eq!(posts.len(), 2, "{posts:?}");
        assert!(posts[1].at - posts[0].at >= 60_000, "{posts:?}");
    }
    w.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_after_the_comment_was_made() {
    claimed_once_although(What::AcceptThenDropAnswer, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_and_a_kill_before_it_was_looked_for() {
    claimed_once_although(What::AcceptThenDropAnswer, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_lost_before_the_comment_was_made() {
    claimed_once_although(What::Reset, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_lost_and_a_kill_before_it_was_looked_for() {
    claimed_once_although(What::Reset, true).await;
}
