//! Labels, and where they say that a bounty stands.

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
        ("Bounty - paid in USDC", "Offer(None)"),
        ("Bounty: Paid on merge", "Offer(None)"),
        ("bounty-won't fix", "NotWanted"),
        ("bounty won", "PaidOut"),
        ("bounty:closed-source", "Offer(None)"),
        ("bounty: code complete", "Offer(None)"),
        ("bounty - work in progress welcome", "Offer(None)"),
        ("claimed", "Taken"),
    ] {
        assert_eq!(said(label), expected, "{label}");
    }
}

#[test]
fn a_label_for_nobody_but_machines_is_bait() {
    for bait in [
        "agents-only",
        "AI_Only",
        "bots only",
        "only for agents",
        "No Humans",
    ] {
        assert_eq!(meaning(bait), Some(Meaning::Bait(100)), "{bait}");
    }
    for other in ["bot: read-only", "agents", "humans only", "ai", "only docs"] {
        assert_ne!(meaning(other), Some(Meaning::Bait(100)), "{other}");
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
        "bounty: rust",
        "bounty: hacktoberfest",
        "bounty: high-value",
        "bounty: paid on merge",
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
