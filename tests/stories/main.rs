//! Stories: the whole program in this process, against the simulators over real HTTP, on a clock
//! that moves only when the story says so. They read like a conversation.

mod accounts;
mod approvals;
mod batch;
mod changes;
mod check;
mod checkup;
mod claims;
mod deleted;
mod delivery;
mod doubts;
mod following;
mod github_trouble;
mod hands;
mod late_no;
mod ledger;
mod log;
mod manners;
mod merged;
mod modes;
mod odd;
mod ours;
mod overtaken;
mod patches;
mod people;
mod reloads;
mod revocation;
mod rules;
mod step_up;
mod strangers;
mod time;
mod transfers;
mod traps;
mod unreadable;
mod withdrawing;
mod world;
