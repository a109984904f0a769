//! What comments say. A platform's comment counts by its account's login, id and kind; a
//! maintainer's by GitHub's own word for the writer's standing; anybody else's only as competition
//! or as a warning.

use super::appraise::Me;
use super::body::promises;
use super::evidence::Evidence;
use super::facts::{Actor, Association, Comment};
use super::machine_rules::{self, Rule};
use super::patterns::{Pattern, patterns};
use super::platform::Platform;
use super::platform_accounts::speaker;
use super::reward::{self, Found, Tickers};
use super::sentences::{LONGEST, Role, sentences};
use super::text::{cut, prose};

/// How the hidden line begins that marks a comment as written by this program.
pub const MARK: &str = "<!-- bountyd:";

/// Characters of a comment that are searched for a promise.
const PROSE: usize = 2_000;

mod over;

pub(crate) use over::{ended, ended_later, taken_back};

/// What one comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A platform shows money.
    PlatformOffer {
        platform: Platform,
        evidence: Evidence,
        found: Found,
    },
    /// A platform says that it has been paid, or is about to be.
    PlatformPaid {
        platform: Platform,
        evidence: Evidence,
    },
    /// A platform strikes an offer through, or says that it is cancelled.
    PlatformCancelled {
        platform: Platform,
        evidence: Evidence,
    },
    /// A platform's table shows somebody at work; by login.
    PlatformAttempt { login: String },
    /// A maintainer's `/bounty N`.
    MaintainerOffer { found: Found },
    /// A maintainer's promise in words: `There is a $300 bounty on this`.
    MaintainerPromise { found: Found },
    /// A maintainer says that it is taken, reserved, finished; or he or the author that it is no longer
    /// offered.
    Closed { words: String },
    /// A maintainer tells bots, or somebody, to stay away.
    MaintainerStop { words: String, how: Stop },
    /// Somebody says that he tries.
    Attempt { login: Option<String> },
    /// Somebody speaks in a platform's words without being it.
    Forged { login: Option<String> },
}

/// How a maintainer's words against bots can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// As nothing else.
    Clear,
    /// Somebody is sent away: us, if he speaks to us.
    SentOff,
    /// As a no to us, if we are named.
    IfNamed,
    /// He may speak of a program.
    Doubtful,
}

patterns! {
    force_captures: Pattern;
    HEADING = r"(?im)^[ \t#]*💎[ \t]*(\S[^\n]{0,40}?)[ \t]*bounty\b";
    OFFERING = r"(?i)\bis offering a \**\s*(\S[^\n*]{0,30})\**\s*bounty";
    CREATED = r"(?im)^[^\n]{0,40}?\**(\$[0-9][^\n*]{0,20}?)\**\s*\**bounty\b\**\s+(?:created|sponsored|added)\b";
    FUNDED = r"(?i)\b(?:reward|bounty) of \**\s*(\S[^\n*]{0,24})";
    ROW = r"(?m)^\|?\s*(?:🟢|🟡)\s*@([A-Za-z0-9-]{1,39})";
    COMMAND = r"(?im)^\s*/bounty\s+\$?([0-9][0-9.,]{0,12})\s*$";
}

patterns! {
    force_words: Words;
    AWARDED = r"(?i)\bhas been (?:awarded|rewarded|paid)\b|\bcan be rewarded\b|\bhas been approved (?:&|and) issued\b";
    CANCELLED = r"(?i)~~[^~\n]*bounty[^~\n]*~~|\bbounty (?:has been )?(?:cancelled|canceled|removed|withdrawn|expired)\b";
    ATTEMPT = r"(?im)^\s*/(?:attempt|try|claim|start|assign|opire try)\b|\bi(?:'|’)?(?: a)?m (?:on it|working on|taking)\b|\b(?:i|we) (?:would|will|'d|’d|'ll|’ll) (?:like|love) to (?:work|take|claim|try|implement)\b|\b(?:claiming|working on) this (?:bounty|issue)\b|\b(?:pr submitted|submitted (?:a )?pr|opened (?:a )?pr|submitting pr|solution submitted)\b|\bi(?:'|’)ll (?:take|work on)\b|\bcan i (?:work on|take|be assigned)\b|\bassign (?:this|it)? ?(?:to )?me\b";
    OFFERS = r"(?im)^[ \t]*/(?:bounty|reward|opire create)\b";
    // The answer that our own comment offers.
    STOP_ALONE = r"(?i)^\W*(?:@[a-z0-9-]+\W+)?(?:please\W+)?stop(?:\W+(?:it|this|that|here|now|please|thanks|thank you))*\W*$";
    TEMPLATE = r"(?im)^[ \t#]*💎[^\n]{0,40}bounty\b[\s\S]{0,400}steps to solve|\bhas been awarded \**\$[0-9]|\bis offering a \*\*\$[0-9]";
}

/// GitHub says that this account may decide in the repository.
pub(crate) const fn decides(association: Association) -> bool {
    matches!(
        association,
        Association::Owner | Association::Member | Association::Collaborator
    )
}

/// It carries this program's mark, ours or another owner's. A mark in a quoted line is the quoter's
/// word.
fn marked(comment: &Comment) -> bool {
    comment
        .body
        .lines()
        .any(|line| line.trim_start().starts_with(MARK))
}

/// Reads one comment. A claim names the answer it offers (“stop”), so what this program or our own
/// account says is never a maintainer's no, whatever standing the account has.
pub(crate) fn read(comment: &Comment, me: Option<&Me>) -> Vec<Said> {
    let text = prose(&comment.body);
    if let Some((platform, evidence)) = speaker(&comment.author) {
        return platform_says(platform, evidence, comment, &text);
    }
    let login = comment.author.login.clone();
    let mut said = Vec::new();
    if decides(comment.association) {
        offers(&text, &mut said);
        let ours = me.is_some_and(|me| same(&me.actor(), &comment.author));
        if !ours && !marked(comment) {
            if said.is_empty() {
                let promise = promises::read(&cut(&text, PROSE)).tied;
                said.extend(promise.map(|found| Said::MaintainerPromise { found }));
            }
            refuses(&text, &mut said);
        }
    } else if TEMPLATE.is_match(&text) {
        said.push(Said::Forged { login });
        return said;
    }
    if said.is_empty() && ATTEMPT.is_match(&text) {
        said.push(Said::Attempt { login });
    }
    said
}

/// It offers with a slash command, in whoever's name: what he says of its end is believed.
pub(crate) fn commands(comment: &Comment) -> bool {
    OFFERS.is_match(&prose(&comment.body))
}

fn amount_of(words: &str) -> Option<Found> {
    let words = words.trim().trim_matches('*').trim();
    reward::scan(words, Tickers::Known)
        .into_iter()
        .next()
        .filter(|f| f.start == 0)
}

fn platform_says(
    platform: Platform,
    evidence: Evidence,
    comment: &Comment,
    text: &str,
) -> Vec<Said> {
    let mut said = Vec::new();
    if AWARDED.is_match(text) {
        return vec![Said::PlatformPaid { platform, evidence }];
    }
    // Opire's footer and Roxonn's advertisement stand under issues without a bounty.
    let advertises = text.contains("what does it mean?") || text.contains("Add a Roxonn Bounty");
    if advertises {
        return said;
    }
    let patterns: &[&'static Pattern] = match platform {
        Platform::Algora => &[&HEADING, &OFFERING, &CREATED],
        _ => &[&FUNDED, &OFFERING, &CREATED],
    };
    for pattern in patterns {
        for found in pattern
            .compiled()
            .captures_iter(text)
            .filter_map(|c| amount_of(c.get(1)?.as_str()))
        {
            said.push(Said::PlatformOffer {
                platform,
                evidence,
                found,
            });
        }
        if !said.is_empty() {
            break;
        }
    }
    if said.is_empty() && CANCELLED.is_match(&super::text::plain(&comment.body)) {
        said.push(Said::PlatformCancelled { platform, evidence });
    }
    for row in ROW.compiled().captures_iter(text) {
        said.push(Said::PlatformAttempt {
            login: row[1].to_owned(),
        });
    }
    said
}

fn offers(text: &str, said: &mut Vec<Said>) {
    if let Some(found) = COMMAND
        .captures(text)
        .and_then(|c| reward::whole(&format!("${}", &c[1]), Tickers::Known))
    {
        said.push(Said::MaintainerOffer { found });
    }
}

/// What a maintainer says against it.
fn refuses(text: &str, said: &mut Vec<Said>) {
    if let Some(words) = stop_alone(text) {
        said.push(Said::MaintainerStop {
            words: words.trim().to_owned(),
            how: Stop::Clear,
        });
    }
    for sentence in sentences(text) {
        let words = cut(sentence.text, LONGEST);
        let how = match machine_rules::said(&words) {
            // Who asks whether it is forbidden has not forbidden it.
            Some(_) if sentence.role == Role::Question => Stop::Doubtful,
            Some(Rule::Forbidden) => Stop::Clear,
            Some(Rule::Unclear) if machine_rules::sends_off(&words) => Stop::SentOff,
            Some(Rule::Unclear) if machine_rules::refuses(&words) => Stop::IfNamed,
            Some(Rule::Unclear) => Stop::Doubtful,
            _ => continue,
        };
        said.push(Said::MaintainerStop { words, how });
    }
    let told = sentences(text)
        .into_iter()
        .filter(|s| s.role != Role::Question);
    if let Some(words) = told.filter_map(|s| over::closed(s.text)).next() {
        said.push(Said::Closed {
            words: words.to_owned(),
        });
    }
}

/// What platforms offer now: an offer after a payment or a cancellation begins a new round, to which
/// what the same platform offered before does not belong.
pub(crate) fn current_offers<'a>(
    said: &'a [(&'a Comment, Said)],
) -> Vec<(&'a Comment, Evidence, &'a Found)> {
    let mut offers: Vec<(Platform, &Comment, Evidence, &Found)> = Vec::new();
    let mut ended = Vec::new();
    for (comment, said) in said {
        match said {
            Said::PlatformPaid { platform, .. } | Said::PlatformCancelled { platform, .. } => {
                ended.push(*platform);
            }
            Said::PlatformOffer {
                platform,
                evidence,
                found,
            } => {
                if ended.contains(platform) {
                    ended.retain(|one| one != platform);
                    offers.retain(|(by, ..)| by != platform);
                }
                offers.push((*platform, *comment, *evidence, found));
            }
            _ => {}
        }
    }
    offers
        .into_iter()
        .map(|(_, comment, evidence, found)| (comment, evidence, found))
        .collect()
}

/// `stop` and nothing else; `/stop` is a platform's command and means something else.
pub(crate) fn stop_alone(text: &str) -> Option<&str> {
    STOP_ALONE
        .find(text)
        .filter(|_| !text.trim_start().starts_with('/'))
}

/// Two actors are the same account: by id where both have one, else by login.
pub(crate) fn same(a: &Actor, b: &Actor) -> bool {
    match (a.id, b.id) {
        (Some(a), Some(b)) => a == b,
        _ => matches!((&a.login, &b.login), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::appraise::{Lists, appraise};
    use crate::bounty::facts::IssueFacts;
    use crate::bounty::sample::{NOW, algora, comment, facts, offer};

    #[test]
    fn patterns_compile() {
        force_captures();
        force_words();
    }

    #[test]
    fn who_asks_whether_it_is_forbidden_forbids_nothing() {
        let clear = |text: &str| {
            let mut said = Vec::new();
            refuses(text, &mut said);
            said.iter().find_map(|said| match said {
                Said::MaintainerStop { how, .. } => Some(*how == Stop::Clear),
                _ => None,
            })
        };
        assert_eq!(clear("AI contributions are not allowed here."), Some(true));
        for question in [
            "Why are AI contributions not allowed here?",
            "Should we really ban AI pull requests here?",
        ] {
            assert_eq!(clear(question), Some(false), "{question}");
        }
    }

    #[test]
    fn an_offer_after_a_payment_begins_a_new_round() {
        let sum = |bodies: &[&str]| {
            let comments = bodies.iter().map(|body| match body.strip_prefix('$') {
                Some(_) => offer(body),
                None => comment(algora(), Association::None, body),
            });
            let facts = IssueFacts {
                comments: comments.collect(),
                ..facts()
            };
            let appraisal = appraise(&facts, &Lists::default(), None, NOW);
            appraisal.amount.usd.map(|usd| usd.to_string())
        };
        let awarded = "🎉🎈 @ada has been awarded **$500**! 🎈🎊";
        assert_eq!(sum(&["$500", "$100"]).as_deref(), Some("$600"));
        assert_eq!(sum(&["$500", awarded, "$100"]).as_deref(), Some("$100"));
        let two = ["$500", awarded, "$100", "$50"];
        assert_eq!(sum(&two).as_deref(), Some("$150"));
        assert_eq!(sum(&["$500", awarded]).as_deref(), Some("$500"));
    }

    #[test]
    fn the_answer_we_offer_is_understood() {
        for no in [
            "stop",
            "Stop.",
            "@ada please stop, thanks!",
            "“stop”",
            "Stop it now",
        ] {
            assert!(stop_alone(no).is_some(), "{no}");
        }
        for other in [
            "/stop",
            "It does not stop",
            "stop when the input is empty",
            "non-stop",
        ] {
            assert!(stop_alone(other).is_none(), "{other}");
        }
    }
}
