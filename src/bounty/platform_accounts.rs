//! The accounts platforms speak through.

use super::evidence::Evidence;
use super::facts::{Actor, ActorKind};
use super::platform::Platform;

/// One account of a platform.
struct Account {
    login: &'static str,
    /// Numeric id, where it is public knowledge. Without it nothing can be verified.
    id: Option<u64>,
    kind: ActorKind,
    platform: Platform,
}

const ACCOUNTS: &[Account] = &[
    Account {
        login: "algora-pbc[bot]",
        id: Some(121_443_259),
        kind: ActorKind::Bot,
        platform: Platform::Algora,
    },
    // For repositories without the app: an ordinary account.
    Account {
        login: "algora-pbc",
        id: Some(136_125_894),
        kind: ActorKind::User,
        platform: Platform::Algora,
    },
    Account {
        login: "opirebot[bot]",
        id: None,
        kind: ActorKind::Bot,
        platform: Platform::Opire,
    },
    Account {
        login: "bountyhub[bot]",
        id: None,
        kind: ActorKind::Bot,
        platform: Platform::BountyHub,
    },
    Account {
        login: "roxonn-contribution-rewards[bot]",
        id: None,
        kind: ActorKind::Bot,
        platform: Platform::Roxonn,
    },
];

/// The numeric id and kind of a platform's login, for loaders of data that lacks them.
#[must_use]
pub fn known_login(login: &str) -> Option<(Option<u64>, ActorKind)> {
    ACCOUNTS
        .iter()
        .find(|account| account.login == login)
        .map(|account| (account.id, account.kind))
}

/// Which platform an account speaks for. Verified: login, id and kind are the platform's. Claimed:
/// a GitHub App of that name whose id is not public (a login in `[bot]` cannot be registered by a
/// person). Anything else: nobody.
#[must_use]
pub fn speaker(actor: &Actor) -> Option<(Platform, Evidence)> {
    let login = actor.login.as_deref()?;
    let account = ACCOUNTS.iter().find(|account| account.login == login)?;
    if actor.kind != account.kind {
        return None;
    }
    match (account.id, actor.id) {
        (Some(known), Some(id)) if known == id => Some((account.platform, Evidence::Verified)),
        (Some(_), Some(_)) => None,
        (Some(_), None) => Some((account.platform, Evidence::Unknown)),
        (None, _) => Some((account.platform, Evidence::Claimed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(login: &str, id: Option<u64>, kind: ActorKind) -> Actor {
        Actor {
            login: Some(login.to_owned()),
            id,
            kind,
        }
    }

    #[test]
    fn a_name_alone_speaks_for_nobody() {
        let real = actor("algora-pbc[bot]", Some(121_443_259), ActorKind::Bot);
        assert_eq!(speaker(&real), Some((Platform::Algora, Evidence::Verified)));
        for forged in [
            actor("algora-pbc[bot]", Some(1), ActorKind::Bot),
            actor("algora-pbc[bot]", Some(121_443_259), ActorKind::User),
            actor("Algora-PBC", Some(136_125_894), ActorKind::User),
            actor("algora-pbc", Some(121_443_259), ActorKind::User),
            actor("opirebot[bot]", Some(5), ActorKind::User),
            actor("algora", None, ActorKind::Bot),
        ] {
            assert_eq!(speaker(&forged), None, "{forged:?}");
        }
        let nameless = actor("algora-pbc[bot]", None, ActorKind::Bot);
        assert_eq!(
            speaker(&nameless),
            Some((Platform::Algora, Evidence::Unknown))
        );
    }
}
