//! A yes for a while, given, listed and taken back on the machine.

use bountyd::broker::acting::Acting;
use bountyd::broker::policy::Repository;
use bountyd::ledger::request_leases::LeaseTerms;
use bountyd::ledger::requests::{NewRequest, RequestState};
use bountyd::messages::request_card::RequestCard;

use super::answers::the_code;
use super::support::{Desk, is_root};

const SLUG: &str = "acme/widgets";

/// Stores what a client wants; gives the id of the question about it.
async fn wanted(desk: &Desk) -> String {
    let acting = Acting::Comment {
        number: 7,
        text: "It fails here, too.".to_owned(),
    };
    let place = Repository::parse(SLUG).expect("a name");
    let hash = acting.hash("writer", 4242, &place);
    let new = NewRequest {
        client: "writer",
        uid: 4242,
        pid: 7,
        key: "first",
        tool: acting.tool().as_str(),
        repo: SLUG,
        number: acting.number(),
        arguments: &acting.to_text(),
        hash: &hash,
        answer_valid_ms: 3_600_000,
    };
    let ledger = desk.ledger().await;
    let mut tx = ledger.begin().await.expect("a transaction");
    let request = tx.store_request(&new, RequestState::Pending).await;
    let request = request.expect("stored");
    let card = RequestCard {
        request: request.id.clone(),
        hash,
        client: "writer".to_owned(),
        process: "user 4242, process 7".to_owned(),
        act: acting.in_words().to_owned(),
        repo: SLUG.to_owned(),
        number: Some(7),
        parts: vec![("The comment".to_owned(), "It fails here, too.".to_owned())],
        why: "rule `acting`: ask".to_owned(),
        takes: None,
        lease: Some(LeaseTerms {
            lasts_s: 3600,
            at_most: 5,
        }),
    };
    let now = tx.now();
    let asked = tx.ask_about_request(&request, &card, now).await;
    let id = asked.expect("asked");
    tx.commit().await.expect("committed");
    ledger.close().await;
    id
}

#[tokio::test]
async fn it_is_given_with_a_code_listed_and_taken_back() {
    let (desk, claim) = Desk::filled().await;
    let said = desk.bountyd(&["leases"]).left_with(0);
    assert_eq!(said.out, "There is no yes of yours for a while.\n");
    if !is_root() {
        return;
    }
    // A claim is one thing, done once.
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["approve", &claim, "--lease"], the_code);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("offers no yes for a while"), "{shown}");

    let id = wanted(&desk).await;
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["approve", &id, "--lease"], the_code);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("at most 5 more of the kind"), "{shown}");
    assert!(shown.contains("more of the same for a while"), "{shown}");
    let listed = desk.bountyd(&["leases"]).left_with(0).out;
    for part in ["writer", "comment in acme/widgets", "5 of 5, for 59m"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let json = desk.bountyd(&["leases", "--json"]).left_with(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let lease = json[0]["id"].as_str().expect("an id");
    let said = desk
        .bountyd(&["leases", "--end", "ffffffffff"])
        .left_with(1);
    assert!(said.err.contains("do not know"), "{}", said.err);
    let said = desk.bountyd(&["leases", "--end", &lease[..8]]).left_with(0);
    assert!(said.out.contains("Taken back"), "{}", said.out);
    let said = desk.bountyd(&["leases"]).left_with(0);
    assert!(said.out.contains("no yes of yours"), "{}", said.out);
}
