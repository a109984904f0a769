//! A ledger that came back from a backup has forgotten what a client had done: GitHub has not.

use serde_json::{Value, json};

use crate::house::House;
use crate::requests::{CLIENTS, comment, id, over};

impl House {
    /// The daemon's ledger as it was when `during` began, and what was done since at GitHub alone.
    async fn set_back(&mut self, during: impl AsyncFnOnce(&mut Self)) {
        let file = self.world.at("state/then.backup").display().to_string();
        let said = self.bountyd(&["backup", &file]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        during(self).await;
        self.stop().await;
        let said = self.bountyd(&["restore", "--replace", &file]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        self.start().await;
        let said = self.bountyd(&["resume"]).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_repeats_after_a_restore_is_found_and_not_made_again() {
    let mut house = House::open(CLIENTS).await;
    let mut first = Value::Null;
    house
        .set_back(async |house| {
            let mut client = house.modern("free");
            let begun = client.done("comment", comment("k1", "Said once.")).await;
            over(&mut client, &id(&begun)).await;
            let done = client.done("job_result", json!({ "id": id(&begun) })).await;
            first = done;
            client.end().await;
        })
        .await;
    assert_eq!(house.ours().len(), 1);
    // The rule allows it, and a maintainer may have deleted it: the owner is asked.
    let mut client = house.modern("free");
    let again = client.done("comment", comment("k1", "Said once.")).await;
    assert_eq!(again["state"], "pending", "{again}");
    assert_eq!(again["id"], first["id"]);
    let card = house.card(0).await;
    assert!(
        card.text.contains("came back from a backup"),
        "{}",
        card.text
    );
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = over(&mut client, &id(&again)).await;
    assert_eq!(done["state"], "done", "{done}");
    let result = client.done("job_result", json!({ "id": id(&again) })).await;
    assert_eq!(result["result"], first["result"]);
    assert_eq!(house.ours().len(), 1, "{:?}", house.ours());
    // What was never said is said.
    let new = client
        .done("comment", comment("k2", "Something new."))
        .await;
    assert_eq!(new["state"], "pending", "{new}");
    let card = house.card_with("Something new.").await;
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = over(&mut client, &id(&new)).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(house.ours().len(), 2);
    client.end().await;
    house.stop().await;
}
