//! What a text says of a payment that is no money: points, favours, money of a game.

use super::super::patterns::patterns;
use super::super::reward::{self, Tickers};
use crate::money::Currency;

patterns! {
    force_captures: Pattern;
    // What is paid, as a field says it or after `paid in`.
    FIELD = r"(?im)^[ \t*_#>|🏆💰💎🎁-]*(?:bounty(?: amount| reward)?|reward|prize|payout|payment|compensation)[ \t*_|]*[:：=–|-]+[ \t*_|]*(\S[^\n]{0,80})";
    IN = r"(?i)\b(?:paid|pays?|payable|payment|rewarded|payouts?(?: is| are)?) (?:you )?(?:only |entirely |exclusively |out )*(?:in|with)\s+(\S[^\n.;]{0,60})";
    // `900 gold coins`, `nine hundred (900) Spesos`: so many of a thing.
    THINGS = r"(?i)^[^\n\d]{0,30}\d[\d,.]*k?\)?\s+((?:[a-z-]+\s+){0,2}?[a-z-]+s)\s*(?:$|[,.;!(|*]|(?:for|on|upon|after|when|via|to|redeem\w*)\b)";
}

patterns! {
    force_words: Words;
    POINTS = r"(?i)\bno (?:real )?(?:money|cash|monetary (?:reward|compensation)) (?:is |will be )?(?:involved|paid|offered|attached|here)\b|\bglory only\b|\b(?:this|the|it) (?:issue |task |bounty |work )?(?:is|will) not (?:be )?paid\b|\b(?:paid|rewarded|payout|bounty)\b[^.\n]{0,30}\b(?:in|as) (?:\w+ )?(?:points|karma|credits|stars|virtual (?:coins?|currency|money))\b|\b(?:paid|reward(?:ed)?|prize|bounty)\b(?: is| in| with| will be|:)?(?: an?| some| one| the)?(?: home-?(?:made|baked))? (?:loaf of )?(?:banana bread|pizza|beers?|swag|stickers?|t-?shirts?|hugs?|glory|stars)\b|\b(?:paid|reward(?:s|ed)?|payouts?|bount(?:y|ies))\b[^.\n]{0,40}\btest[- ]?net\b.{0,20}\b(?:usdc|tokens?|coins?)\b|\$[0-9.,]+\W{0,3}\(LT\)|\$\s?[\d.,]+k?\s+(?:in |of |worth of )?(?:space|game|in-game|play|fake|monopoly)[- ](?:credits?|money|coins?|bucks)\b|\b(?:i|we) (?:just |simply |really )?(?:cannot|can(?:'|’)?t|won(?:'|’)?t) (?:actually )?(?:pay|offer) (?:any |real |you )*money(?:\W|$)|\b(?:just|simply) (?:cannot|can(?:'|’)?t) pay money\b";
    // Nothing that a bank or an exchange takes.
    FAVOURS = r"(?i)\b(?:(?:internet|brownie|imaginary|fake|karma|bonus|guild|community)[- ]points|karma|exposure|gratitude|gratefulness|thank(?:s|[- ]you)|kudos|glory|bragging rights|high[- ]fives?|hugs?|love|respect|swag|stickers?|t-?shirts?|mugs?|pizzas?|beers?|cookies?|banana bread|(?:monopoly|play|toy|fake|pretend|game|in-game)[- ](?:money|coins?|cash|bucks|currency|gold)|(?:gold|silver|magic) (?:coins?|stars?|pieces?))\b";
    // So many of these say when, how often or to whom.
    MEASURES = r"(?i)\b(?:days?|hours?|weeks?|months?|years?|minutes?|cents|percents?|installments?|instalments?|parts|steps|stages|milestones?|phases?|rounds?|prs|pulls|requests?|commits?|reviews?|issues?|tests?|sponsors?|backers?|people|persons?|contributors?|developers?|winners?|users?|votes?|lines?|files?|tasks?|bount(?:y|ies)|rewards?|times|shares?|tokens?|sats?|satoshis?|pounds|francs|rupees|pesos|reais|yens?|wons|kroner|kronas|zlotys|bitcoins|is|was|as|plus|vs|this)$";
}

/// The text says that nothing is paid, or something that is no money.
pub(super) fn unpaid(text: &str) -> bool {
    let no_money = |pattern: &'static super::super::patterns::Pattern| {
        let compiled = pattern.compiled();
        let mut said = compiled.captures_iter(text).filter_map(|c| c.get(1));
        said.any(|words| is_no_money(words.as_str()))
    };
    POINTS.is_match(text) || no_money(&FIELD) || no_money(&IN)
}

/// Neither an amount of a known currency or token nor a word that leaves it open, but favours, or so
/// many of a thing that nobody trades.
fn is_no_money(words: &str) -> bool {
    if !reward::scan(words, Tickers::Any).is_empty() || words.contains(['$', '€', '£', '¥', '₿'])
    {
        return false;
    }
    let things = THINGS.captures(words).and_then(|c| c.get(1));
    let traded = |unit: &str| unit.split(' ').any(|word| Currency::known(word).is_some());
    FAVOURS.is_match(words)
        || things.is_some_and(|unit| !MEASURES.is_match(unit.as_str()) && !traded(unit.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_captures();
        force_words();
    }

    #[test]
    fn what_nobody_trades_is_no_money() {
        for text in [
            "**Payment:** nine hundred (900) Spesos",
            "Reward: 900 gold coins",
            "Payment: internet points",
            "Bounty: my eternal gratitude",
            "Reward: exposure",
            "| Reward | 12 stroopwafels |",
            "You will be paid in Monopoly money",
            "The bounty is paid in 40 gold doubloons",
        ] {
            assert!(unpaid(text), "{text}");
        }
        for text in [
            "Payment: $300",
            "Payment: eighty (80) dollars",
            "Payment: 300 dollars and our gratitude",
            "Reward: 15 RTC",
            "Reward: 0.2 XMR and a mug",
            "Payment: within 3 working days",
            "Payment: 14 days after merge",
            "Payment: 50% on merge",
            "Payment: via PayPal",
            "Payment: 3 retries fail one after the other",
            "Bounty: see the label",
            "Bounty: 3 winners share it",
            "The bounty is paid in USDC",
            "It is paid in 2 instalments",
            "Rewards are paid in full",
        ] {
            assert!(!unpaid(text), "{text}");
        }
    }
}
