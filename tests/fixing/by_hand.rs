//! A patch by hand, with nothing submitted.

use crate::world::{FIX, TEST, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_ends_with_patch_and_report_and_writes_nothing() {
    let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
    let number = world.sums();
    let said = world
        .bountyd(&["fix", &format!("acme/sums#{number}"), "--dry-run"])
        .await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.out.contains("→ the patch may go"), "{said:#?}");
    assert!(said.err.contains("round 1: the agent works"), "{said:#?}");
    let papers = said.out.lines().rfind(|line| line.starts_with("Reports: "));
    let papers = papers.expect("a place").trim_start_matches("Reports: ");
    assert!(papers.contains("state/fixes/"), "{papers}");
    assert_eq!(world.writes(), Vec::<String>::new());
}
