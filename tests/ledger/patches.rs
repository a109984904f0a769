//! A patch leaves only with a yes to exactly this patch: once, whole, and in time.

mod answers;
mod migrated;
mod questions;

use std::sync::Arc;
use std::time::Duration;

use bountyd::clock::OsEntropy;
use bountyd::control::{self, Command, Outcome};
use bountyd::ledger::asked::{Answer, ApprovalState, Asked, Decided, Question};
use bountyd::ledger::jobs::{Job, JobState, Made, NewJob};
use bountyd::ledger::questions::About;
use bountyd::ledger::settings::Setting;
use bountyd::ledger::{Actor, Ledger, Result};
use bountyd::messages::patch_card::PatchCard;
use serde_json::json;

use super::support::{ENGINES, START, Shelf};

const OWNER: Actor = Actor::Telegram(42);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const FIRST: Made<'static> = Made {
    base_commit: "b1",
    tree: "t1",
    patch: "p1",
};
const SECOND: Made<'static> = Made {
    base_commit: "b1",
    tree: "t2",
    patch: "p2",
};

fn card(made: &Made<'_>) -> PatchCard {
    let card = json!({
        "repo": "acme/widgets", "number": 7, "title": "Crash on empty input", "amount": "$750",
        "why": ["one of your first ten patches"],
        "files": [{ "path": "src/sum.rs", "added": 2, "removed": 1, "note": null }],
        "file_count": 1, "counted_in_part": false, "added": 2, "removed": 1,
        "tests": "cargo test passed in 12s", "findings": [], "finding_count": 0,
        "diff": "+x", "diff_cut": false, "papers": null,
        "tree": made.tree, "patch": made.patch, "agent": "codex", "cost": "1 request to a model",
    });
    serde_json::from_value(card).expect("a card")
}

async fn job(shelf: &Shelf, id: &str) -> Job {
    let job = shelf.ledger.job(id).await.expect("read");
    job.expect("there")
}

/// A job whose patch was made.
async fn made(shelf: &Shelf, bounty: Option<i64>) -> Job {
    let mut tx = shelf.ledger.begin().await.expect("a transaction");
    let new = NewJob {
        bounty,
        repository_id: 77,
        repo: "acme/widgets",
        number: Some(7),
        title: "Crash on empty input",
        actor: Actor::Daemon,
        wake_at: None,
    };
    let id = tx.begin_job(&new).await.expect("begun");
    let making = tx.job(&id).await.expect("read").expect("there");
    tx.job_made(&making, &FIRST).await.expect("stored");
    let now = tx.now();
    tx.move_job(&making, JobState::Made, None, Some(now))
        .await
        .expect("moved");
    tx.commit().await.expect("committed");
    job(shelf, &id).await
}

async fn ask(shelf: &Shelf, job: &Job, made: &Made<'_>) -> Result<String> {
    let mut tx = shelf.ledger.begin().await.expect("a transaction");
    let now = tx.now();
    let id = tx.ask_about_patch(job, &card(made), now).await?;
    tx.commit().await.expect("committed");
    Ok(id)
}

/// A question whose card arrived at once and stands for an hour; gives the job and the question.
async fn asked(shelf: &Shelf) -> (String, String) {
    let job = made(shelf, None).await;
    let id = ask(shelf, &job, &FIRST).await.expect("asked");
    let mut tx = shelf.ledger.begin().await.expect("a transaction");
    let until = tx.now().plus(HOUR);
    tx.delivered::<About>(&id, 9, until).await.expect("noted");
    tx.commit().await.expect("committed");
    (job.id, id)
}

async fn answer(ledger: &Ledger, id: &str, answer: &Answer) -> Decided {
    let mut tx = ledger.begin().await.expect("a transaction");
    let decided = tx.decide(id, answer, &OWNER, "telegram").await;
    tx.commit().await.expect("committed");
    decided.expect("decided")
}

fn yes() -> Answer {
    Answer::Approve {
        permit_until: START.plus(DAY),
    }
}

fn no() -> Answer {
    Answer::Deny {
        why: Some("too clever".to_owned()),
    }
}

async fn question(shelf: &Shelf, id: &str) -> Question<About> {
    let question = shelf.ledger.question(id).await.expect("read");
    question.expect("there")
}

async fn kinds(shelf: &Shelf) -> Vec<String> {
    let lines = shelf.ledger.journal_after(0, None, 100).await;
    lines.expect("read").into_iter().map(|l| l.kind).collect()
}
