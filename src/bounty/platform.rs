//! Which service or programme stands behind a bounty.

use serde::{Deserialize, Serialize};

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
