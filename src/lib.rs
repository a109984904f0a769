//! bountyd: hunts bounty issues on GitHub for its owner, on the owner's account, without ever
//! holding the owner's token. Modules stand in the order of the flow.

pub mod bounty;
pub mod cli;
pub mod clock;
pub mod config;
pub mod exit;
pub mod logging;
pub mod money;
pub mod schedule;
