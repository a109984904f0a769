//! Which service or programme stands behind a bounty.

use serde::{Deserialize, Serialize};

use super::comments::Said;
use super::evidence::Evidence;
use super::labels::Meaning;
use super::programmes;
use super::reading::Reading;
use super::valuation::Valuation;
use crate::money::{Coin, Currency};

/// A bounty service, or a company's own programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// algora.io.
    Algora,
    /// opire.dev.
    Opire,
    /// issuehunt.io.
    IssueHunt,
    /// bountyhub.dev.
    BountyHub,
    /// Dead; holds money that it no longer pays.
    Bountysource,
    /// Its bounties have ended.
    Gitcoin,
    /// Its issue funding has ended.
    Polar,
    /// boss.dev.
    Boss,
    /// lightningbounties.com: satoshi.
    Lightning,
    /// roxonn.com.
    Roxonn,
    /// devasign.com.
    Devasign,
    /// A campaign's applicant pool.
    GrantFox,
    /// gofrantic.com: GitHub only mirrors it.
    Frantic,
    /// Contracts on Base for agents.
    Nspg13,
    /// UbiquityOS: `Price:` labels, exclusive assignment by its bot.
    Ubiquity,
    /// comma.ai.
    Comma,
    /// Tenstorrent: assignment after accepting the terms.
    Tenstorrent,
    /// Expensify: proposals, paid through Upwork.
    Expensify,
    /// Project token RTC.
    RustChain,
    /// Project token MRG.
    MergeOs,
    /// Project token MRWK.
    MergeWork,
    /// Project token XTM by size.
    Tari,
    /// The maintainer pays directly.
    #[serde(rename = "self")]
    Maintainer,
}

impl Platform {
    /// Its name in JSON and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Algora => "algora",
            Self::Opire => "opire",
            Self::IssueHunt => "issuehunt",
            Self::BountyHub => "bountyhub",
            Self::Bountysource => "bountysource",
            Self::Gitcoin => "gitcoin",
            Self::Polar => "polar",
            Self::Boss => "boss",
            Self::Lightning => "lightning",
            Self::Roxonn => "roxonn",
            Self::Devasign => "devasign",
            Self::GrantFox => "grantfox",
            Self::Frantic => "frantic",
            Self::Nspg13 => "nspg13",
            Self::Ubiquity => "ubiquity",
            Self::Comma => "comma",
            Self::Tenstorrent => "tenstorrent",
            Self::Expensify => "expensify",
            Self::RustChain => "rustchain",
            Self::MergeOs => "mergeos",
            Self::MergeWork => "mergework",
            Self::Tari => "tari",
            Self::Maintainer => "self",
        }
    }
}

/// Who runs the bounty, and how sure we are. A name in a text is never enough for a slash command:
/// that needs a label or the platform's own account.
pub(crate) fn identify(reading: &Reading<'_>, value: &Valuation) -> Option<(Platform, Evidence)> {
    let spoken = reading
        .said
        .iter()
        .filter_map(|(_, said)| match said {
            Said::PlatformOffer {
                platform, evidence, ..
            }
            | Said::PlatformPaid { platform, evidence }
            | Said::PlatformCancelled { platform, evidence } => Some((*platform, *evidence)),
            _ => None,
        })
        .max_by_key(|(_, evidence)| *evidence);
    if let Some((_, Evidence::Verified)) = spoken {
        return spoken;
    }
    if reading.body.issuehunt.is_some() {
        return Some((Platform::IssueHunt, Evidence::Claimed));
    }
    let by_label = reading
        .labels
        .iter()
        .find_map(|(label, meaning)| match meaning {
            Meaning::Offer(Some(platform))
            | Meaning::Amount {
                platform: Some(platform),
                ..
            } => Some((*platform, *label)),
            _ => None,
        });
    if let Some((platform, label)) = by_label {
        // Only people with triage rights can put a label on; who it was may not be recorded.
        return Some((
            platform,
            reading.label_evidence(label).max(Evidence::Claimed),
        ));
    }
    let programme = programmes::of(&reading.facts.repo.owner);
    if let Some(own) = programme.filter(|p| p.own) {
        return Some((own.platform, Evidence::Verified));
    }
    if spoken.is_some() {
        return spoken;
    }
    let named = reading
        .labels
        .iter()
        .find_map(|(_, meaning)| match meaning {
            Meaning::PlatformName(platform) => Some(*platform),
            _ => None,
        })
        .or(reading.body.platform)
        .or_else(|| by_currency(value))
        .or_else(|| programme.map(|p| p.platform));
    if let Some(platform) = named {
        return Some((platform, Evidence::Unknown));
    }
    // Algora's amount label stands alone now and then.
    let bare = reading.label(
        |m| matches!(m, Meaning::Amount { found, .. } if found.amount.currency == Currency::Usd),
    );
    if bare.is_some_and(|label| label.name.trim_start().starts_with('$')) {
        return Some((Platform::Algora, Evidence::Unknown));
    }
    if reading
        .said
        .iter()
        .any(|(_, said)| matches!(said, Said::MaintainerOffer { .. }))
    {
        return Some((Platform::Algora, Evidence::Unknown));
    }
    None
}

fn by_currency(value: &Valuation) -> Option<Platform> {
    match value.amount.as_ref()?.currency {
        Currency::Token(ref ticker) => programmes::of_token(ticker),
        Currency::Coin(Coin::Sats) => Some(Platform::Lightning),
        _ => None,
    }
}
