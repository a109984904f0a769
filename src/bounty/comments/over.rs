//! Words that say that a bounty is over: taken, paid, or no longer offered.

use super::super::facts::Comment;
use super::super::patterns::patterns;
use super::super::sentences::{Role, sentences};
use super::super::text::prose;

patterns! {
    force_all: Words;
    CLOSED = r"(?i)\b(?:handled|done|fixed|implemented|solved|taken care of) internally\b|\b(?:already|has been) (?:fixed|solved|implemented|assigned|taken)\b|\b(?:is|are|been) reserved\b|\bfinali[sz]ed\b|\bonly for (?:the )?core team\b|\bassigned (?:this |it )?to @|\bno longer (?:available|open|offered)\b|\bi(?:'|’)?(?: a)?m (?:on it|working on (?:it|this))\b|\bnot accepting (?:any )?(?:more|new)\b|\b(?:is|are) (?:already |currently )?working on (?:this|it)\b|\b(?:bounty|reward) (?:(?:is|was|has been|got) )?(?:already )?(?:been )?(?:closed|over|taken|claimed|paid|awarded|rewarded|expired)\b|\b(?:this|that|it|one|issue)(?:(?:(?:'|’)s| is| was| has)(?: already)?(?: been)?| already(?: been)?) (?:claimed|paid|awarded|rewarded)\b|^\W*already (?:claimed|taken|paid|awarded|rewarded)\b|^\W*(?:already )?(?:paid|awarded|rewarded)(?: out)? to @";
    // Nobody else is wanted any more.
    NO_MORE = r"(?i)(?:^|[,.;:(]|\b(?:so|please|sorry))\W*no (?:more|further|new|additional) (?:prs?|pull requests?|submissions?|applications?|applicants?|attempts?|claims?)\b(?:,? please| for (?:this|now)| needed| wanted| accepted)*\W*$|\b(?:do not|don(?:'|’)?t|stop|refrain from) (?:open|submit|send|fil|mak|start)\w*(?: up)?(?: any)? (?:more|further|new|another|other|additional) (?:prs?|pull requests?|submissions?|attempts?)\b|\b(?:we|i)(?:(?:'|’)ll| will) (?:handle|do|fix|implement|take care of|finish) (?:this|it) (?:internally|ourselves|myself|in[- ]house)\b|\b(?:bounty|reward|offer)(?: (?:is|was|has been|now|hereby))* (?:withdrawn|cancelled|canceled|retracted|revoked|removed|rescinded)\b|^\W*reserved (?:for|by)\b|\breserved (?:for|by) @";
    // It is only wanted otherwise: `don't open new PRs without tests`.
    NARROWS = r"(?i)^,? (?:without|that|which|unless|with|against|in|if|for (?:typos?|style|format\w*|each|every|other|unrelated|the same))\b";
    UPDATE = r"(?im)^[ \t*_#-]*(?:update|edit|edited|upd)\b[^\n:]{0,24}:([^\n]{1,300})";
    // What is said of the day when it will be so, or of how it is done.
    HEDGE = r"(?i)\b(?:not|nobody|no[- ]?one|anyone|anybody|who|whoever)(?:\s+\w+)?\s*$|n(?:'|’)t(?:\s+(?:yet|actually|even|really))?\s*$|(?:n(?:'|’)t (?:think|believe|know|see|say|sure)|\b(?:if|unless|until|once|when|whether|in case))(?:\s+\w+){0,4}\s*$";
    HOW = r"(?i)^(?: out)? (?:on|upon|after|via|through|using|in|when|once|if|that)\b";
    PERFECT = r"(?i)\b(?:was|been|got|already)\b";
    // Whoever made an offer takes it back.
    TAKEN_BACK = r"(?i)\b(?:tak(?:e|ing)|took|pull(?:ed|ing)?) (?:the|this|my|our) (?:bounty|reward|offer)(?: \w+)? back\b|\b(?:withdr[ae]w(?:ing|n)?|retract(?:ed|ing)?|cancel(?:l?ed|l?ing)?|remov(?:e|ed|ing)|tak(?:e|ing) back|took back) (?:the|this|my|our) (?:bounty|reward|offer)(?:\W*$|\s*[,;:]|\s+(?:now|again|from|on|because|since|as|for|and|due|here|sorry)\b)|\b(?:no longer|not) (?:able to )?(?:offer\w*|pay\w*|fund\w*) (?:the|this|a|my|our) (?:bounty|reward)(?:\W*$|\s*[,;:]|\s+(?:any ?more|any longer|now)\b)|\bno longer (?:any |a )?(?:money|bounty|reward|funding) (?:for|on|behind) (?:this|it)\b";
    // He does not, or will only perhaps.
    NOT_YET = r"(?i)\b(?:not|never|no need|nobody|no[- ]?one|if|when|whenever|unless|until|once|may|might|could|can|cannot|would|mistake|accident\w*)\b|n(?:'|’)t\b";
}

/// Words in which whoever offered something takes it back.
pub(crate) fn taken_back(comment: &Comment) -> Option<String> {
    told(&prose(&comment.body), takes_back)
}

/// Words in which whoever opened the issue, or offered something, says that it is over. Of what is
/// over he is believed without any standing: it can only make a bounty worth less.
pub(crate) fn ended(text: &str) -> Option<String> {
    told(text, |sentence| {
        takes_back(sentence).or_else(|| closed(sentence).map(str::to_owned))
    })
}

/// The same in a line that was added to an opening text: `Update: reserved for @ada`.
pub(crate) fn ended_later(text: &str) -> Option<String> {
    let lines = UPDATE.compiled();
    let mut lines = lines
        .captures_iter(text.as_bytes())
        .filter_map(|line| text.get(line.get(1)?.range()));
    lines.find_map(|line| ended(line.trim_start_matches([' ', '*', '_'])))
}

fn told(text: &str, says: impl Fn(&str) -> Option<String>) -> Option<String> {
    let told = sentences(text).into_iter();
    let mut told = told.filter(|sentence| sentence.role != Role::Question);
    told.find_map(|sentence| says(sentence.text))
}

fn takes_back(sentence: &str) -> Option<String> {
    let words = TAKEN_BACK.find(sentence)?;
    let rest = sentence.replacen(words, " ", 1);
    (!NOT_YET.is_match(&rest)).then(|| words.trim().to_owned())
}

/// The words of a sentence that say that it is over or taken.
pub(super) fn closed(sentence: &str) -> Option<&str> {
    [&CLOSED, &NO_MORE].into_iter().find_map(|pattern| {
        let compiled = pattern.compiled();
        let mut found = compiled.find_iter(sentence.as_bytes());
        found.find_map(|found| meant(sentence, found.range()))
    })
}

/// These words, unless what stands around them makes them a rule or a guess: `The bounty is paid on
/// merge`, but not `Bounty paid via Algora to @ada`.
fn meant(sentence: &str, found: std::ops::Range<usize>) -> Option<&str> {
    let before = sentence.get(..found.start)?;
    let after = sentence.get(found.end..)?;
    let said = sentence.get(found)?;
    let how_it_is_paid = said.to_ascii_lowercase().ends_with("paid")
        && HOW.is_match(after)
        && !PERFECT.is_match(said)
        && !after.contains(" to @");
    let narrowed = NO_MORE.is_match(said) && NARROWS.is_match(after);
    (!HEDGE.is_match(before) && !how_it_is_paid && !narrowed).then(|| said.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_all();
    }

    #[test]
    fn a_maintainer_says_that_it_is_gone() {
        for gone in [
            "The bounty has been paid to @ada",
            "The bounty has been claimed by @ada",
            "This one is already claimed",
            "This has already been claimed",
            "Paid out to @ada",
            "@ada is already working on this, please do not start",
            "Someone is working on it",
            "Already taken",
            "The bounty was awarded",
            "The bounty is paid",
            "The bounty has been paid in full to @ada",
            "Bounty paid via Algora to @ada, thanks!",
            "The bounty has been paid on Friday",
            "Not sure if this is already fixed, but the bounty has been paid to @ada",
            "Nobody is working on it any more because the bounty has been paid",
            "After a short discussion this has been assigned to @ada",
            "After review the bounty was awarded to @ada",
            "Don't bother it's already claimed",
            "No more PRs please",
            "@ada is nearly there, please don't open further PRs",
            "We'll handle this internally",
            "I will do it myself",
            "Bounty withdrawn",
            "The bounty has been revoked, sorry",
            "Reserved for @ada until Friday",
        ] {
            assert!(closed(gone).is_some(), "{gone}");
        }
        for open in [
            "The bounty is paid on merge",
            "BOUNTY PAID ON MERGE",
            "The bounty will be paid by the foundation",
            "The bounty has not been paid",
            "Nobody is working on it",
            "The invoice was paid twice",
            "It isn't already claimed",
            "Once the bounty has been paid we close this",
            "Ask here if this is already claimed",
            "Users who have already paid see an error",
            "Please don't open new PRs without tests",
            "Please do not open another PR for typos",
            "There are no more PRs to review",
            "If the bounty is withdrawn we say so here",
            "The list handles it internally",
        ] {
            assert!(closed(open).is_none(), "{open}");
        }
    }

    #[test]
    fn an_added_line_says_that_it_is_over() {
        for gone in [
            "Jumps.\n\n**Update:** reserved for @ada",
            "EDIT (3 May): no longer available",
            "Update: paid to @ada, thanks",
            "edit: no more PRs please",
        ] {
            assert!(ended_later(gone).is_some(), "{gone}");
        }
        for open in [
            "Update: the bounty is now $130",
            "Edit: not reserved any more",
            "It says: paid to @ada",
            "Update: is it reserved?",
        ] {
            assert!(ended_later(open).is_none(), "{open}");
        }
    }

    #[test]
    fn an_offer_is_taken_back() {
        let back = |text: &str| takes_back(text).is_some();
        for words in [
            "I have to take the bounty back",
            "We withdraw the reward",
            "I removed the bounty",
            "I am no longer able to pay the bounty",
            "There is no longer any money for this",
        ] {
            assert!(back(words), "{words}");
        }
        for words in [
            "Take the test back in",
            "The bounty is still offered",
            "We removed the label by mistake",
            "I offer the bounty again",
            "We removed the bounty label by mistake, it is back now",
            "We removed the bounty by mistake",
            "We do not pay the bounty before the PR is merged",
            "We do not pay the bounty for partial solutions",
            "I will not pay the bounty until the tests pass",
            "I am not paying the bounty twice",
            "We are not able to pay the bounty in crypto, only PayPal",
            "We will not withdraw the bounty, take your time",
            "I won't cancel the bounty",
            "Don't worry, we are not taking the bounty back",
            "If nobody delivers by June, I will take the bounty back",
            "We may cancel this bounty at any time",
        ] {
            assert!(!back(words), "{words}");
        }
    }
}
