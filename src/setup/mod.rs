//! What `bountyd init` is about to do to a tenant, and why: pure. What the owner wants and what the
//! tenant has go in; an ordered plan comes out, which can be shown in five ways.

pub mod answers;
pub mod fill;
pub mod found;
pub mod plan;
pub mod show;
pub mod wanted;
