//! What becomes of a claim: kept, given back, lost.

use std::time::Duration;

use bountyd::control::{self, Command, Outcome};
use bountyd::ledger::Actor;
use sim::github::{NewIssue, NewPull};

use super::people::{YES, is_write, well};
use super::world::{DAY, HOUR, MINUTE, World};

pub(crate) const SLUG: &str = "acme/widgets";
pub(crate) const POOL: &str = "ubiquity/devpool";
const PRICES: &str = "[scan]\nqueries = ['label:\"Price: 300 USD\"']\n";

/// Claims `acme/widgets#700` at noon.
pub(crate) async fn claimed() -> World {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.tap(&card, YES).await;
    w.phone("Claimed");
    w
}

/// Asks to be assigned, in a pool where a bot assigns.
pub(crate) async fn requested() -> World {
    let mut w = World::with("mode = \"ask\"", PRICES).await;
    w.repo_like(POOL, well(POOL));
    let issue = NewIssue::new(POOL, "Wrong sum").labels(["Price: 300 USD", "Time: <1 Day"]);
    w.sim.github.post_issue(issue);
    w.start().await;
    let card = w.phone("$300");
    w.tap(&card, YES).await;
    w.phone("Asked to be assigned");
    w
}

pub(crate) fn edits(w: &World) -> usize {
    let requests = w.sim.github.requests();
    requests.iter().filter(|r| r.method == "PATCH").count()
}

#[tokio::test]
async fn a_linked_pull_request_keeps_the_claim() {
    let mut w = claimed().await;
    w.advance(5 * HOUR).await;
    let login = w.cast.login.clone();
    let pull = NewPull::new(SLUG, &login, "Print the usage").closes(SLUG, 700);
    let pull = w.sim.github.open_pr(pull);
    w.pass(2 * HOUR, 30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: a pull request of yours is linked; the claim stands
    open the issue
    ");
    w.pass(4 * DAY, 6 * HOUR).await;
    w.read_all();
    assert_eq!(w.stands(SLUG, 700).await, "submitted pull_request");
    assert_eq!((w.writes(), edits(&w)), (1, 0), "it stays");
    w.sim.github.merge_pr(SLUG, pull);
    w.sim.github.comment_as(
        SLUG,
        700,
        "algora-pbc[bot]",
        "🎉🎈 @night-owner has been awarded **$750** by **Acme**! 🎈🎊",
    );
    w.pass(12 * HOUR, 3 * HOUR).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: it was paid
    open the issue
    ");
    assert!(w.stands(SLUG, 700).await.starts_with("paid"));
    w.expected.unread = true;
}

#[tokio::test]
async fn without_a_pull_request_the_claim_is_given_back_once() {
    let w = claimed().await;
    w.pass(2 * DAY - MINUTE, 6 * HOUR).await;
    assert_eq!(edits(&w), 0);
    w.advance(2 * MINUTE).await;
    insta::assert_snapshot!(w.phone("taken back").text, @r"
    acme/widgets#700: the claim was taken back: it was not followed up in time
    open the issue
    ");
    insta::assert_snapshot!(w.our_comment(SLUG, 700), @r"
    Withdrawn: there was no pull request within 2 days. This is free for others again. This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it.

    <!-- bountyd:ID -->
    ");
    w.pass(3 * DAY, 6 * HOUR).await;
    let texts = w.read_all();
    assert!(texts.iter().all(|t| t.contains("Digest")), "{texts:#?}");
    assert_eq!((w.ours(), w.writes(), edits(&w)), (1, 2, 1));
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
}

#[tokio::test]
async fn the_owner_may_give_it_more_time() {
    let w = claimed().await;
    w.advance(DAY).await;
    let bounty = w.row(SLUG, 700).await.id;
    let command = Command::Extend {
        bounty,
        by: Duration::from_secs(3 * 24 * 3600),
    };
    let ledger = &w.app().ledger;
    let mut tx = ledger.begin().await.expect("the ledger can be written");
    let done = control::apply(&mut tx, &command, &Actor::Operator(0), "cli", HOUR).await;
    tx.commit().await.expect("the ledger can be written");
    assert_eq!(done.expect("applied"), Outcome::Extended);
    w.pass(3 * DAY - MINUTE, 6 * HOUR).await;
    assert_eq!(edits(&w), 0);
    w.advance(2 * MINUTE).await;
    w.phone("taken back");
    assert_eq!(edits(&w), 1);
    w.read_all();
}

#[tokio::test]
async fn an_edit_whose_answer_is_lost_is_made_once() {
    use sim::faults::{What, When};
    let w = claimed().await;
    let edit = When::on("PATCH", "/repos/");
    w.sim.github.faults().once(edit, What::AcceptThenDropAnswer);
    w.advance(2 * DAY + MINUTE).await;
    w.pass(10 * MINUTE, MINUTE).await;
    w.phone("taken back");
    assert_eq!((w.ours(), edits(&w)), (1, 1));
    assert!(w.our_comment(SLUG, 700).starts_with("Withdrawn"));
    w.read_all();
}

#[tokio::test]
async fn an_edit_whose_answer_is_always_lost_is_tried_less_and_less_and_given_up() {
    use sim::faults::{What, When};
    let w = claimed().await;
    let edit = When::on("PATCH", "/repos/");
    w.sim.github.faults().always(edit, What::Reset);
    w.advance(2 * DAY + MINUTE).await;
    w.pass(HOUR, MINUTE).await;
    let in_the_first_hour = edits(&w);
    assert!((3..=7).contains(&in_the_first_hour), "{in_the_first_hour}");
    w.pass(6 * DAY, 2 * HOUR).await;
    assert_eq!(w.stands(SLUG, 700).await, "withdrawing overdue");
    w.read_all();
    w.pass(2 * DAY, 2 * HOUR).await;
    insta::assert_snapshot!(w.phone("cannot be told").text, @r"
    acme/widgets#700: whether the claim was taken back cannot be told: GitHub's answer was lost every time. It is not tried again
    open the issue
    ");
    assert_eq!(w.stands(SLUG, 700).await, "withdrawn overdue");
    let tried = edits(&w);
    w.pass(DAY, 2 * HOUR).await;
    assert_eq!(edits(&w), tried, "given up");
    w.read_all();
}

#[tokio::test]
async fn words_that_may_be_a_no_are_told_once_and_the_claim_stands() {
    let w = claimed().await;
    w.advance(HOUR).await;
    let words = "Enemy AI is not allowed here.";
    w.sim.github.comment_as(SLUG, 700, "acme", words);
    w.pass(12 * HOUR, HOUR).await;
    insta::assert_snapshot!(w.phone("Perhaps unwanted").text, @r"
    ❓ Perhaps unwanted: acme/widgets#700
    @acme wrote under it:
    Enemy AI is not allowed here
    The claim stands. Answer there if it is meant for us.
    open the issue
    ");
    w.pass(12 * HOUR, HOUR).await;
    let again = w.read_all();
    let again = again.iter().filter(|text| text.contains("unwanted"));
    assert_eq!(again.count(), 0, "told once");
    assert!(w.stands(SLUG, 700).await.starts_with("claimed"));
    assert_eq!(edits(&w), 0);
    // A stop for somebody else is not ours; then we are spoken to.
    w.sim
        .github
        .comment_as(SLUG, 700, "acme", "@passer-by stop");
    w.pass(HOUR, 30 * MINUTE).await;
    w.phone("Perhaps unwanted");
    assert_eq!(edits(&w), 0);
    let words = "@night-owner please withdraw your claim.";
    w.sim.github.comment_as(SLUG, 700, "acme", words);
    w.advance(30 * MINUTE).await;
    w.phone("taken back");
    assert_eq!((w.ours(), edits(&w)), (1, 1));
}

#[tokio::test]
async fn closed_or_given_to_another_is_lost_and_nothing_more_is_said() {
    let w = claimed().await;
    w.advance(HOUR).await;
    w.sim.github.assign(SLUG, 700, "somebody");
    w.advance(30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("acme/widgets#700").text, @r"
    acme/widgets#700: lost: assigned to another
    open the issue
    ");
    w.pass(3 * DAY, 6 * HOUR).await;
    assert_eq!(w.writes(), 1);
    w.read_all();

    let w = claimed().await;
    w.advance(HOUR).await;
    w.sim.github.close(SLUG, 700);
    w.pass(8 * HOUR, HOUR).await;
    w.phone("lost: closed");
    assert_eq!(w.writes(), 1);

    let w = claimed().await;
    w.advance(HOUR).await;
    w.sim.github.delete_issue(SLUG, 700);
    w.pass(8 * HOUR, HOUR).await;
    w.phone("lost: GitHub has no");
    assert_eq!(w.writes(), 1);
}

#[tokio::test]
async fn assigned_after_asking_is_claimed_and_later_stopped() {
    let w = requested().await;
    let asked = w.cast.owner.messages();
    let asked = asked.last().expect("a message");
    insta::assert_snapshot!(asked.text, @r"
    🙋 Asked to be assigned: ubiquity/devpool#700 ($300)
    open the issue
    ");
    insta::assert_snapshot!(w.our_comment(POOL, 700), @r"
    /start

    May I be assigned to `Wrong sum`? I will start once I am. This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it. If automated help is not wanted here, answer with “stop” and it will not come back.

    <!-- bountyd:ID -->
    ");
    w.pass(7 * HOUR, HOUR).await;
    assert_eq!(w.stands(POOL, 700).await, "requested claimed");
    let login = w.cast.login.clone();
    w.sim.github.assign(POOL, 700, &login);
    w.advance(30 * MINUTE).await;
    insta::assert_snapshot!(w.phone("ubiquity/devpool#700").text, @r"
    ubiquity/devpool#700: you were assigned; the clock runs
    open the issue
    ");
    assert_eq!(w.stands(POOL, 700).await, "claimed assigned");
    // The two days count from the assignment.
    w.pass(2 * DAY - HOUR, 6 * HOUR).await;
    assert_eq!(w.writes(), 1);
    w.pass(7 * HOUR, HOUR).await;
    w.phone("taken back");
    insta::assert_snapshot!(w.our_comment(POOL, 700).split("———\n").nth(1).unwrap_or_default(), @r"
    /stop

    This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it.

    <!-- bountyd:ID -->
    ");
    w.pass(DAY, 6 * HOUR).await;
    assert_eq!(
        (w.ours(), edits(&w)),
        (2, 0),
        "the platform's own word, once"
    );
    w.read_all();
}

#[tokio::test]
async fn who_says_stop_gets_no_second_comment_even_where_there_is_a_word_for_it() {
    for assigned in [false, true] {
        let w = requested().await;
        w.advance(HOUR).await;
        if assigned {
            w.sim.github.assign(POOL, 700, &w.cast.login);
            w.advance(30 * MINUTE).await;
            w.phone("you were assigned");
        }
        w.sim.github.comment_as(POOL, 700, "ubiquity", "stop");
        w.advance(30 * MINUTE).await;
        w.phone("we are not wanted there");
        let said = w.our_comment(POOL, 700);
        assert!(said.starts_with("Withdrawn"), "{said}");
        assert_eq!((w.ours(), w.writes(), edits(&w)), (1, 2, 1));
        assert_eq!(w.stands(POOL, 700).await, "withdrawn unwelcome");
        w.read_all();
    }
}

#[tokio::test]
async fn assigned_to_another_after_asking_is_lost() {
    let w = requested().await;
    w.advance(HOUR).await;
    w.sim.github.assign(POOL, 700, "somebody");
    w.advance(30 * MINUTE).await;
    w.phone("lost: assigned to another");
    w.pass(3 * DAY, 6 * HOUR).await;
    let requests = w.sim.github.requests();
    assert_eq!(requests.iter().filter(|r| is_write(r)).count(), 1);
    w.read_all();
}

#[tokio::test]
async fn a_question_nobody_answers_is_taken_back() {
    let w = requested().await;
    w.pass(2 * DAY + 7 * HOUR, 6 * HOUR).await;
    w.phone("taken back");
    assert_eq!(w.stands(POOL, 700).await, "withdrawn overdue");
    assert_eq!(w.writes(), 2);
    w.read_all();
}
