//! The years of an installation: its ledger upgraded, backed up, brought back, taken away; everything
//! stopped. With the real binary.

#[path = "../process/hand.rs"]
#[allow(dead_code, reason = "shared with the stories of the process")]
mod hand;

mod backup;
mod estop;
mod foreign;
mod old;
mod place;
mod program;
mod service;
mod upgrade;
mod upgrade_failures;
