//! The proof that exactly this patch may leave, and how the owner's yes becomes one.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::changes::Difference;
use crate::finding::Outcome;
use crate::judge::Verdict;
use crate::tree::Entry;

/// SHA-256 over the canonical encoding of a change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatchHash([u8; 32]);

impl PatchHash {
    /// A hash that was stored; it proves nothing by itself.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of nothing but its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The encoding: a title, the number of entries, then for each changed path in the order of its
    /// bytes the path, a byte for what stands there now (0 nothing, 1 file, 2 executable file,
    /// 3 link, 4 submodule, 5 anything else) and its content; every length as 8 bytes, big-endian.
    pub(crate) fn of(changes: &[Difference<'_>]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"bountyd patch 1\0");
        hasher.update(length(changes.len()));
        for change in changes {
            field(&mut hasher, change.path);
            let (kind, content): (u8, &[u8]) = match change.new {
                None => (0, b""),
                Some(Entry::File {
                    content,
                    executable,
                }) => (if *executable { 2 } else { 1 }, content),
                Some(Entry::Link { target }) => (3, target),
                Some(Entry::Submodule { commit }) => (4, commit.as_bytes()),
                Some(Entry::Odd { kind }) => (5, kind.as_bytes()),
            };
            hasher.update([kind]);
            field(&mut hasher, content);
        }
        Self(hasher.finalize().into())
    }
}

fn length(of: usize) -> [u8; 8] {
    // A length fits: usize has at most 64 bits on what we build for.
    (of as u64).to_be_bytes()
}

fn field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update(length(bytes.len()));
    hasher.update(bytes);
}

impl fmt::Display for PatchHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PatchHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatchHash({self})")
    }
}

/// What a person approved: one patch on one commit. Made from a stored answer, and worth nothing for
/// any other patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The hash that was shown to him.
    pub patch: PatchHash,
    /// The commit that the patch was made on.
    pub base_commit: String,
    /// Who said yes, for the journal.
    pub approved_by: String,
}

/// Why a verdict gives no pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPass {
    /// A rule blocks; nobody can lift that.
    #[error(
        "the gate blocks this patch, and no approval lifts a block; read the findings, change the patch"
    )]
    Blocked,
    /// It waits for the owner.
    #[error("the gate holds this patch until the owner approves exactly this one; ask the owner")]
    Held,
    /// The approval is for something else.
    #[error(
        "the approval is for patch {approved} on {approved_base}, this is patch {this} on {base}; ask again with this one"
    )]
    OtherPatch {
        /// What was approved.
        approved: PatchHash,
        /// On which commit.
        approved_base: String,
        /// What was judged.
        this: PatchHash,
        /// On which commit.
        base: String,
    },
    /// The approval names nobody.
    #[error("the approval names nobody; an approval needs a person")]
    Nobody,
}

/// Lets exactly one patch be submitted on exactly one commit. Only [`Verdict::pass`] and
/// [`Verdict::pass_with`] make one.
///
/// ```compile_fail,E0451
/// use gate::{GatePass, PatchHash};
/// let forged = GatePass { patch: PatchHash::from_bytes([0; 32]), base_commit: String::new(), approved_by: None };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct GatePass {
    patch: PatchHash,
    base_commit: String,
    approved_by: Option<String>,
}

impl GatePass {
    /// The hash of the change it lets through.
    #[must_use]
    pub const fn patch(&self) -> PatchHash {
        self.patch
    }

    /// The commit that the change was made on.
    #[must_use]
    pub fn base_commit(&self) -> &str {
        &self.base_commit
    }

    /// Who lifted a hold; `None` when there was none.
    #[must_use]
    pub fn approved_by(&self) -> Option<&str> {
        self.approved_by.as_deref()
    }
}

impl Verdict {
    /// The pass of a patch that nothing stands against.
    ///
    /// # Errors
    /// The patch is held or blocked.
    pub fn pass(&self) -> Result<GatePass, NoPass> {
        match self.outcome {
            Outcome::Pass => Ok(self.make(None)),
            Outcome::Hold => Err(NoPass::Held),
            Outcome::Block => Err(NoPass::Blocked),
        }
    }

    /// The pass of a held patch that a person approved; a patch that passes needs no approval and
    /// takes none.
    ///
    /// # Errors
    /// The patch is blocked, or the approval is for another patch or commit, or names nobody.
    pub fn pass_with(&self, approval: &Override) -> Result<GatePass, NoPass> {
        match self.outcome {
            Outcome::Block => return Err(NoPass::Blocked),
            Outcome::Pass => return self.pass(),
            Outcome::Hold => {}
        }
        if approval.patch != self.patch_sha256 || approval.base_commit != self.base_commit {
            return Err(NoPass::OtherPatch {
                approved: approval.patch,
                approved_base: approval.base_commit.clone(),
                this: self.patch_sha256,
                base: self.base_commit.clone(),
            });
        }
        if approval.approved_by.trim().is_empty() {
            return Err(NoPass::Nobody);
        }
        Ok(self.make(Some(approval.approved_by.clone())))
    }

    fn make(&self, approved_by: Option<String>) -> GatePass {
        GatePass {
            patch: self.patch_sha256,
            base_commit: self.base_commit.clone(),
            approved_by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, script, tree};
    use crate::plan::Plan;

    fn approval(verdict: &Verdict) -> Override {
        Override {
            patch: verdict.patch_sha256,
            base_commit: verdict.base_commit.clone(),
            approved_by: "telegram:1".into(),
        }
    }

    #[test]
    fn a_clean_patch_passes_without_asking() {
        let base = tree([("src/a.py", file("x = 1\n"))]);
        let verdict = judged(
            &base,
            &tree([("src/a.py", file("x = 2\n"))]),
            &Plan::default(),
        );
        let pass = verdict.pass().expect("a pass");
        assert_eq!(pass.patch(), verdict.patch_sha256);
        assert_eq!(pass.base_commit(), verdict.base_commit);
        assert_eq!(pass.approved_by(), None);
    }

    #[test]
    fn a_hold_passes_with_a_yes_to_exactly_this_patch() {
        let base = tree([("a.sh", file("echo\n"))]);
        let held = judged(&base, &tree([("a.sh", script("echo\n"))]), &Plan::default());
        assert_eq!(held.outcome, Outcome::Hold, "{:#?}", held.findings);
        assert_eq!(held.pass(), Err(NoPass::Held));
        let mut yes = approval(&held);
        assert_eq!(
            held.pass_with(&yes).expect("a pass").approved_by(),
            Some("telegram:1")
        );
        yes.patch = PatchHash::from_bytes([7; 32]);
        assert!(matches!(
            held.pass_with(&yes),
            Err(NoPass::OtherPatch { .. })
        ));
        yes = approval(&held);
        yes.base_commit = "f".repeat(40);
        assert!(matches!(
            held.pass_with(&yes),
            Err(NoPass::OtherPatch { .. })
        ));
        yes = approval(&held);
        yes.approved_by = " ".into();
        assert_eq!(held.pass_with(&yes), Err(NoPass::Nobody));
    }

    #[test]
    fn nobody_lifts_a_block() {
        let base = tree([("a", file("x\n"))]);
        let blocked = judged(
            &base,
            &tree([
                ("a", file("x\n")),
                (".github/workflows/ci.yml", file("on: push\n")),
            ]),
            &Plan::default(),
        );
        assert_eq!(blocked.pass_with(&approval(&blocked)), Err(NoPass::Blocked));
    }

    #[test]
    fn the_hash_tells_lengths_modes_and_paths_apart() {
        let base = tree([("z", file("z"))]);
        let mut seen = std::collections::BTreeSet::new();
        let candidates = [
            tree([("z", file("z")), ("ab", file("c"))]),
            tree([("z", file("z")), ("a", file("bc"))]),
            tree([("z", file("z")), ("a", script("bc"))]),
            tree([
                ("z", file("z")),
                (
                    "a",
                    Entry::Link {
                        target: b"bc".to_vec(),
                    },
                ),
            ]),
            tree([
                ("z", file("z")),
                (
                    "a",
                    Entry::Submodule {
                        commit: "bc".into(),
                    },
                ),
            ]),
            tree([("z", file("z")), ("a", file("bc")), ("b", file(""))]),
            tree([("a", file("bc"))]),
        ];
        for candidate in &candidates {
            let changes = crate::changes::between(&base, candidate);
            assert!(seen.insert(PatchHash::of(&changes)));
        }
    }
}
