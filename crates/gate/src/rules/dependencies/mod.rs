//! Dependencies: what comes from elsewhere, and from where.

mod actions;
mod declared;
mod lock_entries;
mod manifest_sources;
mod packages;
mod popular;
mod versions;

use crate::case::{Case, Changed};
use crate::finding::Findings;
use crate::kind::Kind;
use crate::locks;
use crate::manifests::{self, Ecosystem};

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    declared::check(case, out);
    lock_entries::check(case, out);
    manifest_sources::check(case, out);
    packages::check(case, out);
    actions::check(case, out);
}

/// The ecosystem of a manifest or lock file.
fn ecosystem(changed: &Changed<'_>) -> Option<Ecosystem> {
    if changed.kind == Kind::Lock {
        Some(locks::ecosystem(&changed.folded))
    } else {
        manifests::ecosystem(&changed.folded)
    }
}
