//! Refusals that cannot be meant of a program: a contribution that a machine made, or machines at this
//! place, are what is refused.

use super::{ADDRESSED, STRONG};
use crate::bounty::patterns::patterns;

// Whoever a contribution may come from, taken alone: no part of a product is called so.
macro_rules! someone {
    () => {
        concat!(
            r"(?:",
            strong!(),
            r"|bots|any bot|copilot)(?:[- ](?:tools?|agents?|bots?|accounts?|assistants?|assistance|usage|use|users))?"
        )
    };
}

// The same, what it hands in and what our comments call it included.
macro_rules! whoever {
    () => {
        concat!(
            r"(?:(?:",
            someone!(),
            r")(?:[- ](?:slop|garbage|spam|contributions?|submissions?|prs?|pull[- ]?requests?|claims|code))?|automated (?:help|assistance|accounts?|agents?|claims|comments|contributions|prs|pull[- ]?requests))"
        )
    };
}

// What is handed in.
macro_rules! work {
    () => {
        r"(?:contribut\w*|prs?|pull[- ]?requests?|patch(?:es)?|submissions?|claims?|slop|spam|garbage)"
    };
}

// The same where a machine made it.
macro_rules! machine_work {
    () => {
        concat!(
            r"\b(?:(?:",
            machine!(),
            r")(?:[- ](?:agents?|bots?|tools?))?(?:[- ](?:generated|written|assisted|authored|made|created|driven|powered|coded))?[- ](?:(?:code|bounty|issue|security|style)[- ])?",
            work!(),
            r"|(?:",
            machine!(),
            r")[- ](?:generated|written|assisted|authored|made|created|coded)[- ](?:code|content|issues?|comments?)|(?:",
            strong!(),
            r") (?:code|content)|",
            work!(),
            r"(?:\s+\w+){0,4}?\s+(?:by|from|of|with|using|via)\s+(?:\w+:?[ -]){0,5}?(?:",
            machine!(),
            r")|(?:code|content|issues?|comments?)(?:\s+\w+){0,3}?\s+(?:written|generated|created|made|authored|submitted|opened) (?:by|with|using)\s+(?:\w+[ -]){0,3}?(?:",
            machine!(),
            r")|slop)\b"
        )
    };
}

// Where a refusal ends that is said of this place or of what is handed in.
macro_rules! here {
    () => {
        r"(?:\W*$|\s*[;!)]|\s*,?\s+(?:here|please|thanks|sorry|any ?more|at all|ever|whatsoever|(?:for|on|in|to|from) (?:this|these|it|your|our|any|the (?:repo\w*|project|bount\w+)|contribut\w*|prs?|pull[- ]requests?|patches|bount\w+|claiming)|to (?:contribute|submit|claim|participate|work|solve|write|open|create|do|make))\b)"
    };
}

patterns! {
    force_all: Words;
    // `AI-generated patches are rejected`.
    PASSIVE = concat!(r"(?i)", machine_work!(), r"[^.]{0,60}?(?:(?:\b(?:not|no longer|never)|n(?:'|’)t) (?:be |currently |yet |at all |longer |considered )*(?:allowed|permitted|welcomed?|accepted|acceptable|wanted|tolerated|merged|reviewed|considered|eligible)", follow!(), r"|(?:is|are|be|being|gets?|was|were)\s+(?:\w+ly\s+|all\s+|also\s+)*(?:closed|rejected|banned|prohibited|forbidden|blocked|refused|declined|disallowed|ignored|unwelcome|unwanted|unacceptable|deleted|denied|disqualified)\b)");
    // `We do not accept AI-generated patches`.
    ACTIVE = concat!(r"(?i)\b(?:(?:ban(?:s|ned)?|prohibit\w*|forbid\w*|disallow\w*|reject\w*|refus\w*|declin\w*|refrain from|abstain from|zero[- ]tolerance|no|stop (?:using|sending|posting|submitting|opening)|(?:block|ban|report) (?:any(?:one|body)|every(?:one|body)|people|accounts|users) who)\b|", never!(), r"(?:want|accept|allow|permit|submit|post|open|send|merge|welcome|tolerate|take|review|consider)\b)(?:\s+\w+){0,4}?\s+", machine_work!());
    // `Bots will be banned`, `AI is not allowed here`.
    BARE = concat!(r"(?i)\b(?:", someone!(), r")(?:\s*[,/]\s*|\s+(?:and|or|to\s+\w+|for\s+\w+|here)\b)*\s*(?:(?:is|are|be|will be|get|gets)\s+(?:\w+ly\s+)?(?:banned|forbidden|prohibited|disallowed|unwelcome|unwanted)|(?:(?:is|are|be|will|:)?\s*(?:not|no longer|never)|(?:is|are|wo)n(?:'|’)t)\s+(?:be\s+)?(?:allowed|permitted|welcomed?|accepted|wanted|tolerated))", here!());
    // `AI agents, stay away`.
    AWAY = concat!(r"(?i)\b(?:(?:", machine!(), r")\W{1,3}(?:please\W+)?(?:go|stay|keep) (?:away|out)(?:", here!(), r"|\s+of (?:this|these|here|our|my)\b)|(?:", machine!(), r")\b[^.]{0,40}\bleave (?:this|the|our|my) (?:\w+ )?alone|(?:keep (?:\w+ )?(?:", someone!(), r") out|you are not (?:welcome|wanted))\b)");
    // `Please don't use AI for this`, `no AI bots here`.
    HERE = concat!(r"(?i)\b(?:", never!(), r"(?:want|use|accept|allow|permit|welcome|tolerate)|no(?: more)?|(?:refrain|abstain) from (?:us(?:e of|ing)))\s+(?:\w+\s+){0,2}?(?:", someone!(), r")", here!());
    // What nobody but a contributor hands in or does.
    NOUN = r"(?i)\b(?:contribut(?:ions?|ors?)|prs?|pull[- ]?requests?|patch(?:es)?|submissions?|claims|bount(?:y|ies)|(?:post|submit|send|open)\w* (?:\w+ ){0,3}(?:slop|garbage|spam|issues?|comments?)|(?:contribute|participate|take part)(?:\W*$|\s*[,;]|\s+(?:here|to (?:this|the|our|these|any) )))\b";
    // `AI-generated code is rejected`, but not `by the parser`.
    CODE = concat!(r"(?i)\b(?:", strong!(), r")[- ](?:generated|written|assisted|authored|made|created|coded)[- ](?:code|content|issues?|comments?)\s+(?:is|are|will be)\s+(?:\w+ly\s+)?(?:(?:not|no longer|never)\s+(?:allowed|permitted|welcomed?|accepted|wanted|tolerated)|closed|rejected|banned|prohibited|forbidden|refused|declined|disallowed|deleted|unwelcome|unwanted)", here!());
    POLICY = r"(?i)\b(?:we|this (?:project|repo\w*|organi[sz]ation)|here)\b[^.]{0,40}\bno[- ](?:ai|llms?|bots?)[- ](?:policy|rule)\b";
    ALONE = concat!(r"(?i)^\W*(?:(?:sorry|hi|hello|hey|thanks|thank you|please|@[\w-]+)\W+){0,4}(?:(?:strictly |absolutely )?no(?: more)?\s+", whoever!(), r"(?:\s*(?:,|/|or|and)\s*(?:no )?", whoever!(), r")*|(?:(?:we|i|this (?:repo\w*|project)) )?(?:", never!(), r")(?:want|use|accept|allow|permit|welcome|tolerate)\s+(?:\w+\s+){0,1}?", whoever!(), r"|", whoever!(), r"(?:\s*(?:,|/|or|and)\s*", whoever!(), r")*\s+(?:(?:is|are|will be)\s+(?:\w+ly\s+)?(?:banned|forbidden|prohibited|disallowed|unwelcome|unwanted)|(?:(?:is|are|will)\s+)?(?:not|no longer|never)\s+(?:be\s+)?(?:allowed|permitted|welcomed?|accepted|wanted|tolerated)|(?:is|are|wo)n(?:'|’)t\s+(?:be\s+)?(?:allowed|permitted|welcomed?|accepted|wanted|tolerated)))(?:(?:\s*,)?\s+(?:here|please|thanks|thank you|sorry|any ?more|at all|ever|whatsoever|allowed|(?:for|on|in|to|from) (?:this|these|it|our|the) ?(?:repo\w*|project|bount\w+|issues?|organi[sz]ation)?))*\W*$");
    // Nobody speaks so of a program: `AI agents are not allowed to work on this issue`, `please do not
    // use AI to write patches`, `we do not accept code generated by AI`, `do not claim with a bot`.
    DEED_HERE = concat!(r"(?i)(?:", someone!(), r")\s+(?:(?:is|are)\s+(?:not|no longer|never)|(?:is|are)n(?:'|’)t)\s+(?:allowed|permitted|welcome)\s+to\s+(?:work on (?:this|our|these|issues|bounties)\b|contribute(?:\W*$|\s+(?:here|to (?:this|our|these|the (?:project|repo\w*)))\b)|(?:claim|submit|open|send) (?:(?:bounties|issues|prs?|pull[- ]?requests?|patches)\b|this\b))|\b", never!(), r"use\s+(?:\w+\s+){0,1}?(?:", someone!(), r")\s+(?:to|for|when|while|in)\s+(?:(?:work(?:ing)? on|solv(?:e|ing)) (?:this|our|these|issues|bounties)\b|contribut(?:e|ing) to (?:this|our|the (?:project|repo\w*))\b|(?:writ(?:e|ing)|creat(?:e|ing)|mak(?:e|ing)) (?:\w+ )?(?:prs?|pull[- ]?requests?|patches|contributions?)\b)|\b", never!(), r"(?:want|accept|merge|take)\s+(?:\w+\s+)?(?:code|content|work|solutions?|fixes)\s+(?:that (?:is|was|were|are) )?(?:generated|written|made|created) (?:by|with) (?:an? )?(?:", someone!(), r")", here!(), r"|\b", never!(), r"(?:claim|work on|solve)\s+(?:\w+\s+)?(?:issues|bounties|this|it)\s+(?:with|using|by|via|through) (?:an? |your )?(?:", someone!(), r"|bot|agent)", here!());
    // `Do not use AI` alone may be said of the code.
    AIMED = r"(?i)\bno\b|^\W*(?:(?:sorry|hi|hello|hey|please|@[\w-]+)\W+){0,4}(?:we|i|this (?:repo\w*|project))\b|\b(?:here|please|sorry|thanks?|(?:un)?welcomed?|(?:un)?wanted|this|these|project|repo\w*|bount\w+)\b";
    // `Agents must not contribute`.
    DEED = concat!(r"(?i)\b(?:", machine!(), r")\s+(?:must|may|should|can|shall|will)(?: ?not|n(?:'|’)?t)\s+(?:\w+\s+)?(?:contribute\b|be used (?:to|for|when|in) (?:\w+ ){0,3}", work!(), r"|(?:submit|open|send|post|claim)\s+(?:\w+\s+){0,3}(?:", work!(), r"|bount\w+|issues?|comments?)|participate|take part|(?:claim|work on) (?:issues|bounties|this))");
    // `Pull requests must not be AI-generated`.
    MADE = concat!(r"(?i)\b", work!(), r"\b[^.]{0,40}(?:\b(?:must|may|should|can|shall)(?: not|n(?:'|’)?t) be (?:\w+ )?(?:", machine!(), r")|\b(?:is|are) (?:\w+ )?(?:", machine!(), r")[- ](?:generated|written|assisted|authored|made|created|coded)\W{1,2}(?:(?:it|they|this|and|then)\s+){0,3}(?:will be|is|are|gets?) (?:\w+ly )?(?:closed|rejected|banned|refused|declined|deleted)\b)");
    // Bots by that name are programs as often as contributors: here they, or those who send their
    // work, are spoken to.
    SPOKEN_TO = concat!(r"(?i)^\W*(?:please\W+)?(?:(?:any bot|bots)\b(?: or \w+)? (?:is|are|will|do|must|may|can|should|not|never)|(?:(?:do not|don(?:'|’)t) (?:submit|send|open|post)|stop (?:submitting|sending|opening|posting)) (?:\w+ ){0,2}(?:automated|automatic|bot)[- ]", work!(), r")");
    // `When bots are forbidden, return 403` is said of a program.
    IN_A_CASE = r"(?i)^\W*(?:if|when|whenever|unless)\b";
    // The case is ours.
    OF_YOURS = concat!(r"(?i)^\W*(?:if|when) your ", work!(), r"\s+(?:is|are) |^\W*unless (?:(?:stated|noted) otherwise|otherwise (?:stated|noted))\b");
    // Where a sentence turns: what follows is what it comes to.
    TURN = r"(?i)\b(?:but|however)\b|[,;]\s*now\b|;";
    // What is refused is a part only, or was refused once.
    IN_PART = r"(?i)\b(?:if|when|where|that|which|who|slop|spam|garbage|low|poor|bad|un\w+ed|fully|purely|entirely|only|was|were|had|with|over|larger|longer|bigger|than|lacking|missing|failing|by|for|descriptions?|messages?|titles?|summar\w+|issues?|comments?)\b";
    // `We don't forbid AI`, `There is no rule against it`.
    TAKEN_BACK = r"(?i)\b(?:do(?:es)?n(?:'|’)t|didn(?:'|’)t|won(?:'|’)t|wouldn(?:'|’)t|never|not|nobody|no[- ]?one)\s+(?:\w+\s+){0,2}?(?:forbid|forbade|forbidden|ban|reject|refuse|prohibit|disallow|mind|say|said|saying|think|believe|claim that|mean|object|against)\b|\bno (?:\w+ )?(?:rules?|policy|problems?|penalt\w+|objections?|harm|issues?|ban) (?:against|with|to|for|on|in|using)\b|\b(?:we|i|they|it|\w+s) used to\b|\bnot that we\b|\bnothing against\b|\bno objections?\b";
    // `PRs from bots are ignored by the changelog generator`; who is refused by a person is refused.
    BY_A_PROGRAM = r"(?i)\b(?:closed|rejected|banned|blocked|refused|declined|disallowed|ignored|deleted|denied|disqualified|allowed|permitted|accepted|wanted|merged|considered)\b(?: \w+)? by (?:the |our |its |an? )?(?:[\w-]+ ){0,3}?(?:\w*(?:generator|parser|schema|sandbox|server|api|filter|linter|validator|compiler|gateway|proxy|middleware|firewall|scheduler|service|webhook|runner|engine|client|backend|library|plugin|script|tool|endpoint))\b|\bthe (?:\w+[- ])?\w*(?:validator|parser|filter|linter|sandbox|gateway|firewall|schema|server|service|workflow|check|action) (?:(?:should|must|will|can|to|does|do|only|also) )*(?:not )?(?:reject|ignore|block|refuse|accept|allow|fail)\w*\b";
    // `Bots without a privacy policy are rejected`.
    CARELESS = r"(?i)\b(?:bots?|agents?)\s+(?:without|that lack|with no)\b";
    ON_CONDITION = r"(?i)\b(?:without|unless|until)\b|\b(?:code|bots?|agents?|patch(?:es)?|commits?|prs?|pull[- ]requests?) (?:that|which) (?:(?:do|does|did|is|are|was|were|has|have)(?: not|n(?:'|’)?t)|break|fail|lack|touch|change|add)";
    // Said of how it is refused, or for how long.
    AT_ONCE = r"(?i)\buntil further notice\b|\bunless (?:(?:stated|noted) otherwise|otherwise (?:stated|noted))\b|\bwithout (?:(?:any|further|prior) )*(?:review|notice|comments?|discussion|warning|explanation|exceptions?)\b";
}

/// What is refused is handed in, in the words for it: no feature of a product is called so.
pub(super) fn of_work(rest: &str) -> bool {
    [&PASSIVE, &ACTIVE, &DEED, &MADE]
        .iter()
        .any(|pattern| pattern.is_match(rest))
        && NOUN.is_match(rest)
        || CODE.is_match(rest)
        || of_deeds_here(rest)
}

/// What contributors do at this place is refused to machines: `Please don't claim issues with a bot`.
pub(super) fn of_deeds_here(rest: &str) -> bool {
    DEED_HERE.is_match(rest)
}

/// `This project has a no-AI policy`.
pub(super) fn by_policy(rest: &str) -> bool {
    POLICY.is_match(rest)
}

/// `AI agents, stay away`.
pub(super) fn sent_away(rest: &str) -> bool {
    AWAY.is_match(rest)
}

/// Nothing but a no to machines: `No bots here, please`, but not `No bots in the lobby`.
pub(super) fn alone(rest: &str) -> bool {
    ALONE.is_match(rest) && AIMED.is_match(rest)
}

/// A contribution of a machine, or machines at this place, are refused.
pub(super) fn refused(rest: &str) -> bool {
    [
        &PASSIVE, &ACTIVE, &BARE, &AWAY, &HERE, &DEED, &MADE, &DEED_HERE,
    ]
    .iter()
    .any(|pattern| pattern.is_match(rest))
}

/// Such a refusal, said to contributors and not of a program: `PRs from bots are ignored by the
/// generator of the release notes` refuses nobody.
pub(super) fn of_contributors(rest: &str) -> bool {
    let spoken_to = STRONG.is_match(rest) && ADDRESSED.is_match(rest)
        || SPOKEN_TO.is_match(rest) && (ADDRESSED.is_match(rest) || BARE.is_match(rest))
        || AWAY.is_match(rest)
        || of_deeds_here(rest);
    let in_a_case = IN_A_CASE.is_match(rest) && !OF_YOURS.is_match(rest);
    refused(rest) && spoken_to && !in_a_case
}

/// `AI is fine in discussions, but AI-generated pull requests will be closed`: what stands before
/// the turn takes nothing back.
pub(super) fn comes_to_it(rest: &str) -> bool {
    let turns = TURN.compiled();
    let last = turns.find_iter(rest.as_bytes()).last();
    last.and_then(|turn| rest.get(turn.end()..))
        .is_some_and(|tail| {
            refused(tail)
                && !TAKEN_BACK.is_match(tail)
                && !IN_PART.is_match(tail)
                && !on_condition(tail)
        })
}

/// A word before the refusal turns it: nobody forbids, or nobody does any more.
pub(super) fn taken_back(rest: &str) -> bool {
    TAKEN_BACK.is_match(rest) && !comes_to_it(rest)
}

/// What is refused is what lacks something: `Bots without a privacy policy are rejected`.
pub(super) fn of_the_careless(rest: &str) -> bool {
    CARELESS.is_match(rest)
}

/// What refuses is a program, and so what is refused is its input.
pub(super) fn by_a_program(rest: &str) -> bool {
    BY_A_PROGRAM.is_match(rest)
}

/// It is refused in one case only.
pub(super) fn on_condition(rest: &str) -> bool {
    ON_CONDITION.count(rest) > AT_ONCE.count(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_all();
    }
}
