//! The Telegram Bot API, as far as a bot that asks one owner needs it, with people who answer.
//!
//! Follows <https://core.telegram.org/bots/api>. Where that page leaves room, it refuses: `parse_mode` is HTML or none,
//! explicit entities have to fit exactly, calls it does not know are 404.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::extract::{Request, State as Extract};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use crate::faults::{Faults, What, When};
use crate::rim::{self, Rim, Server};
use crate::seed::Seed;
use crate::{Now, lock};

mod html;
mod keyboard;
mod methods;
mod person;
mod phone;
mod state;
mod text;
mod updates;

pub use keyboard::{Button, Keyboard};
pub use person::Person;
pub use state::{Answer, Message, Switches};
pub use text::Entity;

use methods::{Params, Refused};
use state::{Human, State};

pub(crate) struct Shared {
    pub(crate) rim: Arc<Rim>,
    pub(crate) seed: Seed,
    pub(crate) state: Mutex<State>,
    token: String,
    /// Base URL of the GitHub whose issues the phone page shows, without a trailing slash.
    pub(crate) issues_at: OnceLock<String>,
}

/// A running Bot API with one bot.
pub struct Telegram {
    server: Server,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telegram")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// Keeps the bot's token out of every record.
fn without_token(path: &str) -> String {
    match path
        .strip_prefix("/bot")
        .and_then(|rest| rest.split_once('/'))
    {
        Some((_, method)) => format!("/bot*/{method}"),
        None => path.to_owned(),
    }
}

impl Telegram {
    /// Starts the service with one bot and nobody to talk to.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr, now: Now, seed: u64) -> std::io::Result<Self> {
        let listener = rim::bind(addr).await?;
        let rim = Rim::with_label(now, without_token);
        let seed = Seed::new(seed ^ 0x7465_6c65);
        let bot_id =
            i64::try_from(7_000_000_000 + seed.number() % 900_000_000).unwrap_or(7_000_000_000);
        let token = format!("{bot_id}:{}", seed.letters(35));
        let state = State {
            bot_id,
            bot_username: "bounty_sim_bot".to_owned(),
            next_update: 500_000_000,
            next_message: 100,
            commands: json!([]),
            ..State::default()
        };
        let shared = Arc::new(Shared {
            rim: Arc::clone(&rim),
            seed,
            state: Mutex::new(state),
            token,
            issues_at: OnceLock::new(),
        });
        let routes = Router::new()
            .route("/phone", get(phone::page))
            .route("/phone/state", get(phone::state))
            .route("/phone/tap", post(phone::tap))
            .route("/phone/say", post(phone::say))
            .fallback(any(call))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: rim::serve(listener, routes, rim)?,
            shared,
        })
    }

    /// Base URL without a trailing slash: what a bot's client is pointed at.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The page on which a person can tap.
    #[must_use]
    pub fn phone_url(&self) -> String {
        format!("{}/phone", self.url())
    }

    /// Has links to issues on the phone page lead to this GitHub (base URL without a trailing slash).
    /// What the bot sent stays as it is. Only the first call counts.
    pub fn show_issues_at(&self, github: String) {
        let _ = self.shared.issues_at.set(github);
    }

    /// The bot's token.
    #[must_use]
    pub fn token(&self) -> String {
        self.shared.token.clone()
    }

    /// The bot's user name, without the `@`.
    #[must_use]
    pub fn bot_username(&self) -> String {
        lock(&self.shared.state).bot_username.clone()
    }

    /// Requests, violations, clock offset, and the switch to be down.
    #[must_use]
    pub fn rim(&self) -> &Rim {
        &self.shared.rim
    }

    /// Rules of misbehaviour. Paths read `/bot*/sendMessage`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.rim.faults
    }

    /// The next `times` calls of this method go wrong.
    pub fn fault_on(&self, method: &str, what: What, times: u64) {
        self.faults()
            .times(When::on("POST", &format!("/bot*/{method}")), what, times);
    }

    /// How many times this method was called.
    #[must_use]
    pub fn calls(&self, method: &str) -> usize {
        let path = format!("/bot*/{method}");
        self.shared
            .rim
            .requests()
            .iter()
            .filter(|request| request.path.eq_ignore_ascii_case(&path))
            .count()
    }

    /// Somebody who has started a private chat with the bot. The first one is whose phone [`Telegram::phone_url`] shows.
    #[must_use]
    pub fn person(&self, user_id: i64, first_name: &str, username: Option<&str>) -> Person {
        let human = Human {
            first_name: first_name.to_owned(),
            username: username.map(ToOwned::to_owned),
            blocked_bot: false,
        };
        let mut state = lock(&self.shared.state);
        state.people.entry(user_id).or_insert(human);
        state.owner.get_or_insert(user_id);
        Person {
            shared: Arc::clone(&self.shared),
            id: user_id,
        }
    }

    /// The owner, who has started a private chat with the bot.
    #[must_use]
    pub fn owner(&self, user_id: i64) -> Person {
        let person = self.person(user_id, "Owner", Some("owner"));
        lock(&self.shared.state).owner = Some(user_id);
        person
    }

    /// Somebody else, who has started a private chat with the bot too.
    #[must_use]
    pub fn stranger(&self, user_id: i64) -> Person {
        self.person(user_id, "Stranger", None)
    }

    /// A group the bot is in. Ids of groups are negative.
    pub fn group(&self, chat_id: i64, title: &str) {
        lock(&self.shared.state)
            .groups
            .insert(chat_id, title.to_owned());
    }

    /// Every message of any chat, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.shared.state).messages.clone()
    }

    /// The bot's messages that no story has read: a harness fails when there are any.
    #[must_use]
    pub fn unread(&self) -> Vec<Message> {
        lock(&self.shared.state)
            .messages
            .iter()
            .filter(|message| !message.read)
            .cloned()
            .collect()
    }

    /// Delivers an update again, under its own id; true if there was such an update.
    pub fn replays(&self, update_id: i64) -> bool {
        let now = self.shared.rim.now();
        let mut state = lock(&self.shared.state);
        let Some(body) = state.made.get(&update_id).cloned() else {
            return false;
        };
        state.updates.push_front(state::Waiting {
            id: update_id,
            at: now,
            body,
            replay: true,
        });
        true
    }

    /// Delivers the content of an update again under a new id; none if there was no such update.
    pub fn replays_as_new(&self, update_id: i64) -> Option<i64> {
        let now = self.shared.rim.now();
        let mut state = lock(&self.shared.state);
        let body = state.made.get(&update_id).cloned()?;
        let (kind, content) = body
            .as_object()?
            .iter()
            .find(|(name, _)| *name != "update_id")?;
        state.push(kind, content.clone(), now)
    }

    /// Updates that the bot has not confirmed.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        lock(&self.shared.state).updates.len()
    }

    /// How many polls were ended because another one began.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        lock(&self.shared.state).conflicts
    }

    /// Commands the bot has registered, as it gave them.
    #[must_use]
    pub fn commands(&self) -> Value {
        lock(&self.shared.state).commands.clone()
    }

    /// Changes the switches.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut lock(&self.shared.state).switches);
    }

    /// Refuses sends and edits to this chat with 429 for that many seconds of the simulated clock.
    pub fn flood(&self, chat_id: i64, seconds: i64) {
        let until = self.shared.rim.now() + seconds * 1_000;
        self.switch(|switches| {
            switches.flooded_until_ms.insert(chat_id, until);
        });
    }
}

/// Any `/bot<token>/METHOD`.
async fn call(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let path = parts.uri.path();
    let Some((token, method)) = path
        .strip_prefix("/bot")
        .and_then(|rest| rest.split_once('/'))
    else {
        return refusal(&Refused::new(404, "Not Found"));
    };
    if token != shared.token {
        shared.rim.violation(
            format!("{} {}", parts.method, without_token(path)),
            "the bot token is not valid",
        );
        return refusal(&Refused::new(401, "Unauthorized"));
    }
    let params = match params(&parts.uri, &parts.headers, &body) {
        Ok(params) => params,
        Err(refused) => return refusal(&refused),
    };
    let outcome = if method.eq_ignore_ascii_case("getUpdates") {
        updates::get(&shared, &params).await
    } else {
        let now = shared.rim.now();
        let mut state = lock(&shared.state);
        match method.to_ascii_lowercase().as_str() {
            "getme" => Ok(methods::get_me(&state)),
            "getchat" => methods::get_chat(&state, &params),
            "getwebhookinfo" => Ok(methods::webhook_info(&state)),
            "sendmessage" => methods::send_message(&mut state, &params, now),
            "editmessagetext" => methods::edit_text(&mut state, &params, now),
            "editmessagereplymarkup" => methods::edit_markup(&mut state, &params, now),
            "answercallbackquery" => methods::answer_callback(&mut state, &params, now),
            "setmycommands" => methods::set_commands(&mut state, &params),
            "getmycommands" => Ok(state.commands.clone()),
            "deletewebhook" => {
                state.switches.webhook = false;
                Ok(json!(true))
            }
            _ => Err(Refused::new(404, "Not Found")),
        }
    };
    match outcome {
        Ok(result) => axum::Json(json!({"ok": true, "result": result})).into_response(),
        Err(refused) => {
            if refused.code == 400 || refused.code == 404 {
                shared.rim.violation(
                    format!("{} {}", parts.method, without_token(path)),
                    &refused.description,
                );
            }
            refusal(&refused)
        }
    }
}

fn params(uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Result<Params, Refused> {
    let mut values = Map::new();
    let pairs = |pairs: &[u8], values: &mut Map<String, Value>| {
        for (name, value) in url::form_urlencoded::parse(pairs) {
            values.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    };
    pairs(uri.query().unwrap_or_default().as_bytes(), &mut values);
    if body.is_empty() {
        return Ok(Params(values));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => values.extend(object),
            _ => return Err(Refused::new(400, "Bad Request: can't parse JSON object")),
        },
        "application/x-www-form-urlencoded" => pairs(body, &mut values),
        other => {
            return Err(Refused::new(
                400,
                format!("Bad Request: content type {other} is not simulated"),
            ));
        }
    }
    Ok(Params(values))
}

fn refusal(refused: &Refused) -> Response {
    let mut body =
        json!({"ok": false, "error_code": refused.code, "description": refused.description});
    let status = StatusCode::from_u16(refused.code).unwrap_or(StatusCode::BAD_REQUEST);
    if let Some(seconds) = refused.retry_after {
        body["parameters"] = json!({"retry_after": seconds});
    }
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(seconds) = refused.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
