//! A judgement that travels: from the process that ran the work to the one that submits it, over a disk
//! and a restart, and how far it is believed there.

mod bytes;
mod changes;
mod open;
mod record;
mod refusal;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::changes::Changes;
use self::record::{Judgement, Sum, Version};
pub use self::refusal::NotCarried;
use crate::judge::Verdict;
use crate::shown;
use crate::tree::Tree;

/// A judgement as it is stored: what was said, and every changed path with both of its sides. It proves
/// nothing by itself; [`Carried::open`] makes a [`Verdict`] of it again.
///
/// Nobody else can make one:
///
/// ```compile_fail,E0451
/// use gate::{Outcome, PatchHash, Verdict};
/// let forged = Verdict {
///     outcome: Outcome::Pass,
///     findings: Vec::new(),
///     changes: Vec::new(),
///     patch_sha256: PatchHash::from_bytes([0; 32]),
///     base_commit: String::new(),
/// };
/// ```
///
/// nor read one:
///
/// ```compile_fail,E0277
/// fn read<T: for<'de> serde::Deserialize<'de>>() {}
/// read::<gate::Verdict>();
/// ```
///
/// nor a pass:
///
/// ```compile_fail,E0277
/// fn read<T: for<'de> serde::Deserialize<'de>>() {}
/// read::<gate::GatePass>();
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    version: Version,
    judgement: Judgement,
    /// Over the judgement: tells damage. It is no signature, whoever lies can compute it.
    sum: Sum,
}

impl Carried {
    /// Packs a judgement up. The trees are those that it was made of; of them only the changed paths
    /// are kept. With other trees the result does not open. A judgement that was made unattended stays
    /// blocked where it would have been held: make it attended if the reader can ask somebody.
    #[must_use]
    pub fn of(verdict: &Verdict, base: &Tree, candidate: &Tree) -> Self {
        Self::sealed(Judgement::of(verdict, base, candidate))
    }

    fn sealed(judgement: Judgement) -> Self {
        Self {
            version: Version,
            sum: judgement.sum(),
            judgement,
        }
    }

    /// As bytes (JSON), about a third longer than the changed contents of both sides together.
    ///
    /// # Errors
    /// The serialiser's own; there is no value that it does not take.
    pub fn write(&self) -> Result<Vec<u8>, NotCarried> {
        serde_json::to_vec(self).map_err(|error| NotCarried::Unreadable(error.to_string()))
    }

    /// Reads what [`Carried::write`] wrote, strictly: no field more, none less, none twice. More than
    /// `most` bytes are not looked at; what is read takes about as much memory again.
    ///
    /// # Errors
    /// It is too long, of another version, or not of this form.
    pub fn read(bytes: &[u8], most: usize) -> Result<Self, NotCarried> {
        if bytes.len() > most {
            return Err(NotCarried::TooLong {
                bytes: bytes.len(),
                most,
            });
        }
        serde_json::from_slice(bytes)
            .map_err(|error| NotCarried::Unreadable(shown::text(&error.to_string(), 200)))
    }

    /// The commit that the patch was made on, as written; nobody has checked it yet.
    #[must_use]
    pub fn base_commit(&self) -> &str {
        &self.judgement.base_commit
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried")
            .field("base_commit", &self.judgement.base_commit)
            .field("outcome", &self.judgement.outcome)
            .field("patch", &self.judgement.patch.hash())
            .field("changed", &self.judgement.changed.len())
            .finish_non_exhaustive()
    }
}
