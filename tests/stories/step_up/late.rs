//! Half of a yes that comes too late is none.

use bountyd::control::{self, Command};
use bountyd::ledger::Actor;
use serde_json::json;

use super::story::Story;
use crate::world::{DAY, MINUTE};

#[tokio::test]
async fn a_yes_after_the_time_is_not_recorded_as_one_of_two() {
    let story = Story::new("both", "").await;
    let id = story.wants("late").await;
    let lines = story.lines().await;
    let wanted = lines.iter().find(|(kind, _)| kind == "push.wanted");
    let question = &wanted.expect("journalled").1["question"];
    let command = Command::Approve {
        id: question.as_str().expect("an id").to_owned(),
    };
    // The clock alone: nobody has looked at what is over.
    story.world.hand.advance(DAY);
    let mut tx = story.world.app().ledger.begin().await.expect("a ledger");
    let outcome = control::apply(&mut tx, &command, &Actor::Operator(0), "cli", MINUTE).await;
    outcome.expect("applied");
    tx.commit().await.expect("committed");
    assert_eq!(story.stands(&id).await["state"], json!("expired"));
    let kinds = story.kinds().await;
    assert!(!kinds.contains(&"push.one_of_two".to_owned()), "{kinds:?}");
    story.ends(&id, "expired", &["request.expired"], 0).await;
}
