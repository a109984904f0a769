//! What the bot says.

use serde_json::{Value, json};
use sim::faults::What;

use crate::{Bot, OWNER};

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
