//! Structure: paths, modes, links, sizes, and what has no business in a patch.

mod binary;
mod collisions;
mod git_names;
mod leftovers;
mod links;
mod litter;
mod modes;
mod paths;
mod scope;
mod size;

use crate::case::Case;
use crate::finding::Findings;

pub(crate) use links::leaves_the_tree;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    paths::check(case, out);
    git_names::check(case, out);
    links::check(case, out);
    modes::check(case, out);
    collisions::check(case, out);
    size::check(case, out);
    binary::check(case, out);
    litter::check(case, out);
    leftovers::check(case, out);
    scope::check(case, out);
}
