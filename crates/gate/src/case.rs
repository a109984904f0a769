//! One judgement's material, read once and handed to every rule.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::added::Added;
use crate::changes::{ChangeKind, Difference};
use crate::judge::Request;
use crate::kind::{self, Kind};
use crate::tree::{Entry, Tree};
use crate::unicode;

/// How much of its material a judgement has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Both trees, the plan and the owner's limits.
    Whole,
    /// The changed paths alone. What depends on anything else is left out: not seeing a file is not
    /// the same as there being none.
    Changed,
}

/// What a rule is given.
pub(crate) struct Case<'a> {
    sight: Sight,
    pub(crate) base: &'a Tree,
    pub(crate) candidate: &'a Tree,
    pub(crate) request: &'a Request<'a>,
    /// Every changed path, in order.
    pub(crate) changed: Vec<Changed<'a>>,
    /// Contents of new paths, to know renames by.
    arrived: HashSet<&'a [u8]>,
}

/// A changed path with what rules ask about it again and again.
pub(crate) struct Changed<'a> {
    pub(crate) path: &'a [u8],
    /// As text, with replacement characters where it is none.
    pub(crate) name: Cow<'a, str>,
    /// As lists of protected names see it.
    pub(crate) folded: String,
    pub(crate) change: ChangeKind,
    pub(crate) old: Option<&'a Entry>,
    pub(crate) new: Option<&'a Entry>,
    pub(crate) kind: Kind,
    /// Belongs to tests, whatever sort of file.
    pub(crate) in_tests: bool,
    /// A line break or encoding oddity aside: the new lines. `None` for what is no text.
    pub(crate) added: Option<Added<'a>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        base: &'a Tree,
        candidate: &'a Tree,
        request: &'a Request<'a>,
        differences: Vec<Difference<'a>>,
        sight: Sight,
    ) -> Self {
        let changed: Vec<_> = differences.into_iter().map(Changed::new).collect();
        Self {
            sight,
            base,
            candidate,
            request,
            arrived: changed
                .iter()
                .filter(|changed| changed.change == ChangeKind::Added)
                .filter_map(Changed::new_bytes)
                .collect(),
            changed,
        }
    }

    /// Whether what is not in the trees, the plan and the limits is not there at all.
    pub(crate) fn sees_all(&self) -> bool {
        self.sight == Sight::Whole
    }

    /// Whether the plan names a package, or may do so.
    pub(crate) fn may_be_planned(&self, package: &str) -> bool {
        !self.sees_all() || self.request.plan.names(package)
    }

    /// Whether the owner lets packages come from a host, or may do so.
    pub(crate) fn may_be_registry(&self, host: &str) -> bool {
        !self.sees_all() || self.request.policy.is_registry(host)
    }

    /// Files that are new or whose content is new, with their new lines.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&Changed<'a>, &Added<'a>)> {
        self.changed.iter().filter_map(|changed| {
            let added = changed.added.as_ref()?;
            Some((changed, added))
        })
    }

    /// Deleted paths that came back elsewhere with the same bytes: renames.
    pub(crate) fn is_renamed(&self, deleted: &Changed<'_>) -> bool {
        let Some(Entry::File { content: old, .. }) = deleted.old else {
            return false;
        };
        !old.is_empty() && self.arrived.contains(&**old)
    }
}

impl<'a> Changed<'a> {
    fn new(difference: Difference<'a>) -> Self {
        let name = String::from_utf8_lossy(difference.path);
        let folded = unicode::folded_path(&name);
        let added = match (text_of(difference.old), text_of(difference.new)) {
            _ if difference.kind == ChangeKind::Mode => None,
            (Some(old), Some(new)) => Some(Added::changed(old, new)),
            (None, Some(new)) => Some(Added::whole(new)),
            (Some(old), None) if difference.new.is_none() => Some(Added::deleted(old)),
            _ => None,
        };
        Self {
            path: difference.path,
            change: difference.kind,
            old: difference.old,
            new: difference.new,
            kind: kind::of(&folded),
            in_tests: kind::is_test(&folded),
            name,
            folded,
            added,
        }
    }

    /// The old content, when it was a file of text.
    pub(crate) fn old_text(&self) -> Option<&'a str> {
        text_of(self.old)
    }

    /// The new content, when it is a file of text.
    pub(crate) fn new_text(&self) -> Option<&'a str> {
        text_of(self.new)
    }

    /// The new content, whatever it is.
    pub(crate) fn new_bytes(&self) -> Option<&'a [u8]> {
        match self.new {
            Some(Entry::File { content, .. }) => Some(content),
            _ => None,
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.change == ChangeKind::Deleted
    }
}

fn text_of(entry: Option<&Entry>) -> Option<&str> {
    match entry {
        Some(Entry::File { content, .. }) => std::str::from_utf8(content).ok(),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! Small trees and patches for tests.

    use super::*;
    use crate::plan::Plan;
    use crate::policy::GatePolicy;
    use crate::rules::RuleId;
    use crate::secrets::NoSecrets;
    use crate::{Finding, Severity, Verdict};

    pub(crate) fn file(text: &str) -> Entry {
        bytes(text.as_bytes())
    }

    pub(crate) fn bytes(content: &[u8]) -> Entry {
        Entry::File {
            content: content.into(),
            executable: false,
        }
    }

    pub(crate) fn script(text: &str) -> Entry {
        Entry::File {
            content: text.as_bytes().into(),
            executable: true,
        }
    }

    pub(crate) fn link(target: &str) -> Entry {
        Entry::Link {
            target: target.into(),
        }
    }

    pub(crate) fn tree<const N: usize>(entries: [(&str, Entry); N]) -> Tree {
        Tree {
            entries: entries
                .into_iter()
                .map(|(path, entry)| (path.as_bytes().to_vec(), entry))
                .collect(),
        }
    }

    pub(crate) fn judged(base: &Tree, candidate: &Tree, plan: &Plan) -> Verdict {
        let policy = GatePolicy {
            unattended: false,
            ..GatePolicy::default()
        };
        crate::judge(
            base,
            candidate,
            &Request {
                base_commit: "0123456789012345678901234567890123456789",
                plan,
                policy: &policy,
                secrets: &NoSecrets,
                canary: None,
                scans: &[],
            },
        )
    }

    /// The findings of one rule for a patch without a plan; each pair is path and content.
    pub(crate) fn found(
        rule: RuleId,
        base: &[(&str, &str)],
        candidate: &[(&str, &str)],
    ) -> Vec<Finding> {
        let of = |list: &[(&str, &str)]| Tree {
            entries: list
                .iter()
                .map(|(path, text)| (path.as_bytes().to_vec(), file(text)))
                .collect(),
        };
        judged(&of(base), &of(candidate), &Plan::default())
            .findings
            .into_iter()
            .filter(|finding| finding.rule == rule)
            .collect()
    }

    /// The worst severity with which a rule met one new file.
    pub(crate) fn worst_in_new(rule: RuleId, path: &str, text: &str) -> Option<Severity> {
        found(rule, &[("kept", "x\n")], &[("kept", "x\n"), (path, text)])
            .iter()
            .map(|finding| finding.severity)
            .max()
    }

    /// The worst severity with which a rule met one changed file.
    pub(crate) fn worst_in_change(
        rule: RuleId,
        path: &str,
        old: &str,
        new: &str,
    ) -> Option<Severity> {
        found(rule, &[(path, old)], &[(path, new)])
            .iter()
            .map(|finding| finding.severity)
            .max()
    }
}
