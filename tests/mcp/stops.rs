//! Where a maintainer told us to stop, no client of ours speaks either.

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use bountyd::clock::{Clock as _, SystemClock};

use crate::house::House;
use crate::requests::{CLIENTS, comment, id, over};
use crate::world::{FILES, FIX, SLUG, TEST};

impl House {
    /// The daemon hears, while nobody looks, that nothing more is wanted of us there.
    async fn told_to_stop(&mut self, owner: &str) {
        self.stop().await;
        let options = SqliteConnectOptions::new().filename(self.world.at("state/ledger.db"));
        let mut ledger = options.connect().await.expect("the ledger");
        sqlx::query("INSERT INTO refusal (subject, reason, at) VALUES ($1, 'no bots, please', $2)")
            .bind(owner)
            .bind(SystemClock.now().0)
            .execute(&mut ledger)
            .await
            .expect("written");
        // The last to close it takes its log away, which would be another user's.
        ledger.close().await.expect("closed");
        self.start().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_we_were_told_to_stop_a_client_speaks_only_with_the_owners_own_yes_to_that() {
    let mut house = House::open(CLIENTS).await;
    let mut client = house.modern("writer");
    let before = client.done("comment", comment("k1", "One.")).await;
    let card = house.card(0).await;
    client.end().await;
    house.told_to_stop("acme").await;
    // A yes from before is to something else.
    let mut client = house.modern("writer");
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let failed = over(&mut client, &id(&before)).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    assert_eq!(house.ours(), Vec::<String>::new());
    let asked = client.done("comment", comment("k2", "Two.")).await;
    let card = house.card_with("Two.").await;
    let words = "we were told to stop there: no bots, please";
    assert!(card.text.contains(words), "{}", card.text);
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = over(&mut client, &id(&asked)).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(house.ours().len(), 1);
    client.end().await;
    // What a rule allows is refused.
    let mut client = house.modern("free");
    let code = client.refused("comment", comment("k3", "Three.")).await;
    assert_eq!(code, "told_to_stop");
    house.journalled("client.refused", "told_to_stop").await;
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_for_a_goal_ends_where_we_were_told_to_stop() {
    let rules = CLIENTS.replace("tools = [\"comment\"]", "tools = [\"comment\", \"fix\"]");
    let mut house = House::new(&rules).await;
    house.world.agent(&format!("{FIX}{TEST}echo mended it"));
    house.world.repository(SLUG, &FILES);
    house.start().await;
    let mut client = house.modern("free");
    let goal = |key: &str| json!({ "repository": SLUG, "goal": "2 and 3 give 5.", "idempotency_key": key });
    let begun = client.done("fix", goal("g1")).await;
    assert_eq!(begun["state"], "working", "{begun}");
    // The owner is asked about the patch, and meanwhile a maintainer says no.
    let card = house.card(0).await;
    client.end().await;
    let owner = SLUG.split('/').next().expect("an owner");
    house.told_to_stop(owner).await;
    let mut client = house.modern("free");
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let failed: Value = over(&mut client, &id(&begun)).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    // A maintainer's words are no word of ours.
    let why = failed["why"].as_str().expect("why");
    assert!(!why.contains("no bots"), "{failed}");
    let said = failed["untrusted"]["why"].as_str().expect("said");
    assert!(said.contains("no bots, please"), "{failed}");
    assert!(house.world.sim.github.repo(SLUG).pulls().is_empty());
    let code = client.refused("fix", goal("g2")).await;
    assert_eq!(code, "told_to_stop");
    client.end().await;
    house.stop().await;
}
