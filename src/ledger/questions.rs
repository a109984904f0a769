//! The question about exactly one patch, or about exactly what a client wants: what it is about, and what
//! its end does to the job or the request.
//!
//! A yes is to what was stored with the question (the patch, base and tree; the request's hash), and to
//! nothing that has come since.

mod ask;
mod decide;
mod lease;
mod read;

use serde::Serialize;

pub use lease::Offer;

/// What a question is about that is not about a claim, and what a yes is to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A patch.
    Patch {
        /// Of which job.
        job: String,
        /// The gate's hash of the change.
        patch: String,
        /// The commit it was made on.
        base_commit: String,
        /// The id of the tree that the gate judged.
        tree: String,
    },
    /// What a client wants.
    Request {
        /// Its id.
        request: String,
        /// Over exactly what it wants.
        hash: String,
    },
}
