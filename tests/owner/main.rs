//! What an owner sets up himself, over the wire and at a terminal: his chat, his keys, the secrets he
//! types.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

mod chat;
mod chat_refusals;
mod hidden;
mod keys;
mod tenant_keys;
mod terminal;
mod world;
