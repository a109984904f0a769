//! Local AI through `bountyd mcp` and the daemon: the shipped program, its bridge run by another user, a small
//! JSON-RPC client in both eras of MCP, and a simulated GitHub, Auth0 and Telegram.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for other processes, in real time"
)]

mod bad_input;
#[path = "../process/child.rs"]
#[allow(dead_code, reason = "shared with the stories of the process")]
mod child;
mod client;
mod conformance;
mod eras;
mod fuzz;
mod house;
mod http;
mod matrix;
mod official;
mod requests;
mod resources;
mod restored;
mod schema;
mod secrets;
mod session;
mod step_up;
mod stops;
mod submit;
mod words;
#[path = "../fixing/world.rs"]
#[allow(dead_code, reason = "shared with the stories of patches")]
mod world;
