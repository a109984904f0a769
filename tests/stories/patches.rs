//! The owner is asked about a patch, and how he may answer. What follows a yes is not told here: he
//! pauses before he gives it.

use bountyd::ledger::Actor;
use bountyd::ledger::jobs::{Job, JobState, Made, NewJob};
use bountyd::messages::patch_card::PatchCard;
use serde_json::json;

use super::people::{NO, YES, approval_id, filtered};
use super::world::{DAY, HOUR, MINUTE, World};

const SLUG: &str = "acme/widgets";

fn card(patch: &str) -> PatchCard {
    let card = json!({
        "repo": SLUG, "number": 700, "title": "Crash on empty input", "amount": "$750",
        "why": ["one of your first ten patches", "the gate holds it"],
        "files": [
            { "path": "src/sum.rs", "added": 2, "removed": 1, "note": null },
            { "path": "tests/sum.rs", "added": 5, "removed": 0, "note": "new" },
        ],
        "file_count": 2, "counted_in_part": false, "added": 7, "removed": 1,
        "tests": "cargo test passed in 12s; before the change it failed with code 101 in 9s",
        "findings": ["hold S5 run.sh:1: a new executable file"], "finding_count": 1,
        "diff": "src/sum.rs\n@@ -1,3 +1,4 @@\n-    list[0]\n+    list.iter().sum()",
        "diff_cut": false, "papers": null,
        "tree": format!("{patch}-tree"), "patch": patch,
        "agent": "codex", "cost": "31 requests to models, $0.42",
    });
    serde_json::from_value(card).expect("a card")
}

impl World {
    /// A patch was made for acme/widgets#700, and the owner is to be asked about it; gives the job.
    async fn made(&self, patch: &str) -> String {
        let ledger = &self.app().ledger;
        let mut tx = ledger.begin().await.expect("a transaction");
        let new = NewJob {
            bounty: None,
            repository_id: 77,
            repo: SLUG,
            number: Some(700),
            title: "Crash on empty input",
            actor: Actor::Daemon,
            wake_at: None,
        };
        let id = tx.begin_job(&new).await.expect("begun");
        let making = tx.job(&id).await.expect("read").expect("there");
        self.judged(&mut tx, &making, patch).await;
        tx.move_job(&making, JobState::Made, None, None)
            .await
            .expect("moved");
        let made = tx.job(&id).await.expect("read").expect("there");
        let now = tx.now();
        tx.ask_about_patch(&made, &card(patch), now)
            .await
            .expect("asked");
        tx.commit().await.expect("committed");
        self.app().work.notify_one();
        self.settle().await;
        id
    }

    async fn judged(&self, tx: &mut bountyd::ledger::Tx, job: &Job, patch: &str) {
        let made = Made {
            base_commit: "base",
            tree: &format!("{patch}-tree"),
            patch,
        };
        tx.job_made(job, &made).await.expect("stored");
    }

    async fn job(&self, id: &str) -> Job {
        let job = self.app().ledger.job(id).await.expect("read");
        job.expect("there")
    }

    /// How a job stands, why, and who said yes to its patch.
    async fn job_stands(&self, id: &str) -> String {
        let job = self.job(id).await;
        format!(
            "{}: {}, approved by {}",
            job.state.as_str(),
            job.reason.unwrap_or_default(),
            job.approved_by.unwrap_or_else(|| "nobody".to_owned())
        )
    }
}

#[tokio::test]
async fn the_owner_is_shown_the_patch_and_says_yes_to_it_once() {
    let mut w = World::new().await;
    w.start().await;
    let job = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    insta::assert_snapshot!(filtered(&card.text), @r"
    🧩 Patch · $750 · acme/widgets#700
    Crash on empty input
    open the issue

    Why I ask: one of your first ten patches; the gate holds it
    Changed: 2 files, +7 −1
    · src/sum.rs +2 −1
    · tests/sum.rs +5 −0, new
    Tests: cargo test passed in 12s; before the change it failed with code 101 in 9s
    The gate:
    · hold S5 run.sh:1: a new executable file
    By codex, 31 requests to models, $0.42
    Patch c0ffee00c0ff · tree c0ffee00c0ff

    src/sum.rs
    @@ -1,3 +1,4 @@
    -    list[0]
    +    list.iter().sum()

    A yes opens a pull request with exactly this patch, as you.
    Answer within 1h. No answer means no.
    /approve ID · /deny ID
    ");
    assert_eq!(card.labels(), [YES, NO]);
    for button in card.buttons.iter().flatten() {
        let data = button.data.as_deref().expect("data");
        assert_eq!(data.len(), 34, "an id and nothing else: {data}");
    }
    assert_eq!(
        w.job_stands(&job).await,
        "asking: the owner is asked, approved by nobody"
    );
    w.says("/pause").await;
    assert_eq!(
        w.tap(&card, YES).await,
        "Approved. I check once more that nothing has moved, then submit it."
    );
    assert!(
        w.now_reads(&card)
            .starts_with("✅ Approved · 2026-11-22 12:00:00 UTC · by telegram\n\n🧩 Patch"),
        "{}",
        w.now_reads(&card)
    );
    assert!(
        w.cast.owner.taps_on(card.id, YES).is_err(),
        "the buttons are gone"
    );
    let id = approval_id(&card);
    assert_eq!(w.says(&format!("/deny {id}")).await, "Already approved.");
    let by = format!("telegram:{}", w.cast.owner.id());
    assert_eq!(
        w.job_stands(&job).await,
        format!("submitting: approved, approved by {by}")
    );
    assert_eq!(w.writes(), 0, "an answer writes nothing");
}

#[tokio::test]
async fn a_no_drops_the_patch_and_keeps_the_owners_words() {
    let mut w = World::new().await;
    w.start().await;
    let first = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    assert_eq!(
        w.tap(&card, NO).await,
        "Denied. The patch will not be submitted."
    );
    assert!(
        w.now_reads(&card).starts_with("❌ Denied"),
        "{}",
        w.now_reads(&card)
    );
    assert_eq!(
        w.job_stands(&first).await,
        "dropped: denied, approved by nobody"
    );

    let second = w.made("decade00decade").await;
    let card = w.phone("🧩 Patch");
    let id = approval_id(&card);
    let said = w.says(&format!("/deny {} too clever", &id[..8])).await;
    assert_eq!(said, "Denied. The patch will not be submitted.");
    assert!(
        w.now_reads(&card).contains("by telegram: too clever"),
        "{}",
        w.now_reads(&card)
    );
    assert_eq!(
        w.job_stands(&second).await,
        "dropped: denied: too clever, approved by nobody"
    );
    w.advance(2 * HOUR).await;
    w.quiet();
    assert_eq!(w.writes(), 0);
}

#[tokio::test]
async fn no_answer_means_no() {
    let mut w = World::new().await;
    w.start().await;
    let job = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    w.pass(59 * MINUTE, 10 * MINUTE).await;
    assert!(
        w.now_reads(&card).starts_with("🧩 Patch"),
        "an hour is an hour"
    );
    w.advance(2 * MINUTE).await;
    assert!(
        w.now_reads(&card).starts_with("⌛ Expired"),
        "{}",
        w.now_reads(&card)
    );
    assert_eq!(
        w.job_stands(&job).await,
        "dropped: nobody answered, approved by nobody"
    );
    let said = w.says(&format!("/approve {}", approval_id(&card))).await;
    assert_eq!(
        said,
        "Too late: this question has expired. Nothing was done."
    );
    assert_eq!(w.job(&job).await.approved_by, None);
}

#[tokio::test]
async fn a_yes_while_the_program_was_down_counts_after_its_start() {
    let mut w = World::new().await;
    w.start().await;
    let job = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    w.says("/pause").await;
    w.stop().await;
    w.expected.violations.push("query is too old");
    w.hand.advance(10 * MINUTE);
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    w.hand.advance(10 * MINUTE);
    w.start().await;
    assert!(
        w.now_reads(&card).starts_with("✅ Approved"),
        "{}",
        w.now_reads(&card)
    );
    let by = format!("telegram:{}", w.cast.owner.id());
    assert_eq!(
        w.job_stands(&job).await,
        format!("submitting: approved, approved by {by}")
    );
    assert_eq!(
        w.cast
            .owner
            .messages()
            .iter()
            .filter(|m| m.text.contains("🧩"))
            .count(),
        1
    );
}

#[tokio::test]
async fn in_quiet_hours_the_question_waits_and_its_hour_begins_with_its_arrival() {
    let quiet = "[approvals]\nquiet_hours = \"11:00-14:00\"";
    let mut w = World::with("mode = \"ask\"", quiet).await;
    w.start().await;
    let job = w.made("c0ffee00c0ffee").await;
    w.quiet();
    insta::assert_snapshot!(w.says("/pending").await, @r"
    1 question waits for you

    ID patch, $750 acme/widgets#700, not sent yet
    ");
    w.pass(119 * MINUTE, 17 * MINUTE).await;
    w.quiet();
    w.advance(MINUTE).await;
    let card = w.phone("🧩 Patch");
    w.advance(59 * MINUTE).await;
    assert!(w.now_reads(&card).starts_with("🧩 Patch"));
    assert_eq!(
        w.tap(&card, NO).await,
        "Denied. The patch will not be submitted."
    );
    assert_eq!(w.job(&job).await.state, JobState::Dropped);
}

#[tokio::test]
async fn a_patch_about_which_nobody_could_be_asked_is_dropped_and_that_is_told() {
    let mut w = World::new().await;
    w.start().await;
    w.cast.owner.blocks_bot();
    let job = w.made("c0ffee00c0ffee").await;
    assert!(
        w.status().await.contains("⚠ not delivered to you"),
        "{}",
        w.status().await
    );
    w.pass(3 * DAY - HOUR, 4 * HOUR).await;
    assert_eq!(w.job(&job).await.state, JobState::Asking);
    w.pass(2 * HOUR, HOUR).await;
    assert_eq!(
        w.job_stands(&job).await,
        "dropped: the question about it could not be delivered, approved by nobody"
    );
    w.cast.owner.unblocks_bot();
    w.pass(2 * HOUR, HOUR).await;
    let told = w.read_all();
    let told: Vec<_> = told
        .iter()
        .filter(|text| text.contains("not submitted"))
        .collect();
    assert_eq!(told.len(), 1, "{told:#?}");
    insta::assert_snapshot!(told[0], @r"
    ✋ Patch not submitted: acme/widgets#700
    My question about it could not be delivered for days. Have it made anew: bountyd fix acme/widgets#700
    open the issue
    ");
    assert!(
        !w.cast
            .owner
            .messages()
            .iter()
            .any(|m| m.text.contains("🧩"))
    );
}

#[tokio::test]
async fn a_yes_to_a_patch_that_is_no_longer_the_jobs_counts_for_nothing() {
    let mut w = World::new().await;
    w.start().await;
    let job = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    w.says("/pause").await;
    let mut tx = w.app().ledger.begin().await.expect("a transaction");
    let asking = tx.job(&job).await.expect("read").expect("there");
    w.judged(&mut tx, &asking, "decade00decade").await;
    tx.commit().await.expect("committed");
    assert_eq!(
        w.tap(&card, YES).await,
        "Too late: it changed since I asked. Nothing was done."
    );
    assert!(
        w.now_reads(&card).starts_with("↻ Superseded"),
        "{}",
        w.now_reads(&card)
    );
    assert_eq!(
        w.job_stands(&job).await,
        "made: the patch is another by now, approved by nobody"
    );
}

#[tokio::test]
async fn a_patch_waits_beside_the_claims_wherever_they_are_listed() {
    let mut w = World::new().await;
    w.bounty("other/things", "Wrong sum", 600);
    w.start().await;
    w.phone("$600");
    let job = w.made("c0ffee00c0ffee").await;
    let card = w.phone("🧩 Patch");
    insta::assert_snapshot!(w.says("/pending").await, @r"
    2 questions wait for you

    ID patch, $750 acme/widgets#700, 1h left

    ID $600 other/things#700, 1h left
    ");
    let id = approval_id(&card);
    insta::assert_snapshot!(w.says(&format!("/why {}", &id[..8])).await, @r"
    acme/widgets#700
    one of your first ten patches
    the gate holds it
    changed: 2 files, +7 −1
    tests: cargo test passed in 12s; before the change it failed with code 101 in 9s
    the gate: hold S5 run.sh:1: a new executable file
    made by codex, 31 requests to models, $0.42
    patch c0ffee00c0ffee
    tree c0ffee00c0ffee-tree
    ");
    let status = w.says("/status").await;
    assert!(status.contains("waiting for you: 2"), "{status}");
    assert_eq!(
        w.says("/why 00000000").await,
        "I do not know this question."
    );
    assert_eq!(w.job(&job).await.state, JobState::Asking);
}

#[tokio::test]
async fn the_digest_names_the_patch_that_waits() {
    let tables = "[digest]\nat = \"13:00\"\n[approvals]\nexpiry = \"3h\"";
    let mut w = World::with("mode = \"ask\"", tables).await;
    w.start().await;
    w.made("c0ffee00c0ffee").await;
    w.phone("🧩 Patch");
    w.pass(65 * MINUTE, 13 * MINUTE).await;
    let digest = filtered(&w.phone("Digest").text);
    let line = digest
        .lines()
        .skip_while(|l| !l.starts_with("Waiting for you"))
        .take(2);
    insta::assert_snapshot!(line.collect::<Vec<_>>().join("\n"), @r"
    Waiting for you: 1
     · ID patch, $750 acme/widgets#700
    ");
}
