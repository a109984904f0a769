//! A yes for a while: to more of the same by one client, with one tool, in one place.

use bountyd::control::{self, Command, Outcome};
use bountyd::ledger::Actor;
use serde_json::{Value, json};

use super::story::{Story, short};
use crate::world::{HOUR, MINUTE};

const LEASE: &str = "[mcp.clients.openclaw.lease]\nlasts = \"1h\"\nat_most = 2\n";
const MORE: &str = "✅ And 2 more in 1h";

impl Story {
    async fn leasing(takes: &str) -> Self {
        Self::new(takes, &format!("\n{LEASE}")).await
    }

    /// The client wants another comment said; where its request stands a little later.
    async fn says(&self, key: &str) -> String {
        let taken = self.takes_on(key, "I can reproduce it.").await;
        self.world.pass(3 * MINUTE, MINUTE).await;
        let stands = self.stands(taken["id"].as_str().expect("an id")).await;
        stands["state"].as_str().expect("a state").to_owned()
    }

    async fn taps(&self, label: &str) {
        let card = self.card();
        self.world
            .cast
            .owner
            .taps_on(card.id, label)
            .expect("a button");
        self.world.settle().await;
        self.world.pass(3 * MINUTE, MINUTE).await;
    }
}

#[tokio::test]
async fn a_yes_for_a_while_is_to_so_many_more_of_the_same_and_each_is_told() {
    let story = Story::leasing("telegram").await;
    let first = story.wants("first").await;
    let card = story.card();
    assert!(card.text.contains("for 1h, to at most 2 more of the kind"));
    story.taps(MORE).await;
    assert_eq!(story.stands(&first).await["state"], "done");
    for (key, left) in [("second", "1 of 2 left"), ("third", "0 of 2 left")] {
        assert_eq!(story.says(key).await, "done", "{key}");
        assert!(story.told(left), "{left}");
    }
    // Used up.
    let fourth = story.wants("fourth").await;
    assert_eq!(story.stands(&fourth).await["state"], "pending");
    let kinds = ["lease.granted", "lease.used", "request.pending"];
    story.ends(&fourth, "pending", &kinds, 3).await;
}

#[tokio::test]
async fn it_is_over_after_its_time_and_with_a_no_and_when_it_is_taken_back() {
    // Its time.
    let story = Story::leasing("telegram").await;
    story.wants("first").await;
    story.taps(MORE).await;
    story.world.pass(HOUR, 10 * MINUTE).await;
    assert_eq!(story.says("late").await, "pending");

    // Taken back, in the chat.
    let story = Story::leasing("telegram").await;
    story.wants("first").await;
    story.taps(MORE).await;
    let owner = story.world.cast.owner.clone();
    owner.says("/leases");
    story.world.settle().await;
    let listed = owner.messages();
    let listed = listed.iter().rfind(|m| m.text.contains("Yes for a while"));
    let listed = &listed.expect("listed").text;
    assert!(
        listed.contains("openclaw: comment in acme/widget, 2 of 2"),
        "{listed}"
    );
    let id = story.lease().await;
    owner.says(&format!("/end {}", &id[..8]));
    story.world.settle().await;
    assert!(story.told("Taken back"));
    assert_eq!(story.says("after").await, "pending");

    // A no to more of the same: here the client calls somebody by name, so the owner is asked.
    let story = Story::leasing("telegram").await;
    story.wants("first").await;
    story.taps(MORE).await;
    let asked = story.wants_said("named", "Thanks, @ada.").await;
    assert_eq!(story.stands(&asked).await["state"], "pending");
    let owner = story.world.cast.owner.clone();
    owner.says(&format!("/deny {} no", short(&story.card().text)));
    story.world.settle().await;
    assert_eq!(story.says("after").await, "pending");
    story.has_words(&["lease.ended", "request.denied"]).await;

    // The emergency stop, once it is lifted.
    let story = Story::leasing("telegram").await;
    story.wants("first").await;
    story.taps(MORE).await;
    for command in [Command::Stop, Command::Lift] {
        let mut tx = story.world.app().ledger.begin().await.expect("a ledger");
        let done = control::apply(&mut tx, &command, &Actor::Operator(0), "cli", MINUTE).await;
        done.expect("applied");
        tx.commit().await.expect("committed");
    }
    assert_eq!(story.says("after").await, "pending");
}

#[tokio::test]
async fn it_is_for_nobody_and_nothing_else() {
    let mut story = Story::leasing("telegram").await;
    story.wants("first").await;
    story.taps(MORE).await;
    // Another tool, and another place.
    let label = json!({ "repository": "acme/widget", "number": 1, "labels": ["bug"] });
    let refused = story.asks("label", "label", label).await;
    assert_eq!(refused["code"], "not_permitted");
    let other = json!({ "repository": "acme/other", "number": 1, "text": "Hello." });
    let asked = story.asks("comment", "place", other).await;
    assert_eq!(asked["state"], "pending");
    // What the rules refuse by now.
    let more = super::tables("push", &format!("\n{LEASE}"));
    story.world.stop().await;
    story.world.configure("mode = \"ask\"", &more);
    story.world.start().await;
    let id = story.wants("stronger").await;
    assert_eq!(story.stands(&id).await["state"], "pending");
    let kinds = story.kinds().await;
    assert!(!kinds.contains(&"lease.used".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn none_is_offered_where_the_phone_is_asked_nor_without_the_owners_setting() {
    for (takes, more) in [("push", LEASE), ("both", LEASE), ("telegram", "")] {
        let story = Story::new(takes, &format!("\n{more}")).await;
        let id = story.wants("plain").await;
        let card = story.card();
        let labels: Vec<_> = card.buttons.iter().flatten().map(|b| &b.label).collect();
        assert!(
            !labels.iter().any(|label| label.contains("more in")),
            "{labels:?}"
        );
        let owner = story.world.cast.owner.clone();
        owner.says(&format!("/lease {}", short(&card.text)));
        story.world.settle().await;
        assert!(story.told("offers no yes for a while"), "{takes}");
        assert_eq!(story.stands(&id).await["state"], "pending", "{takes}");
        assert_eq!(story.comments(), 0);
    }
}

#[tokio::test]
async fn what_waits_when_it_is_taken_back_is_not_done() {
    let story = Story::leasing("telegram").await;
    story.wants("first").await;
    let card = story.card();
    let tapped = story.world.cast.owner.taps_on(card.id, MORE);
    tapped.expect("a button");
    story.world.settle().await;
    // The next write keeps its distance to the first, and waits.
    let second = story.takes_on("second", "I can reproduce it.").await;
    assert_eq!(second["state"], "working");
    let second = second["id"].as_str().expect("an id").to_owned();
    let id = story.lease().await;
    let mut tx = story.world.app().ledger.begin().await.expect("a ledger");
    let end = Command::EndLease { id };
    let done = control::apply(&mut tx, &end, &Actor::Operator(0), "cli", MINUTE).await;
    assert_eq!(done.expect("applied"), Outcome::LeaseEnded);
    tx.commit().await.expect("committed");
    story.world.pass(10 * MINUTE, MINUTE).await;
    story.ends(&second, "failed", &["lease.ended"], 1).await;
}

impl Story {
    /// The id of the only lease.
    async fn lease(&self) -> String {
        let app = self.world.app();
        let leases = app.ledger.request_leases(app.now()).await;
        let leases = leases.expect("the ledger can be read");
        assert_eq!(leases.len(), 1);
        leases[0].id.clone()
    }

    async fn asks(&self, tool: &str, key: &str, mut arguments: Value) -> Value {
        arguments["idempotency_key"] = json!(key);
        self.call(tool, arguments)
            .await
            .unwrap_or_else(|refusal| json!({ "code": refusal.code }))
    }
}
