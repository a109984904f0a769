//! The phone shows a few words, and the chat not all: only the machine does.

use bountyd::control::{self, Command, Outcome};
use bountyd::ledger::Actor;

use super::story::{Story, short};
use crate::world::MINUTE;

#[tokio::test]
async fn what_the_chat_cannot_show_whole_takes_a_yes_on_the_machine_as_well() {
    for takes in ["push", "both"] {
        let story = Story::new(takes, "").await;
        let long = "It fails here, too. ".repeat(400);
        let id = story.wants_said("long", &long).await;
        let card = story.card();
        let labels = card.buttons.iter().flatten();
        assert!(
            !labels
                .clone()
                .any(|button| button.label.contains("Approve"))
        );
        assert!(
            card.text
                .contains("a yes on the machine and one on your phone")
        );
        let owner = story.world.cast.owner.clone();
        owner.says(&format!("/approve {}", short(&card.text)));
        story.world.settle().await;
        assert!(story.told("it was too long to show here"));
        assert!(story.person().approves_push(&story.code()));
        story.later(5).await;
        assert_eq!(story.stands(&id).await["state"], "pending");
        // Nor after it, in the chat.
        owner.says(&format!("/approve {}", short(&card.text)));
        story.world.settle().await;
        story.later(5).await;
        assert_eq!(story.stands(&id).await["state"], "pending");
        assert_eq!(story.comments(), 0);
        let mut lines = story.lines().await.into_iter();
        let wanted = lines.find(|(kind, _)| kind == "push.wanted");
        let question = wanted.expect("journalled").1["question"].clone();
        let command = Command::Approve {
            id: question.as_str().expect("an id").to_owned(),
        };
        let ledger = &story.world.app().ledger;
        let mut tx = ledger.begin().await.expect("the ledger can be written");
        let done = control::apply(&mut tx, &command, &Actor::Operator(0), "cli", MINUTE).await;
        tx.commit().await.expect("the ledger can be written");
        assert_eq!(done.expect("applied"), Outcome::RequestApproved);
        story.world.app().work.notify_one();
        story.later(5).await;
        story
            .ends(&id, "done", &["push.one_of_two", "request.approved"], 1)
            .await;
    }
}

#[tokio::test]
async fn the_phone_is_not_asked_before_the_card_has_arrived() {
    let story = Story::new("push", "").await;
    story.world.cast.owner.blocks_bot();
    let id = story.wants("unseen").await;
    story.world.pass(5 * MINUTE, MINUTE).await;
    assert_eq!(story.codes(), Vec::<String>::new());
    assert_eq!(story.stands(&id).await["state"], "pending");
    story.world.cast.owner.unblocks_bot();
    for _ in 0..60 {
        if story.codes().is_empty() {
            story.world.pass(MINUTE, MINUTE).await;
        }
    }
    assert!(story.card().text.contains("Say yes on your phone"));
    assert!(story.person().approves_push(&story.code()));
    story.later(5).await;
    story.ends(&id, "done", &["push.approved"], 1).await;
}
