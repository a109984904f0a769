//! The bot's verbs against a scripted Bot API.

use std::time::Duration;

use serde_json::{Value, json};
use vault::telegram::{Button, RichText, Telegram, TelegramError, UpdateKind};

use crate::support::server::Reply;
use crate::support::{CANARY_BOT, Scene};

pub(crate) fn ok(result: &Value) -> Reply {
    Reply::json(200, &json!({"ok": true, "result": result}).to_string())
}

pub(crate) fn no(status: u16, description: &str) -> Reply {
    Reply::json(
        status,
        &json!({"ok": false, "error_code": status, "description": description}).to_string(),
    )
}

pub(crate) fn message(id: i64) -> Value {
    json!({"message_id": id, "date": 1_700_000_000, "text": "hi",
        "chat": {"id": 5, "type": "private", "first_name": "O"},
        "from": {"id": 5, "is_bot": false, "first_name": "O"}})
}

pub(crate) async fn scene() -> (Scene, Telegram) {
    let scene = Scene::new().await;
    let bot = scene.vault.telegram().expect("configured");
    (scene, bot)
}

#[tokio::test]
async fn a_message_is_text_with_marks_and_no_parse_mode() {
    let (scene, bot) = scene().await;
    scene.telegram.answer(|_, _| ok(&message(77)));
    let url = "https://github.com/acme/widget/issues/7"
        .parse()
        .expect("url");
    let text = RichText::new()
        .bold("Bounty")
        .line()
        .plain("<b>*_[x](y) ")
        .code("ls")
        .link("issue", &url);
    let rows = [vec![Button {
        label: "Yes".into(),
        data: "a:1".into(),
    }]];
    assert_eq!(bot.send(5, &text, &rows).await.expect("sent"), 77);
    let heard = &scene.telegram.heard()[0];
    assert_eq!(heard.path, format!("/bot{CANARY_BOT}/sendMessage"));
    let body = heard.json();
    assert_eq!(body["chat_id"], 5);
    assert_eq!(body["text"], "Bounty\n<b>*_[x](y) lsissue");
    assert!(body.get("parse_mode").is_none());
    assert_eq!(
        body["entities"][0],
        json!({"type": "bold", "offset": 0, "length": 6})
    );
    assert_eq!(
        body["entities"][2]["url"],
        "https://github.com/acme/widget/issues/7"
    );
    assert_eq!(
        body["reply_markup"]["inline_keyboard"][0][0],
        json!({"text": "Yes", "callback_data": "a:1"})
    );
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
}

#[tokio::test]
async fn a_button_with_too_much_data_is_not_sent() {
    let (scene, bot) = scene().await;
    for data in [String::new(), "x".repeat(65), "ä".repeat(33)] {
        let rows = [vec![Button {
            label: "No".into(),
            data,
        }]];
        let error = bot
            .send(5, &RichText::new().plain("x"), &rows)
            .await
            .expect_err("refused");
        assert!(matches!(error, TelegramError::Refused(_)), "{error}");
    }
    assert_eq!(scene.telegram.count(), 0);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_done() {
    let (scene, bot) = scene().await;
    scene.telegram.answer(|_, _| {
        no(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
    });
    bot.edit(5, 77, &RichText::new().plain("x"), &[])
        .await
        .expect("done");
    scene.telegram.answer(|_, _| ok(&message(77)));
    bot.edit(5, 77, &RichText::new().plain("y"), &[])
        .await
        .expect("done");
    assert_eq!(
        scene.telegram.heard()[1].json()["reply_markup"]["inline_keyboard"],
        json!([])
    );
    scene.telegram.answer(|_, _| ok(&json!(true)));
    bot.answer("q", &"z".repeat(300)).await.expect("answered");
    assert_eq!(
        scene.telegram.heard()[2].json()["text"]
            .as_str()
            .map(str::len),
        Some(200)
    );
    scene.telegram.answer(|_, _| {
        ok(&json!({"id": 9, "is_bot": true, "first_name": "B", "username": "bounty_bot",
            "can_join_groups": false, "can_read_all_group_messages": false, "supports_inline_queries": false,
            "has_main_web_app": false, "can_connect_to_business": false}))
    });
    let me = bot.me().await.expect("me");
    assert_eq!((me.id, me.username.as_str()), (9, "bounty_bot"));
}

#[tokio::test]
async fn every_update_can_be_passed() {
    let (scene, bot) = scene().await;
    scene.telegram.answer(|_, _| {
        let channel = json!({"id": -100, "type": "channel", "title": "C"});
        let mut anonymous = message(2);
        anonymous["sender_chat"] = channel;
        anonymous["from"] = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
        let mut nobody = message(3);
        nobody.as_object_mut().expect("object").remove("from");
        let mut forwarded = message(4);
        forwarded["forward_origin"] = json!({"type": "hidden_user", "date": 1, "sender_user_name": "x"});
        ok(&json!([
            {"update_id": 10, "message": message(1)},
            {"update_id": 11, "message": anonymous},
            {"update_id": 12, "message": nobody},
            {"update_id": 13, "message": forwarded},
            {"update_id": 14, "callback_query": {"id": "q", "chat_instance": "c", "data": "a:1",
                "from": {"id": 5, "is_bot": false, "first_name": "O"}, "message": message(77)}},
            {"update_id": 15, "callback_query": {"id": "r", "chat_instance": "c",
                "from": {"id": 6, "is_bot": false, "first_name": "P"}, "inline_message_id": "i", "data": "b"}},
            {"update_id": 16, "something_new": {"x": 1}},
            {"update_id": 17, "message": {"broken": true}},
        ]))
    });
    let updates = bot.updates(10, 50).await.expect("updates");
    let body = scene.telegram.heard()[0].json();
    assert_eq!(
        (&body["offset"], &body["timeout"]),
        (&json!(10), &json!(50))
    );
    assert_eq!(
        body["allowed_updates"],
        json!(["message", "callback_query"])
    );
    let ids: Vec<i64> = updates.iter().map(|u| u.id).collect();
    assert_eq!(ids, (10..18).collect::<Vec<_>>());
    let said = |n: usize| match &updates[n].kind {
        UpdateKind::Message(message) => message.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (said(0).from, said(0).private, said(0).forwarded),
        (Some(5), true, false)
    );
    assert_eq!(said(0).date.0, 1_700_000_000_000);
    assert_eq!((said(1).from, said(1).from_is_bot), (None, true));
    assert_eq!(said(2).from, None);
    assert!(said(3).forwarded);
    let UpdateKind::Tap(tap) = &updates[4].kind else {
        panic!("no tap")
    };
    assert_eq!(
        (tap.from, tap.chat_id, tap.private, tap.message_id),
        (5, Some(5), true, Some(77))
    );
    assert_eq!(tap.data.as_deref(), Some("a:1"));
    let UpdateKind::Tap(tap) = &updates[5].kind else {
        panic!("no tap")
    };
    assert_eq!((tap.from, tap.chat_id, tap.private), (6, None, false));
    assert_eq!(updates[6].kind, UpdateKind::Other);
    assert_eq!(updates[7].kind, UpdateKind::Other);
}

#[tokio::test]
async fn refusals_have_names_and_never_the_token() {
    let (scene, bot) = scene().await;
    let path = format!("/bot{CANARY_BOT}/sendMessage");
    let cases: Vec<(Reply, TelegramError)> = vec![
        (no(401, "Unauthorized"), TelegramError::Unauthorized),
        (no(404, "Not Found"), TelegramError::Unauthorized),
        (
            no(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            ),
            TelegramError::Conflict,
        ),
        (
            no(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ),
            TelegramError::Conflict,
        ),
        (
            no(403, "Forbidden: bot was blocked by the user"),
            TelegramError::Blocked,
        ),
        (
            no(
                403,
                "Forbidden: bot can't initiate conversation with a user",
            ),
            TelegramError::Blocked,
        ),
        (no(403, "Forbidden: something new"), TelegramError::Blocked),
        (
            no(400, &format!("Bad Request: {path}")),
            TelegramError::Refused("Bad Request: /bot[redacted]/sendMessage".to_owned()),
        ),
        (
            Reply::json(
                429,
                r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#,
            ),
            TelegramError::RetryAfter(Duration::from_secs(7)),
        ),
    ];
    for (reply, expected) in cases {
        scene.telegram.answer(move |_, _| reply.clone());
        let error = bot
            .send(5, &RichText::new().plain("x"), &[])
            .await
            .expect_err("refused");
        if let TelegramError::Refused(said) = &error {
            assert!(said.contains("[redacted]"), "{said}");
        } else {
            assert_eq!(error, expected);
        }
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
    scene
        .telegram
        .answer(move |_, _| Reply::new(200, "text/html", format!("<p>{path}</p>")));
    let error = bot.me().await.expect_err("a page");
    assert!(matches!(error, TelegramError::Unknown(_)), "{error}");
    assert!(!format!("{error} {error:?} {bot:?}").contains("canary"));
}

#[tokio::test]
async fn an_unreachable_telegram_was_not_sent_to() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("bind")
        .local_addr()
        .expect("address");
    let url = format!("http://{free}").parse().expect("url");
    let scene = Scene::with(|settings, _| settings.telegram_api = url).await;
    let bot = scene.vault.telegram().expect("configured");
    let error = bot.me().await.expect_err("nobody there");
    assert!(matches!(error, TelegramError::NotSent(_)), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
}
