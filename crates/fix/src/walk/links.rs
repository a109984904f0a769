//! Which symbolic links stay inside their tree.

use std::collections::VecDeque;
use std::fmt;

use gate::tree::{Entry, Tree};

/// Steps that a link may take, through other links too, before it is taken for an attack.
const STEPS: usize = 1024;
/// Links on the way of one; the kernel follows no more (`MAXSYMLINKS`).
const HOPS: usize = 40;
/// Bytes of a target (`PATH_MAX`, without its NUL).
const LONGEST: usize = 4095;

/// Why a link is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// It points to a place that is not in the tree, by itself or through another link.
    Leaves,
    /// It points to nothing that could be a path, or takes too many steps to find out.
    NoPath,
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leaves => "it points out of the tree",
            Self::NoPath => "what it points to is no path",
        })
    }
}

/// What is wrong with a link at `path` that points to `target`. A link into nothing, and one that
/// points to itself, are harmless.
pub(super) fn link_fault(tree: &Tree, path: &[u8], target: &[u8]) -> Option<LinkFault> {
    if target.is_empty() || target.len() > LONGEST || target.contains(&0) {
        return Some(LinkFault::NoPath);
    }
    let mut at: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    at.pop();
    let mut ahead = VecDeque::new();
    let mut hops = 0;
    if !follow(target, &mut ahead) {
        return Some(LinkFault::Leaves);
    }
    for _ in 0..STEPS {
        let part = ahead.pop_front()?;
        match part {
            b"" | b"." => {}
            b".." => {
                if at.pop().is_none() {
                    return Some(LinkFault::Leaves);
                }
            }
            name => {
                at.push(name);
                // A name is not always what it seems: below another link, `..` goes elsewhere.
                if let Some(Entry::Link { target }) = tree.entries.get(&at.join(&b'/')) {
                    hops += 1;
                    if hops > HOPS {
                        return None;
                    }
                    at.pop();
                    if !follow(target, &mut ahead) {
                        return Some(LinkFault::Leaves);
                    }
                }
            }
        }
    }
    Some(LinkFault::NoPath)
}

/// Puts the parts of `target` before those that are ahead; not if it begins at the root of the system.
fn follow<'a>(target: &'a [u8], ahead: &mut VecDeque<&'a [u8]>) -> bool {
    for part in target.split(|b| *b == b'/').rev() {
        ahead.push_front(part);
    }
    !target.starts_with(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(links: &[(&str, &str)]) -> Tree {
        let link = |target: &str| Entry::Link {
            target: target.as_bytes().to_vec(),
        };
        Tree {
            entries: links
                .iter()
                .map(|(path, target)| (path.as_bytes().to_vec(), link(target)))
                .collect(),
        }
    }

    #[track_caller]
    fn fault(links: &[(&str, &str)]) -> Option<LinkFault> {
        let (path, target) = links[0];
        link_fault(&tree(links), path.as_bytes(), target.as_bytes())
    }

    #[test]
    fn links_inside_into_nothing_and_in_circles_are_harmless() {
        assert_eq!(fault(&[("a", "b")]), None);
        assert_eq!(fault(&[("a/b/c", "../../d")]), None);
        assert_eq!(fault(&[("a", ".")]), None);
        assert_eq!(fault(&[("a", "b"), ("b", "a")]), None);
        assert_eq!(fault(&[("a", "a/x")]), None);
    }

    #[test]
    fn a_link_that_leaves_the_tree_is_known() {
        for target in ["/etc/passwd", "..", "../x", "b/../../x", "./../x", "//x"] {
            assert_eq!(fault(&[("a", target)]), Some(LinkFault::Leaves), "{target}");
        }
        assert_eq!(fault(&[("a/b", "../../x")]), Some(LinkFault::Leaves));
    }

    #[test]
    fn a_link_that_leaves_through_another_is_known() {
        // `deep/up` is the root, so `deep/up/..` is above it, though the words alone stay in `deep`.
        assert_eq!(
            fault(&[("a", "deep/up/.."), ("deep/up", "..")]),
            Some(LinkFault::Leaves)
        );
        assert_eq!(
            fault(&[("a", "b/x"), ("b", "/etc")]),
            Some(LinkFault::Leaves)
        );
    }

    #[test]
    fn what_is_no_path_is_known() {
        assert_eq!(fault(&[("a", "")]), Some(LinkFault::NoPath));
        assert_eq!(fault(&[("a", "b\0c")]), Some(LinkFault::NoPath));
        assert_eq!(fault(&[("a", &"b/".repeat(2500))]), Some(LinkFault::NoPath));
        assert_eq!(fault(&[("a", &"./".repeat(2000))]), Some(LinkFault::NoPath));
    }
}
