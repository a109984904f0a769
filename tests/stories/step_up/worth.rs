//! What work takes by what it is worth.

use serde_json::{Value, json};

use super::story::{Story, tables};
use crate::world::World;

/// A client that may have patches made in every repository of acme, and whose calls take what their worth says.
fn rules() -> String {
    let rules = tables("push", "").replace("tools = [\"comment\"]", "tools = [\"fix\"]");
    rules.replace("push = [\"comment\"]\n", "")
}

impl Story {
    /// Wants a patch; gives where it stands, and whether the phone has asked about it.
    async fn wants_patch(&self, key: usize, mut wanted: Value) -> (String, bool) {
        let before = self.codes().len();
        wanted["idempotency_key"] = json!(format!("k{key}"));
        let asked = self.call("fix", wanted).await.expect("taken on");
        self.world.settle().await;
        self.later(2).await;
        let state = asked["state"].as_str().expect("a state").to_owned();
        (state, self.codes().len() > before)
    }
}

#[tokio::test]
async fn work_that_names_no_bounty_takes_what_the_dearest_one_there_takes() {
    let world = World::with("mode = \"ask\"", &rules()).await;
    world.bounty("acme/widgets", "Crash on empty input", 100);
    let dear = world.bounty("acme/widgets", "Crash on odd input", 750);
    world.bounty("acme/gadgets", "Crash on long input", 400);
    world.repo("acme/plain");
    let mut story = Story::of(world).await;
    let goal = |place: &str| json!({ "repository": place, "goal": "Mend the crash." });
    let stranger = json!({ "repository": "acme/WIDGETS", "issue": dear + 7 });
    let all = [
        (goal("acme/widgets"), ("pending", true)),
        (stranger, ("pending", true)),
        (goal("acme/gadgets"), ("pending", false)),
        (goal("acme/plain"), ("working", false)),
    ];
    for (key, (wanted, expected)) in all.into_iter().enumerate() {
        let (state, phone) = story.wants_patch(key, wanted.clone()).await;
        assert_eq!((state.as_str(), phone), expected, "{wanted}");
    }
    story.world.stop().await;
}
