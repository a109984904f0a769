//! The words beside `bounty` in a label: where it stands, or of what size and kind it is.

use super::labels::Meaning;

const PAID: &[&str] = &["awarded", "granted", "paid", "payed", "rewarded", "won"];

const OVER: &[&str] = &[
    "archived",
    "blocked",
    "canceled",
    "cancelled",
    "closed",
    "complete",
    "completed",
    "declined",
    "done",
    "ended",
    "expired",
    "finished",
    "fulfilled",
    "hold",
    "inactive",
    "invalid",
    "over",
    "paused",
    "rejected",
    "removed",
    "resolved",
    "revoked",
    "solved",
    "stale",
    "suspended",
    "void",
    "withdrawn",
];

const TAKEN: &[&str] = &[
    "assigned",
    "claimed",
    "inprogress",
    "locked",
    "ongoing",
    "progress",
    "reserved",
    "started",
    "taken",
    "wip",
    "working",
];

const DELIVERED: &[&str] = &[
    "delivered",
    "implemented",
    "merged",
    "reviewing",
    "submitted",
];

const UNFUNDED: &[&str] = &["proposal", "proposed", "unapproved", "unfunded"];

/// With one of these, a word may say the opposite: `not paid yet`, `ready to be claimed`.
const TURNS: &[&str] = &[
    "be", "before", "can", "if", "never", "no", "non", "not", "to", "until", "yet",
];

/// Sizes and kinds: they say that there is a bounty, not how much, and nothing against it.
const KINDS: &[&str] = &[
    "advanced",
    "algora",
    "approved",
    "available",
    "backend",
    "beginner",
    "big",
    "bronze",
    "bug",
    "bugfix",
    "code",
    "complex",
    "confirmed",
    "critical",
    "crypto",
    "dev",
    "difficult",
    "difficulty",
    "docs",
    "documentation",
    "easy",
    "eligible",
    "enhancement",
    "expert",
    "feature",
    "first",
    "fix",
    "for",
    "frontend",
    "funded",
    "gold",
    "good",
    "grabs",
    "hard",
    "has",
    "help",
    "helpwanted",
    "high",
    "huge",
    "intermediate",
    "is",
    "issue",
    "issuehunt",
    "large",
    "level",
    "live",
    "low",
    "medium",
    "micro",
    "mid",
    "mini",
    "new",
    "open",
    "opire",
    "oss",
    "priority",
    "program",
    "programme",
    "ready",
    "silver",
    "simple",
    "size",
    "small",
    "task",
    "tier",
    "tiny",
    "type",
    "unassigned",
    "unclaimed",
    "up",
    "usd",
    "verified",
    "wanted",
    "with",
];

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

const fn bounty(word: &str) -> bool {
    matches!(
        word.as_bytes(),
        b"bounty" | b"bounties" | b"reward" | b"rewards"
    )
}

/// Where a label in lower case says that the bounty stands, when it says so plainly: `bounty/paid`,
/// `bounty: in progress`. `paid bounty` is one that pays.
pub(super) fn standing(name: &str) -> Option<Meaning> {
    let at = words(name).position(bounty)?;
    if words(name).any(|word| TURNS.contains(&word)) {
        return None;
    }
    let has = |list: &[&str]| words(name).any(|word| list.contains(&word));
    let paid = words(name).enumerate().any(|(place, word)| {
        PAID.contains(&word) && (place > at || !matches!(word, "paid" | "payed"))
    });
    let review = has(&["review"]) && has(&["in", "under"]);
    Some(if paid {
        Meaning::PaidOut
    } else if has(OVER) {
        Meaning::NotWanted
    } else if has(TAKEN) {
        Meaning::Taken
    } else if has(DELIVERED) || review {
        Meaning::Delivered
    } else if has(UNFUNDED) {
        Meaning::Unfunded
    } else {
        return None;
    })
}

/// A label in lower case that begins with the word and goes on with words that are neither a size
/// nor a kind: it may say that the bounty is gone.
pub(super) fn unclear(name: &str) -> bool {
    let mut words = words(name);
    words
        .next()
        .is_some_and(|word| matches!(word, "bounty" | "bounties"))
        && words.any(|word| {
            word.len() > 3
                && !KINDS.contains(&word)
                && !word.starts_with(|c: char| c.is_ascii_digit())
                || TURNS.contains(&word)
        })
}

#[cfg(test)]
mod tests {
    use super::super::labels::meaning;
    use super::*;

    #[test]
    fn what_is_over_or_taken_is_no_offer() {
        let said = |label: &str| meaning(label).map_or_else(String::new, |m| format!("{m:?}"));
        for (label, expected) in [
            ("bounty/paid", "PaidOut"),
            ("bounty:paid", "PaidOut"),
            ("bounty-awarded", "PaidOut"),
            ("Bounty: Awarded", "PaidOut"),
            ("bounty 2024: paid", "PaidOut"),
            ("bounty $50 paid", "PaidOut"),
            ("rewarded bounty", "PaidOut"),
            ("bounty:claimed", "Taken"),
            ("bounty/claimed", "Taken"),
            ("bounty: assigned", "Taken"),
            ("Bounty: In Progress", "Taken"),
            ("bounty-wip", "Taken"),
            ("claimed-bounty", "Taken"),
            ("bounty-completed", "NotWanted"),
            ("bounty-closed", "NotWanted"),
            ("bounty/expired", "NotWanted"),
            ("bounty: on hold", "NotWanted"),
            ("bounty: in review", "Delivered"),
            ("bounty: unfunded", "Unfunded"),
            ("bounty: unclaimed", "Offer(None)"),
            ("bounty: not paid yet", "Offer(None)"),
            ("bounty: ready to be claimed", "Offer(None)"),
            ("paid bounty", "Offer(None)"),
            ("paid-bounty", "Offer(None)"),
            ("bounty-paint", "Offer(None)"),
            ("claimed", "Taken"),
        ] {
            assert_eq!(said(label), expected, "{label}");
        }
    }

    #[test]
    fn unknown_words_are_unclear_and_sizes_are_not() {
        for known in [
            "bounty",
            "bounties",
            "bounty-s",
            "bounty:xxl",
            "bounty: bug",
            "bounty_difficulty/hard",
            "bounty: 50 usd",
            "bounty/tier-2",
            "🪙 bounty",
            "kind/bounty",
            "security: hard",
        ] {
            assert!(!unclear(known), "{known}");
        }
        for unknown in [
            "bounty: pending",
            "bounty/needs-triage",
            "bounty: not paid yet",
            "bounty-accepted",
            "bounty: 50 points",
        ] {
            assert!(unclear(unknown), "{unknown}");
        }
    }
}
