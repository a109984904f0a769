//! `getUpdates`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Bot, NIGHT, OWNER, SOON};

#[tokio::test]
async fn an_offset_confirms_and_only_an_offset_confirms() {
    let bot = Bot::start().await;
    let first = bot.owner.says("/status").expect("update");
    let second = bot.owner.says("hello").expect("update");
    assert_eq!(bot.updates(0).await.len(), 2);
    assert_eq!(bot.updates(0).await.len(), 2);
    let left = bot.updates(first + 1).await;
    assert_eq!(
        (left.len(), left[0]["update_id"].as_i64()),
        (1, Some(second))
    );
    assert_eq!(left[0]["message"]["from"]["id"], OWNER);
    assert_eq!(left[0]["message"]["chat"]["type"], "private");
    assert_eq!(left[0]["message"]["date"], NIGHT / 1_000);
    assert_eq!(bot.updates(second + 1).await, Vec::<Value>::new());
    assert_eq!(bot.telegram.unconfirmed(), 0);
    for text in ["a", "b", "c"] {
        bot.owner.says(text);
    }
    assert_eq!(bot.updates(-1).await[0]["message"]["text"], "c");
    assert_eq!(bot.telegram.unconfirmed(), 1);
}

#[tokio::test]
async fn updates_wait_for_a_day_and_no_longer() {
    let bot = Bot::start().await;
    bot.owner.says("early");
    bot.sleep(24 * 3_600 - 1);
    assert_eq!(bot.updates(0).await.len(), 1);
    bot.sleep(1);
    assert_eq!(bot.updates(0).await.len(), 0);
}

#[tokio::test]
async fn a_long_poll_ends_with_an_update_or_by_the_simulated_clock() {
    let bot = Arc::new(Bot::start().await);
    let poll = |bot: &Arc<Bot>| {
        let bot = Arc::clone(bot);
        tokio::spawn(async move { bot.ok("getUpdates", json!({"timeout": 50})).await })
    };
    let waiting = poll(&bot);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished(), "no simulated time has passed");
    bot.sleep(50);
    let result = tokio::time::timeout(SOON, waiting)
        .await
        .expect("in time")
        .expect("no panic");
    assert_eq!(result, json!([]));
    let waiting = poll(&bot);
    tokio::time::sleep(Duration::from_millis(50)).await;
    bot.owner.says("now");
    let result = tokio::time::timeout(SOON, waiting)
        .await
        .expect("in time")
        .expect("no panic");
    assert_eq!(result[0]["message"]["text"], "now");
}

#[tokio::test]
async fn a_second_poller_ends_the_first() {
    let bot = Arc::new(Bot::start().await);
    let first = {
        let bot = Arc::clone(&bot);
        tokio::spawn(async move { bot.call("getUpdates", json!({"timeout": 50})).await })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    bot.ok("getUpdates", json!({"timeout": 0})).await;
    let (status, body) = tokio::time::timeout(SOON, first)
        .await
        .expect("in time")
        .expect("no panic");
    assert_eq!(status, 409, "{body}");
    assert!(
        body["description"]
            .as_str()
            .expect("text")
            .contains("terminated by other getUpdates request")
    );
    assert_eq!(bot.telegram.conflicts(), 1);
    bot.telegram.switch(|switches| switches.webhook = true);
    bot.refused("getUpdates", json!({}), 409, "webhook is active")
        .await;
    bot.ok("deleteWebhook", json!({})).await;
    bot.updates(0).await;
}

#[tokio::test]
async fn allowed_updates_keep_other_kinds_out() {
    let bot = Bot::start().await;
    bot.ok("getUpdates", json!({"allowed_updates": ["callback_query"]}))
        .await;
    assert_eq!(bot.owner.says("not wanted"), None);
    bot.send("card", "x").await;
    bot.owner.taps("Approve").expect("a tap");
    assert_eq!(bot.updates(0).await.len(), 1);
    bot.ok("getUpdates", json!({"allowed_updates": []})).await;
    assert!(bot.owner.says("wanted").is_some());
}
