//! What `bountyd init` is about to do to a tenant, and why: pure. What the owner wants and what the
//! tenant has go in; an ordered plan comes out, which can be shown in five ways. `rotation` is the same for a
//! change of the worker's key.

pub mod answers;
pub mod fill;
pub mod found;
pub mod plan;
pub mod rotation;
pub mod show;
pub mod wanted;
