//! What people say of machines under an issue. A product is spoken of there as often as contributors
//! are, so a no counts only where it can be meant of nobody else.

use super::{
    ADDRESSED, CONTRIBUTION, HUMANS, HUMANS_HAND_IN, Kind, LEFT_OUT, MAYBE, NAMED, PLAIN, Rule,
    STOP, STRONG, refusal, rule, without_products,
};
use crate::bounty::patterns::patterns;

patterns! {
    force_all: Words;
    // Said of programs as often as of contributors.
    DOUBT = concat!(r"(?i)\bwithout\s+(?:\w+[\s-]+){0,3}(?:", machine!(), r")\b|\b(?:", machine!(), r")\b[^.\n]{0,50}\b(?:stop|blocked)\b");
    // The same and nothing else, so that nobody is asked, begged or told that he need not.
    SENT_OFF = r"(?i)^\W*(?:(?:@[\w-]+|hi|hello|hey|sorry|please|thanks|so|then)\W+){0,4}(?:withdraw (?:your|the|this) (?:claim|comment|attempt)|stop (?:commenting|spamming|posting|claiming)(?: (?:these|such|our|any|more))?(?: (?:issues|comments|bounties))?)(?:\W+(?:here|on this issue|please|now|thanks|thank you))*\W*$";
    // He wants us gone, or somebody who does as we do; no machine need be named.
    GONE = r"(?i)\bwithdraw (?:your|the|this) (?:claim|comment|attempt|pr|pull[- ]request)|\bstop (?:commenting|spamming|posting|claiming)\b";
}

/// What one sentence of a maintainer's comment says to automated contributors: forbidden where a
/// contribution of theirs is refused or nothing is said but a no to them, unclear where it may speak
/// of a program, ask, or say that nothing is forbidden.
pub(in crate::bounty) fn said(sentence: &str) -> Option<Rule> {
    let rest = without_products(sentence);
    let rule = rule(sentence, Kind::Plain);
    match rule {
        Some(Rule::Disclose) => return rule,
        Some(Rule::Allowed) => return None,
        _ => {}
    }
    let alone = refusal::alone(&rest);
    let plain = alone || of_work(&rest) || refusal::sent_away(&rest);
    let meant = plain
        && (alone || rule != Some(Rule::Unclear))
        && !refusal::taken_back(&rest)
        && !refusal::on_condition(&rest);
    if meant {
        return Some(Rule::Forbidden);
    }
    let speaks =
        rule == Some(Rule::Forbidden) && STRONG.is_match(&rest) && CONTRIBUTION.is_match(&rest);
    let doubtful = [
        &NAMED, &STOP, &PLAIN, &DOUBT, &MAYBE, &LEFT_OUT, &HUMANS, &GONE,
    ];
    let doubtful = plain
        || speaks
        || refusal::refused(&rest)
        || doubtful.iter().any(|pattern| pattern.is_match(&rest));
    doubtful.then_some(Rule::Unclear)
}

/// Contributions are refused in the words for them.
fn of_work(rest: &str) -> bool {
    let refused = refusal::of_contributors(rest) && refusal::of_work(rest);
    HUMANS_HAND_IN.is_match(rest) || refusal::by_policy(rest) || refused
}

/// What may speak of a program is a refusal of ours where we are named with it.
pub(in crate::bounty) fn refuses(sentence: &str) -> bool {
    let rest = without_products(sentence);
    refusal::of_contributors(&rest)
        && !refusal::taken_back(&rest)
        && !refusal::on_condition(&rest)
        && !refusal::by_a_program(&rest)
}

/// Somebody is told to go, and nothing else, or not to do here by a machine what we do. Who that is the
/// sentence does not say.
pub(in crate::bounty) fn sends_off(sentence: &str) -> bool {
    SENT_OFF.is_match(sentence)
        || refuses(sentence) && refusal::of_deeds_here(&without_products(sentence))
}

/// The title or the text of an issue may say no to automated contributors.
pub(in crate::bounty) fn may_refuse(sentence: &str) -> bool {
    let rest = without_products(sentence);
    let told = said(sentence);
    let humans = HUMANS.is_match(&rest) && CONTRIBUTION.is_match(&rest);
    let no = STOP.is_match(&rest) || PLAIN.is_match(&rest) && STRONG.is_match(&rest);
    let plain = refusal::refused(&rest) || LEFT_OUT.is_match(&rest);
    told == Some(Rule::Forbidden)
        || told == Some(Rule::Unclear) && (plain || (humans || no) && ADDRESSED.is_match(&rest))
}

#[cfg(test)]
mod tests;
