//! What a checkout does with real git servers over loopback, and with hostile ones.

mod environment;
mod fetching;
mod given;
mod hostile_servers;
mod limits;
mod support;
mod trees;
mod writing;
