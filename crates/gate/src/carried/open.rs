//! Opening a carried judgement: everything that can be looked at again is.

use std::collections::HashMap;

use super::record::{Judgement, Sides};
use super::{Carried, Changes, NotCarried};
use crate::case::Sight;
use crate::changes;
use crate::finding::{self, Finding, Outcome, Severity};
use crate::judge::{self, Request, Verdict};
use crate::plan::Plan;
use crate::policy::GatePolicy;
use crate::rules::RuleId;
use crate::secrets::Secrets;
use crate::shown;
use crate::tree::Tree;

impl Carried {
    /// Makes a verdict of it again, about the patch that its paths make up, and nothing else.
    ///
    /// The patch's hash is computed anew. Every rule that needs nothing but the changed paths looks
    /// again, and the live secrets of this installation are always looked for, by `secrets`. The
    /// verdict has the stored findings and the new ones; its outcome is the worse of both. So whoever
    /// wrote it can hide from the reader only what takes more than the changed paths to see:
    ///
    /// * **S6**: a collision with a path that did not change;
    /// * **S7**: amounts, the share of deleted files, and deletions, which the plan may name;
    /// * **S10**: built code, where the base may have some in the same place;
    /// * **S11**, **X9**, **D1**: all of it; the plan and the owner's own list are not carried;
    /// * **X5**: an edit of a program in `bin`, and files of a chart whose description did not change;
    /// * **X8**: an edit of the readme, which the plan may name;
    /// * **D2**: looks again, and holds where only an undeclared package file would be blocked;
    /// * **D3**: hosts that are no registry, where the owner may have named them;
    /// * **D4**: packages that the plan does not name;
    /// * **C1**: the job's canary, which the reader does not know;
    /// * **C4**: hosts that the base does not name;
    /// * **Z1**, **Z2**: all of it; what scanners said is not carried.
    ///
    /// `unattended` is that of the reader: nobody can be asked, so what would be held is blocked.
    ///
    /// The base commit is taken as written, for the changed paths cannot tell which commit they come
    /// from: compare [`Verdict::base_commit`] with the one that was given out.
    ///
    /// # Errors
    /// It was damaged, contradicts itself, or lets more pass than its own findings do.
    pub fn open(
        self,
        secrets: &dyn Secrets,
        unattended: bool,
    ) -> Result<(Verdict, Changes), NotCarried> {
        let Self { judgement, sum, .. } = self;
        if judgement.sum() != sum {
            return Err(NotCarried::Damaged);
        }
        if !is_commit(&judgement.base_commit) {
            return Err(NotCarried::NoCommit);
        }
        let stored = believed(&judgement)?;
        let (base, candidate) = trees(judgement.changed)?;
        let plan = Plan::default();
        let policy = GatePolicy {
            unattended,
            ..GatePolicy::default()
        };
        let again = judge::look(
            &base,
            &candidate,
            &Request {
                base_commit: &judgement.base_commit,
                plan: &plan,
                policy: &policy,
                secrets,
                canary: None,
                scans: &[],
            },
            Sight::Changed,
        );
        let patch = judgement.patch.hash();
        if again.patch_sha256 != patch {
            return Err(NotCarried::OtherPatch {
                stored: patch,
                found: again.patch_sha256,
            });
        }
        let outcome = judgement
            .outcome
            .max(again.outcome)
            .max(Outcome::of(&stored, unattended));
        let verdict = Verdict {
            outcome,
            findings: union(stored, again.findings),
            ..again
        };
        let changes = Changes::of(&changes::between(&base, &candidate));
        Ok((verdict, changes))
    }
}

fn is_commit(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The stored findings, if they are such as rules make, and the outcome follows from them.
fn believed(judgement: &Judgement) -> Result<Vec<Finding>, NotCarried> {
    let findings: Vec<Finding> = judgement.findings.iter().map(|f| f.finding()).collect();
    let too_heavy = |finding: &&Finding| finding.severity > finding.rule.rule().worst;
    if let Some(finding) = findings.iter().find(too_heavy) {
        return Err(NotCarried::Heavier {
            rule: finding.rule,
            severity: finding.severity,
        });
    }
    let least = if judgement.changed.is_empty() {
        Outcome::Block
    } else {
        // The mildest that anybody makes of them: whether somebody could be asked is not stored.
        Outcome::of(&findings, false)
    };
    if judgement.outcome < least {
        return Err(NotCarried::Milder {
            stored: judgement.outcome,
            least,
        });
    }
    Ok(findings)
}

/// Both sides of the changed paths.
fn trees(changed: Vec<Sides>) -> Result<(Tree, Tree), NotCarried> {
    let (mut base, mut candidate) = (Tree::default(), Tree::default());
    let mut last = None;
    for sides in changed {
        if last.is_some_and(|last| last >= sides.path) {
            return Err(NotCarried::Order(shown::path(&sides.path)));
        }
        if sides.before == sides.after {
            return Err(NotCarried::Unchanged(shown::path(&sides.path)));
        }
        for (tree, side) in [(&mut base, sides.before), (&mut candidate, sides.after)] {
            if let Some(stand) = side {
                let entry = stand
                    .into_entry()
                    .ok_or_else(|| NotCarried::Odd(shown::path(&sides.path)))?;
                tree.entries.insert(sides.path.clone(), entry);
            }
        }
        last = Some(sides.path);
    }
    Ok((base, candidate))
}

/// What was said then and what is said now; not again what was said as gravely or more.
fn union(stored: Vec<Finding>, again: Vec<Finding>) -> Vec<Finding> {
    type Said<'f> = (RuleId, Option<&'f str>, Option<u32>, &'f str);
    fn said(finding: &Finding) -> Said<'_> {
        (
            finding.rule,
            finding.path.as_deref(),
            finding.line,
            &finding.message,
        )
    }
    let mut known: HashMap<Said<'_>, Severity> = HashMap::with_capacity(stored.len());
    for finding in &stored {
        let weight = known.entry(said(finding)).or_insert(finding.severity);
        *weight = finding.severity.max(*weight);
    }
    let new: Vec<Finding> = again
        .into_iter()
        .filter(|finding| {
            known
                .get(&said(finding))
                .is_none_or(|weight| *weight < finding.severity)
        })
        .collect();
    finding::in_order(stored.into_iter().chain(new).collect())
}
