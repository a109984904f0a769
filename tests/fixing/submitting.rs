//! From the patch to the pull request, through the API alone.

use crate::world::{FIX, SLUG, TEST, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_by_hand_becomes_one_pull_request_from_the_owners_fork() {
    let world = World::new(&format!("{FIX}{TEST}echo mended it")).await;
    let number = world.sums();
    let said = world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let github = &world.sim.github;
    let pulls = github.repo(SLUG).pulls();
    assert_eq!(pulls.len(), 1, "{said:#?}");
    let pull = &pulls[0];
    assert!(
        said.out
            .contains(&format!("pull request {SLUG}#{}", pull.number)),
        "{said:#?}"
    );
    println!("{pull:#?}\n{}", said.out);
}
