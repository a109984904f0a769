//! What must be true however often the daemon was killed.

use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::ledger::Ledger;

use crate::owner::Answer;
use crate::world::World;

/// Exactly one comment of ours for each bounty that was approved, none for any other; every tap
/// counted once; nothing open; the journal whole; nobody offended. The daemon must be at rest.
pub(super) async fn check(world: &mut World) {
    let ours = world.sim.github.comments_by(&world.cast.login);
    for ((repo, number), answer) in &world.owner.mind {
        let here: Vec<_> = ours
            .iter()
            .filter(|c| c.repo == *repo && c.number == *number)
            .collect();
        let expected = usize::from(*answer == Answer::Yes);
        assert_eq!(
            here.len(),
            expected,
            "{repo}#{number} {answer:?}: {here:#?}"
        );
        for comment in here {
            assert_eq!(
                comment.body.matches("<!-- bountyd:").count(),
                1,
                "{comment:?}"
            );
        }
    }
    let yes = count(world, Answer::Yes);
    assert_eq!(
        ours.len(),
        yes,
        "a comment where nothing was posted: {ours:#?}"
    );

    // Each question has one decision, whatever was tapped how often.
    let decided =
        "SELECT json_extract(body, '$.approval') || ' ' || json_extract(body, '$.verdict')
                   FROM journal WHERE kind = 'approval.decided'";
    let mut decided = world.eye.column(decided).await;
    decided.sort_unstable();
    let mut once = decided.clone();
    once.dedup_by_key(|line| line.split(' ').next().map(ToOwned::to_owned));
    assert_eq!(decided, once, "a question was decided twice");
    let by = |verdict: &str| decided.iter().filter(|l| l.ends_with(verdict)).count();
    assert_eq!(
        (by("approved"), by("denied")),
        (yes, count(world, Answer::No))
    );

    let open = "SELECT id || ' ' || state FROM effect WHERE state NOT IN ('done', 'failed')";
    assert_eq!(world.eye.column(open).await, Vec::<String>::new());
    let claims = "SELECT repo || '#' || number FROM effect
                  WHERE kind IN ('claim', 'ask-assignment') AND state = 'done' ORDER BY 1";
    let claims = world.eye.column(claims).await;
    let mut distinct = claims.clone();
    distinct.dedup();
    assert_eq!(claims, distinct, "a claim was recorded twice");
    assert_eq!(claims.len(), yes);

    let path = world.ledger_path();
    let ledger = Ledger::open_read_only(&path, Arc::new(SystemClock), Arc::new(OsEntropy));
    let ledger = ledger.await.expect("the ledger can be read");
    let verdict = ledger
        .verify_journal()
        .await
        .expect("the journal can be read");
    ledger.close().await;
    assert_eq!(verdict.broken, None);
    assert!(verdict.rows > 0, "{verdict:?}");

    assert_eq!(world.offended(), []);
    assert_eq!(world.daemon().children(), "");
}

fn count(world: &World, answer: Answer) -> usize {
    world.owner.mind.values().filter(|a| **a == answer).count()
}
