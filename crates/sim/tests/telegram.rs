//! The Bot API over the wire: polling, sending, editing, tapping, and the people on the other side.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sim::faults::What;
use sim::telegram::{Person, Telegram};

/// 2026-11-22 02:00:00 UTC.
const NIGHT: i64 = 1_795_312_800_000;
const OWNER: i64 = 4_200_001;
const SOON: Duration = Duration::from_secs(5);

struct Bot {
    telegram: Telegram,
    owner: Person,
    clock: Arc<AtomicI64>,
    http: reqwest::Client,
}

impl Bot {
    async fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(NIGHT));
        let hand = Arc::clone(&clock);
        let now: sim::Now = Arc::new(move || hand.load(Ordering::SeqCst));
        let telegram = Telegram::start("127.0.0.1:0".parse().expect("address"), now, 1)
            .await
            .expect("start");
        let owner = telegram.owner(OWNER);
        Self {
            telegram,
            owner,
            clock,
            http: reqwest::Client::new(),
        }
    }

    fn sleep(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    fn url(&self, method: &str) -> String {
        format!(
            "{}/bot{}/{method}",
            self.telegram.url(),
            self.telegram.token()
        )
    }

    async fn call(&self, method: &str, params: Value) -> (u16, Value) {
        let response = self
            .http
            .post(self.url(method))
            .json(&params)
            .send()
            .await
            .expect("answer");
        (
            response.status().as_u16(),
            response.json().await.expect("json"),
        )
    }

    async fn ok(&self, method: &str, params: Value) -> Value {
        let (status, body) = self.call(method, params).await;
        assert_eq!(
            (status, &body["ok"]),
            (200, &json!(true)),
            "{method}: {body}"
        );
        body["result"].clone()
    }

    async fn refused(&self, method: &str, params: Value, code: u16, part: &str) {
        let (status, body) = self.call(method, params.clone()).await;
        let description = body["description"].as_str().unwrap_or_default();
        assert_eq!(
            (status, &body["error_code"]),
            (code, &json!(code)),
            "{method} {params}: {body}"
        );
        assert!(description.contains(part), "{description}");
    }

    async fn updates(&self, offset: i64) -> Vec<Value> {
        self.ok("getUpdates", json!({"offset": offset, "timeout": 0}))
            .await
            .as_array()
            .expect("list")
            .clone()
    }

    async fn send(&self, text: &str, data: &str) -> i64 {
        let keyboard = json!({"inline_keyboard": [[{"text": "Approve", "callback_data": data}, {"text": "Deny", "callback_data": "n"}]]});
        let sent = self
            .ok(
                "sendMessage",
                json!({"chat_id": OWNER, "text": text, "reply_markup": keyboard}),
            )
            .await;
        sent["message_id"].as_i64().expect("id")
    }
}

#[tokio::test]
async fn a_wrong_token_or_method_is_refused_and_the_token_is_not_recorded() {
    let bot = Bot::start().await;
    let me = bot.ok("getMe", json!({})).await;
    assert_eq!(
        (&me["is_bot"], me["username"].as_str()),
        (&json!(true), Some("bounty_sim_bot"))
    );
    bot.refused("getNothing", json!({}), 404, "Not Found").await;
    let url = format!("{}/bot1:wrong/getMe", bot.telegram.url());
    let response = bot.http.get(&url).send().await.expect("answer");
    assert_eq!(response.status(), 401);
    let seen = format!(
        "{:?}{:?}",
        bot.telegram.rim().requests(),
        bot.telegram.rim().violations()
    );
    assert!(
        !seen.contains(&bot.telegram.token()) && !seen.contains("1:wrong"),
        "{seen}"
    );
    assert_eq!(bot.telegram.calls("getMe"), 2);
}

#[tokio::test]
async fn parameters_come_as_json_form_or_query() {
    let bot = Bot::start().await;
    let keyboard =
        json!({"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}).to_string();
    let owner = OWNER.to_string();
    let form = [
        ("chat_id", owner.as_str()),
        ("text", "by form"),
        ("reply_markup", &keyboard),
    ];
    let response = bot
        .http
        .post(bot.url("sendMessage"))
        .form(&form)
        .send()
        .await
        .expect("answer");
    assert_eq!(response.status(), 200);
    let query = [("chat_id", owner.as_str()), ("text", "by query")];
    let response = bot
        .http
        .get(bot.url("sendMessage"))
        .query(&query)
        .send()
        .await
        .expect("answer");
    assert_eq!(response.status(), 200);
    let messages = bot.owner.messages();
    assert_eq!(
        messages
            .iter()
            .map(|message| message.text.as_str())
            .collect::<Vec<_>>(),
        ["by form", "by query"]
    );
    assert_eq!(messages[0].labels(), ["Yes"]);
}

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

#[tokio::test]
async fn messages_are_refused_for_their_text_entities_markup_buttons_and_chat() {
    let bot = Bot::start().await;
    let send = |extra: Value| {
        let mut params = json!({"chat_id": OWNER, "text": "a🦀b"});
        for (name, value) in extra.as_object().expect("object") {
            params[name] = value.clone();
        }
        params
    };
    let button = |data: String| json!({"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}});
    let bold = |offset: i64, length: i64| json!({"entities": [{"type": "bold", "offset": offset, "length": length}]});
    for (extra, part) in [
        (json!({"chat_id": 99}), "chat not found"),
        (json!({"chat_id": "@nobody"}), "chat not found"),
        (json!({"chat_id": null}), "chat_id is empty"),
        (json!({"text": ""}), "message text is empty"),
        (json!({"text": "x".repeat(4097)}), "message is too long"),
        (bold(2, 1), "ENTITY_BOUNDS_INVALID"),
        (bold(0, 5), "ENTITY_BOUNDS_INVALID"),
        (
            json!({"parse_mode": "HTML", "text": "<b>open"}),
            "can't parse entities",
        ),
        (
            json!({"parse_mode": "HTML", "text": "1 < 2"}),
            "can't parse entities",
        ),
        (
            json!({"parse_mode": "MarkdownV2"}),
            "unsupported parse_mode",
        ),
        (button(String::new()), "BUTTON_DATA_INVALID"),
        (button("x".repeat(65)), "BUTTON_DATA_INVALID"),
    ] {
        bot.refused("sendMessage", send(extra), 400, part).await;
    }
    assert!(bot.owner.messages().is_empty());
    assert_eq!(bot.telegram.rim().violations().len(), 12);
    let sent = bot.ok("sendMessage", send(bold(1, 2))).await;
    assert_eq!(
        sent["entities"],
        json!([{"type": "bold", "offset": 1, "length": 2}])
    );
    assert_eq!(sent["from"]["is_bot"], true);
    bot.ok("sendMessage", send(button("x".repeat(64)))).await;
    let sent = bot
        .ok(
            "sendMessage",
            send(json!({"parse_mode": "HTML", "text": "<b>x</b> &amp; y"})),
        )
        .await;
    assert_eq!(
        (
            sent["text"].as_str(),
            sent["entities"][0]["length"].as_i64()
        ),
        (Some("x & y"), Some(1))
    );
}

#[tokio::test]
async fn a_blocked_bot_and_a_flooded_chat_hear_no() {
    let bot = Bot::start().await;
    let hello = json!({"chat_id": OWNER, "text": "hello"});
    bot.owner.blocks_bot();
    bot.refused(
        "sendMessage",
        hello.clone(),
        403,
        "Forbidden: bot was blocked by the user",
    )
    .await;
    bot.owner.unblocks_bot();
    bot.telegram.flood(OWNER, 7);
    let (status, body) = bot.call("sendMessage", hello.clone()).await;
    assert_eq!(
        (status, &body["parameters"]["retry_after"]),
        (429, &json!(7))
    );
    assert_eq!(body["description"], "Too Many Requests: retry after 7");
    bot.sleep(7);
    bot.ok("sendMessage", hello).await;
}

#[tokio::test]
async fn an_edit_has_to_change_something_of_the_bots_own() {
    let bot = Bot::start().await;
    let id = bot.send("card", "x").await;
    let edit = |id: i64, text: &str| json!({"chat_id": OWNER, "message_id": id, "text": text});
    let keyboard = json!({"inline_keyboard": [[{"text": "Approve", "callback_data": "x"}, {"text": "Deny", "callback_data": "n"}]]});
    let mut same = edit(id, "card");
    same["reply_markup"] = keyboard;
    bot.refused("editMessageText", same, 400, "message is not modified")
        .await;
    bot.ok("editMessageText", edit(id, "card")).await;
    assert!(
        bot.owner.messages()[0].buttons.is_empty(),
        "leaving the keyboard out removes it"
    );
    bot.ok("editMessageText", edit(id, "Approved")).await;
    bot.refused(
        "editMessageText",
        edit(id, "Approved"),
        400,
        "message is not modified",
    )
    .await;
    bot.refused(
        "editMessageText",
        edit(9_999, "x"),
        400,
        "message to edit not found",
    )
    .await;
    bot.owner.says("mine");
    let theirs = bot.owner.messages().last().expect("there").id;
    bot.refused(
        "editMessageText",
        edit(theirs, "x"),
        400,
        "message can't be edited",
    )
    .await;
    let card = &bot.owner.messages()[0];
    assert_eq!(
        (card.text.as_str(), &card.earlier[..]),
        ("Approved", &["card".to_owned()][..])
    );
}

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
async fn an_accepted_send_whose_answer_is_lost_was_delivered() {
    let bot = Bot::start().await;
    bot.telegram
        .fault_on("sendMessage", What::AcceptThenDropAnswer, 1);
    let params = json!({"chat_id": OWNER, "text": "once"});
    bot.http
        .post(bot.url("sendMessage"))
        .json(&params)
        .send()
        .await
        .expect_err("reset");
    assert_eq!(bot.owner.messages().len(), 1);
}

#[tokio::test]
async fn commands_are_checked() {
    let bot = Bot::start().await;
    let list = |name: &str| json!({"commands": [{"command": name, "description": "says what is going on"}]});
    bot.ok("setMyCommands", list("status")).await;
    assert_eq!(bot.telegram.commands()[0]["command"], "status");
    bot.refused("setMyCommands", list("Status!"), 400, "BOT_COMMAND_INVALID")
        .await;
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
