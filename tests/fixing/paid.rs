//! From a bounty that is found to one that is paid, with the owner's two taps and nothing by hand.

use sim::github::CheckState;

use crate::town::{DAY, HOUR, Town};
use crate::world::{FIX, SLUG, TEST};

fn mends() -> String {
    format!("{FIX}{TEST}echo mended it")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_by_comment_becomes_one_pull_request_that_is_merged_and_paid() {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;

    let pull = town.the_pull(SLUG);
    let github = &town.world.sim.github;
    assert_eq!(
        github.comments_by(&town.world.cast.login).len(),
        1,
        "the claim"
    );
    assert_eq!(town.patches.len(), 1, "one question about the patch");
    assert_eq!(pull.author, town.world.cast.login);
    assert!(pull.head.starts_with("night-owner:bountyd/"), "{pull:#?}");
    assert_eq!(pull.closes, [number]);
    assert!(
        pull.body.contains(&format!("/claim #{number}")),
        "{pull:#?}"
    );
    assert!(pull.body.contains("automated agent"), "{pull:#?}");
    let fork = github.repo("night-owner/sums");
    let gated = town.eye.column("SELECT tree FROM job").await;
    assert_eq!(fork.tree(&pull.head_oid), Some(gated[0].clone()));
    assert_eq!(
        fork.file(&pull.head_oid, "src/add.sh"),
        Some(b"#!/bin/sh\necho $(($1 + $2))\n".to_vec())
    );
    assert_eq!(
        town.stages().await,
        [format!("{SLUG}#{number} submitted pull_request")]
    );

    town.world
        .sim
        .github
        .repo(SLUG)
        .check_fails(pull.number, "lint", "a tab too many");
    town.pass(HOUR).await;
    assert_eq!(town.told("checks fail on it").len(), 1);
    town.world
        .sim
        .github
        .repo(SLUG)
        .check(pull.number, "lint", CheckState::Success, None);
    town.pass(HOUR).await;
    assert_eq!(town.told("checks fail on it").len(), 1);

    town.world.sim.github.repo(SLUG).merges(pull.number);
    town.until_job_is("merged").await;
    town.rest().await;
    assert_eq!(town.told("it was merged").len(), 1);
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    let text = "🎉🎈 @night-owner has been awarded **$750** by **Acme**! 🎈🎊";
    town.world
        .sim
        .github
        .comment_as(SLUG, number, "algora-pbc[bot]", text);
    town.until("SELECT COUNT(*) FROM bounty WHERE stage = 'paid'")
        .await;
    town.pass(DAY).await;
    assert_eq!(town.told("it was paid").len(), 1);
    assert_eq!(town.pulls(SLUG).len(), 1);
    town.stop().await;
    let said = town.world.bountyd(&["earnings", "--json"]).await;
    let all: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(all["sums"]["paid"], 75_000, "{all}");
    assert_eq!(all["bounties"][0]["outcome"], "paid", "{all}");
}
