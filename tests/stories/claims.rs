//! From an issue to a claim.

use super::people::YES;
use super::world::{DAY, World};

#[tokio::test]
async fn a_bounty_is_found_asked_about_and_claimed_once() {
    let mut w = World::new().await;
    let number = w.bounty("acme/widgets", "Crash on empty input", 750);
    w.start().await;

    let card = w.phone("$750");
    assert_eq!(w.ours(), 0, "nothing is said before the yes");
    assert_eq!(
        w.tap(&card, YES).await,
        "Approved. I check everything once more, then claim."
    );
    insta::assert_snapshot!(w.phone("Claimed acme/widgets").text, @r"
    📌 Claimed acme/widgets#700 ($750)
    open the issue
    Without a linked pull request within 2 days I take it back. More time: bountyd extend acme/widgets#700
    ");
    assert_eq!(w.ours(), 1);
    insta::assert_snapshot!(w.our_comment("acme/widgets", number), @r"
    /attempt #700

    I would like to work on `Crash on empty input` and to open a pull request for it. This comment was written by bountyd, an automated agent acting for @night-owner, who answers for it. If automated help is not wanted here, answer with “stop” and it will not come back.

    <!-- bountyd:ID -->
    ");

    // Nothing of it is said twice, today or tomorrow.
    w.advance(DAY).await;
    assert_eq!(w.ours(), 1);
    insta::assert_snapshot!(super::people::filtered(&w.phone("Digest").text), @r"
    ☀️ Digest
    1 new issue in 1 scan
    Skipped: 0
    Worth a look, not asked about: 0
    Waiting for you: 0
    Claimed: 1
     · acme/widgets#700
    Ended: 0
    Problems: 0

    Journal: N entries, head HASH
    ");
    w.stop().await;
}
