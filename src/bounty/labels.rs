//! What a label says. Labels are compared exactly after normalisation: `💰 Reward` is Opire's for
//! open, `💰 Rewarded` is Algora's for paid.

use super::label_words;
use super::platform::Platform;
use super::reward::{self, Found, Tickers};
use super::text::plain;
use crate::money::Currency;

/// The meaning of one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An amount of money.
    Amount {
        found: Found,
        platform: Option<Platform>,
    },
    /// There is a bounty, of whatever worth.
    Offer(Option<Platform>),
    /// A platform's name put on by hand.
    PlatformName(Platform),
    /// Paid out.
    PaidOut,
    /// Taken by somebody.
    Taken,
    /// Work has been handed in.
    Delivered,
    /// No money in it yet, or none at all.
    Unfunded,
    /// Not for outsiders.
    Reserved,
    /// Points, glory, a student programme.
    NoMoney,
    /// Somebody else's bounty, copied or listed.
    Mirror,
    /// A proposal, an idea, a discussion.
    Proposal,
    /// Not to be done: duplicate, blocked, will not be fixed.
    NotWanted,
    /// Says that it is bait; points.
    Bait(u32),
    /// Automated contributors are not wanted.
    NoAi,
    /// Open for outsiders.
    HelpWanted,
}

impl Meaning {
    /// The platform whose own label this is.
    pub(crate) const fn platform(&self) -> Option<Platform> {
        match self {
            Self::Offer(platform) | Self::Amount { platform, .. } => *platform,
            _ => None,
        }
    }
}

/// Reads a label; `None` when it says nothing about money or manners.
pub(crate) fn meaning(label: &str) -> Option<Meaning> {
    let name = plain(label).trim().to_lowercase();
    // `has-pr` and `has_pr` are `has pr`.
    let spelled =
        || exact(&name.replace(['-', '_'], " ")).filter(|m| !matches!(m, Meaning::Bait(_)));
    if let Some(known) = exact(&name).or_else(spelled) {
        return Some(known);
    }
    if label_words::wants_machines(&name) {
        return Some(Meaning::Bait(100));
    }
    if let Some(standing) = label_words::standing(&name) {
        return Some(standing);
    }
    if name.bytes().any(|b| b.is_ascii_digit()) {
        return amount(plain(label).trim(), &name);
    }
    let paying = label_words::pays(&name).then_some(Meaning::Offer(None));
    prefixed(&name).or_else(|| worded(&name)).or(paying)
}

/// It says bounty, beside words that may take it back.
pub(crate) fn unclear(label: &str) -> bool {
    let name = plain(label).trim().to_lowercase();
    exact(&name).is_none() && (label_words::unclear(&name) || label_words::pays(&name))
}

/// The word itself beside a sign or a word that only sorts: `🪙 bounty`, `kind/bounty`, `bounty
/// (open)`. Beside any other word it may be another thing, such as a hunter's or a bug bounty.
fn worded(name: &str) -> Option<Meaning> {
    const SORTS: &[&str] = &[
        "active",
        "available",
        "community",
        "crypto",
        "dev",
        "development",
        "for",
        "has",
        "helpwanted",
        "help",
        "wanted",
        "is",
        "issue",
        "kind",
        "lightning",
        "money",
        "oss",
        "paid",
        "status",
        "tag",
        "task",
        "type",
        "usd",
        "with",
    ];
    let mut bounty = false;
    for word in name.split(|c: char| !c.is_alphanumeric()) {
        match word {
            "bounty" | "bounties" => bounty = true,
            "" => {}
            other if SORTS.contains(&other) => {}
            _ => return None,
        }
    }
    bounty.then_some(Meaning::Offer(None))
}

fn exact(name: &str) -> Option<Meaning> {
    Some(match name {
        "bounty" | "bounties" | "💰bounty" | "💰 bounty" | "bounty 💰" | "bounty💰"
        | "💵 bounty" | ":moneybag: bounty" | "has bounty" | "has-bounty" | "bounty available"
        | "paid bounty" | "type: bounty" | "type:bounty" | "reward eligible"
        | "bounty-eligible" | "🏆 bounty" | "bounty 🏆" | "bounty $" | "$bounty" | "$ bounty"
        | "bounty :moneybag:" | "🤑 bounty" | "cash bounty" | "bountied" | "funded bounty"
        | "retro-bounty" | "💲 bounty" => Meaning::Offer(None),
        "💎 bounty" => Meaning::Offer(Some(Platform::Algora)),
        "💰 reward" => Meaning::Offer(Some(Platform::Opire)),
        ":dollar: funded on issuehunt" | "💵 funded on issuehunt" => {
            Meaning::Offer(Some(Platform::IssueHunt))
        }
        "opire" => Meaning::PlatformName(Platform::Opire),
        "bountyhub" => Meaning::PlatformName(Platform::BountyHub),
        "algora" => Meaning::PlatformName(Platform::Algora),
        "issuehunt" => Meaning::PlatformName(Platform::IssueHunt),
        "grantfox" | "grantfox oss" => Meaning::PlatformName(Platform::GrantFox),
        "funded-live" | "claimable-live" => Meaning::PlatformName(Platform::Nspg13),
        "💰 rewarded"
        | "rewarded"
        | "status: bounty paid"
        | "bounty paid"
        | "paid out"
        | "bounty-paid"
        | "awaiting payment"
        | "pending payment"
        | "payment pending"
        | "settled-paid"
        | "bounty awarded"
        | "awarded"
        | ":dollar: rewarded on issuehunt"
        | "💵 rewarded on issuehunt"
        | "bounty rewarded"
        | "reward paid"
        | "bounty: paid" => Meaning::PaidOut,
        "claimed-live"
        | "status: claimed bounty"
        | "claimed"
        | "taken"
        | "status: taken"
        | "assigned"
        | "status: assigned"
        | "bounty claimed"
        | "in-progress"
        | "in progress"
        | "status: in progress"
        | "🙋 bounty claim"
        | "reviewing"
        | "bounty-claimed"
        | "status: claimed"
        | "wip"
        | "bounty: claimed"
        | "reserved"
        | "recovery-pending-expiry" => Meaning::Taken,
        "delivered" | "submitted" | "status: in review" | "in review" | "under review"
        | "awaiting merge" | "merged" | "has pr" | "has pull request" | "pr submitted"
        | "pr opened" => Meaning::Delivered,
        "funding-needed" | "unfunded" | "needs funding" | "funding needed" | "seeded"
        | "bounty-proposal" | "bounty proposal" | "proposed bounty" => Meaning::Unfunded,
        "only for core team"
        | "do not apply"
        | "core team only"
        | "core team"
        | "internal"
        | "internal only"
        | "staff only"
        | "reserved for interview"
        | "maintainers only"
        | "team only" => Meaning::Reserved,
        "zero-bounty" | "bounty-warmup" | "no-bounty" | "no bounty" | "glory-only" | "points"
        | "hackathon-points" | "joke" | "jokes" | "meme" | "shitpost" => Meaning::NoMoney,
        "bounty-alert" | "radar" | "external-mirror" | "mirror" | "mirrored"
        | "external bounty" | "bounty-list" | "aggregator" | "bounty-tracker" | "daily-report"
        | "scan" => Meaning::Mirror,
        "proposal" | "rfc" | "type:idea" | "type: idea" | "idea" | "type/proposal"
        | "discussion" | "question" | "grant" | "grant proposal" | "meta" => Meaning::Proposal,
        "duplicate" | "invalid" | "wontfix" | "won't fix" | "blocked" | "status: blocked"
        | "on hold" | "on-hold" | "stale-bounty" | "bounty cancelled" | "bounty expired"
        | "cancelled" | "expired" | "spam" | "completed" | "status: completed" => {
            Meaning::NotWanted
        }
        "agent-bait" | "honeypot-task" | "honeypot" | "ai slop" => Meaning::Bait(100),
        "ai agent friendly" => Meaning::Bait(50),
        "no-ai" | "no ai" | "noai" | "no-bots" | "no bots" | "human only" | "humans only"
        | "no-llm" | "no llm" | "no-agents" | "no-ai-prs" | "no ai prs" => Meaning::NoAi,
        "help wanted" => Meaning::HelpWanted,
        _ => return None,
    })
}

fn prefixed(name: &str) -> Option<Meaning> {
    if name.starts_with("gssoc") {
        return Some(Meaning::NoMoney);
    }
    // Sizes (`bounty-S`, `bounty:L`, `bounty_difficulty/hard`) say that there is a bounty, not how
    // much; `bounty: bug` is a kind of one.
    let after = name.strip_prefix("bounty")?;
    let offers = after.starts_with(['-', ':', '_', '/', ' ']) && !label_words::of_a_scheme(after);
    offers.then_some(Meaning::Offer(None))
}

/// `$1.2k`, `Price: 900 USD`, `bounty-30`, `reward:25-mrg`, `bounty:0.25 SOL`, `5K reward`.
fn amount(label: &str, name: &str) -> Option<Meaning> {
    if name.starts_with("points") || name.starts_with("gssoc") {
        return Some(Meaning::NoMoney);
    }
    let ubiquity = ["price:", "pricing:"]
        .iter()
        .find_map(|p| name.strip_prefix(p));
    if let Some(rest) = ubiquity {
        let found = reward::whole(&rest.to_uppercase(), Tickers::Known)?;
        return Some(Meaning::Amount {
            found,
            platform: Some(Platform::Ubiquity),
        });
    }
    // `🏷 $50` too.
    let bare = label.trim_start_matches(|c: char| {
        !c.is_ascii() && !c.is_alphanumeric() && Currency::of_sign(c).is_none() || c == ' '
    });
    if let Some(found) = reward::whole(bare, Tickers::Known) {
        return Some(Meaning::Amount {
            found,
            platform: None,
        });
    }
    if let Some(found) = coin(label) {
        return Some(Meaning::Amount {
            found,
            platform: None,
        });
    }
    let (prefix, rest) = ["bounty", "reward", "prize", "payout"]
        .iter()
        .find_map(|p| name.strip_prefix(p).map(|rest| (*p, rest)))
        .or_else(|| {
            [" reward", " bounty", "-bounty"]
                .iter()
                .find_map(|s| name.strip_suffix(s).map(|rest| ("", rest)))
        })?;
    let separator = rest.chars().next();
    let value = rest.trim_start_matches(['-', ':', '_', '/', ' ', '=']);
    let value = value.replace('-', " ").to_uppercase();
    let value = value.trim_matches(['(', ')', '[', ']']);
    if let Some(found) = reward::whole(value, Tickers::Any) {
        return Some(Meaning::Amount {
            found,
            platform: None,
        });
    }
    // `bounty-30` counts dollars, `bounty: 50` too; `bounty:1` may be a size, `bounty/2026` a year, and
    // `5K reward` says no unit.
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let money = match separator {
        Some('-') => digits,
        Some(':' | '/') => {
            digits
                && matches!(value.parse::<u32>(), Ok(n) if n >= 10 && !(1990..=2100).contains(&n))
        }
        _ => false,
    };
    if prefix == "bounty" && money {
        let found = reward::whole(&format!("${value}"), Tickers::Known)?;
        return Some(Meaning::Amount {
            found,
            platform: None,
        });
    }
    let names_bounty = prefix == "bounty" && separator.is_some_and(|c| "-:_/ #".contains(c));
    names_bounty.then_some(Meaning::Offer(None))
}

/// `5-XMR`: a coin whose number stands in front of a hyphen.
fn coin(label: &str) -> Option<Found> {
    let (number, unit) = label.split_once('-')?;
    if !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    Currency::known(unit)?;
    reward::whole(&format!("{number} {unit}"), Tickers::Known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(label: &str) -> String {
        match meaning(label) {
            Some(Meaning::Amount { found, .. }) => found.amount.to_string(),
            Some(other) => format!("{other:?}"),
            None => "-".to_owned(),
        }
    }

    #[test]
    fn labels_read_as_documented() {
        for (label, expected) in [
            ("$500", "$500"),
            ("$1.2k", "$1,200"),
            ("$3.5K", "$3,500"),
            ("10$", "$10"),
            ("bounty-200", "$200"),
            ("bounty:50$", "$50"),
            ("Price: 900 USD", "$900"),
            ("Pricing: 200 USD", "$200"),
            ("Price: 0 USD", "$0"),
            ("reward-50-usd", "$50"),
            ("reward:25-mrg", "25 MRG"),
            ("bounty:0.25 SOL", "0.25 SOL"),
            ("bounty:0.001ETH", "0.001 ETH"),
            ("bounty:250-myz", "250 MYZ"),
            ("5-XMR", "5 XMR"),
            ("bounty-S", "Offer(None)"),
            ("bounty_difficulty/hard", "Offer(None)"),
            ("bounty:0.05", "Offer(None)"),
            ("Bounty#6", "Offer(None)"),
            ("points:3", "NoMoney"),
            ("💎 Bounty", "Offer(Some(Algora))"),
            ("💰 Reward", "Offer(Some(Opire))"),
            ("💰\u{FE0F} Rewarded\u{200B}", "PaidOut"),
            ("Time: <1 Day", "-"),
            ("Priority: 3 (High)", "-"),
            ("bounty-hunter", "-"),
            ("bounty-board", "-"),
            ("Bounty: platform", "-"),
            ("bounty: 50", "$50"),
            ("bounty/50", "$50"),
            ("bounty/2026", "Offer(None)"),
            ("bounty:1", "Offer(None)"),
            ("bounty (50 USD)", "$50"),
            ("bounty [$50]", "$50"),
            ("🏷 $50", "$50"),
            ("💰$50", "$50"),
            ("💰 50 USDC", "50 USDC"),
            ("Paid Issue", "Offer(None)"),
            ("paid-task", "Offer(None)"),
            ("💵 Paid", "Offer(None)"),
            ("💰 fund", "Offer(None)"),
            ("💰 funded", "Offer(None)"),
            ("funded", "-"),
            ("paid", "-"),
            ("Fund", "-"),
            ("paid plan", "-"),
            ("taken", "Taken"),
            ("has-PR", "Delivered"),
            ("completed", "NotWanted"),
            ("Pending Payment", "PaidOut"),
            ("🪙 Bounty", "Offer(None)"),
            ("kind/bounty", "Offer(None)"),
            ("lightning-bounty", "Offer(None)"),
            ("bounty idea", "Offer(None)"),
            ("security bounty", "-"),
            ("under review", "Delivered"),
            ("bug bounty", "-"),
            ("tier-2", "-"),
            ("P2", "-"),
            ("no-ai", "NoAi"),
        ] {
            assert_eq!(shown(label), expected, "{label}");
        }
    }
}
