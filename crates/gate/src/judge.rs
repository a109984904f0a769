//! The second pass: the base tree against the candidate tree.

use crate::canary::Canary;
use crate::case::{Case, Sight};
use crate::changes::{self, Change};
use crate::finding::{Finding, Findings, Outcome, Severity};
use crate::pass::PatchHash;
use crate::plan::Plan;
use crate::policy::GatePolicy;
use crate::rules;
use crate::scans::Scan;
use crate::secrets::Secrets;
use crate::tree::Tree;

/// What a patch is judged by, beside the two trees.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The commit of the base tree, in hexadecimal.
    pub base_commit: &'a str,
    /// The approved plan.
    pub plan: &'a Plan,
    /// The owner's limits.
    pub policy: &'a GatePolicy,
    /// Who knows the live secrets.
    pub secrets: &'a dyn Secrets,
    /// The job's canary, if one was put into the sandbox.
    pub canary: Option<&'a Canary>,
    /// What scanners said of both trees.
    pub scans: &'a [Scan],
}

/// The answer about one patch. Nobody but the gate makes or changes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) findings: Vec<Finding>,
    pub(crate) changes: Vec<Change>,
    pub(crate) patch_sha256: PatchHash,
    pub(crate) base_commit: String,
}

impl Verdict {
    /// What happens to the patch.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Everything that was found, worst first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Every changed path, in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The hash of exactly this change.
    #[must_use]
    pub const fn patch_sha256(&self) -> PatchHash {
        self.patch_sha256
    }

    /// The commit of the base tree.
    #[must_use]
    pub fn base_commit(&self) -> &str {
        &self.base_commit
    }

    /// One line: what happens, and how much was found.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.changes.is_empty() {
            return "block: nothing was changed".to_owned();
        }
        let count = |severity| {
            self.findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        format!(
            "{}: {} changed, {} block, {} hold, {} note",
            self.outcome.word(),
            match self.changes.len() {
                1 => "1 path".to_owned(),
                n => format!("{n} paths"),
            },
            count(Severity::Block),
            count(Severity::Hold),
            count(Severity::Note),
        )
    }
}

/// Judges what was made of a tree. Linear in the bytes of the change and in the number of paths; the
/// base is searched once more, and only when the patch names a new host.
#[must_use]
pub fn judge(base: &Tree, candidate: &Tree, request: &Request<'_>) -> Verdict {
    look(base, candidate, request, Sight::Whole)
}

/// The judgement, by what can be seen.
pub(crate) fn look(base: &Tree, candidate: &Tree, request: &Request<'_>, sight: Sight) -> Verdict {
    let differences = changes::between(base, candidate);
    let patch_sha256 = PatchHash::of(&differences);
    let changes: Vec<Change> = differences
        .iter()
        .map(|difference| Change {
            path: difference.path.to_vec(),
            kind: difference.kind,
        })
        .collect();
    let findings = if differences.is_empty() {
        Vec::new()
    } else {
        let case = Case::new(base, candidate, request, differences, sight);
        let mut out = Findings::default();
        rules::check_all(&case, &mut out);
        out.into_list()
    };
    let outcome = if changes.is_empty() {
        Outcome::Block
    } else {
        Outcome::of(&findings, request.policy.unattended)
    };
    Verdict {
        outcome,
        findings,
        changes,
        patch_sha256,
        base_commit: request.base_commit.to_owned(),
    }
}
