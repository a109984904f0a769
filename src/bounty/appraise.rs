//! From facts to a judgement: the one door through which the rest of the program comes.

use serde::{Deserialize, Serialize};

use super::claim::{self, ClaimPlan};
use super::competition::Competition;
use super::etiquette::Etiquette;
use super::evidence::Evidence;
use super::facts::{Actor, ActorKind, IssueFacts};
use super::platform::{self, Platform};
use super::reading::Reading;
use super::state::{self, Findings, Status};
use super::traps::{TrapList, TrapVerdict};
use super::valuation::{self, Valuation};
use super::{etiquette_rules, text, trap_signs};
use crate::clock::UnixMillis;
use crate::money::Rates;

/// What the rules may look up: data from the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Known traps.
    pub traps: TrapList,
    /// Dated exchange rates.
    pub rates: Rates,
}

/// Whose account we act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Login.
    pub login: String,
    /// Numeric id.
    pub id: u64,
}

impl Me {
    /// As the account that GitHub names beside what it wrote.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            login: Some(self.login.clone()),
            id: Some(self.id),
            kind: ActorKind::User,
        }
    }
}

/// One reason of a judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Short stable name.
    pub code: String,
    /// One sentence for people.
    pub text: String,
}

/// Everything the rules say about one issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appraisal {
    /// An outsider could earn money here, now, by delivering code or documentation.
    pub is_bounty: bool,
    /// Where the bounty stands.
    pub status: Status,
    /// Who runs it.
    pub platform: Option<Platform>,
    /// How sure we are that this platform runs it.
    pub platform_evidence: Evidence,
    /// How much.
    pub amount: Valuation,
    /// Who else is at it.
    pub competition: Competition,
    /// Signs of a trap.
    pub traps: TrapVerdict,
    /// How the repository wants to be approached.
    pub etiquette: Etiquette,
    /// When and how it would be claimed.
    pub plan: ClaimPlan,
    /// Labels that say bounty beside words nobody knows: they may say that it is gone.
    #[serde(default)]
    pub unclear_labels: Vec<String>,
    /// Hidden parts of title and body, made visible.
    pub hidden_text: Vec<String>,
    /// Why it was judged so.
    pub reasons: Vec<Reason>,
}

impl Reason {
    pub(crate) fn new(code: &str, text: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            text: text.into(),
        }
    }
}

/// Judges an issue. Pure: the same facts give the same judgement.
#[must_use]
pub fn appraise(facts: &IssueFacts, lists: &Lists, me: Option<&Me>, now: UnixMillis) -> Appraisal {
    let reading = Reading::of(facts, me);
    let amount = valuation::value(&reading, &lists.rates, now);
    let identified = platform::identify(&reading, &amount);
    let competition = Competition::count(&reading, me);
    let traps = trap_signs::judge(&reading, &amount, &lists.traps, now);
    let etiquette = etiquette_rules::judge(&reading);
    let found = Findings {
        platform: identified.map(|(platform, _)| platform),
        value: &amount,
        competition: &competition,
        traps: &traps,
    };
    let (status, reason) = state::status(&reading, &found);
    let is_bounty = status.claimable();
    // A bounty on no platform is the maintainer's own.
    let identified = identified.or(is_bounty.then_some((Platform::Maintainer, Evidence::Unknown)));
    let plan = claim::plan(identified, &etiquette, &facts.repo.owner, facts.number);
    let mut reasons = vec![reason];
    if let Some(what) = &amount.disagreement {
        reasons.push(Reason::new("amounts_differ", what.clone()));
    }
    if status != Status::Fake {
        reasons.extend(
            traps
                .hits
                .iter()
                .map(|hit| Reason::new(&hit.code, hit.text.clone())),
        );
    }
    let mut hidden_text = text::hidden_parts(&facts.title);
    hidden_text.extend(
        facts
            .body
            .as_deref()
            .map(text::hidden_parts)
            .unwrap_or_default(),
    );
    Appraisal {
        is_bounty,
        status,
        platform: identified.map(|(platform, _)| platform),
        platform_evidence: identified.map_or(Evidence::Unknown, |(_, evidence)| evidence),
        amount,
        competition,
        traps,
        etiquette,
        plan,
        unclear_labels: reading.unclear_labels(),
        hidden_text,
        reasons,
    }
}
