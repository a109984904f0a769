//! People with phones: what a story lets them do, and what they see.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Shared;
use super::state::{Message, State, Tap};
use super::text::Formatted;
use crate::lock;

/// Somebody's hand on a phone. Cloning gives another hand of the same person.
#[derive(Clone)]
pub struct Person {
    pub(crate) shared: Arc<Shared>,
    pub(crate) id: i64,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// How a message differs from one that was simply typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Typed,
    Forwarded,
    Anonymous,
}

impl Person {
    /// The numeric Telegram id; also the id of the private chat with the bot.
    #[must_use]
    pub const fn id(&self) -> i64 {
        self.id
    }

    /// Writes to the bot. Returns the update's id; none when the bot did not ask for messages.
    pub fn says(&self, text: &str) -> Option<i64> {
        self.write(self.id, text, Manner::Typed).1
    }

    /// Writes in a group.
    pub fn says_in(&self, group: i64, text: &str) -> Option<i64> {
        self.write(group, text, Manner::Typed).1
    }

    /// Forwards somebody else's message to the bot.
    pub fn forwards(&self, text: &str) -> Option<i64> {
        self.write(self.id, text, Manner::Forwarded).1
    }

    /// A message in this person's private chat that has no sender. Hostile: the real service sends none.
    pub fn says_without_sender(&self, text: &str) -> Option<i64> {
        self.write(self.id, text, Manner::Anonymous).1
    }

    /// Writes `before`, then edits it to `after`; returns the id of the edit's update.
    pub fn edits_message(&self, before: &str, after: &str) -> Option<i64> {
        let (message, _) = self.write(self.id, before, Manner::Typed);
        let mut state = lock(&self.shared.state);
        let now = self.shared.rim.now();
        let edited = state.find(self.id, message.id).map(|message| {
            message
                .earlier
                .push(std::mem::replace(&mut message.text, after.to_owned()));
            message.edited_at = Some(now);
            message.clone()
        })?;
        let shown = state.shown(&edited);
        state.push("edited_message", shown, now)
    }

    fn write(&self, chat_id: i64, text: &str, manner: Manner) -> (Message, Option<i64>) {
        let now = self.shared.rim.now();
        let mut state = lock(&self.shared.state);
        let words = Formatted {
            text: text.to_owned(),
            entities: Vec::new(),
        };
        let message = state.write(chat_id, Some(self.id), words, Vec::new(), now);
        let mut shown = state.shown(&message);
        if text.starts_with('/') {
            let length = text.split_whitespace().next().map_or(0, super::text::utf16);
            shown["entities"] = json!([{"type": "bot_command", "offset": 0, "length": length}]);
        }
        match manner {
            Manner::Typed => {}
            Manner::Forwarded => {
                shown["forward_origin"] = json!({"type": "hidden_user", "sender_user_name": "Elsewhere", "date": now.div_euclid(1_000)});
            }
            Manner::Anonymous => {
                shown.as_object_mut().map(|shown| shown.remove("from"));
            }
        }
        let update = state.push("message", shown, now);
        (message, update)
    }

    /// Taps the button with this label under the newest message of the private chat that has one.
    ///
    /// # Errors
    /// When no message shows such a button.
    pub fn taps(&self, label: &str) -> Result<i64, String> {
        let found = lock(&self.shared.state)
            .messages
            .iter()
            .rev()
            .find(|message| message.chat_id == self.id && message.labels().contains(&label))
            .map(|message| message.id);
        let message_id = found.ok_or_else(|| format!("no message shows a button \"{label}\""))?;
        self.taps_on(message_id, label)
    }

    /// Taps the button with this label under that message of the private chat.
    ///
    /// # Errors
    /// When the message is not there or shows no such button.
    pub fn taps_on(&self, message_id: i64, label: &str) -> Result<i64, String> {
        let data = {
            let mut state = lock(&self.shared.state);
            let message = state
                .find(self.id, message_id)
                .ok_or_else(|| format!("there is no message {message_id}"))?;
            message.read = true;
            let button = message
                .buttons
                .iter()
                .flatten()
                .find(|button| button.label == label);
            let button = button
                .ok_or_else(|| format!("message {message_id} shows no button \"{label}\""))?;
            button
                .data
                .clone()
                .ok_or_else(|| format!("button \"{label}\" opens a page, it sends nothing"))?
        };
        self.sends_tap(self.id, Some(message_id), &data)
            .ok_or_else(|| "the bot did not ask for taps (allowed_updates)".to_owned())
    }

    /// A tap with any data on any message of any chat, shown or not: stale, forged, or by a stranger. The real service
    /// delivers only the first of these, from a phone that had not yet heard of an edit.
    pub fn sends_tap(&self, chat_id: i64, message_id: Option<i64>, data: &str) -> Option<i64> {
        let now = self.shared.rim.now();
        let query_id = self.shared.seed.number().to_string();
        let mut state = lock(&self.shared.state);
        let mut query = json!({
            "id": query_id,
            "from": state.human(self.id),
            "chat_instance": format!("-{}", chat_id.unsigned_abs()),
            "data": data,
        });
        if let Some(message_id) = message_id {
            query["message"] = tapped_message(&mut state, chat_id, message_id);
        }
        state.taps.insert(
            query_id,
            Tap {
                from: self.id,
                at: now,
                answer: None,
            },
        );
        state.push("callback_query", query, now)
    }

    /// Blocks the bot: it cannot write here any more.
    pub fn blocks_bot(&self) {
        self.set_blocked(true);
    }

    /// Lets the bot write again.
    pub fn unblocks_bot(&self) {
        self.set_blocked(false);
    }

    fn set_blocked(&self, blocked: bool) {
        if let Some(human) = lock(&self.shared.state).people.get_mut(&self.id) {
            human.blocked_bot = blocked;
        }
    }

    /// Every message of the private chat as it stands, oldest first. Looking does not mark it read.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.shared.state)
            .messages
            .iter()
            .filter(|message| message.chat_id == self.id)
            .cloned()
            .collect()
    }

    /// The bot's messages of the private chat that the story has not read.
    #[must_use]
    pub fn unread(&self) -> Vec<Message> {
        self.messages()
            .into_iter()
            .filter(|message| !message.read)
            .collect()
    }

    /// Reads everything and returns what was unread.
    #[must_use = "use drain_unread only to look at what was there, or bind it to `_`"]
    pub fn drain_unread(&self) -> Vec<Message> {
        let unread = self.unread();
        for message in lock(&self.shared.state)
            .messages
            .iter_mut()
            .filter(|message| message.chat_id == self.id)
        {
            message.read = true;
        }
        unread
    }

    /// Waits, in real time, for a message by the bot that fits, and marks it read. Messages that were there before count.
    ///
    /// # Errors
    /// After `patience`, with the texts that were there instead.
    pub async fn wait_for_message(
        &self,
        patience: Duration,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message, String> {
        let look = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        loop {
            let found = lock(&self.shared.state)
                .messages
                .iter_mut()
                .find(|message| message.chat_id == self.id && message.by_bot() && fits(message))
                .map(|message| {
                    message.read = true;
                    message.clone()
                });
            if let Some(found) = found {
                return Ok(found);
            }
            if waited >= patience {
                let texts: Vec<String> = self
                    .messages()
                    .into_iter()
                    .map(|message| message.text)
                    .collect();
                return Err(format!(
                    "no such message within {patience:?}; there are: {texts:#?}"
                ));
            }
            tokio::time::sleep(look).await;
            waited += look;
        }
    }

    /// Waits for a message that contains `part`.
    ///
    /// # Errors
    /// As [`Person::wait_for_message`].
    pub async fn wait_for_text(&self, patience: Duration, part: &str) -> Result<Message, String> {
        self.wait_for_message(patience, |message| message.text.contains(part))
            .await
    }

    /// What popped up on this person's phone after taps, in order.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        let state = lock(&self.shared.state);
        state
            .answers
            .iter()
            .filter(|answer| answer.to == self.id)
            .map(|answer| answer.text.clone())
            .collect()
    }

    /// Taps of this person that the bot has not answered yet.
    #[must_use]
    pub fn unanswered_taps(&self) -> usize {
        lock(&self.shared.state)
            .taps
            .values()
            .filter(|tap| tap.from == self.id && tap.answer.is_none())
            .count()
    }
}

/// The message under a tap; one the service no longer has comes as `InaccessibleMessage`.
fn tapped_message(state: &mut State, chat_id: i64, message_id: i64) -> Value {
    match state.find(chat_id, message_id).cloned() {
        Some(message) => state.shown(&message),
        None => json!({"chat": state.chat(chat_id), "message_id": message_id, "date": 0}),
    }
}
