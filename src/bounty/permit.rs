//! Permits: the only value that lets anything outward happen for a bounty.
//!
//! A [`Permit`] is made by `decide` below every threshold, or from a stored answer of the owner.
//! Its hash covers what was decided upon; when the issue changes, the hash does, and the permit
//! is worth nothing.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::appraise::Appraisal;
use super::claim::ClaimPlan;
use super::facts::IssueFacts;
use crate::clock::UnixMillis;
use crate::money::Usd;

/// SHA-256 over exactly what is approved.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApprovalHash([u8; 32]);

impl ApprovalHash {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for ApprovalHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ApprovalHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApprovalHash({self})")
    }
}

impl Serialize for ApprovalHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ApprovalHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a SHA-256 in hexadecimal"))
    }
}

/// What a permit allows at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Worth of the bounty that was decided upon; `None` when it was not known.
    pub ceiling: Option<Usd>,
    /// How long the permit lasts.
    pub lifetime: Duration,
}

/// Who permitted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Authority {
    /// The owner's thresholds: below all of them.
    Thresholds,
    /// The owner's stored answer.
    Approval {
        /// Id of the approval.
        id: String,
    },
}

/// What a permit says, as the ledger keeps it. Plain data: holding it permits nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitRecord {
    /// Numeric id of the repository, when known.
    pub repository_id: Option<u64>,
    /// `owner/name` at that time.
    pub repository: String,
    /// Issue number.
    pub number: u64,
    /// What may be done.
    pub action: ClaimPlan,
    /// What was decided upon.
    pub hash: ApprovalHash,
    /// Worth of the bounty; `None` when it was not known.
    pub ceiling: Option<Usd>,
    /// When it was given.
    pub given_at: UnixMillis,
    /// From when on it is worth nothing.
    pub expires_at: UnixMillis,
    /// Who gave it.
    pub authority: Authority,
}

impl PermitRecord {
    /// Whether its time is over, whatever became of the issue.
    #[must_use]
    pub fn is_over(&self, now: UnixMillis) -> bool {
        // A clock set back before the permit was given proves nothing about its age; a time server's
        // correction of some seconds is no such thing.
        now >= self.expires_at || now.plus(CORRECTION) < self.given_at
    }
}

/// How far a time server may set the clock back without voiding what was just permitted.
const CORRECTION: Duration = Duration::from_secs(60);

/// Permission to work on one bounty. Cannot be made outside this crate's rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    record: PermitRecord,
}

/// Why a stored permit is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PermitError {
    /// Its time is over.
    #[error("the permit has expired; the bounty is appraised again")]
    Expired,
    /// The issue is not what was decided upon.
    #[error("the issue has changed since it was permitted; the bounty is appraised again")]
    Superseded,
}

impl Permit {
    pub(crate) fn by_thresholds(
        facts: &IssueFacts,
        appraisal: &Appraisal,
        limits: &Limits,
        now: UnixMillis,
    ) -> Self {
        Self::give(facts, appraisal, limits, Authority::Thresholds, now)
    }

    /// A stored permit, when it has not expired and `current` (over the issue as it is now) is
    /// what was permitted.
    pub(crate) fn restore(
        record: PermitRecord,
        current: &ApprovalHash,
        now: UnixMillis,
    ) -> Result<Self, PermitError> {
        if record.is_over(now) {
            return Err(PermitError::Expired);
        }
        if record.hash != *current {
            return Err(PermitError::Superseded);
        }
        Ok(Self { record })
    }

    fn give(
        facts: &IssueFacts,
        appraisal: &Appraisal,
        limits: &Limits,
        authority: Authority,
        now: UnixMillis,
    ) -> Self {
        Self {
            record: PermitRecord {
                repository_id: facts.repo.id,
                repository: facts.repo.slug(),
                number: facts.number,
                action: appraisal.plan.clone(),
                hash: approval_hash(facts, appraisal, limits),
                ceiling: limits.ceiling,
                given_at: now,
                expires_at: now.plus(limits.lifetime),
                authority,
            },
        }
    }

    /// What it says, for the ledger.
    #[must_use]
    pub const fn record(&self) -> &PermitRecord {
        &self.record
    }
}

/// SHA-256 over a canonical form of what an approval is about: repository id and name, issue,
/// amount with its evidence, action, limits, title, body and assignees, and the words that may mean
/// that we are not wanted or that it is gone. Any later change to one
/// of them gives another hash.
#[must_use]
pub fn approval_hash(facts: &IssueFacts, appraisal: &Appraisal, limits: &Limits) -> ApprovalHash {
    let mut canon = Canon::new();
    canon.number(facts.repo.id);
    canon.text(&facts.repo.slug().to_ascii_lowercase());
    canon.number(Some(facts.number));
    let amount = &appraisal.amount;
    canon.number(amount.usd.map(|usd| usd.cents().cast_unsigned()));
    canon.option(amount.amount.as_ref().map(ToString::to_string).as_deref());
    canon.text(amount.evidence.as_str());
    canon.option(amount.disagreement.as_deref());
    canon.option(appraisal.platform.map(super::platform::Platform::as_str));
    canon.text(appraisal.plan.as_str());
    canon.option(appraisal.plan.command());
    canon.number(limits.ceiling.map(|usd| usd.cents().cast_unsigned()));
    canon.number(u64::try_from(limits.lifetime.as_millis()).ok());
    canon.text(&facts.title);
    canon.option(facts.body.as_deref());
    canon.number(facts.assignees.as_ref().map(|all| all.len() as u64));
    let mut assignees: Vec<_> = facts.assignees.iter().flatten().collect();
    assignees.sort_by_key(|actor| (actor.id, actor.login.clone()));
    for actor in assignees {
        canon.number(actor.id);
        canon.option(actor.login.as_deref());
    }
    // A yes is given over these words; one given before they stood there says nothing about them.
    let etiquette = &appraisal.etiquette;
    let unclear = etiquette.findings.iter().filter(|f| f.code == "unclear");
    for finding in unclear {
        canon.text(&finding.quote);
    }
    for label in &appraisal.unclear_labels {
        canon.text(label);
    }
    canon.finish()
}

/// Length before content, so that no two different subjects give the same bytes.
struct Canon(Sha256);

impl Canon {
    fn new() -> Self {
        let mut hash = Sha256::new();
        hash.update(b"bountyd approval 1\n");
        Self(hash)
    }

    fn text(&mut self, text: &str) {
        self.0.update([2]);
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn option(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.update([0]),
        }
    }

    fn number(&mut self, number: Option<u64>) {
        match number {
            Some(number) => {
                self.0.update([1]);
                self.0.update(number.to_be_bytes());
            }
            None => self.0.update([0]),
        }
    }

    fn finish(self) -> ApprovalHash {
        ApprovalHash(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests;
