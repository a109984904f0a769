//! Which commit comes from which, and what two lines of work make together.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::objects::Objects;
use super::oid::Oid;
use super::tree::Entries;

/// The commit and everything it comes from, nearest first.
pub(in crate::github) fn ancestry(objects: &Objects, tip: Oid) -> Vec<Oid> {
    let (mut out, mut seen) = (Vec::new(), HashSet::new());
    let mut todo = VecDeque::from([tip]);
    while let Some(oid) = todo.pop_front() {
        if !seen.insert(oid) {
            continue;
        }
        if let Some(commit) = objects.commit(oid) {
            todo.extend(commit.parents);
            out.push(oid);
        }
    }
    out
}

/// `tip` comes from `base`, or is it.
pub(in crate::github) fn descends(objects: &Objects, tip: Oid, base: Oid) -> bool {
    ancestry(objects, tip).contains(&base)
}

/// Commits of `tip` that `base` does not have, oldest first.
pub(in crate::github) fn between(objects: &Objects, base: Oid, tip: Oid) -> Vec<Oid> {
    let known: HashSet<Oid> = ancestry(objects, base).into_iter().collect();
    let mut out = ancestry(objects, tip);
    out.retain(|oid| !known.contains(oid));
    out.reverse();
    out
}

/// The nearest commit that both come from.
pub(in crate::github) fn merge_base(objects: &Objects, one: Oid, other: Oid) -> Option<Oid> {
    let known: HashSet<Oid> = ancestry(objects, one).into_iter().collect();
    ancestry(objects, other)
        .into_iter()
        .find(|oid| known.contains(oid))
}

/// The tree of `one` with what `other` changed since both parted; `None` if both changed a file in
/// different ways. Files are taken whole: where git would merge lines, this sees a conflict.
pub(in crate::github) fn merged_tree(objects: &Objects, one: Oid, other: Oid) -> Option<Oid> {
    let files =
        |commit: Oid| -> Option<Entries> { Some(objects.flatten(objects.commit(commit)?.tree)) };
    let base = files(merge_base(objects, one, other)?)?;
    let (ours, theirs) = (files(one)?, files(other)?);
    let paths: BTreeSet<&String> = base
        .keys()
        .chain(ours.keys())
        .chain(theirs.keys())
        .collect();
    let mut out = Entries::new();
    for path in paths {
        let (was, mine, yours) = (base.get(path), ours.get(path), theirs.get(path));
        let kept = if mine == yours || yours == was {
            mine
        } else if mine == was {
            yours
        } else {
            return None;
        };
        if let Some(entry) = kept {
            out.insert(path.clone(), *entry);
        }
    }
    Some(objects.unflatten(&out))
}
