//! What people do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Bot, OWNER, SOON};

#[tokio::test]
async fn a_tap_is_answered_once_and_in_time() {
    let bot = Bot::start().await;
    let id = bot.send("card", "nonce-1").await;
    bot.owner.taps("Approve").expect("a tap");
    let query = bot.updates(0).await[0]["callback_query"].clone();
    assert_eq!(
        (
            &query["data"],
            &query["from"]["id"],
            &query["message"]["message_id"]
        ),
        (&json!("nonce-1"), &json!(OWNER), &json!(id))
    );
    let answer = json!({"callback_query_id": query["id"], "text": "Approved"});
    assert_eq!(bot.owner.unanswered_taps(), 1);
    bot.ok("answerCallbackQuery", answer.clone()).await;
    assert_eq!(
        (bot.owner.unanswered_taps(), bot.owner.answers()),
        (0, vec!["Approved".to_owned()])
    );
    bot.refused(
        "answerCallbackQuery",
        answer,
        400,
        "query is too old and response timeout expired",
    )
    .await;
    bot.refused(
        "answerCallbackQuery",
        json!({"callback_query_id": "1"}),
        400,
        "query ID is invalid",
    )
    .await;
    let late = bot.owner.taps("Deny").expect("a tap");
    bot.sleep(16);
    let query = bot.updates(late).await[0]["callback_query"]["id"].clone();
    bot.refused(
        "answerCallbackQuery",
        json!({"callback_query_id": query}),
        400,
        "query is too old",
    )
    .await;
    assert!(bot.owner.taps("Maybe").is_err());
    bot.ok(
        "editMessageText",
        json!({"chat_id": OWNER, "message_id": id, "text": "done"}),
    )
    .await;
    assert!(bot.owner.taps("Approve").is_err(), "the buttons are gone");
}

#[tokio::test]
async fn hostile_updates_look_as_they_would() {
    let bot = Bot::start().await;
    let card = bot.send("card", "nonce").await;
    let stranger = bot.telegram.stranger(666);
    bot.telegram.group(-100_500, "A group");
    let mut ids = vec![
        stranger.says("/approve").expect("update"),
        stranger
            .sends_tap(OWNER, Some(card), "nonce")
            .expect("update"),
        bot.owner.says_in(-100_500, "/approve").expect("update"),
        bot.owner.forwards("/approve").expect("update"),
        bot.owner
            .edits_message("hello", "/approve")
            .expect("update"),
        bot.owner
            .sends_tap(OWNER, Some(9_999), "forged")
            .expect("update"),
        bot.owner.says_without_sender("/approve").expect("update"),
    ];
    let seen = bot.updates(0).await;
    let find = |id: i64| {
        seen.iter()
            .find(|update| update["update_id"] == id)
            .expect("there")
    };
    assert_eq!(find(ids[0])["message"]["chat"]["id"], 666);
    assert_eq!(find(ids[1])["callback_query"]["from"]["id"], 666);
    assert_eq!(find(ids[2])["message"]["chat"]["type"], "supergroup");
    assert_eq!(
        find(ids[3])["message"]["forward_origin"]["type"],
        "hidden_user"
    );
    assert_eq!(find(ids[4])["edited_message"]["text"], "/approve");
    assert_eq!(find(ids[5])["callback_query"]["message"]["date"], 0);
    assert_eq!(find(ids[6])["message"].get("from"), None);
    let last = *ids.iter().max().expect("some") + 1;
    assert_eq!(bot.updates(last).await.len(), 0);
    assert!(bot.telegram.replays(ids[0]) && !bot.telegram.replays(1));
    assert_eq!(bot.updates(last).await[0]["update_id"], ids[0]);
    assert_eq!(bot.updates(last).await.len(), 0, "a replay comes once");
    ids.push(bot.telegram.replays_as_new(ids[1]).expect("update"));
    let again = bot.updates(last).await;
    assert_eq!(
        (again[0]["update_id"].as_i64(), &again[0]["callback_query"]),
        (Some(ids[7]), &find(ids[1])["callback_query"])
    );
}

#[tokio::test]
async fn a_story_reads_its_messages_or_is_told_what_is_left() {
    let bot = Bot::start().await;
    bot.send("first", "x").await;
    bot.send("second", "x").await;
    assert_eq!(bot.telegram.unread().len(), 2);
    let found = bot.owner.wait_for_text(SOON, "first").await.expect("there");
    assert_eq!(found.text, "first");
    assert_eq!(bot.owner.drain_unread()[0].text, "second");
    assert!(bot.telegram.unread().is_empty());
    let err = bot
        .owner
        .wait_for_text(Duration::ZERO, "third")
        .await
        .expect_err("not there");
    assert!(err.contains("second"), "{err}");
}

#[tokio::test]
async fn the_phone_shows_escaped_cards_and_taps_them() {
    let bot = Bot::start().await;
    let url = |path: &str| format!("{}{path}", bot.telegram.url());
    let page = bot.http.get(url("/phone")).send().await.expect("answer");
    assert!(
        page.headers()["content-type"]
            .to_str()
            .expect("ascii")
            .starts_with("text/html")
    );
    let id = bot.send("<script>alert(1)</script>", "nonce").await;
    let state: Value = bot
        .http
        .get(url("/phone/state"))
        .send()
        .await
        .expect("answer")
        .json()
        .await
        .expect("json");
    assert_eq!(
        state["messages"][0]["html"],
        "&lt;script&gt;alert(1)&lt;/script&gt;"
    );
    assert_eq!(state["messages"][0]["rows"][0][0]["label"], "Approve");
    let tap = |label: &str| {
        bot.http
            .post(url("/phone/tap"))
            .json(&json!({"message": id, "label": label}))
            .send()
    };
    assert_eq!(tap("Approve").await.expect("answer").status(), 204);
    assert_eq!(tap("Nothing").await.expect("answer").status(), 409);
    let say = bot
        .http
        .post(url("/phone/say"))
        .json(&json!({"text": "/status"}))
        .send()
        .await
        .expect("answer");
    assert_eq!(say.status(), 204);
    let updates = bot.updates(0).await;
    assert_eq!(updates[0]["callback_query"]["data"], "nonce");
    assert_eq!(updates[1]["message"]["entities"][0]["type"], "bot_command");
}
