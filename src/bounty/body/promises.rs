//! Amounts that a text promises in words, and whether it promises them for its own issue.

use super::super::patterns::patterns;
use super::super::reward::{self, Found, Tickers};
use super::super::sentences::{Role, sentences};
use super::told::told;

patterns! {
    force_captures: Pattern;
    FIELD = r"(?im)^[ \t*_#>|🏆💰💎🎁-]*(bounty(?: amount| reward)?|reward|prize(?: pool)?|payout|payment|compensation|budget)[ \t*_|]*[:：=–-]+[ \t*_|]*(\S.{0,60})";
    CELL = r"(?im)^[ \t|*_]*(?:bounty|reward|prize|payout|payment|budget)[ \t*_]*\|[ \t*_]*(\S.{0,60})$";
    HEADING = r"(?im)^(?:#{1,6}[ \t]*|[ \t]*\*\*[ \t]*)[^\w\n]*(?:bounty(?: amount)?|reward|prize|payout|payment|budget)[ \t]*:?[ \t*]*:?\n\s*[*_]*(\S.{0,60})$";
    OF = r"(?i)\b(?:bounty|reward|prize)\s+(?:of|is|worth|is set at)\s+(\S.{0,40})";
    AWARD = r"(?i)\bwill (?:be|get|receive) (?:awarded|rewarded|paid)?(?: with| a(?: bounty| reward)? of)?[ *_]*(\S.{0,40})";
    PAY = r"(?i)\b(?:announce|offer(?:ing)?|put(?:ting)? up|pay(?:ing)?|sponsor(?:ing)?)\s+(?:you |out |a |an |the |cash )*(\S.{0,60})";
    // `I'm putting $300 on this`, `Will pay 200€ for it`, `We are willing to sponsor this with $500`.
    GIVES = r"(?i)(?:\b(?:i|we)(?:(?:'|’)(?:m|re|ll)|\s+am|\s+are|\s+will|\s+can)\s+(?:(?:also|now|gladly|personally|happy|willing|ready|prepared|to)\s+){0,3}(?:add(?:ing)?|donat(?:e|ing)|giv(?:e|ing)|offer(?:ing)?|pay(?:ing)?|pledg(?:e|ing)|put(?:ting)?|sponsor(?:ing)?|throw(?:ing)?)|\b(?:i|we)\s+(?:hereby\s+|gladly\s+)?(?:offer|pledge|sponsor)|^\W*(?:will|happy to|willing to)\s+(?:donate|give|offer|pay|pledge|sponsor))\s+(?:(?:you|out|up|in|a|an|the|cash|bounty|reward|this|it|issue|of|with|for)\s+)*(\S.{0,60})";
    THERE = r"(?i)\bthere(?:(?:'|’)s|\s+is)\s+(?:(?:a|an|now|also|currently|still)\s+)*(\S.{0,60})";
}

patterns! {
    force_words: Words;
    // A cheap look before the sentence is read for promises.
    HINT = r"(?i)bount|reward|prize|award|pay|offer|announc|putt?|pledg|sponsor|donat|giv|throw";
    REWARD = r"(?i)\b(?:bounty|reward|prize)\b";
    // Whoever earns it, or what for: this issue's work.
    EARNED = r"(?i)\b(?:whoever|anyone|anybody|someone|the (?:first|one|person)|first|this (?:one|issue|feature|bug|fix|task|request|ticket)|(?:on|for|solves?|fix(?:es)?|implements?|sponsor(?:ing)?|do|does|tackles?|finish(?:es)?) (?:this|it)|to (?:fix|solve|get|see|have|implement|add)|on merge|upon|once|merged?|accepted|bounty|reward|prize|fix(?:es|ed|ing)?)\b";
    MEANT = r"(?i)\b(?:i|we)(?:(?:'|’)(?:m|re|ll)|\s+am|\s+are|\s+will|\s+can|\s+would like to|\s+hereby)?\s+(?:\w+\s+){0,2}(?:announc|offer|pay|put|sponsor|pledg|giv|donat|add|set)|\bthere(?:(?:'|’)s| is)\b|\b(?:is|are) (?:offered|available|on offer|attached)\b|\bwill be (?:paid|awarded)\b|\b(?:on|for) (?:this|it)\b|\b(?:whoever|first to|on merge|when merged|once merged|merged pr)\b|\bthis (?:issue|task|ticket|one|feature|bug) (?:has|carries|comes with|is worth)\b|^\W*(?:the )?(?:bounty|reward|prize)\b";
    BEHIND = r"(?i)^\s*(?:cash )?(?:bounty|reward|prize)\b";
    // A price of something else than the work.
    BOUGHT = r"(?i)\b(?:a (?:month|year|week)|already|every (?:month|year|week)|hosting|licen[cs]es?|monthly|per|plan|plans|subscription|yearly)\b";
    // Somebody else's words, an example or a condition stands before it.
    REPORTED = r"(?i)\b(?:writes?|says?|said|saying|shows?|showing|displays?|prints?|posts?|posted|comments?|reads?|sees?|created?|e\.g\.?|for example|for instance|such as|whether|like)\b[^.\n]{0,60}$";
    CONDITION = r"(?i)\b(?:when|if|after|unless|until|before)\s+[^.\n]{0,60}$";
    WELCOME = r"(?i)\b(?:when|if|after|once)\s+(?:you|any(?:one|body)|some(?:one|body)|this|your|it(?:'s| is| gets)?|the pr|the pull request|merged|accepted|done)\b[^.\n]{0,60}$";
    TELLS = r"(?i)^\W*(?:is|are|was|were|has|had|gets?|shown|shows|instead|but|not|never|appears?|becomes?|disappears?)\b";
    GIVEN = r"(?i)^\W*(?:is|are|was|were|has been|gets?) (?:paid (?:on|upon|after|via|by|to|when|once|in)|available|offered|attached|yours|for|on)\b";
    ITALIC = r"(?:^|[\s(])_[^_\n]*$";
}

/// What a text promises.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promises {
    /// The first amount.
    pub(crate) first: Option<Found>,
    /// Every amount further on.
    pub(crate) more: Vec<Found>,
    /// The first amount that is promised for this issue's work, in a form that says so.
    pub(crate) tied: Option<Found>,
}

/// Reads prose (without code, quotes and links). What a report tells of a program promises nothing.
pub(crate) fn read(prose: &str) -> Promises {
    let mut all = Vec::new();
    let text = told(prose);
    fields(&text, &mut all);
    for sentence in sentences(&text) {
        let worth_it = sentence.role != Role::Question
            && sentence.text.bytes().any(|b| b.is_ascii_digit())
            && HINT.is_match(sentence.text);
        if worth_it {
            spoken(sentence.text, &mut all);
        }
    }
    all.retain(|(found, _)| !found.amount.value.is_zero());
    let tied = all.iter().find(|(_, tied)| *tied);
    let tied = tied.map(|(found, _)| found.clone());
    let mut all = all.into_iter().map(|(found, _)| found);
    Promises {
        first: all.next(),
        more: all.collect(),
        tied,
    }
}

/// `Reward: $300`, `| Reward | $300 |`, and a heading with the amount below.
fn fields(text: &str, all: &mut Vec<(Found, bool)>) {
    for field in FIELD.compiled().captures_iter(text) {
        let (Some(name), Some(words)) = (field.get(1), field.get(2)) else {
            continue;
        };
        let plan = name.as_str().eq_ignore_ascii_case("budget");
        let found = at_start(words.as_str());
        // `Reward: $5 is booked twice` tells of a program.
        let found = found.filter(|found| {
            let after = &words.as_str()[found.end..];
            !TELLS.is_match(after) || GIVEN.is_match(after)
        });
        all.extend(found.map(|found| (found, !plan)));
    }
    for (pattern, tied) in [(&HEADING, true), (&CELL, false)] {
        let compiled = pattern.compiled();
        let captures = compiled.captures_iter(text).filter_map(|c| c.get(1));
        all.extend(captures.filter_map(|m| Some((at_start(m.as_str())?, tied))));
    }
}

fn spoken(sentence: &str, all: &mut Vec<(Found, bool)>) {
    let meant = MEANT.is_match(sentence);
    let earned = EARNED.is_match(sentence) && !BOUGHT.is_match(sentence);
    all.extend(named(sentence, meant).map(|found| (found, true)));
    type Rule = (
        &'static super::super::patterns::Pattern,
        fn(&str) -> Option<Found>,
    );
    let rules: [(Rule, bool, bool); 5] = [
        ((&OF, at_start), true, meant),
        ((&AWARD, sure), true, meant && earned),
        // `we pay $300`, `offering a $300 bounty`: dollars and coins with a sign or code only.
        ((&PAY, bounty), true, meant),
        ((&THERE, bounty), true, true),
        ((&GIVES, sure), !BOUGHT.is_match(sentence), earned),
    ];
    for ((pattern, amount), counts, tied) in rules {
        if !counts {
            continue;
        }
        for captures in pattern.compiled().captures_iter(sentence) {
            let (Some(whole), Some(words)) = (captures.get(0), captures.get(1)) else {
                continue;
            };
            let Some(found) = amount(words.as_str()) else {
                continue;
            };
            if !reported(&sentence[..whole.start()]) {
                all.push((found, tied));
            }
        }
    }
}

/// `This issue has a $300 bounty`, `$300 bounty for whoever does it`.
fn named(sentence: &str, meant: bool) -> Option<Found> {
    let all = reward::scan(sentence, Tickers::Known).into_iter();
    let mut named = all.filter(|found| !found.weak && BEHIND.is_match(&sentence[found.end..]));
    named.find(|found| {
        let after = BEHIND.find(&sentence[found.end..]).map_or(0, str::len) + found.end;
        let told = TELLS.is_match(&sentence[after..]) && !GIVEN.is_match(&sentence[after..]);
        (meant || found.start <= 2) && !told && !reported(&sentence[..found.start])
    })
}

/// What stands before a promise makes it somebody else's word or only an example.
fn reported(before: &str) -> bool {
    let quoted = before.matches(['"', '“', '”']).count() % 2 == 1;
    let italic = before.replace("**", "").matches('*').count() % 2 == 1 || ITALIC.is_match(before);
    let condition = CONDITION.is_match(before) && !WELCOME.is_match(before);
    quoted || italic || condition || REPORTED.is_match(before)
}

/// An amount at the start of `text`.
fn at_start(text: &str) -> Option<Found> {
    let found = reward::scan(text, Tickers::Any).into_iter().next()?;
    (found.start <= 2).then_some(found)
}

fn sure(text: &str) -> Option<Found> {
    at_start(text).filter(|found| !found.weak)
}

fn bounty(text: &str) -> Option<Found> {
    let found = reward::scan(text, Tickers::Known).into_iter().next()?;
    (found.start <= 2 && !found.weak && REWARD.is_match(text)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::super::text::prose;
    use super::*;

    #[test]
    fn patterns_compile() {
        force_captures();
        force_words();
    }

    fn shown(text: &str) -> String {
        let read = read(&prose(text));
        let show = |found: Found| found.amount.to_string();
        match (read.tied.map(show), read.first.map(show)) {
            (Some(tied), _) => tied,
            (None, Some(first)) => format!("({first})"),
            (None, None) => "-".to_owned(),
        }
    }

    #[test]
    fn a_promise_says_that_it_is_for_this_issue() {
        for (text, expected) in [
            ("**Reward:** $300", "$300"),
            ("We announce a bounty of 5,000 USDC for it", "5000 USDC"),
            ("**Reward: 10 RTC**", "10 RTC"),
            ("Reward: $90 is paid on merge", "$90"),
            (
                "Reward: $90, by bank transfer within two weeks after the pull request was merged",
                "$90",
            ),
            ("I am offering a $300 bounty for this", "$300"),
            (
                "I have little time, so I'm putting $300 on this one. First PR gets it.",
                "$300",
            ),
            ("I'll pay $300 to whoever fixes this", "$300"),
            (
                "There is a $300 bounty on this issue, paid on merge",
                "$300",
            ),
            ("We are willing to sponsor this with $500", "$500"),
            ("Will pay 200€ for this feature", "200 EUR"),
            ("This issue has a $300 bounty", "$300"),
            ("$300 bounty for whoever does it", "$300"),
            ("I am willing to pay $300", "($300)"),
            ("If you fix it, there is a bounty of $90 on this", "$90"),
            ("### Bounty\n\n300 USD", "$300"),
            ("## Budget: $2,500", "($2,500)"),
            ("| Level | hard |\n|---|---|\n| Reward | $300 |", "($300)"),
            ("a bounty of up to $900", "-"),
            ("> Reward: $300", "-"),
            ("the server costs $300 a month", "-"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_report_tells_of_a_program_is_no_promise() {
        for text in [
            "1. set a bounty of $50\n2. reload",
            "The app writes: *A bounty of $50 has been created!*",
            "It shows a bounty of $50 twice",
            "If a bounty of $50 is split, the rest is lost",
            "A toast says \"There is a $50 bounty on this issue\"",
            "### Steps to reproduce\n\nCreate one.\n\nReward: $50\n\n### Actual\nReward: $5",
            "**Expected** a bounty of $50 on this issue",
            "I pay $30 a month for this plan",
            "Reward: $5 is booked twice when the cart is split",
            "I put $30 into the shop to have this tried",
            "When a member offers a $50 bounty for this issue, nothing happens",
            "I'd pay $30 for this feature",
            "A customer with a $5 reward sees it twice",
            "$5 reward is booked twice",
            "There is a $30 difference on this issue's invoice",
            "Did we offer a $50 bounty for this?",
        ] {
            assert_eq!(shown(text), "-", "{text}");
        }
        assert_eq!(shown("The list has a bounty of $50 in red"), "($50)");
    }
}
