//! What the Bot API remembers: people, chats, messages, taps, and updates that wait to be fetched.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::keyboard::{self, Keyboard};
use super::text::{Entity, Formatted};

/// Unfetched updates are kept this long.
const UPDATE_LIFE_MS: i64 = 24 * 3_600_000;

/// Somebody with a Telegram account.
#[derive(Debug, Clone)]
pub(crate) struct Human {
    pub(crate) first_name: String,
    pub(crate) username: Option<String>,
    pub(crate) blocked_bot: bool,
}

/// One message of a chat, as it stands now, with what it said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `message_id`
    pub id: i64,
    /// The chat it is in; a private chat has the id of its person.
    pub chat_id: i64,
    /// The person who wrote it; none for the bot.
    pub from: Option<i64>,
    /// Unix milliseconds.
    pub at: i64,
    /// Its text.
    pub text: String,
    /// Its formatting.
    pub entities: Vec<Entity>,
    /// Its buttons.
    pub buttons: Keyboard,
    /// What it said before each edit, oldest first.
    pub earlier: Vec<String>,
    pub(crate) edited_at: Option<i64>,
    pub(crate) read: bool,
}

impl Message {
    /// True when the bot wrote it.
    #[must_use]
    pub const fn by_bot(&self) -> bool {
        self.from.is_none()
    }

    /// The labels of all buttons, row by row.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        self.buttons
            .iter()
            .flatten()
            .map(|button| button.label.as_str())
            .collect()
    }
}

/// A tap that the bot has to answer.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    pub(crate) from: i64,
    pub(crate) at: i64,
    pub(crate) answer: Option<String>,
}

/// What a person saw pop up after a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `callback_query_id`
    pub query_id: String,
    /// Who had tapped.
    pub to: i64,
    /// What it said; may be empty.
    pub text: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) at: i64,
    pub(crate) body: Value,
    /// Delivered once more, whatever the offset says.
    pub(crate) replay: bool,
}

/// Ways in which the service departs from its default.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Refuses sends and edits to a chat with 429 until then, Unix milliseconds.
    pub flooded_until_ms: BTreeMap<i64, i64>,
    /// A tap can be answered for this long, milliseconds. The real limit is short and not documented.
    pub tap_life_ms: i64,
    /// A webhook is set: `getUpdates` is refused.
    pub webhook: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            flooded_until_ms: BTreeMap::new(),
            tap_life_ms: 15_000,
            webhook: false,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) bot_id: i64,
    pub(crate) bot_username: String,
    /// Whose phone the page shows.
    pub(crate) owner: Option<i64>,
    pub(crate) people: BTreeMap<i64, Human>,
    /// Groups: id to title.
    pub(crate) groups: BTreeMap<i64, String>,
    pub(crate) messages: Vec<Message>,
    pub(crate) taps: BTreeMap<String, Tap>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) updates: VecDeque<Waiting>,
    /// Every update ever made, for replays.
    pub(crate) made: BTreeMap<i64, Value>,
    pub(crate) next_update: i64,
    pub(crate) next_message: i64,
    pub(crate) allowed: Option<BTreeSet<String>>,
    pub(crate) poller: u64,
    pub(crate) conflicts: u64,
    pub(crate) commands: Value,
    pub(crate) switches: Switches,
}

impl State {
    /// The chat as it stands in a `Message`; none when the bot has never met it.
    pub(crate) fn chat(&self, chat_id: i64) -> Option<Value> {
        if let Some(title) = self.groups.get(&chat_id) {
            return Some(json!({"id": chat_id, "type": "supergroup", "title": title}));
        }
        let human = self.people.get(&chat_id)?;
        let mut chat = json!({"id": chat_id, "type": "private", "first_name": human.first_name});
        if let Some(username) = &human.username {
            chat["username"] = json!(username);
        }
        Some(chat)
    }

    pub(crate) fn bot(&self) -> Value {
        json!({"id": self.bot_id, "is_bot": true, "first_name": "Bounty", "username": self.bot_username})
    }

    pub(crate) fn human(&self, user_id: i64) -> Value {
        let mut user = json!({"id": user_id, "is_bot": false, "first_name": "Somebody"});
        if let Some(human) = self.people.get(&user_id) {
            user["first_name"] = json!(human.first_name);
            if let Some(username) = &human.username {
                user["username"] = json!(username);
            }
        }
        user
    }

    /// Keeps a new message.
    pub(crate) fn write(
        &mut self,
        chat_id: i64,
        from: Option<i64>,
        text: Formatted,
        buttons: Keyboard,
        at: i64,
    ) -> Message {
        self.next_message += 1;
        let message = Message {
            id: self.next_message,
            chat_id,
            from,
            at,
            text: text.text,
            entities: text.entities,
            buttons,
            earlier: Vec::new(),
            edited_at: None,
            read: from.is_some(),
        };
        self.messages.push(message.clone());
        message
    }

    pub(crate) fn find(&mut self, chat_id: i64, message_id: i64) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|message| message.chat_id == chat_id && message.id == message_id)
    }

    /// A `Message` of the Bot API.
    pub(crate) fn shown(&self, message: &Message) -> Value {
        let from = message
            .from
            .map_or_else(|| self.bot(), |user| self.human(user));
        let mut shown = json!({
            "message_id": message.id,
            "from": from,
            "chat": self.chat(message.chat_id).unwrap_or(Value::Null),
            "date": message.at.div_euclid(1_000),
            "text": message.text,
        });
        if !message.entities.is_empty() {
            shown["entities"] = message.entities.iter().map(Entity::json).collect();
        }
        if !message.buttons.is_empty() {
            shown["reply_markup"] = keyboard::json(&message.buttons);
        }
        if let Some(at) = message.edited_at {
            shown["edit_date"] = json!(at.div_euclid(1_000));
        }
        shown
    }

    /// Queues an update of this kind (`message`, `callback_query`, …) unless the bot has not asked for such; returns its id.
    pub(crate) fn push(&mut self, kind: &str, content: Value, at: i64) -> Option<i64> {
        if self
            .allowed
            .as_ref()
            .is_some_and(|allowed| !allowed.contains(kind))
        {
            return None;
        }
        self.next_update += 1;
        let id = self.next_update;
        let mut body = json!({"update_id": id});
        body[kind] = content;
        self.made.insert(id, body.clone());
        self.updates.push_back(Waiting {
            id,
            at,
            body,
            replay: false,
        });
        Some(id)
    }

    /// Drops what nobody fetched for a day.
    pub(crate) fn expire(&mut self, now: i64) {
        self.updates
            .retain(|update| now - update.at < UPDATE_LIFE_MS);
    }
}
