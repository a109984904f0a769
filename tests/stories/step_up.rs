//! What takes the owner's yes by push: each way in which it can end, with the words that the journal has for it.

mod late;
mod lease;
mod story;
mod unseen;
mod worth;

use serde_json::json;
use sim::auth0::IdToken;
use sim::faults::{What, When};

use self::story::{Story, short, tables};
use super::people::YES;
use super::world::{MINUTE, SECOND, World};

fn polls() -> When {
    When::on("POST", "/oauth/token").body_contains("ciba")
}

#[tokio::test]
async fn each_end_is_the_right_one_and_has_its_words() {
    // Approved: the code is the same on the phone, in the chat and in the journal.
    let story = Story::new("push", "").await;
    let id = story.wants("approved").await;
    let push = story.person().sees_pushes().pop().expect("the phone asks");
    let code = story.code();
    assert_eq!(
        push.binding_message,
        format!("{code} comment acme:widget#1 for openclaw")
    );
    assert!(story.told(&code), "the chat names it");
    let lines = story.lines().await;
    let asked = lines.iter().rfind(|(kind, _)| kind == "push.asked");
    assert_eq!(asked.expect("journalled").1["code"], json!(code));
    assert_eq!(story.stands(&id).await["why"], "the owner is asked by push");
    assert!(story.person().approves_push(&code));
    story.later(5).await;
    let done = ["push.approved", "request.approved", "request.done"];
    story.ends(&id, "done", &done, 1).await;

    // Denied, and expired: Auth0 says the same of both.
    let story = Story::new("push", "").await;
    let id = story.wants("denied").await;
    assert!(story.person().denies_push(&story.code()));
    story.later(5).await;
    assert_eq!(story.stands(&id).await["why"], "denied on the phone");
    story
        .ends(&id, "denied", &["push.denied", "request.denied"], 0)
        .await;
    for says in [false, true] {
        let story = Story::new("push", "answer_within = \"1m\"").await;
        story
            .world
            .sim
            .auth0
            .switch(|tenant| tenant.ciba_says_expired = says);
        let id = story.wants("expired").await;
        story.later(5).await;
        story.later(55).await;
        story
            .ends(&id, "expired", &["push.expired", "request.expired"], 0)
            .await;
    }

    // Slow down: the next poll is ten seconds later, and the answer is heard all the same.
    let story = Story::new("push", "").await;
    let id = story.wants("slow").await;
    let body = r#"{"error":"slow_down","interval":10}"#;
    story
        .world
        .sim
        .auth0
        .faults()
        .once(polls(), What::status(400, body));
    story.later(5).await;
    assert!(story.person().approves_push(&story.code()));
    story.later(5).await;
    assert_eq!(story.stands(&id).await["state"], "pending");
    story.later(5).await;
    story
        .ends(&id, "done", &["push.slow_down", "push.approved"], 1)
        .await;

    // Somebody else's yes, and yeses that nobody vouches for.
    for (fault, kind) in [
        (IdToken::OtherSubject, "push.wrong_user"),
        (IdToken::Forged, "push.bad_signature"),
        (IdToken::UnknownKey, "push.bad_signature"),
        (IdToken::OtherAudience, "push.bad_token"),
        (IdToken::OtherIssuer, "push.bad_token"),
        (IdToken::Expired, "push.bad_token"),
        (IdToken::Absent, "push.bad_token"),
    ] {
        let story = Story::new("push", "").await;
        story
            .world
            .sim
            .auth0
            .switch(|tenant| tenant.id_token = fault);
        let id = story.wants("odd").await;
        assert!(story.person().approves_push(&story.code()));
        story.later(5).await;
        assert!(story.told("that I do not believe"), "{fault:?}");
        story
            .ends(&id, "failed", &[kind, "request.failed"], 0)
            .await;
    }
}

#[tokio::test]
async fn an_answer_that_got_lost_is_asked_for_once_more_and_acted_on_once() {
    let story = Story::new("push", "").await;
    let id = story.wants("lost").await;
    let first = story.code();
    let faults = story.world.sim.auth0.faults();
    faults.once(polls(), What::AcceptThenDropAnswer);
    assert!(story.person().approves_push(&first));
    story.later(5).await;
    assert_eq!(story.stands(&id).await["state"], "pending");
    // The tenant has given the answer out, and says so to whoever replays the request.
    story.later(10).await;
    story.later(5).await;
    let second = story.code();
    assert_ne!(first, second);
    assert_eq!(story.comments(), 0);
    assert!(story.person().approves_push(&second));
    story.later(5).await;
    let kinds = ["push.down", "push.used_up", "push.approved", "request.done"];
    story.ends(&id, "done", &kinds, 1).await;
}

#[tokio::test]
async fn while_the_tenant_is_down_it_waits_and_the_owner_and_the_client_see_why() {
    let down = || What::status(503, r#"{"error":"server_error"}"#);
    let starts = || When::on("POST", "/bc-authorize");
    let story = Story::new("push", "").await;
    story.world.sim.auth0.faults().times(starts(), down(), 2);
    let id = story.wants("down").await;
    let stands = story.stands(&id).await;
    assert_eq!(stands["state"], "pending", "{stands}");
    let why = stands["why"].as_str().expect("why");
    assert!(why.contains("the tenant cannot be reached"), "{why}");
    assert!(story.told("I cannot ask your phone just now"));
    assert!(!story.told("Your phone asks"), "it does not");
    story.world.pass(4 * MINUTE, MINUTE).await;
    assert!(story.told("Your phone asks"));
    assert_eq!(story.stands(&id).await["why"], "the owner is asked by push");
    // What nobody saw is not counted as asked.
    let lines = story.lines().await;
    let asked = lines.iter().rfind(|(kind, _)| kind == "push.asked");
    assert_eq!(asked.expect("journalled").1["time"], 1);
    assert!(story.person().approves_push(&story.code()));
    story.later(5).await;
    story
        .ends(&id, "done", &["push.down", "push.approved"], 1)
        .await;

    // An answer that names no request: the phone may ask all the same, and that counts.
    let story = Story::new("push", "").await;
    let blank = What::status(200, "{}");
    story.world.sim.auth0.faults().once(starts(), blank);
    let id = story.wants("blank").await;
    story.world.pass(4 * MINUTE, MINUTE).await;
    let lines = story.lines().await;
    let asked = lines.iter().rfind(|(kind, _)| kind == "push.asked");
    assert_eq!(asked.expect("journalled").1["time"], 2);
    assert!(story.person().approves_push(&story.code()));
    story.later(5).await;
    story
        .ends(&id, "done", &["push.down", "push.approved"], 1)
        .await;

    // Down while the phone asks: the answer is heard when it is up again.
    let story = Story::new("push", "").await;
    let id = story.wants("polls").await;
    story.world.sim.auth0.faults().times(polls(), down(), 3);
    assert!(story.person().approves_push(&story.code()));
    story.world.pass(MINUTE, 5 * SECOND).await;
    story
        .ends(&id, "done", &["push.down", "push.approved"], 1)
        .await;

    // An owner who will not wait; it is still not asked in a weaker way.
    let story = Story::new("push", "when_down = \"refuse\"").await;
    story.world.sim.auth0.faults().times(starts(), down(), 1);
    let id = story.wants("refuse").await;
    let why = story.stands(&id).await["untrusted"]["why"].clone();
    assert!(
        why.as_str()
            .is_some_and(|why| why.contains("cannot be asked")),
        "{why}"
    );
    story
        .ends(&id, "failed", &["push.down", "request.failed"], 0)
        .await;
}

#[tokio::test]
async fn a_phone_that_is_not_enrolled_and_a_grant_that_is_missing_are_said() {
    let story = Story::new("push", "").await;
    let user = story.world.cast.user_id.clone();
    story
        .world
        .sim
        .auth0
        .change_user(&user, |user| user.push = false);
    let id = story.wants("phone").await;
    assert!(story.told("enrol your phone"));
    story
        .ends(&id, "failed", &["push.not_enrolled", "request.failed"], 0)
        .await;

    let story = Story::new("push", "").await;
    story.world.sim.auth0.switch(|tenant| tenant.no_ciba = true);
    let id = story.wants("grant").await;
    assert!(story.told("grant type CIBA"));
    story
        .ends(&id, "failed", &["push.not_granted", "request.failed"], 0)
        .await;
}

#[tokio::test]
async fn a_yes_in_the_chat_is_none_to_what_takes_the_phone_and_a_no_is_one() {
    let story = Story::new("push", "").await;
    let id = story.wants("chat").await;
    let card = story.card();
    assert!(
        !card
            .buttons
            .iter()
            .flatten()
            .any(|button| button.label.contains("Approve"))
    );
    let short = short(&card.text);
    story.world.cast.owner.says(&format!("/approve {short}"));
    story.world.settle().await;
    assert!(story.told("This takes your yes by push"));
    assert_eq!(story.stands(&id).await["state"], "pending");
    story
        .world
        .cast
        .owner
        .says(&format!("/deny {short} not now"));
    story.world.settle().await;
    story.later(5).await;
    assert_eq!(story.stands(&id).await["why"], "not now");
    story
        .ends(&id, "denied", &["push.let_go", "request.denied"], 0)
        .await;
}

#[tokio::test]
async fn where_both_are_needed_each_alone_does_nothing_in_whatever_order() {
    for chat_first in [true, false] {
        let story = Story::new("both", "").await;
        let id = story.wants("both").await;
        let (card, code) = (story.card(), story.code());
        for step in 0..2 {
            assert_eq!(story.stands(&id).await["state"], "pending");
            assert_eq!(story.comments(), 0);
            if (step == 0) == chat_first {
                // Twice is once.
                for _ in 0..2 {
                    let _ = story.world.cast.owner.taps_on(card.id, YES);
                    story.world.settle().await;
                }
            } else {
                assert!(story.person().approves_push(&code));
            }
            story.later(5).await;
        }
        let ones = story.kinds().await;
        let ones = ones
            .iter()
            .filter(|kind| *kind == "push.one_of_two")
            .count();
        assert_eq!(ones, 2);
        story
            .ends(&id, "done", &["push.approved", "request.approved"], 1)
            .await;
    }
    // One yes and no other in time is no yes.
    let story = Story::new("both", "answer_within = \"1m\"").await;
    let id = story.wants("half").await;
    let card = story.card();
    let _ = story.world.cast.owner.taps_on(card.id, YES);
    story.world.settle().await;
    story.world.pass(2 * MINUTE, 10 * SECOND).await;
    story
        .ends(&id, "expired", &["push.one_of_two", "push.expired"], 0)
        .await;
}

#[tokio::test]
async fn after_a_restart_the_phone_asks_with_another_code_and_not_for_ever() {
    let mut story = Story::new("push", "").await;
    let id = story.wants("restart").await;
    let mut seen = vec![story.code()];
    for _ in 0..2 {
        story.world.stop().await;
        story.world.start().await;
        story.later(1).await;
        let code = story.code();
        assert!(!seen.contains(&code), "{code} in {seen:?}");
        seen.push(code);
    }
    // The codes of before count no more.
    for old in &seen[..2] {
        assert!(story.person().approves_push(old));
    }
    story.later(5).await;
    assert_eq!(story.stands(&id).await["state"], "pending");
    assert!(story.person().approves_push(&seen[2]));
    story.later(5).await;
    story
        .ends(&id, "done", &["push.lost", "push.approved"], 1)
        .await;

    let mut story = Story::new("push", "").await;
    let id = story.wants("often").await;
    for _ in 0..3 {
        story.world.stop().await;
        story.world.start().await;
        story.later(1).await;
    }
    assert!(story.told("several times"));
    story
        .ends(&id, "failed", &["push.given_up", "request.failed"], 0)
        .await;
}

#[tokio::test]
async fn in_quiet_hours_the_phone_is_left_alone() {
    let quiet = "\n[approvals]\nquiet_hours = \"11:00-13:00\"\nexpiry = \"12h\"\n";
    let more = tables("push", "") + quiet;
    let mut story = Story::new("push", "").await;
    story.world.stop().await;
    story.world.configure("mode = \"ask\"", &more);
    story.world.start().await;
    let id = story.wants("night").await;
    assert_eq!(story.codes(), Vec::<String>::new());
    story.world.pass(61 * MINUTE, 10 * MINUTE).await;
    story.later(5).await;
    assert!(story.person().approves_push(&story.code()));
    story.later(5).await;
    story.ends(&id, "done", &["push.approved"], 1).await;
}

#[tokio::test]
async fn work_for_a_dear_bounty_takes_the_phone_and_for_a_cheaper_one_the_chat() {
    let rules = tables("push", "").replace("tools = [\"comment\"]", "tools = [\"fix\"]");
    let rules = rules.replace("push = [\"comment\"]\n", "");
    let world = World::with("mode = \"ask\"", &rules).await;
    let cheap = world.bounty("acme/widgets", "Crash on empty input", 100);
    let middle = world.bounty("acme/widgets", "Crash on long input", 500);
    let dear = world.bounty("acme/widgets", "Crash on odd input", 750);
    let mut story = Story::of(world).await;
    let mut ids = Vec::new();
    for number in [cheap, middle, dear] {
        let wanted = json!({
            "repository": "acme/widgets", "issue": number, "idempotency_key": format!("k{number}"),
        });
        let asked = story.call("fix", wanted).await.expect("taken on");
        let state = asked["state"].as_str().expect("a state").to_owned();
        ids.push((asked["id"].as_str().expect("an id").to_owned(), state));
        story.world.settle().await;
        story.later(2).await;
        let phone = story.codes().len();
        assert_eq!(phone, usize::from(number == dear), "{number}");
    }
    let states: Vec<&str> = ids.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(states, ["working", "pending", "pending"]);
    let push = story.person().sees_pushes().pop().expect("the phone asks");
    let words = format!(" fix acme:widgets#{dear} for openclaw");
    assert!(push.binding_message.ends_with(&words), "{push:?}");
    assert!(story.person().denies_push(&story.code()));
    story.later(5).await;
    let (id, _) = ids.pop().expect("three");
    assert_eq!(story.stands(&id).await["state"], "denied");
    story.has_words(&["push.denied", "request.denied"]).await;
    story.world.stop().await;
}
