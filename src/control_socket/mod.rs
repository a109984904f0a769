//! The control socket: how people on this machine talk to the running daemon.
//!
//! A Unix stream socket that anybody may connect to; the kernel names the peer, and `access` says
//! what that user id may ask for. One JSON object a line: one request, any number of progress
//! lines, one answer. Every change goes through [`crate::control`], with its journal entry.

mod access;
mod client;
pub mod protocol;
mod server;
mod strangers;
pub mod verbs;

pub use access::{Refused, allow};
pub use client::{Client, ClientError};
pub use protocol::{Answer, Failing, Request};
pub use server::{ListenError, Listener, serve};
pub use strangers::Strangers;
