//! What one sentence says about automated contributors. A plain no is a no; words that could be
//! one are unclear, and a person reads them.

use super::patterns::{Pattern, patterns};

/// What a sentence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Automated contributors are not wanted.
    Forbidden,
    /// It may be a no.
    Unclear,
    /// Allowed to those who say so.
    Disclose,
    /// Allowed.
    Allowed,
}

impl Rule {
    /// Its name in a finding.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Unclear => "unclear",
            Self::Disclose => "disclose",
            Self::Allowed => "allowed",
        }
    }
}

/// What kind of file a sentence stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rules for everybody.
    Plain,
    /// Rules about AI.
    AboutAi,
    /// Written for coding agents: it shows that they are expected. It tells them how to work, not
    /// whether, unless it speaks of outward acts or of being wanted.
    ForAgents,
    /// A form to be filled in: its questions and boxes speak of a program as often as of who asks.
    Form,
}

// What cannot be taken for a part of a product.
macro_rules! strong {
    () => {
        r"(?:gen[- ]?)?a\.?i\.?s?|artificial intelligence|llms?|gpt\S*|chatgpt|chat-?bots?|(?:ai[- ]?|coding |autonomous )agents?|machine[- ]generated|generative|vibe[- ]cod\w+|slop|language models?"
    };
}

// What also may be one.
macro_rules! machine {
    () => {
        concat!(
            strong!(),
            r"|copilots?|claude|bots?|agents?|automated|automation|autonomous(?:ly)?"
        )
    };
}

// The end of a refusal: not `allowed to edit the lock file`.
macro_rules! follow {
    () => {
        r"(?:\W*$|\s*[,;:()!?/-]|\s+(?:–|—|here|in|at|for|on|and|or|but|by|under|into|within|as|any ?more|when|if|unless|without|whatsoever|anywhere|this|to (?:contribut\w*|submit|open|post|comment|claim|file|send|participate|take|work|solve)\b))"
    };
}

macro_rules! never {
    () => {
        r"(?:(?:do|does|can|could|may|must|should|shall|will|would)(?: not|n(?:'|’)?t)|cannot|won(?:'|’)?t|never|no longer|unable to|not (?:going|able|willing|allowed|permitted) to)(?:\s+\w+){0,2}?\s+"
    };
}

mod refusal;
mod spoken;

pub(super) use spoken::{may_refuse, refuses, said, sends_off};

patterns! {
    force_all: Words;
    STRONG = concat!(r"(?i)\b(?:", strong!(), r")\b");
    // Somebody or something automated.
    MACHINE = concat!(r"(?i)\b(?:", machine!(), r"|gemini|codex|cursor)\b");
    // What it is not to do.
    DEED = r"(?i)\b(?:contribut\w*|pull[- ]?requests?|prs?|patch(?:es)?|submi\w+|issues?|comments?|code|commits?|generated|content|claims?|bount\w+|accept\w*|welcome|allowed|slop|tools?|assist\w*|use[ds]?|using|open(?:ed)?)\b";
    // The same, of work that is handed in, not of code that is about machines.
    HANDED_IN = r"(?i)\b(?:contribut\w*|pull[- ]?requests?|prs?|patch(?:es)?|submi\w+|issues?|comments?|generated|written|content|claims?|bount\w+|accept\w*|welcome|allowed|slop|use[ds]?|using)\b";
    NO = r"(?i)\b(?:no|nor|not|never|without|unable|against|forbid\w*|prohibit\w*|ban(?:s|ned|ning)?|reject\w*|refus\w*|declin\w*|den(?:y|ied|ies)|disallow\w*|close[ds]?|unwelcome|unwanted|unacceptable|disqualified|ineligible|tainted|zero[- ]tolerance|don(?:'|’)?t|doesn(?:'|’)?t|isn(?:'|’)?t|aren(?:'|’)?t|won(?:'|’)?t|can(?:'|’)?t|cannot|mustn(?:'|’)?t|must be (?:written|authored) by (?:a )?humans?|humans? only|only humans?|block(?:ed)?|ignored|refrain|abstain|avoid|discourag\w*|frown\w*|stop|(?:go|stay|keep) (?:\w+ ){0,2}(?:away|out)|alone)\b";
    // A no to machines that cannot be read otherwise.
    PLAIN = concat!(
        r"(?i)\b(?:", machine!(), r")\b[^.]{0,120}?(?:(?:\b(?:not|no longer)|n(?:'|’)t) (?:be |currently |yet |at all |longer |considered )*(?:allowed|permitted|welcomed?|accepted|acceptable|wanted|tolerated|merged|reviewed|considered|eligible)", follow!(),
        r"|(?:is|are|be|being|gets?|was|were)\s+(?:\w+ly\s+|all\s+|also\s+)*(?:closed|rejected|banned|prohibited|forbidden|blocked|refused|declined|disallowed|ignored|unwelcome|unwanted|unacceptable|deleted|denied|disqualified)\b",
        r"|\b(?:must|may|should|can|shall|will)(?: ?not|n(?:'|’)?t)\s+(?:\w+\s+)?(?:contribut\w*|submit|post|comment|claim|participate|take part|be (?:used to|used for|used when|used in|submitted|merged)|open (?:\w+ ){0,2}(?:issues?|prs?|pull requests?)|work on (?:issues|bounties|this repo\w*|this project))\b",
        r"|\b(?:go|stay|keep) (?:away|out)\b|\bleave (?:\w+ ){1,3}alone\b)",
        r"|\bkeep (?:\w+ )?(?:", machine!(), r") (?:\w+ )?(?:out|away)\b",
        r"|\b(?:(?:ban(?:s|ned)?|prohibit\w*|forbid\w*|disallow\w*|reject\w*|refus\w*|declin\w*|refrain from|abstain from|zero[- ]tolerance|stop (?:using|sending|posting|submitting|opening))\b|", never!(), r"(?:want|accept|allow|permit|use|submit|post|open|send|merge|welcome|tolerate|take|review|consider|contribute)\b)[^.]{0,80}?\b(?:", machine!(), r")\b",
        r"|\bno (?:\w+[- ]){0,2}(?:", machine!(), r")(?:[- ](?:generated|written|assisted|authored|made|created|driven|powered|coded))?[- ](?:contribut\w*|prs?|pull[- ]requests?|patches|submissions?|code|content|issues?|comments?|claims?|tools?|assistance|slop|allowed|please|accounts?)\b",
    );
    // A policy by its name: no deed need be named.
    NAMED = r"(?i)(?:^|[^-\w])no-(?:ai|llms?|bots?|agents?|slop)\b|\bno (?:ai|llms?|bots?)[- ](?:policy|rule|zone)\b|[\[(]\s*no[- ](?:ai|llms?|bots?|(?:ai )?agents?|slop)\b[^\])]{0,20}[\])]|\b(?:ai|llm|bot)-free (?:project|repo\w*|zone|policy|code ?base)\b|^\W*(?:please[, ]+)?(?:strictly |absolutely )?(?:no|zero)[- ](?:gen(?:erative)?[- ]?)?(?:a\.?i\.?|llms?|chatgpt|copilot|bots?|(?:ai |coding |autonomous )?agents?|vibe[- ]cod\w+|automation|slop)(?:[ ,/]+(?:or|and)? ?(?:ai|llms?|bots?|agents?|slop))*(?:[ ,]+(?:please|allowed|policy|zone|here|thanks|thank you|ever|at all|whatsoever))*\W*$";
    DISCLOSE = r"(?i)\b(?:disclos\w*|undisclosed|declare[ds]?|must (?:state|mention|say|indicate)|label(?:l?ed)? as (?:ai|llm)|mention (?:that|if|whether|the use)|transparen\w*|acknowledge[ds]?)\b";
    // Where it is asked for it is a disclosure; beside a no it may be what is refused.
    TRAILER = r"(?i)\b(?:assisted-by|co-authored-by)\b";
    OMITTED = r"(?i)\b(?:omit\w*|strip\w*|remov\w*|drop\w*|without|missing|lack\w*)\b[^.]{0,40}\b(?:assisted-by|co-authored-by)\b";
    // A no to not telling is a yes to telling.
    UNDISCLOSED = r"(?i)\bundisclosed\b|\b(?:(?:without|unless|fail\w* to|omit\w*|lack\w*|hid(?:e|es|ing|den))\b[^.,]{0,40}?|(?:not|never|\w+n(?:'|’)t)\s+(?:\w+\s+){0,2})\b(?:disclos\w*|declar\w*|acknowledg\w*|transparen\w*)|\b(?:without|(?:do|does|did)(?: not|n(?:'|’)?t)|fail\w* to)\s+(?:mention\w*|stat(?:e|ing)|tell\w*|label(?:l?ing)?)\b";
    ALL_THE_SAME = r"(?i)\bdisclosed or (?:not|undisclosed)\b|\bregardless\b|\beven (?:if|when)\b|\bwhether\b";
    MUST_TELL = r"(?i)\b(?:must|should|shall|please|have to|has to|needs? to|required to|be)\b[^.]{0,20}\b(?:disclose[ds]?|declare[ds]?|acknowledge[ds]?|state|mention|say|indicate|transparent)\b";
    ALLOW = r"(?i)\b(?:ai|llm|agents?|bots?|automated)\b[^.]{0,60}\b(?:is|are)\s+(?:very )?(?:welcome|allowed|permitted|fine|ok(?:ay)?|accepted)\b|\b(?:we|may|can|feel free to|happy to)\b[^.]{0,30}\b(?:welcome|allow|accept|use)\b[^.]{0,40}\b(?:ai|llm|agents?|copilot)\b|\bagents? (?:are )?welcome\b";
    // A yes that goes on with a condition.
    WELCOME = r"(?i)\b(?:ai|llms?|agents?|bots?|copilot)\b[^.]{0,40}\b(?:is|are)\s+(?:very )?(?:welcome|allowed|permitted|fine|ok(?:ay)?|accepted)\b[^.]{0,20}\b(?:as long as|but|if|provided|however)\b";
    HUMANS = r"(?i)\b(?:must|shall|should|have to|has to|needs? to|required to|may|can|only|accept|want|expect|take)\b[^.]{0,60}\b(?:written|authored|made|submitted) by (?:a )?(?:real )?humans?\b|\bcontribut\w+ (?:must|have to|need to) be (?:an? )?(?:real )?humans?\b|\bhuman[- ](?:written|made|authored)\b[^.]{0,30}\bonly\b|\bonly\b[^.]{0,30}\bhuman[- ](?:written|made|authored)\b|\bhumans? only\b|\bonly (?:real )?humans?\b|\bonly\b[^.]{0,30}\bby (?:a )?(?:real )?humans?\b";
    // A fact as often as a wish.
    BY_HUMANS = r"(?i)\b(?:written|authored|made|submitted) by (?:a )?(?:real )?humans?\b";
    OUTWARD = r"(?i)\b(?:open|opening|create|creating|submit|submitting|post|posting|file|comment(?:ing)?|send|push(?:ing)?)\b[^.]{0,40}\b(?:pull[- ]?requests?|prs?|issues?|comments?|reviews?|upstream)\b";
    // Of being wanted, not of how to work.
    WANTED = r"(?i)\b(?:contribut\w*|bount\w+|claims?|claiming|eligible|ineligible|welcome|accepted|allowed|permitted|prohibited|forbidden|banned|wanted|stop|prs?|pull[- ]?requests?|patch(?:es)?|submi\w+|this (?:repo(?:sitory)?|project))\b";
    // What machines write and hand in, said of a form that is to be filled in.
    WORK = r"(?i)\b(?:contribut\w*|prs?|pull[- ]?requests?|patch(?:es)?|submi\w+|generated|written|authored|bount\w+|claims?)\b";
    // Whose work is taken at all; merging, reviewing and seeing is something else.
    HUMANS_HAND_IN = r"(?i)\b(?:contributions?|prs?|pull[- ]?requests?|patch(?:es)?|submissions?|bount(?:y|ies)|claims|code|work)\b[^.]{0,20}\b(?:must|shall|should|have to|has to|needs? to|may|can|are)\b[^.]{0,20}\b(?:written|authored|made|submitted|opened|claimed) (?:only )?by (?:an? )?(?:real )?humans?\b|\b(?:accept|take|want|merge)\w* (?:only )?(?:contributions?|prs?|pull[- ]?requests?|patch(?:es)?|submissions?|code|work) (?:only )?(?:that (?:was|were|is|are) )?(?:written|authored|made) by (?:real )?humans?\b|\b(?:only (?:real )?humans?|humans? only) (?:(?:may|can|should|must|are (?:allowed|permitted|eligible) to) )?(?:contribute\b|participate\b|work on (?:this|our|these)\b|(?:submit|open|send|claim) (?:\w+ )?(?:contributions?|prs?|pull[- ]?requests?|patch(?:es)?|submissions?|bount(?:y|ies)|issues)\b)|^\W*(?:(?:the|our|any|all) )?(?:bount(?:y|ies)|contributions?|prs?|pull[- ]?requests?|patches|submissions|this (?:repo(?:sitory)?|project|organi[sz]ation|issue|bounty))\W+(?:(?:is|are) )?(?:for |open to |reserved for )?(?:real )?humans? only\b|\bcontributors (?:must|have to|need to) be (?:real )?humans?\b|\b(?:only )?human[- ](?:written|made|authored) (?:code|patches|prs|pull[- ]?requests|contributions|work)\b[^.]{0,20}\bonly\b|\bonly\b[^.]{0,20}\bhuman[- ](?:written|made|authored) (?:code|patches|prs|pull[- ]?requests|contributions|work)\b";
    // What a form lets whoever hands in say of himself.
    ATTEST = concat!(r"(?i)\bi(?:(?:'|’)?m| am) (?:a )?(?:real )?human\b|\bi(?:(?:'|’)?m| am) not (?:an? )?(?:", strong!(), r"|bots?)\b|\bi (?:did|have)(?: not|n(?:'|’)?t) use[d]?\b[^.]{0,30}\b(?:", strong!(), r"|copilot)\b|\b(?:no )?(?:", strong!(), r")(?: tools?)? (?:was|were)\b|\bis not (?:\w+ )?(?:", strong!(), r")\b");
    CONTRIBUTION = r"(?i)\b(?:contribut\w*|bount\w+|prs?|pull[- ]?requests?|patch(?:es)?|submi\w+|code|welcome|wanted|accept\w*|this (?:repo(?:sitory)?|project))\b";
    STOP = concat!(r"(?i)\b(?:no|stop|not want|(?:don(?:'|’)t|do not) (?:want|use|post|send|submit)|stay away,?)\s+(?:\w+[\s-]+){0,3}(?:", machine!(), r")\b|\b(?:", machine!(), r")\b[^.\n]{0,50}\b(?:not (?:be )?(?:welcome|wanted|accepted|allowed)|go away|banned|forbidden|will be (?:closed|rejected|ignored))\b");
    // A no by its sense, without the words of one.
    MAYBE = concat!(r"(?i)\b(?:policy|rules?|stance|position) (?:on|for|about|regarding|towards?) (?:\w+ ){0,2}(?:", strong!(), r"|bots)\b|:\s*no (?:gen(?:erative)?[- ]?)?(?:ai|llms?|bots)\b|\bif you(?:(?:'|’)re| are) (?:an? )?(?:\w+ ){0,2}(?:", machine!(), r")\b[^.]{0,40}\b(?:elsewhere|leave|away|stop|no|not)\b|\b(?:", strong!(), r"|bots)\b[^.]{0,60}\b(?:(?:go|goes|going|lands?|ends? up)\b[^.]{0,20}\b(?:bin|trash|garbage|/dev/null|void)\b|(?:limited|restricted|confined) to\b)|(?:\b(?:not|never)|n(?:'|’)t)\b[^.]{0,60}\b(?:with|using|by|for|from) (?:(?:the help of|help of|an|any|your) )?(?:", strong!(), r"|bots)(?: tools?| assistance| agents?| bots?)?(?:\W*$|\s*[,;:!)]|\s+(?:please|here|thanks)\b)");
    // A ban, whoever is banned.
    BAN = r"(?i)\b(?:ban|banned|banning)\b";
    // A no that leaves somebody out, or says what happens to his work.
    LEFT_OUT = concat!(r"(?i)^\W*(?:for )?(?:real )?humans? only\W*$|\b(?:issue|task|bount\w+|prs?|pull[- ]?requests?|contribut\w+|repo\w*|project|it is|this is)\b[^.]{0,30}\b(?:reserved|meant|intended) for (?:real |actual )?(?:humans?|people only)\b|\b(?:", strong!(), r"|bots)\b[^.]{0,40}\bexcluded (?:here|from (?:\w+ ){0,3}(?:bount\w+|program(?:me)?|contributing|contributions|participat\w+|this (?:repo\w*|project|issue)))\b|\bnot interested in\b[^.]{0,40}\b(?:", strong!(), r"|bots)\b|\b(?:don(?:'|’)?t|do not) let (?:your|an?) (?:\w+ )?(?:", machine!(), r")\b[^.]{0,40}\b(?:open|submit|post|comment|claim|contribut\w*|prs?|here)\b|\b(?:close|reject|block|delete)s? (?:any|every|all)\b[^.]{0,40}\b(?:by|from|of|using|with) (?:an? |your )?(?:", strong!(), r"|bots)\b");
    WHETHER = r"(?i)\bwhether or not\b|\bwhether (?:\w+ ){1,6}or not\b";
    // Rules of how to work, which end where somebody keeps them.
    HOW_TO_WORK = r"(?i)\b(?:without (?:\w+ )?(?:tests?|testing|running|checking|linting|building|formatting|reading|updating)\b|(?:code|patch(?:es)?|commits?|changes?) (?:that|which) (?:(?:do|does|did|is|are|has|have)(?: not|n(?:'|’)?t)|breaks?|fails?|lacks?))";
    ADDRESSED = r"(?i)\b(?:you|your|please|here|want|contribut\w*|prs?|pull[- ]?requests?|patch(?:es)?|submi\w+|issues?|comments?|claims?|bount\w+|accept\w*|welcome|wanted|slop|spam\w*|post\w*|this (?:repo(?:sitory)?|project))\b";
}

// What bears such a name and contributes nothing. Of a bot of theirs only the name goes: it may be
// what closes the pull requests of others.
static PRODUCT: Pattern = Pattern::new(
    r"(?i)\b(?:user[- ]agents?|ssh[- ]agents?|gpg[- ]agents?|build agents?|ci agents?|monitoring agents?|github actions?|ci (?:bot|automation)|dependabot|renovate|(?:automated|automatic) (?:\w+ )?(?:tests?|testing|builds?|checks?|releases?|linting|formatting|deployments?)|test automation|travel agents?|cla[- ]?(?:bot|assistant)|stale bot|our bot|bot (?:account|token|user)s?|(?:jwt|token|oidc|identity|custom) claims|(?:a|the|this) bot( (?:(?:will|then|also|may|automatically)(?: not)? )*(?:add|ask|assign|check|close|comment|create|label|mark|merge|notif|open|post|rebase|remind|reply|run|tell|update|warn)\w*))\b",
);

fn without_products(sentence: &str) -> String {
    PRODUCT.compiled().replace_all(sentence, " $1").into_owned()
}

/// It speaks of machines.
pub(super) fn speaks_of_machines(sentence: &str) -> bool {
    MACHINE.is_match(&without_products(sentence))
}

/// A no that cannot be read otherwise.
pub(super) fn plain_no(sentence: &str) -> bool {
    PLAIN.is_match(&without_products(sentence))
}

/// A no of any kind.
pub(super) fn says_no(sentence: &str) -> bool {
    NO.is_match(sentence)
}

/// What one sentence of a policy file says.
pub(super) fn rule(sentence: &str, kind: Kind) -> Option<Rule> {
    let rest = without_products(sentence);
    let rest = WHETHER.compiled().replace_all(rest.as_bytes(), &b" "[..]);
    let rest = String::from_utf8_lossy(&rest);
    let told = match kind {
        Kind::ForAgents => for_agents(&rest),
        Kind::Form => form(&rest),
        Kind::Plain | Kind::AboutAi => for_people(&rest, kind),
    };
    let meant = !refusal::taken_back(&rest)
        && !refusal::of_the_careless(&rest)
        && !refusal::by_a_program(&rest);
    told.map(|rule| match rule {
        Rule::Forbidden if !meant => Rule::Unclear,
        _ => rule,
    })
}

fn for_people(rest: &str, kind: Kind) -> Option<Rule> {
    let allows = ALLOW.is_match(rest);
    if (HUMANS.is_match(rest) || BY_HUMANS.is_match(rest)) && DEED.is_match(rest) {
        let alone = HUMANS_HAND_IN.is_match(rest) && !allows;
        return Some(if alone {
            Rule::Forbidden
        } else {
            Rule::Unclear
        });
    }
    if NAMED.is_match(rest) {
        return Some(Rule::Forbidden);
    }
    if !MACHINE.is_match(rest) {
        return LEFT_OUT.is_match(rest).then_some(Rule::Unclear);
    }
    let no = NO.is_match(rest);
    let tells = DISCLOSE.is_match(rest) || UNDISCLOSED.is_match(rest);
    if tells || !no && TRAILER.is_match(rest) {
        return Some(if no { disclosure(rest) } else { Rule::Disclose });
    }
    if no && OMITTED.is_match(rest) {
        return Some(Rule::Unclear);
    }
    let plain = PLAIN.is_match(rest);
    if no && (plain || kind == Kind::AboutAi || DEED.is_match(rest)) {
        // `AI-assisted work is welcome, but do not submit what you did not read.`
        let both = allows && !plain || welcomes(rest);
        let handed_in = STRONG.is_match(rest) && HANDED_IN.is_match(rest);
        let strong =
            plain && (handed_in || refusal::refused(rest)) || kind == Kind::Plain && handed_in;
        return Some(if strong && !both {
            Rule::Forbidden
        } else {
            Rule::Unclear
        });
    }
    if MAYBE.is_match(rest) || LEFT_OUT.is_match(rest) {
        return Some(Rule::Unclear);
    }
    if allows {
        return Some(Rule::Allowed);
    }
    (kind == Kind::AboutAi && DEED.is_match(rest)).then_some(Rule::Unclear)
}

/// A yes with a condition, which is not what the sentence comes to refuse.
fn welcomes(rest: &str) -> bool {
    WELCOME.is_match(rest) && !refusal::comes_to_it(rest)
}

/// Only what cannot be a rule of how to work is a lasting no.
fn for_agents(rest: &str) -> Option<Rule> {
    if NAMED.is_match(rest) || humans_hand_in(rest) {
        return Some(Rule::Forbidden);
    }
    if (HUMANS.is_match(rest) || BY_HUMANS.is_match(rest)) && WORK.is_match(rest) {
        return Some(Rule::Unclear);
    }
    if LEFT_OUT.is_match(rest) {
        return Some(Rule::Unclear);
    }
    if !MACHINE.is_match(rest) || !NO.is_match(rest) {
        return None;
    }
    if OUTWARD.is_match(rest) {
        return Some(Rule::Unclear);
    }
    let how_to_work = HOW_TO_WORK.is_match(rest);
    if refusal::refused(rest) && !DISCLOSE.is_match(rest) {
        // `Closed without reading` refuses; `without running the tests` may not.
        return Some(
            if how_to_work || welcomes(rest) || refusal::on_condition(rest) {
                Rule::Unclear
            } else {
                Rule::Forbidden
            },
        );
    }
    if how_to_work {
        return None;
    }
    let unwanted = WANTED.is_match(rest) || BAN.is_match(rest) || refusal::refused(rest);
    unwanted.then_some(Rule::Unclear)
}

/// `Only humans may send pull requests.`
fn humans_hand_in(rest: &str) -> bool {
    HUMANS_HAND_IN.is_match(rest) && !ALLOW.is_match(rest)
}

fn form(rest: &str) -> Option<Rule> {
    let told = for_people(rest, Kind::Plain);
    let plain = PLAIN.is_match(rest) || NAMED.is_match(rest) || humans_hand_in(rest);
    match told {
        Some(Rule::Disclose | Rule::Allowed) => return told,
        Some(Rule::Forbidden) if plain => return told,
        _ if ATTEST.is_match(rest) => return Some(Rule::Unclear),
        _ => {}
    }
    let no = plain
        || refusal::refused(rest)
        || [&WORK, &HUMANS, &BY_HUMANS, &STOP, &MAYBE, &LEFT_OUT, &BAN]
            .iter()
            .any(|pattern| pattern.is_match(rest));
    (told.is_some() && no).then_some(Rule::Unclear)
}

/// A sentence that speaks of telling, and says no.
fn disclosure(rest: &str) -> Rule {
    let plain = PLAIN.is_match(rest);
    if plain && ALL_THE_SAME.is_match(rest) {
        Rule::Forbidden
    } else if UNDISCLOSED.is_match(rest) {
        Rule::Disclose
    } else if plain {
        if MUST_TELL.is_match(rest) {
            Rule::Unclear
        } else {
            Rule::Forbidden
        }
    } else if MUST_TELL.is_match(rest) {
        Rule::Disclose
    } else {
        Rule::Unclear
    }
}

#[cfg(test)]
mod tests;
