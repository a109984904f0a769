//! What a client says in the owner's name, and what he sees of it before.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::House;
use crate::requests::{CLIENTS, comment, id, over};

impl House {
    /// The open card with these words, once it has come.
    pub(crate) async fn card_with(&self, words: &str) -> sim::telegram::Message {
        let begun = Instant::now();
        loop {
            let mut cards = self.cards().into_iter();
            if let Some(card) = cards.find(|card| card.text.contains(words)) {
                return card;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "no card came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_a_message_is_not_approved_from_it() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("writer");
    let long = format!("{}and the end", "It is slow. ".repeat(500));
    let asked = client.done("comment", comment("k1", &long)).await;
    let card = house.card(0).await;
    let labels = format!("{:?}", card.buttons);
    assert!(
        labels.contains("Deny") && !labels.contains("Approve"),
        "{labels}"
    );
    let short = card.text.split("bountyd approve ").nth(1).expect("an id");
    let short: String = short.chars().take(8).collect();
    let owner = &house.world.cast.owner;
    owner.says(&format!("/approve {short}"));
    let wait = json!({ "id": id(&asked), "seconds": 3 });
    let still = client.done("job_wait", wait).await;
    assert_eq!(still["state"], "pending", "{still}");
    let told = owner.messages();
    let refused = |m: &sim::telegram::Message| m.text.contains("too long to show here");
    assert!(told.iter().any(refused), "{told:#?}");
    owner.says(&format!("/deny {short} too long"));
    let denied = over(&mut client, &id(&asked)).await;
    assert_eq!(denied["state"], "denied", "{denied}");
    assert_eq!(house.ours(), Vec::<String>::new());
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_gives_a_bot_an_order_in_the_owners_name() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("free");
    for text in [
        "/tip @mallory $500",
        "Thank you.\n> /bounty 1000",
        "- `/merge`",
        "It works, /reward 100 for it",
        "bors r+",
    ] {
        let code = client.refused("comment", comment("k1", text)).await;
        assert_eq!(code, "bad_arguments", "{text:?}");
    }
    // How a bot's own words look nobody can list: whoever is called, the owner reads it first.
    let asked = client
        .done("comment", comment("k2", "@dependabot merge"))
        .await;
    assert_eq!(asked["state"], "pending", "{asked}");
    let card = house.card(0).await;
    assert!(
        card.text.contains("calls somebody by @name"),
        "{}",
        card.text
    );
    let path = client
        .done(
            "comment",
            comment("k3", "It is in /etc/widget.conf, not in src/tip.rs."),
        )
        .await;
    let done = over(&mut client, &id(&path)).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(house.ours().len(), 1);
    client.end().await;
    house.stop().await;
}
