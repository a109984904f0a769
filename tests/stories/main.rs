//! Stories: the whole program in this process, against the simulators over real HTTP, on a clock
//! that moves only when the story says so. They read like a conversation.

mod approvals;
mod check;
mod claims;
mod doubts;
mod people;
mod world;
