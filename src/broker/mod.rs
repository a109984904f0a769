//! The broker: programs on this machine have something done with the account, and never hold it.
//!
//! Every call comes through [`Broker::call`]: who asks is known by the kernel's word, `policy` decides,
//! the journal has it, and only then is GitHub asked, over a wire that can do no more than this one call.
//! How calls arrive is `mcp`'s business.

pub mod acting;
mod arguments;
mod call;
mod caution;
mod commands;
mod halted;
mod identity;
mod pace;
mod places;
pub mod policy;
mod reads;
mod refusal;
mod requests;
mod resources;
mod standing;
pub mod tools;
mod worth;

pub use call::{Answered, Broker};
pub use identity::Identity;
pub use refusal::Refusal;
pub use requests::Tell;
pub use resources::Resource;
pub use worth::worth_of;
