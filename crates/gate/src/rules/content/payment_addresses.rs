//! C4: addresses that money is sent to, in code, comments and prose.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static ADDRESSES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        true,
        &[
            Pattern {
                place: Where::All,
                what: "a payment address",
                pattern: r"\b0x[0-9a-fA-F]{40}\b|\b(?:bc1|tb1)[02-9ac-hj-np-z]{25,87}\b|\b(?:BC1|TB1)[02-9AC-HJ-NP-Z]{25,87}\b|\b(?:addr1|cosmos1|xch1|ltc1|bnb1)[02-9a-z]{30,}\b|\bbitcoincash:[qp][02-9a-z]{41}\b|\b(?:bitcoin|ethereum|monero|litecoin|dogecoin|lightning):[A-Za-z0-9]{20,}|\blnbc[0-9]*[munp]?1[02-9ac-hj-np-z]{50}|\b[48][1-9A-HJ-NP-Za-km-z]{94}\b|\bT[1-9A-HJ-NP-Za-km-z]{33}\b",
            },
            Pattern {
                place: Where::All,
                what: "what may be a payment address",
                pattern: r"[\x22\x27`(:\s][13][1-9A-HJ-NP-Za-km-z]{0,30}(?:[A-HJ-NP-Z][1-9A-HJ-NP-Za-km-z]{0,30}[a-km-z]|[a-km-z][1-9A-HJ-NP-Za-km-z]{0,30}[A-HJ-NP-Z])[1-9A-HJ-NP-Za-km-z]{3,33}(?:[\x22\x27`).,;\s]|$)",
            },
            Pattern {
                place: Where::All,
                what: "a wallet with its address",
                pattern: r"(?i:(?:wallet|recipient|payout|treasury|donat\w+|tips?|beneficiary|solana|bitcoin|btc|fee_?(?:address|recipient|to))\w*[\x22\x27]?\s*(?::=|[:=])\s*[\x22\x27`]?)[1-9A-HJ-NP-Za-km-z]{32,44}\b",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    ADDRESSES.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(ADDRESSES.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c4_payment_addresses_are_held_wherever_they_stand() {
        for (path, text) in [
            (
                "docs/faq.md",
                "Tips: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4\n",
            ),
            (
                "docs/faq.md",
                "Send it to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT.\n",
            ),
            (
                "README.md",
                "ETH 0x52908400098527886E0F7030069857D2E4169EE7\n",
            ),
            (
                "src/a.sol",
                "address a = 0x52908400098527886E0F7030069857D2E4169EE7;\n",
            ),
            (
                "src/a.py",
                "# donations: 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy\n",
            ),
            (
                "tests/a.py",
                "wallet = '7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV'\n",
            ),
        ] {
            assert!(held(RuleId::C4, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c4_digests_and_numbers_are_no_payment_addresses() {
        for (path, text) in [
            ("docs/a.md", "See 1f3870be274f6c49b3e31a0c6728957f.\n"),
            (
                "docs/a.md",
                "Commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad\n",
            ),
            (
                "src/a.rs",
                "let mask = 0xffff_ffff; let n = 0x1234567890abcdef;\n",
            ),
            ("docs/a.md", "The wallet: a small bag for coins.\n"),
            (
                "src/a.ts",
                "const id = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';\n",
            ),
        ] {
            assert!(!held(RuleId::C4, path, text), "{path}: {text}");
        }
    }
}
