//! bountyd: hunts bounty issues on GitHub for its owner, on the owner's account, without ever
//! holding the owner's token. Modules stand in the order of the flow.

pub mod app;
#[cfg(test)]
mod book;
pub mod bounty;
pub mod broker;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod control_socket;
pub mod crash;
pub mod daemon;
pub mod doctor;
pub mod driver;
pub mod estop;
pub mod exit;
pub mod fixer;
pub mod github;
pub mod handle;
pub mod health;
pub mod ledger;
pub mod life;
pub mod logging;
pub mod mcp;
pub mod messages;
pub mod money;
pub mod rules;
pub mod schedule;
pub mod service;
pub mod setup;
pub mod stages;
pub mod status;
pub mod telegram;
