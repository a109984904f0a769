//! What comes in from Telegram, reduced to what may matter.

use teloxide::types::{
    CallbackQuery, MaybeInaccessibleMessage, Message, Update as RawUpdate, UpdateKind as RawKind,
};

use crate::clock::UnixMillis;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Ascending; the next poll's offset is the highest plus one.
    pub id: i64,
    /// What it was.
    pub kind: UpdateKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// Somebody wrote.
    Message(IncomingMessage),
    /// Somebody tapped a button.
    Tap(IncomingTap),
    /// Anything else, also what this version cannot read.
    Other,
}

/// A message to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingMessage {
    /// Its id within the chat.
    pub message_id: i64,
    /// The chat.
    pub chat_id: i64,
    /// A chat with one person.
    pub private: bool,
    /// The person; `None` for channels, anonymous administrators and the like.
    pub from: Option<u64>,
    /// The sender is a program.
    pub from_is_bot: bool,
    /// The words, if it has any.
    pub text: Option<String>,
    /// Somebody else's words, passed on.
    pub forwarded: bool,
    /// When it was sent.
    pub date: UnixMillis,
}

/// A tap on a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingTap {
    /// What [`super::Telegram::answer`] wants.
    pub query_id: String,
    /// Who tapped.
    pub from: u64,
    /// Where; `None` if the message is too old or inline.
    pub chat_id: Option<i64>,
    /// A chat with one person; false if unknown.
    pub private: bool,
    /// The message the button is under.
    pub message_id: Option<i64>,
    /// The button's data.
    pub data: Option<String>,
}

impl Update {
    pub(crate) fn from_wire(raw: RawUpdate) -> Self {
        Self {
            id: i64::from(raw.id.0),
            kind: match raw.kind {
                RawKind::Message(message) => {
                    UpdateKind::Message(IncomingMessage::from_wire(&message))
                }
                RawKind::CallbackQuery(query) => UpdateKind::Tap(IncomingTap::from_wire(query)),
                _ => UpdateKind::Other,
            },
        }
    }
}

impl IncomingMessage {
    fn from_wire(message: &Message) -> Self {
        // A message on behalf of a chat names a stand-in account as its author.
        let person = message
            .from
            .as_ref()
            .filter(|_| message.sender_chat.is_none());
        Self {
            message_id: i64::from(message.id.0),
            chat_id: message.chat.id.0,
            private: message.chat.is_private(),
            from: person.map(|user| user.id.0),
            from_is_bot: message.from.as_ref().is_some_and(|user| user.is_bot),
            text: message.text().map(str::to_owned),
            forwarded: message.forward_origin().is_some(),
            date: UnixMillis(message.date.timestamp_millis()),
        }
    }
}

impl IncomingTap {
    fn from_wire(query: CallbackQuery) -> Self {
        let chat = query.message.as_ref().map(MaybeInaccessibleMessage::chat);
        Self {
            query_id: query.id.0.clone(),
            from: query.from.id.0,
            chat_id: chat.map(|chat| chat.id.0),
            private: chat.is_some_and(teloxide::types::Chat::is_private),
            message_id: query
                .message
                .as_ref()
                .map(|message| i64::from(message.id().0)),
            data: query.data,
        }
    }
}
