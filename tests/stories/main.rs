//! Stories: the whole program in this process, against the simulators over real HTTP, on a clock
//! that moves only when the story says so. They read like a conversation.

mod approvals;
mod changes;
mod check;
mod claims;
mod delivery;
mod github_trouble;
mod manners;
mod modes;
mod people;
mod strangers;
mod traps;
mod world;
