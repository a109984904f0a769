//! The owner's chat: the poll loop that takes answers, and the messages that wait to be sent.

pub mod inbox;
pub mod outbox;
