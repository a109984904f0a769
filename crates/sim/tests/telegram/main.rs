//! The Bot API over the wire: polling, sending, editing, tapping, and the people on the other side.

mod people;
mod polling;
mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sim::telegram::{Person, Telegram};

/// 2026-11-22 02:00:00 UTC.
pub(crate) const NIGHT: i64 = 1_795_312_800_000;
pub(crate) const OWNER: i64 = 4_200_001;
pub(crate) const SOON: Duration = Duration::from_secs(5);

pub(crate) struct Bot {
    pub(crate) telegram: Telegram,
    pub(crate) owner: Person,
    clock: Arc<AtomicI64>,
    pub(crate) http: reqwest::Client,
}

impl Bot {
    pub(crate) async fn start() -> Self {
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

    pub(crate) fn sleep(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn url(&self, method: &str) -> String {
        format!(
            "{}/bot{}/{method}",
            self.telegram.url(),
            self.telegram.token()
        )
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> (u16, Value) {
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

    pub(crate) async fn ok(&self, method: &str, params: Value) -> Value {
        let (status, body) = self.call(method, params).await;
        assert_eq!(
            (status, &body["ok"]),
            (200, &json!(true)),
            "{method}: {body}"
        );
        body["result"].clone()
    }

    pub(crate) async fn refused(&self, method: &str, params: Value, code: u16, part: &str) {
        let (status, body) = self.call(method, params.clone()).await;
        let description = body["description"].as_str().unwrap_or_default();
        assert_eq!(
            (status, &body["error_code"]),
            (code, &json!(code)),
            "{method} {params}: {body}"
        );
        assert!(description.contains(part), "{description}");
    }

    pub(crate) async fn updates(&self, offset: i64) -> Vec<Value> {
        self.ok("getUpdates", json!({"offset": offset, "timeout": 0}))
            .await
            .as_array()
            .expect("list")
            .clone()
    }

    pub(crate) async fn send(&self, text: &str, data: &str) -> i64 {
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
