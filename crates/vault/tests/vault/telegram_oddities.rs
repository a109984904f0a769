//! A Bot API elsewhere than Telegram's, or one that answers otherwise than expected.

use std::time::Duration;

use serde_json::{Value, json};
use vault::telegram::{IncomingTap, RichText, TelegramError, Update, UpdateKind};

use crate::support::server::{Reply, Server};
use crate::support::{CANARY_BOT, Scene, secret};
use crate::telegram::{message, no, ok, scene};

/// The largest id of 52 bits, which is what the Bot API promises at most.
const BIG: i64 = (1 << 52) - 1;

fn tap(update: &Update) -> &IncomingTap {
    match &update.kind {
        UpdateKind::Tap(tap) => tap,
        other => panic!("no tap: {other:?}"),
    }
}

#[tokio::test]
async fn methods_are_spelled_as_documented_below_any_base() {
    for (base, token, prefix) in [
        ("", CANARY_BOT, ""),
        ("/", CANARY_BOT, ""),
        ("/telegram", CANARY_BOT, "/telegram"),
        ("/telegram/", CANARY_BOT, "/telegram"),
        ("/a/b//", "canary.bot-key~1", "/a/b"),
    ] {
        let server = Server::start().await;
        let url = server.url(base);
        let scene = Scene::with(|settings, dir| {
            settings.telegram_api = url;
            settings.telegram_token = Some(secret(dir, "other", token));
        })
        .await;
        let bot = scene.vault.telegram().expect("configured");
        server.answer(|heard, _| match heard.path.rsplit('/').next() {
            Some("getMe") => ok(&json!({"id": 9, "is_bot": true, "first_name": "B"})),
            Some("getUpdates") => ok(&json!([])),
            Some("answerCallbackQuery") => ok(&json!(true)),
            _ => ok(&message(77)),
        });
        let text = RichText::new().plain("x");
        bot.me().await.expect("me");
        bot.updates(0, 50).await.expect("updates");
        bot.send(5, &text, &[]).await.expect("sent");
        bot.edit(5, 77, &text, &[]).await.expect("edited");
        bot.answer("q", "").await.expect("answered");
        let heard = server.heard();
        let paths: Vec<&str> = heard.iter().map(|h| h.path.as_str()).collect();
        let expected = [
            "getMe",
            "getUpdates",
            "sendMessage",
            "editMessageText",
            "answerCallbackQuery",
        ]
        .map(|method| format!("{prefix}/bot{token}/{method}"));
        assert_eq!(paths, expected, "{base}");
        for heard in &heard {
            assert_eq!(heard.method, "POST");
            assert_eq!(heard.query, None);
            assert_eq!(heard.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn ids_may_be_large() {
    let (scene, bot) = scene().await;
    scene.telegram.answer(|_, _| {
        let mut big = message(BIG);
        big["from"]["id"] = json!(BIG);
        big["chat"]["id"] = json!(BIG);
        ok(&json!([
            {"update_id": 1_700_000_000_000_i64, "message": big},
            {"update_id": BIG, "callback_query": {"id": "q", "data": "a:1",
                "from": {"id": BIG}, "message": big}},
        ]))
    });
    let updates = bot.updates(1_700_000_000_000, 50).await.expect("updates");
    let heard = scene.telegram.heard()[0].json();
    assert_eq!(heard["offset"], 1_700_000_000_000_i64);
    let ids: Vec<i64> = updates.iter().map(|u| u.id).collect();
    assert_eq!(ids, [1_700_000_000_000, BIG]);
    let owner = u64::try_from(BIG).expect("positive");
    let UpdateKind::Message(said) = &updates[0].kind else {
        panic!("no message")
    };
    assert_eq!((said.from, said.chat_id), (Some(owner), BIG));
    let tap = tap(&updates[1]);
    assert_eq!(
        (tap.from, tap.chat_id, tap.message_id),
        (owner, Some(BIG), Some(BIG))
    );

    scene.telegram.answer(|_, _| ok(&message(BIG)));
    let text = RichText::new().plain("x");
    assert_eq!(bot.send(BIG, &text, &[]).await.expect("sent"), BIG);
    bot.edit(BIG, BIG, &text, &[]).await.expect("edited");
    let edit = scene.telegram.heard()[2].json();
    assert_eq!(
        (&edit["chat_id"], &edit["message_id"]),
        (&json!(BIG), &json!(BIG))
    );
}

#[tokio::test]
async fn a_tap_needs_no_field_that_is_not_looked_at() {
    let (scene, bot) = scene().await;
    scene.telegram.answer(|_, _| {
        let chat = json!({"id": 5, "type": "private"});
        ok(&json!([
            // As bare as can be.
            {"update_id": 1, "callback_query": {"id": "q", "from": {"id": 5},
                "message": {"message_id": 77, "chat": chat}, "data": "a:1"}},
            // An inaccessible message, and null where a field is left out.
            {"update_id": 2, "message": null, "callback_query": {"id": "r", "chat_instance": null,
                "from": {"id": 5, "is_bot": null}, "message": {"message_id": 78, "date": 0, "chat": chat},
                "data": "d:1", "game_short_name": null}},
            {"update_id": 3, "callback_query": {"id": "s", "from": {"id": 5}, "data": "a:1"}},
            {"update_id": 4, "callback_query": {"id": "t", "from": {"id": 5}, "message": {}}},
            {"update_id": 5, "callback_query": {"id": "u", "from": {"id": 5},
                "message": {"message_id": 79, "chat": {"id": 5}}, "data": "a:1"}},
            {"update_id": 6, "message": {"chat": chat, "from": {"id": 5}, "text": "/status"}},
            {"update_id": 7, "message": {"chat": chat, "from": {"id": 5}, "text": "x", "forward_date": 1}},
        ]))
    });
    let updates = bot.updates(0, 0).await.expect("updates");
    let seen: Vec<_> = updates[..5]
        .iter()
        .map(tap)
        .map(|t| (t.query_id.as_str(), t.from, t.chat_id, t.private))
        .collect();
    assert_eq!(
        seen,
        [
            ("q", 5, Some(5), true),
            ("r", 5, Some(5), true),
            ("s", 5, None, false),
            ("t", 5, None, false),
            // What kind of chat it is must be said.
            ("u", 5, Some(5), false),
        ]
    );
    assert_eq!(tap(&updates[0]).data.as_deref(), Some("a:1"));
    assert_eq!(tap(&updates[1]).message_id, Some(78));
    let said = |n: usize| match &updates[n].kind {
        UpdateKind::Message(said) => (said.from, said.private, said.forwarded, said.date.0),
        other => panic!("no message: {other:?}"),
    };
    assert_eq!(said(5), (Some(5), true, false, 0));
    assert_eq!(said(6), (Some(5), true, true, 0));
}

#[tokio::test]
async fn one_unreadable_update_does_not_hide_the_others() {
    let (scene, bot) = scene().await;
    let batch = |updates: &str| Reply::json(200, &format!(r#"{{"ok":true,"result":[{updates}]}}"#));
    let good = json!({"update_id": 9, "message": message(1)}).to_string();
    let bad = [
        // Half a surrogate pair.
        r#"{"update_id":1,"message":{"chat":{"id":5,"type":"private"},"text":"\ud83d"}}"#,
        r#"{"update_id":2,"callback_query":{"id":7,"from":{"id":5}}}"#,
        r#"{"update_id":3,"callback_query":{"id":"q"}}"#,
        r#"{"update_id":4,"callback_query":"q"}"#,
        r#"{"update_id":5}"#,
    ];
    let all = format!("{},{good}", bad.join(","));
    scene.telegram.answer(move |_, _| batch(&all));
    let updates = bot.updates(0, 0).await.expect("updates");
    let ids: Vec<i64> = updates.iter().map(|u| u.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 9]);
    assert!(updates[..5].iter().all(|u| u.kind == UpdateKind::Other));
    assert!(matches!(updates[5].kind, UpdateKind::Message(_)));

    // Without a number it cannot be passed: alone it is an error, so that there is a pause.
    let nameless = r#"{"message":{"text":"canary"}},7,{"update_id":"8"}"#;
    let mixed = format!("{nameless},{good}");
    scene.telegram.answer(move |_, _| batch(&mixed));
    assert_eq!(bot.updates(0, 0).await.expect("updates").len(), 1);
    scene.telegram.answer(move |_, _| batch(nameless));
    let error = bot.updates(0, 0).await.expect_err("nothing to pass");
    assert!(matches!(error, TelegramError::Unknown(_)), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    scene.telegram.answer(move |_, _| batch(""));
    assert_eq!(bot.updates(0, 0).await.expect("updates"), []);
}

/// What `send` makes of an answer; the token is never in it.
async fn end(scene: &Scene, reply: Reply) -> TelegramError {
    let bot = scene.vault.telegram().expect("configured");
    scene.telegram.answer(move |_, _| reply.clone());
    let text = RichText::new().plain("x");
    let error = bot.send(5, &text, &[]).await.expect_err("no message");
    let said = format!("{error} {error:?}");
    assert!(!said.contains("canary"), "{said}");
    error
}

#[tokio::test]
async fn only_the_bot_api_refuses() {
    let (scene, _) = scene().await;
    let path = format!("/bot{CANARY_BOT}/sendMessage");
    let page = |status| Reply::new(status, "text/html", format!("<p>{path}</p>"));
    // Something in between says no; whether the call was executed is not known.
    for status in [200, 301, 400, 403, 405, 409, 500, 502] {
        let error = end(&scene, page(status)).await;
        assert!(
            matches!(error, TelegramError::Unknown(_)),
            "{status}: {error}"
        );
    }
    assert_eq!(end(&scene, page(401)).await, TelegramError::Unauthorized);
    assert_eq!(
        end(&scene, page(429).with("retry-after", "9")).await,
        TelegramError::RetryAfter(Duration::from_secs(9))
    );
    // Two kinds of 404: a wrong token, and a wrong address.
    let unknown = end(&scene, no(404, "Not Found")).await;
    assert_eq!(unknown, TelegramError::Unauthorized);
    let base = scene.telegram.url("").to_string();
    let base = base.trim_end_matches('/');
    for reply in [
        page(404),
        Reply::json(404, r#"{"detail":"Not Found"}"#),
        Reply::new(404, "text/plain", ""),
    ] {
        let error = end(&scene, reply).await;
        assert_eq!(error, TelegramError::NoBotApi(base.to_owned()));
        assert_eq!(
            error.to_string(),
            format!("no Bot API at {base}: check telegram.api_url")
        );
    }
    // An address that holds the token by mistake.
    let url = scene.telegram.url(&format!("/bot{CANARY_BOT}"));
    let other = Scene::with(|settings, _| settings.telegram_api = url).await;
    scene.telegram.answer(|_, _| Reply::json(404, "{}"));
    let bot = other.vault.telegram().expect("configured");
    let error = bot.me().await.expect_err("refused");
    assert!(matches!(error, TelegramError::NoBotApi(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[tokio::test]
async fn the_envelope_counts_before_the_status() {
    let (scene, bot) = scene().await;
    let refusal = |status, body: Value| Reply::json(status, &body.to_string());
    let cases = [
        (
            refusal(
                200,
                json!({"ok": false, "error_code": 403, "description": "Forbidden"}),
            ),
            TelegramError::Blocked,
        ),
        (
            refusal(409, json!({"ok": false, "description": "Conflict"})),
            TelegramError::Conflict,
        ),
        (
            refusal(401, json!({"ok": false})),
            TelegramError::Unauthorized,
        ),
        (
            refusal(
                400,
                json!({"ok": false, "error_code": "?", "description": 7, "parameters": []}),
            ),
            TelegramError::Refused("without a reason".to_owned()),
        ),
        (
            no(502, "Bad Gateway"),
            TelegramError::Unknown("Bad Gateway".to_owned()),
        ),
        (
            no(429, "Too Many Requests").with("retry-after", "11"),
            TelegramError::RetryAfter(Duration::from_secs(11)),
        ),
        (
            refusal(
                429,
                json!({"ok": false, "error_code": 429, "parameters": {"retry_after": u64::MAX}}),
            ),
            TelegramError::RetryAfter(Duration::from_secs(u32::MAX.into())),
        ),
        (
            refusal(
                400,
                json!({"ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",
                "parameters": {"migrate_to_chat_id": -1_001_234_567_890_i64}}),
            ),
            TelegramError::Refused("the chat has become the supergroup -1001234567890".to_owned()),
        ),
    ];
    for (reply, expected) in cases {
        assert_eq!(end(&scene, reply).await, expected);
    }
    // Done, but what was asked for is not in it.
    for reply in [
        refusal(200, json!({"ok": true})),
        refusal(200, json!({"ok": true, "result": {"text": "canary"}})),
        Reply::json(
            200,
            &format!(r#"{{"ok":true,"result":"{}"}}"#, "x".repeat(16 << 20)),
        ),
    ] {
        let error = end(&scene, reply).await;
        assert!(matches!(error, TelegramError::Unknown(_)), "{error}");
    }
    // Nothing is asked for.
    scene
        .telegram
        .answer(|_, _| Reply::json(200, r#"{"ok":true}"#));
    bot.answer("q", "").await.expect("answered");
    bot.edit(5, 77, &RichText::new().plain("x"), &[])
        .await
        .expect("edited");
}
