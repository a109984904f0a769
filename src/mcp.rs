//! The Model Context Protocol over a Unix socket, and over HTTP where the owner wants it: how calls arrive, and how answers leave. What is decided
//! and done about them is `broker`'s business.
//!
//! A connection begins with one line each way (`greeting`); then both ends speak JSON-RPC, one message a
//! line, as MCP's stdio transport has it. So `bountyd mcp`, which a client starts, is a pipe with nothing
//! in it. Both eras are served: 2026-07-28, in which every request stands for itself, and those before,
//! which begin with `initialize`.

pub mod greeting;
mod http;
mod lines;
mod prompts;
mod server;
mod shape;
mod socket;

pub use http::serve as serve_http;
pub use socket::serve;
