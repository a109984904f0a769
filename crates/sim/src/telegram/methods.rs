//! The methods of the Bot API, apart from `getUpdates`.

use serde_json::{Map, Value, json};

use super::keyboard;
use super::state::{Answer, State};
use super::text;

/// Parameters of a call: JSON values, or texts where they came as a form.
#[derive(Debug, Default)]
pub(crate) struct Params(pub(crate) Map<String, Value>);

impl Params {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_i64(),
        }
    }

    /// A structured parameter; in a form it arrives as JSON text.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::String(text) => {
                Some(serde_json::from_str(text).unwrap_or(Value::String(text.clone())))
            }
            value => Some(value.clone()),
        }
    }
}

/// A refusal: `error_code`, `description`, and the `retry_after` of a 429.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) description: String,
    pub(crate) retry_after: Option<i64>,
}

impl Refused {
    pub(crate) fn new(code: u16, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            retry_after: None,
        }
    }

    fn bad(description: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", description.as_ref()))
    }
}

pub(crate) fn get_me(state: &State) -> Value {
    let mut me = state.bot();
    for (name, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[name] = json!(value);
    }
    me
}

/// `getChat`: who or what stands behind an id. A person who blocked the bot is still shown.
pub(crate) fn get_chat(state: &State, params: &Params) -> Result<Value, Refused> {
    let chat = params.number("chat_id").and_then(|id| state.chat(id));
    chat.ok_or_else(|| Refused::bad("chat not found"))
}

/// `getWebhookInfo`; its address holds a secret, as many do.
pub(crate) fn webhook_info(state: &State) -> Value {
    let url = if state.switches.webhook {
        "https://old-bot.example.org/hook/s3cr3t-path"
    } else {
        ""
    };
    json!({
        "url": url,
        "has_custom_certificate": false,
        "pending_update_count": state.updates.len(),
    })
}

/// The chat a send or an edit goes to, if the bot may write there now.
fn writable(state: &State, params: &Params, now: i64) -> Result<i64, Refused> {
    let Some(chat_id) = params.number("chat_id") else {
        let empty = params.text("chat_id").is_none_or(|id| id.is_empty());
        return Err(Refused::bad(if empty {
            "chat_id is empty"
        } else {
            "chat not found"
        }));
    };
    if state.chat(chat_id).is_none() {
        return Err(Refused::bad("chat not found"));
    }
    if state
        .people
        .get(&chat_id)
        .is_some_and(|human| human.blocked_bot)
    {
        return Err(Refused::new(403, "Forbidden: bot was blocked by the user"));
    }
    if let Some(until) = state
        .switches
        .flooded_until_ms
        .get(&chat_id)
        .filter(|until| now < **until)
    {
        let seconds = (until - now + 999) / 1_000;
        let description = format!("Too Many Requests: retry after {seconds}");
        return Err(Refused {
            code: 429,
            description,
            retry_after: Some(seconds),
        });
    }
    Ok(chat_id)
}

fn formatted(params: &Params) -> Result<text::Formatted, Refused> {
    let said = params.text("text").unwrap_or_default();
    let entities = params.json("entities");
    text::read(
        &said,
        params.text("parse_mode").as_deref(),
        entities.as_ref(),
    )
    .map_err(Refused::bad)
}

pub(crate) fn send_message(state: &mut State, params: &Params, now: i64) -> Result<Value, Refused> {
    let chat_id = writable(state, params, now)?;
    let formatted = formatted(params)?;
    let buttons = keyboard::read(params.json("reply_markup").as_ref()).map_err(Refused::bad)?;
    let message = state.write(chat_id, None, formatted, buttons, now);
    Ok(state.shown(&message))
}

pub(crate) fn edit_text(state: &mut State, params: &Params, now: i64) -> Result<Value, Refused> {
    let chat_id = writable(state, params, now)?;
    let new = formatted(params)?;
    let buttons = keyboard::read(params.json("reply_markup").as_ref()).map_err(Refused::bad)?;
    edit(state, chat_id, params, |_| new, buttons, now)
}

pub(crate) fn edit_markup(state: &mut State, params: &Params, now: i64) -> Result<Value, Refused> {
    let chat_id = writable(state, params, now)?;
    let buttons = keyboard::read(params.json("reply_markup").as_ref()).map_err(Refused::bad)?;
    edit(state, chat_id, params, |old| old, buttons, now)
}

fn edit(
    state: &mut State,
    chat_id: i64,
    params: &Params,
    change: impl FnOnce(text::Formatted) -> text::Formatted,
    buttons: keyboard::Keyboard,
    now: i64,
) -> Result<Value, Refused> {
    let Some(message_id) = params.number("message_id") else {
        return Err(Refused::bad("message identifier is not specified"));
    };
    let Some(message) = state.find(chat_id, message_id) else {
        return Err(Refused::bad("message to edit not found"));
    };
    if !message.by_bot() {
        return Err(Refused::bad("message can't be edited"));
    }
    let old = text::Formatted {
        text: message.text.clone(),
        entities: message.entities.clone(),
    };
    let new = change(old.clone());
    if new == old && buttons == message.buttons {
        return Err(Refused::bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a current \
             content and reply markup of the message",
        ));
    }
    if new != old {
        message.earlier.push(old.text);
    }
    message.text = new.text;
    message.entities = new.entities;
    message.buttons = buttons;
    message.edited_at = Some(now);
    let message = message.clone();
    Ok(state.shown(&message))
}

pub(crate) fn answer_callback(
    state: &mut State,
    params: &Params,
    now: i64,
) -> Result<Value, Refused> {
    let too_old =
        || Refused::bad("query is too old and response timeout expired or query ID is invalid");
    let query_id = params.text("callback_query_id").unwrap_or_default();
    let said = params.text("text").unwrap_or_default();
    if said.chars().count() > 200 {
        return Err(Refused::bad("MESSAGE_TOO_LONG"));
    }
    let life = state.switches.tap_life_ms;
    let tap = state.taps.get_mut(&query_id).ok_or_else(too_old)?;
    if tap.answer.is_some() || now - tap.at > life {
        return Err(too_old());
    }
    tap.answer = Some(said.clone());
    let to = tap.from;
    state.answers.push(Answer {
        query_id,
        to,
        text: said,
    });
    Ok(json!(true))
}

pub(crate) fn set_commands(state: &mut State, params: &Params) -> Result<Value, Refused> {
    let commands = params.json("commands").unwrap_or_default();
    let valid = commands
        .as_array()
        .is_some_and(|list| list.len() <= 100 && list.iter().all(command));
    if !valid {
        return Err(Refused::bad("BOT_COMMAND_INVALID"));
    }
    state.commands = commands;
    Ok(json!(true))
}

fn command(value: &Value) -> bool {
    let name = value["command"].as_str().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let described = value["description"]
        .as_str()
        .is_some_and(|text| (1..=256).contains(&text.chars().count()));
    (1..=32).contains(&name.len()) && name.bytes().all(plain) && described
}
