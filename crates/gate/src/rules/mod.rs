//! The rules of the gate: the registry, and the order in which they look.

mod content;
mod dependencies;
mod registry;
mod structure;
pub(crate) mod surface;
mod tools;

pub use registry::{Rule, RuleId};
pub use surface::never;

use crate::case::Case;
use crate::finding::Findings;

/// Asks every rule of the second pass.
pub(crate) fn check_all(case: &Case<'_>, out: &mut Findings) {
    structure::check(case, out);
    surface::check(case, out);
    dependencies::check(case, out);
    content::check(case, out);
    tools::check(case, out);
}
