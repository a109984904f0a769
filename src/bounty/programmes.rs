//! Programmes that companies run themselves: data, not rules. Each row states what the owner
//! publishes about its own scheme.

use super::platform::Platform;

/// How one owner runs its bounties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Programme {
    /// Owner on GitHub, in lower case.
    pub(crate) owner: &'static str,
    /// Who pays.
    pub(crate) platform: Platform,
    /// Work is given to one person before it starts.
    pub(crate) exclusive: bool,
    /// Without a bounty label a price in the title is somebody's wish.
    pub(crate) needs_label: bool,
    /// The owner keeps its own token for it.
    pub(crate) token: Option<&'static str>,
    /// The scheme has ended: old marks mean nothing.
    pub(crate) ended: bool,
    /// Whoever solves it first is paid; a word beforehand only avoids double work.
    pub(crate) first_wins: bool,
    /// The platform above is that of every bounty there, even if nothing in the issue says so.
    pub(crate) own: bool,
    /// Login of the app that puts the price on; nobody registers a login in `[bot]`.
    pub(crate) app: Option<&'static str>,
}

const fn own(owner: &'static str, platform: Platform) -> Programme {
    Programme {
        owner,
        platform,
        exclusive: false,
        needs_label: false,
        token: None,
        ended: false,
        first_wins: false,
        own: true,
        app: None,
    }
}

// github.com/apps/ubiquity-os.
const fn ubiquity(owner: &'static str) -> Programme {
    Programme {
        app: Some("ubiquity-os[bot]"),
        ..own(owner, Platform::Ubiquity)
    }
}

const PROGRAMMES: &[Programme] = &[
    own("commaai", Platform::Comma),
    // docs.tenstorrent.com/bounty_terms.html; tenstorrent/tt-metal#52094.
    Programme {
        exclusive: true,
        needs_label: true,
        ..own("tenstorrent", Platform::Tenstorrent)
    },
    own("expensify", Platform::Expensify),
    ubiquity("ubiquity"),
    ubiquity("ubiquity-os"),
    ubiquity("ubiquity-os-marketplace"),
    Programme {
        token: Some("XTM"),
        ..own("tari-project", Platform::Tari)
    },
    // github.com/comit-network/xmr-btc-swap/issues/1064.
    Programme {
        first_wins: true,
        ..own("comit-network", Platform::Maintainer)
    },
    own("haveno-dex", Platform::Maintainer),
    own("freecad", Platform::Maintainer),
    // github.com/erpnext/foundation/issues/305.
    Programme {
        ended: true,
        ..own("frappe", Platform::Bountysource)
    },
    // On Algora, but by assignment.
    Programme {
        exclusive: true,
        own: false,
        ..own("calcom", Platform::Algora)
    },
    Programme {
        exclusive: true,
        own: false,
        ..own("tscircuit", Platform::Algora)
    },
    Programme {
        exclusive: true,
        own: false,
        ..own("archestra-ai", Platform::Algora)
    },
    // github.com/CaptainFact/captain-fact/issues/54.
    Programme {
        exclusive: true,
        ..own("captainfact", Platform::Maintainer)
    },
];

/// The programme of an owner, compared without case.
pub(crate) fn of(owner: &str) -> Option<&'static Programme> {
    PROGRAMMES
        .iter()
        .find(|p| p.owner.eq_ignore_ascii_case(owner))
}

/// Who pays in a project token.
pub(crate) fn of_token(ticker: &str) -> Option<Platform> {
    Some(match ticker {
        "RTC" => Platform::RustChain,
        "MRG" => Platform::MergeOs,
        "MRWK" => Platform::MergeWork,
        "XTM" => Platform::Tari,
        _ => return None,
    })
}
