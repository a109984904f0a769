//! Where in a title an amount stands: put on it as a tag, or spoken of in its sentence.

use super::super::patterns::patterns;
use super::super::reward::Found;
use super::{Place, SAYS};
use crate::money::Convertible;

patterns! {
    force_all: Words;
    // The word that makes an amount a reward, right before it or right behind it.
    AHEAD = r"(?i)\b(?:bount(?:y|ies)|reward|prize|bonus|payout|paid)\W{0,4}(?:(?:of|is|worth|amount|value|up to)\W{1,3})?$";
    BEHIND = r"(?i)^\W{0,5}(?:(?:in|of|cash|dev|crypto|fixed|open|community|small|extra|paid|usdc?|dollars?)[ -]){0,2}(?:bount(?:y|ies)|reward|prize|bonus)\b";
    // What goes on with the task after `$500 bounty` or `$500` at the start.
    ONWARD = r"(?i)^\s*(?:for|to|if)\b";
    OFFERED = r"(?i)^\s*(?:on|in|available|offered|up for grabs)\b";
    LEADS = r"(?i)\b(?:with|for)(?: an?)?\s*$";
    // `Bounty for dark mode: $300`, `Offering $300 for dark mode`, `WEB-12: [$300] …`.
    ABOUT_ITSELF = r"(?i)^\W*(?:open |paid )?bounty (?:for|to|on)\b";
    GIVING = r"(?i)^\W*(?:(?:i|we)(?:'ll| will| am| are)? )?(?:will pay|pay|paying|offering|offer)(?: an?)?\s*$";
    TICKET = r"^\W*(?:#\d+|[A-Z]{2,10}-\d+)\W*$";
    FOR = r"(?i)\bfor\s*$";
    // `is shown as $5`, `raise it to $100`: the sentence needs the number.
    NEEDED = r"(?i)\b(?:above|a|an|and|as|at|below|between|by|exceeds|from|is|its|of|or|over|than|the|to|under|until|was)\s*$";
    // The title asks for something to be done.
    TASK = r"(?i)^\W*(?:\[[^\]]*\]\W*)*(?:[\w/().-]{1,20}:\s+)?(?:add|allow|bring|build|change|convert|create|debug|design|develop|document|enable|enhance|expose|extend|finish|fix|get|handle|implement|improve|integrate|introduce|investigate|isolate|locali[sz]e|make|migrate|move|optimi[sz]e|package|port|prevent|provide|publish|reduce|refactor|remove|rename|replace|resolve|restore|rewrite|set ?up|simplify|speed|split|support|test|translate|unify|update|upgrade|use|validate|write)\b";
    // It speaks of money that a program moves, and of what goes wrong with it.
    MONEY = r"(?i)\b(?:amounts?|balances?|bill(?:s|ing)?|budgets?|cards?|carts?|charg(?:e|es|ed)|checkouts?|costs?|coupons?|credits?|currency|deposits?|discounts?|donations?|escrows?|fees?|invoices?|loyalty|orders?|payments?|payouts?|plans?|pric(?:e|es|ing)|receipts?|refund(?:s|ed)?|salary|stakes?|subscriptions?|swap(?:s|ped)?|tax(?:es)?|tiers?|tips?|totals?|transactions?|transfers?|vat|vouchers?|wallets?|withdrawals?)\b";
    DEFECT = r"(?i)\b(?:crash(?:es|ed)?|declined|displayed|doubled?|duplicated?|errors?|fail(?:s|ed|ing|ure)?|hangs?|ignored|incorrect(?:ly)?|instead|lost|missing|negative|never|not|overflows?|pending|refused|rejected|rounded|showing|shown?|shows|stays|stuck|twice|unpaid|wrong(?:ly)?|broken)\b|n(?:'|’)t\b";
    // `(you get a $5 reward)` is no tag.
    SENTENCE = r"(?i)\b(?:you|is|are|was|gets?|shows?|shown|off|discount|coupon|refund)\b";
    // `[Bounty] …`, `Bounty: …`: what the word stands on is offered.
    TAGGED = r"(?i)(?:\[|\(|【)[^\])]{0,30}\b(?:bounty|reward|paid|prize|funded)\b[^\])]{0,30}(?:\]|\)|】)|^\W*(?:\w+ )?(?:bounty|reward)\s*(?::|–|—|\||-\s)";
    BEGINS = r"(?i)^\W{0,6}(?:\[\W*(?:open |paid |dev )?bounty\W*\]|\(\W*bounty\W*\)|bounty\s*(?::|–|—|\||-\s))\W*\w";
}

/// The title wears the word as a tag.
pub(super) fn tagged(title: &str) -> bool {
    TAGGED.is_match(title)
}

/// It begins with `[Bounty]` or `Bounty:`, and goes on with what is to be done.
pub(super) fn begins_as_bounty(title: &str) -> bool {
    BEGINS.is_match(title)
}

/// A complaint about money in a program, not a task with a price.
fn about_money(title: &str) -> bool {
    !TASK.is_match(title) && MONEY.is_match(title) && DEFECT.is_match(title)
}

/// Where an amount stands; `None` where it is only a number of the sentence.
pub(super) fn of(title: &str, found: &Found, tagged: bool) -> Option<Place> {
    if let Some((open, close)) = bracket(title, found) {
        let inside = title[open..close]
            .trim_matches(['[', '(', '【', ']', ')', '】'])
            .trim();
        if SAYS.is_match(inside) && !SENTENCE.is_match(inside) {
            return Some(Place::Marked);
        }
        // Nothing beside the amount but a sign or two.
        if inside.len() <= found.end - found.start + 4 {
            let front = &title[..open];
            let front = &front[..front.len() - AHEAD.find(front).map_or(0, str::len)];
            let first = !words_in(front) || TICKET.is_match(front);
            let last = !words_in(&title[close..]) && !about_money(title);
            return Some(if first || last {
                Place::Marked
            } else if words_in(&title[close..]) {
                Place::Bare
            } else {
                Place::Spoken
            });
        }
    }
    let (head, tail) = (&title[..found.start], &title[found.end..]);
    let ahead = AHEAD.find(head);
    let behind = BEHIND.find(tail);
    if ahead.is_some() || behind.is_some() {
        let before = &head[..head.len() - ahead.map_or(0, str::len)];
        let after = &tail[behind.map_or(0, str::len)..];
        let colon = ahead.is_some_and(|words| words.contains(':') || words.starts_with("BOUNTY"));
        return Some(if is_tag(title, before, after, colon) {
            Place::Marked
        } else {
            Place::Spoken
        });
    }
    let token = found.amount.currency.convertible() == Convertible::Never;
    let first = !words_in(head);
    let last = !words_in(tail);
    // `100,000 sats: dark mode`, `$250 for dark mode`.
    let goes_on = separates(tail) || ONWARD.is_match(tail) && !MONEY.is_match(title);
    if first && !found.weak && goes_on {
        return Some(Place::Marked);
    }
    if GIVING.is_match(head) && ONWARD.is_match(tail) {
        return Some(Place::Marked);
    }
    // `Add a dark mode - $250`, `Dark mode | $250`, `Add a dark mode for $250`.
    let task = TASK.is_match(title);
    let calm = !MONEY.is_match(title) && !DEFECT.is_match(title);
    let apart = separated(head) && (task || calm || ABOUT_ITSELF.is_match(title));
    if last && !token && !found.weak && (apart || task && calm && FOR.is_match(head)) {
        return Some(Place::Marked);
    }
    let stands = last && (!token || tagged) && !NEEDED.is_match(head) && !about_money(title);
    (stands || first && (token || tagged)).then_some(Place::Bare)
}

/// An amount with its word stands apart from the sentence: before it, behind it, or alone.
fn is_tag(title: &str, before: &str, after: &str, colon: bool) -> bool {
    let first = !words_in(before);
    let last = !words_in(after);
    let led = LEADS.is_match(before) && TASK.is_match(title);
    if GIVING.is_match(before) && ONWARD.is_match(after) {
        return true;
    }
    if last {
        return first || colon || separated(before) || led;
    }
    let goes_on = separates(after) || ONWARD.is_match(after) || OFFERED.is_match(after);
    (first && (goes_on || TASK.is_match(after))) || (colon && separates(after))
}

fn separates(after: &str) -> bool {
    after.trim_start().starts_with(|c: char| {
        matches!(c, ':' | '-' | '–' | '—' | '|' | ',' | ';' | '.' | '!' | '/')
            || !c.is_ascii() && !c.is_alphanumeric()
    })
}

fn separated(before: &str) -> bool {
    before.trim_end().ends_with(|c: char| {
        matches!(c, ':' | '-' | '–' | '—' | '|' | ',' | ';' | '.' | '!' | '/')
            || !c.is_ascii() && !c.is_alphanumeric()
    })
}

/// There are letters or digits outside brackets.
fn words_in(text: &str) -> bool {
    let mut depth = 0_u32;
    text.chars().any(|c| {
        match c {
            '[' | '(' | '【' => depth += 1,
            ']' | ')' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_alphanumeric()
    })
}

/// The bracket or parenthesis around an amount, with both its ends.
fn bracket(title: &str, found: &Found) -> Option<(usize, usize)> {
    const OPEN: [char; 3] = ['[', '(', '【'];
    const CLOSE: [char; 3] = [']', ')', '】'];
    let head = &title[..found.start];
    let open = head.rfind(OPEN)?;
    if head[open..].contains(CLOSE) {
        return None;
    }
    let tail = &title[found.end..];
    let close = found.end + tail.find(CLOSE)?;
    let width = title[close..].chars().next().map_or(0, char::len_utf8);
    Some((open, close + width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_all();
    }
}
