//! The parts of a carried judgement, as they are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::bytes;
use crate::finding::{Finding, Outcome, Severity};
use crate::judge::Verdict;
use crate::pass::PatchHash;
use crate::rules::RuleId;
use crate::shown;
use crate::tree::{Entry, Path, Tree};

/// Characters of a message that are carried.
const MESSAGE: usize = 4000;

/// The version of the form; there is one so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Version;

impl Version {
    const NUMBER: u32 = 1;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            other => Err(D::Error::custom(format!(
                "it is of version {other}, and this program reads version {}",
                Self::NUMBER
            ))),
        }
    }
}

/// The hash of a judgement in this form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Sum(Hash);

/// SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    pub(super) fn hash(self) -> PatchHash {
        PatchHash::from_bytes(self.0)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::sha256(deserializer).map(Self)
    }
}

/// What was said, about what.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Judgement {
    pub(super) base_commit: String,
    pub(super) outcome: Outcome,
    pub(super) findings: Vec<Found>,
    pub(super) patch: Hash,
    pub(super) changed: Vec<Sides>,
}

/// A finding; what to do about it is the registry's to say.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Found {
    #[serde(deserialize_with = "rule")]
    pub(super) rule: RuleId,
    pub(super) severity: Severity,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) path: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) line: Option<u32>,
    pub(super) message: String,
}

/// A changed path. Both sides must be written: one that is missing would mean that nothing is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sides {
    #[serde(with = "bytes")]
    pub(super) path: Path,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) before: Option<Stand>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) after: Option<Stand>,
}

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum Stand {
    File {
        #[serde(with = "bytes")]
        content: Arc<[u8]>,
        executable: bool,
    },
    Link {
        #[serde(with = "bytes")]
        target: Vec<u8>,
    },
    Submodule {
        commit: String,
    },
    /// Written so that it can be refused by name.
    Odd {
        kind: String,
    },
}

fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RuleId, D::Error> {
    let id = String::deserialize(deserializer)?;
    RuleId::named(&id).ok_or_else(|| D::Error::custom("a rule that this program does not know"))
}

impl Judgement {
    pub(super) fn of(verdict: &Verdict, base: &Tree, candidate: &Tree) -> Self {
        let side = |entries: &BTreeMap<Path, Entry>, path| entries.get(path).map(Stand::of);
        Self {
            base_commit: verdict.base_commit.clone(),
            outcome: verdict.outcome,
            findings: verdict.findings.iter().map(Found::of).collect(),
            patch: Hash(*verdict.patch_sha256.as_bytes()),
            changed: verdict
                .changes
                .iter()
                .map(|change| Sides {
                    before: side(&base.entries, &change.path),
                    after: side(&candidate.entries, &change.path),
                    path: change.path.clone(),
                })
                .collect(),
        }
    }

    /// Every part, with its length before it where that is not fixed.
    pub(super) fn sum(&self) -> Sum {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        field(b"bountyd carried 1");
        field(self.base_commit.as_bytes());
        field(self.outcome.word().as_bytes());
        field(&self.patch.0);
        field(&(self.findings.len() as u64).to_be_bytes());
        for found in &self.findings {
            field(found.rule.as_str().as_bytes());
            field(found.severity.word().as_bytes());
            field(&[u8::from(found.path.is_some())]);
            field(found.path.as_deref().unwrap_or_default().as_bytes());
            field(&[u8::from(found.line.is_some())]);
            field(&found.line.unwrap_or_default().to_be_bytes());
            field(found.message.as_bytes());
        }
        for sides in &self.changed {
            field(&sides.path);
            for side in [&sides.before, &sides.after] {
                let (kind, content): (&str, &[u8]) = match side {
                    None => ("nothing", b""),
                    Some(Stand::File {
                        content,
                        executable: false,
                    }) => ("file", content),
                    Some(Stand::File {
                        content,
                        executable: true,
                    }) => ("executable", content),
                    Some(Stand::Link { target }) => ("link", target),
                    Some(Stand::Submodule { commit }) => ("submodule", commit.as_bytes()),
                    Some(Stand::Odd { kind }) => ("odd", kind.as_bytes()),
                };
                field(kind.as_bytes());
                field(content);
            }
        }
        Sum(Hash(hasher.finalize().into()))
    }
}

impl Found {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            path: finding.path.clone(),
            line: finding.line,
            message: shown::text(&finding.message, MESSAGE),
        }
    }

    /// The finding again. Its words came from outside, and are made harmless as if nobody had.
    pub(super) fn finding(&self) -> Finding {
        Finding {
            rule: self.rule,
            severity: self.severity,
            path: self.path.as_ref().map(|path| shown::path(path.as_bytes())),
            line: self.line,
            message: shown::text(&self.message, MESSAGE),
            remedy: self.rule.rule().remedy,
        }
    }
}

impl Stand {
    fn of(entry: &Entry) -> Self {
        match entry {
            Entry::File {
                content,
                executable,
            } => Self::File {
                content: Arc::clone(content),
                executable: *executable,
            },
            Entry::Link { target } => Self::Link {
                target: target.clone(),
            },
            Entry::Submodule { commit } => Self::Submodule {
                commit: commit.clone(),
            },
            Entry::Odd { kind } => Self::Odd {
                kind: (*kind).to_owned(),
            },
        }
    }

    /// As a tree has it; `None` for what git cannot store.
    pub(super) fn into_entry(self) -> Option<Entry> {
        Some(match self {
            Self::File {
                content,
                executable,
            } => Entry::File {
                content,
                executable,
            },
            Self::Link { target } => Entry::Link { target },
            Self::Submodule { commit } => Entry::Submodule { commit },
            Self::Odd { .. } => return None,
        })
    }
}
