//! From an issue to a claim.

use std::time::Duration;

use super::world::World;

#[tokio::test]
async fn a_bounty_is_found_asked_about_and_claimed_once() {
    let mut w = World::new().await;
    w.repo("acme/widgets");
    let number = w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;

    let card = w.phone("$750").await;
    assert!(card.text.contains("acme/widgets"), "{}", card.text);
    assert_eq!(w.ours(), 0, "nothing is said before the yes");

    w.cast.owner.taps("✅ Approve").expect("there is a button");
    w.phone("Claimed acme/widgets").await;
    w.settle().await;
    assert_eq!(w.ours(), 1);
    println!("{}", w.comments("acme/widgets", number));

    // Nothing of it is said twice, today or tomorrow.
    w.advance(Duration::from_secs(24 * 3600)).await;
    assert_eq!(w.ours(), 1);
    w.stop().await;
}
