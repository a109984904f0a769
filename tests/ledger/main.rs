//! The contract of the ledger: what every engine must keep. The suite takes the engine as its
//! parameter; another one is another line in [`support::ENGINES`].

mod approvals;
mod clock;
mod journal;
mod leases;
mod opening;
mod patches;
mod retention;
mod steps;
mod support;
