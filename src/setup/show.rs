//! The plan, for a terminal, for somebody who clicks, and for Terraform. JSON comes of the values
//! themselves.

pub mod manual;
pub mod terminal;
pub mod terraform;
