//! Why a carried judgement is not believed.

use crate::finding::{Outcome, Severity};
use crate::pass::PatchHash;
use crate::rules::RuleId;

/// A carried judgement that opens to nothing. None of these heals by itself: the patch is judged again
/// from its trees, or given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCarried {
    /// Longer than the caller takes.
    #[error(
        "the carried judgement has {bytes} bytes, and {most} are read; make the patch smaller, or raise the limit"
    )]
    TooLong {
        /// What it has.
        bytes: usize,
        /// What is taken.
        most: usize,
    },
    /// Not of the form, or of another version.
    #[error("the carried judgement cannot be read: {0}; have the patch judged again")]
    Unreadable(String),
    /// Its sum is another.
    #[error(
        "the carried judgement was changed since it was written: its sum is another; look at the disk, and have the patch judged again"
    )]
    Damaged,
    /// Its base is no commit.
    #[error(
        "the carried judgement is about a base that is no commit id (40 or 64 lower-case hexadecimal digits); have the patch judged again"
    )]
    NoCommit,
    /// A path that stands twice, or not in order.
    #[error(
        "the carried judgement has its path {0} twice or out of order; have the patch judged again"
    )]
    Order(String),
    /// A path at which nothing changed.
    #[error(
        "the carried judgement says that {0} changed, and both sides are the same; have the patch judged again"
    )]
    Unchanged(String),
    /// What git cannot store.
    #[error("the carried patch has something at {0} that is no file, link or submodule; remove it")]
    Odd(String),
    /// The change is another than the one that was judged.
    #[error(
        "the carried judgement is about patch {stored}, and its paths make patch {found}; have the patch judged again"
    )]
    OtherPatch {
        /// By its own words.
        stored: PatchHash,
        /// By its paths.
        found: PatchHash,
    },
    /// It lets more pass than its own findings do.
    #[error(
        "the carried judgement says {} where its own findings say {}; have the patch judged again",
        .stored.word(), .least.word()
    )]
    Milder {
        /// What it says.
        stored: Outcome,
        /// What follows from its findings.
        least: Outcome,
    },
    /// A finding that its rule cannot have made.
    #[error(
        "the carried judgement has a finding of rule {rule} that weighs {}, which that rule never does; have the patch judged again",
        .severity.word()
    )]
    Heavier {
        /// The rule.
        rule: RuleId,
        /// The weight.
        severity: Severity,
    },
}
