//! The question about a patch at a terminal, without a daemon.

use bountyd::ledger::Actor;
use bountyd::ledger::jobs::{JobState, Made, NewJob};
use bountyd::messages::patch_card::PatchCard;
use serde_json::json;

use super::support::{Desk, TITLE, is_root};

/// Asks about a patch for acme/widgets#7; gives the job and the question.
async fn asked(desk: &Desk) -> (String, String) {
    let card = json!({
        "repo": "acme/widgets", "number": 7, "title": TITLE, "amount": "$750",
        "why": ["one of your first ten patches"],
        "files": [{ "path": "src/sum.rs", "added": 2, "removed": 1, "note": null }],
        "file_count": 1, "counted_in_part": false, "added": 2, "removed": 1,
        "tests": "cargo test passed in 12s", "findings": [], "finding_count": 0,
        "diff": "+\x1b[2Jx", "diff_cut": false, "papers": null,
        "tree": "t1", "patch": "p1", "agent": "codex", "cost": "1 request to a model",
    });
    let card: PatchCard = serde_json::from_value(card).expect("a card");
    let ledger = desk.ledger().await;
    let mut tx = ledger.begin().await.expect("a transaction");
    let new = NewJob {
        bounty: None,
        repository_id: 77,
        repo: "acme/widgets",
        number: Some(7),
        title: TITLE,
        actor: Actor::Daemon,
        wake_at: None,
    };
    let job = tx.begin_job(&new).await.expect("begun");
    let made = Made {
        base_commit: "b1",
        tree: "t1",
        patch: "p1",
    };
    let making = tx.job(&job).await.expect("read").expect("there");
    tx.job_made(&making, &made).await.expect("stored");
    tx.move_job(&making, JobState::Made, None, None)
        .await
        .expect("moved");
    let made = tx.job(&job).await.expect("read").expect("there");
    let now = tx.now();
    let id = tx.ask_about_patch(&made, &card, now).await.expect("asked");
    tx.commit().await.expect("committed");
    ledger.close().await;
    (job, id)
}

async fn stands(desk: &Desk, job: &str) -> (JobState, Option<String>) {
    let ledger = desk.ledger().await;
    let job = ledger.job(job).await.expect("read").expect("there");
    ledger.close().await;
    (job.state, job.approved_by)
}

fn the_code(shown: &str) -> String {
    let code = shown.rsplit_once("type ").map(|(_, rest)| &rest[..4]);
    format!("{}\n", code.expect("a code"))
}

#[tokio::test]
async fn a_patch_is_listed_and_answered_once_with_a_code() {
    let (desk, _) = Desk::filled().await;
    let (job, id) = asked(&desk).await;
    let said = desk.bountyd(&["pending"]).left_with(0);
    assert!(said.out.contains("patch, $750"), "{}", said.out);
    let listed = desk.bountyd(&["pending", "--json"]).left_with(0).json();
    assert_eq!(
        (&listed[0]["about"], &listed[0]["id"]),
        (&json!("patch"), &json!(id))
    );
    assert_eq!(listed[1]["about"], json!("claim"));
    if !is_root() {
        return;
    }
    let wrong = |_: &str| "ZZZZ\n".to_owned();
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["approve", &id[..8]], wrong);
    assert_eq!(code, Some(1), "{shown}");
    assert_eq!(stands(&desk, &job).await, (JobState::Asking, None));
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["approve", &id[..8]], the_code);
    assert_eq!(code, Some(0), "{shown}");
    for words in [
        "Patch · $750 · acme/widgets#7",
        "exactly this patch",
        "then submit it",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(
        !shown.contains("\x1b[2J"),
        "the patch acted on the terminal"
    );
    let yes = (JobState::Submitting, Some("uid:0".to_owned()));
    assert_eq!(stands(&desk, &job).await, yes);
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["deny", &id], the_code);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("Already approved"), "{shown}");
    assert_eq!(stands(&desk, &job).await, yes);
}
