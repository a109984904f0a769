//! What comes in from Telegram, reduced to what may matter.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use clock::UnixMillis;

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
    /// Its id within the chat; 0 if it was not said.
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
    /// When it was sent; 0 if it was not said.
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

/// The part of an update that must be readable: without its number it cannot be passed.
#[derive(Deserialize)]
struct Head {
    update_id: i64,
    message: Option<IgnoredAny>,
    callback_query: Option<IgnoredAny>,
}

// Of what follows only the fields in use are named, and as few of them as possible are required:
// the owner's tap must not be lost for a field that nobody here looks at.

#[derive(Deserialize)]
struct Content {
    message: Option<RawMessage>,
    callback_query: Option<RawTap>,
}

#[derive(Deserialize)]
struct RawMessage {
    message_id: Option<i64>,
    chat: RawChat,
    from: Option<RawUser>,
    sender_chat: Option<IgnoredAny>,
    text: Option<String>,
    forward_origin: Option<IgnoredAny>,
    /// What servers before Bot API 7.0 send instead.
    forward_date: Option<IgnoredAny>,
    date: Option<i64>,
}

#[derive(Deserialize)]
struct RawTap {
    id: String,
    from: RawUser,
    message: Option<RawTapped>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct RawTapped {
    message_id: Option<i64>,
    chat: Option<RawChat>,
}

#[derive(Deserialize)]
struct RawChat {
    id: i64,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct RawUser {
    id: u64,
    is_bot: Option<bool>,
}

impl Update {
    /// Reads one update; `None` if not even its number can be read.
    pub(super) fn from_wire(raw: &RawValue) -> Option<Self> {
        let head: Head = serde_json::from_str(raw.get()).ok()?;
        let id = head.update_id;
        let kind = match serde_json::from_str(raw.get()) {
            Ok(Content {
                callback_query: Some(tap),
                ..
            }) => UpdateKind::Tap(IncomingTap::from_wire(tap)),
            Ok(Content {
                message: Some(message),
                ..
            }) => UpdateKind::Message(IncomingMessage::from_wire(message)),
            Ok(_) => {
                tracing::debug!(update = id, "an update that was not asked for");
                UpdateKind::Other
            }
            // The reason is left out: it may quote what somebody wrote.
            Err(_) => {
                tracing::warn!(
                    update = id,
                    message = head.message.is_some(),
                    tap = head.callback_query.is_some(),
                    "an update from Telegram cannot be read and is passed over"
                );
                UpdateKind::Other
            }
        };
        Some(Self { id, kind })
    }
}

impl RawChat {
    fn is_private(&self) -> bool {
        self.kind.as_deref() == Some("private")
    }
}

impl IncomingMessage {
    fn from_wire(message: RawMessage) -> Self {
        // A message on behalf of a chat names a stand-in account as its author.
        let person = message
            .from
            .as_ref()
            .filter(|_| message.sender_chat.is_none());
        Self {
            message_id: message.message_id.unwrap_or_default(),
            chat_id: message.chat.id,
            private: message.chat.is_private(),
            from: person.map(|user| user.id),
            from_is_bot: message
                .from
                .as_ref()
                .is_some_and(|user| user.is_bot == Some(true)),
            text: message.text,
            forwarded: message.forward_origin.is_some() || message.forward_date.is_some(),
            date: UnixMillis(message.date.unwrap_or_default().saturating_mul(1000)),
        }
    }
}

impl IncomingTap {
    fn from_wire(tap: RawTap) -> Self {
        let message = tap.message.as_ref();
        let chat = message.and_then(|message| message.chat.as_ref());
        Self {
            query_id: tap.id,
            from: tap.from.id,
            chat_id: chat.map(|chat| chat.id),
            private: chat.is_some_and(RawChat::is_private),
            message_id: message.and_then(|message| message.message_id),
            data: tap.data,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span;

    use super::*;

    /// Writes down every event with its fields.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            let _ = write!(self.0, " {field}={value:?}");
        }
    }

    impl tracing::Subscriber for Log {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            metadata.target().starts_with("vault::telegram")
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().expect("lock").push(line.0);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn what_is_passed_over_is_logged_once_without_its_words() {
        let log = Log::default();
        let read = |json: &str| {
            let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
            tracing::subscriber::with_default(log.clone(), || Update::from_wire(&raw));
            std::mem::take(&mut *log.0.lock().expect("lock"))
        };
        let said = read(r#"{"update_id": 7, "callback_query": {"id": "q", "from": "canary"}}"#);
        assert_eq!(said.len(), 1, "{said:?}");
        for words in ["WARN", "update=7", "tap=true", "cannot be read"] {
            assert!(said[0].contains(words), "{words}: {said:?}");
        }
        assert!(!said[0].contains("canary"), "{said:?}");
        let said = read(r#"{"update_id": 8, "poll": {"id": "canary"}}"#);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("DEBUG") && said[0].contains("update=8"));
        let fine = r#"{"update_id": 9, "callback_query": {"id": "q", "from": {"id": 5}}}"#;
        assert_eq!(read(fine), Vec::<String>::new());
    }
}
