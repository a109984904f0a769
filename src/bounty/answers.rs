//! What maintainers answer to our own words: a no to us, or what may be one. Only the first may be
//! acted upon; the second is the owner's to read.

use super::appraise::Me;
use super::comments::{self, MARK, Said, Stop};
use super::facts::{Actor, ActorKind, Comment, IssueFacts};
use super::patterns::Pattern;
use super::text::prose;

/// One sentence of a maintainer that is, or may be, a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Id of the comment it stands in.
    pub comment: Option<u64>,
    /// Login of who wrote it.
    pub by: String,
    /// The sentence.
    pub words: String,
    /// It is meant for us and cannot be read otherwise.
    pub no: bool,
}

static MENTION: Pattern = Pattern::new(r"(?:^|[^\w`@/.])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))");

/// Whom a comment speaks to, by what it names and where it stands.
#[derive(Clone, Copy)]
struct Addressee {
    /// It names our account or this program, or quotes our comment.
    us: bool,
    /// It names other accounts.
    others: bool,
    /// Nobody else has spoken since we did.
    next: bool,
}

impl Addressee {
    fn of(comment: &Comment, me: Option<&Me>, next: bool) -> Self {
        let ours = |login: &str| me.is_some_and(|me| me.login.eq_ignore_ascii_case(login));
        let mentions = MENTION.compiled();
        let named = |text: &str, wanted: fn(bool) -> bool| {
            let mut logins = mentions.captures_iter(text).filter_map(|c| c.get(1));
            logins.any(|login| wanted(ours(login.as_str())))
        };
        // A quotation of our comment bears the program's name.
        let us = comment.body.to_ascii_lowercase().contains("bountyd")
            || named(&comment.body, |ours| ours);
        Self {
            us,
            others: named(&prose(&comment.body), |ours| !ours),
            next,
        }
    }

    /// It can be meant for nobody but us.
    const fn alone(self) -> bool {
        self.us || self.next && !self.others
    }
}

/// What maintainers wrote below our claim, one sentence for each comment, a no before a doubt, oldest
/// first; and above it what is a plain no today and was none when we came. The claim is the newest
/// comment of ours that bears our mark, else the first of ours; where there is none among the comments
/// that were read, all of them stand below it.
#[must_use]
pub fn to_us(facts: &IssueFacts, me: Option<&Me>) -> Vec<Answer> {
    in_thread(&facts.comments, me)
}

/// The same of a conversation by its comments, oldest first: of a pull request, say.
#[must_use]
pub fn in_thread(all: &[Comment], me: Option<&Me>) -> Vec<Answer> {
    let ours =
        |comment: &Comment| me.is_some_and(|me| comments::same(&me.actor(), &comment.author));
    let claims = |comment: &Comment| ours(comment) && comment.body.contains(MARK);
    let claim = all.iter().rposition(claims);
    let claim = claim.or_else(|| all.iter().position(ours));
    let mut answers = Vec::new();
    // Who has spoken since we did last.
    let mut speakers: Vec<&Actor> = Vec::new();
    let mut spoke = false;
    for (at, comment) in all.iter().enumerate() {
        if ours(comment) {
            spoke = true;
            speakers.clear();
            continue;
        }
        if comment.author.kind == ActorKind::Bot {
            continue;
        }
        let known = |speaker: &&Actor| comments::same(speaker, &comment.author);
        let next = spoke && speakers.iter().all(known);
        speakers.push(&comment.author);
        let below = claim.is_none_or(|claim| at > claim);
        let addressee = Addressee::of(comment, me, next);
        let mut refusals: Vec<(bool, String)> = comments::read(comment, me)
            .into_iter()
            .filter_map(|said| match said {
                Said::MaintainerStop { words, how } if below => {
                    Some((is_no(&words, how, addressee), words))
                }
                Said::MaintainerStop {
                    words,
                    how: Stop::Clear,
                } => Some((false, words)),
                _ => None,
            })
            .collect();
        refusals.sort_by_key(|(no, _)| !no);
        if let Some((no, words)) = refusals.into_iter().next() {
            answers.push(Answer {
                comment: comment.id,
                by: comment.author.login.clone().unwrap_or_default(),
                words,
                no,
            });
        }
    }
    answers
}

/// A sentence below our claim is a no to us where it is the word that our comment offers, unless
/// somebody else is told so, and else only where nobody but us can be meant.
fn is_no(words: &str, how: Stop, addressee: Addressee) -> bool {
    match how {
        Stop::Clear if comments::stop_alone(words).is_some() => addressee.us || !addressee.others,
        Stop::Clear | Stop::SentOff => addressee.alone(),
        Stop::IfNamed => addressee.us,
        Stop::Doubtful => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::facts::Association;
    use crate::bounty::sample::{actor, comment, facts};

    fn me() -> Me {
        Me {
            login: "owl".into(),
            id: 9,
        }
    }

    fn owl() -> Actor {
        actor("owl", 9, ActorKind::User)
    }

    const CLAIM: &str =
        "<!-- bountyd:1 -->\nI take it. Answer with “stop” and it will not come back.";

    /// What these comments of a maintainer say to us; `+` before one is a passer-by's, `~` another of
    /// ours, `=` our claim.
    fn answers(bodies: &[&str]) -> Vec<(String, bool)> {
        let mut facts = facts();
        for (id, body) in (1..).zip(bodies) {
            let (author, standing, body) = match body.split_at(1) {
                ("=", _) => (owl(), Association::None, CLAIM),
                ("~", body) => (owl(), Association::None, body),
                ("+", body) => (actor("wren", 6, ActorKind::User), Association::None, body),
                _ => (
                    actor("moss", 5, ActorKind::User),
                    Association::Member,
                    *body,
                ),
            };
            let mut said = comment(author, standing, body);
            said.id = Some(id);
            facts.comments.push(said);
        }
        to_us(&facts, Some(&me()))
            .into_iter()
            .map(|answer| (answer.words, answer.no))
            .collect()
    }

    fn verdict(bodies: &[&str]) -> Option<bool> {
        answers(bodies).first().map(|(_, no)| *no)
    }

    #[test]
    fn only_what_a_maintainer_wrote_after_us_counts() {
        let doubtful = "Do not use AI in the parser.";
        let told = answers(&[
            doubtful,
            "=",
            "+No AI contributions",
            "Thanks, go ahead.",
            doubtful,
        ]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(!told[0].1);
    }

    #[test]
    fn a_no_to_us_is_one_wherever_it_stands() {
        for no in [
            "stop",
            "Stop it, please.",
            "@owl stop",
            "@owl no bots here, please",
            "> This comment was written by bountyd\n\nNo AI here.",
            "@owl please withdraw your claim",
            "@owl AI-generated pull requests are not accepted here.",
            "@owl AI is not allowed here, whatever it is for",
        ] {
            assert_eq!(verdict(&["=", "+I take it too", no]), Some(true), "{no}");
        }
    }

    #[test]
    fn the_next_answer_is_ours_and_a_later_one_is_told() {
        for words in [
            "No AI here, please.",
            "Bots are not welcome.",
            "Please withdraw your claim.",
            "AI-generated pull requests are not accepted here.",
            "We do not accept contributions from AI agents",
            "All contributions must be made by humans.",
        ] {
            assert_eq!(verdict(&["=", words]), Some(true), "{words}");
            assert_eq!(verdict(&["=", "+Me too", words]), Some(false), "{words}");
            let to_another = format!("@wren {words}");
            assert_eq!(verdict(&["=", &to_another]), Some(false), "{to_another}");
        }
        assert_eq!(verdict(&["=", "@wren stop"]), Some(false));
    }

    #[test]
    fn many_ways_to_say_no_to_us() {
        for words in [
            "AI agents are not allowed to work on this issue",
            "Please do not use AI to work on this",
            "This repo does not accept AI",
            "I don't want AI slop",
            "No AI slop",
            "We do not accept code generated by AI",
            "We do not accept code written by LLMs",
            "Please do not use LLMs to contribute to this project",
            "Do not use AI to write patches for this project",
            "AI agents not welcome",
            "Bots not welcome",
            "AI bots are not allowed to claim bounties",
            "Bots are not allowed to contribute here",
            "We do not want AI",
            "Automated help is not wanted here",
            "Please don't claim issues with a bot",
        ] {
            assert_eq!(verdict(&["=", words]), Some(true), "{words}");
        }
    }

    #[test]
    fn what_was_said_before_the_claim_does_not_stand_between() {
        let no = "No AI here, please.";
        let earlier = ["~I can reproduce this", "+So can I", "=", no];
        assert_eq!(verdict(&earlier), Some(true));
        let asked_first = ["=", "How would you do it?", no];
        assert_eq!(verdict(&asked_first), Some(true));
        let we_answered = ["=", "+Me too", "~By a lock.", no];
        assert_eq!(verdict(&we_answered), Some(true));
    }

    #[test]
    fn who_asks_begs_or_allows_sends_nobody_away() {
        for words in [
            "@owl no need to withdraw your claim, take your time",
            "@owl please don't withdraw your claim, we like it",
            "Do you want to withdraw your claim?",
            "If you cannot finish by Friday, please withdraw your claim",
            "Feel free to withdraw your claim if you get stuck",
            "You don't have to stop commenting, updates are fine",
            "@owl you do not need to withdraw the PR, just rebase",
            "Please withdraw this PR and open a new one against develop",
            "@owl are AI-generated pull requests not accepted here?",
        ] {
            assert_ne!(verdict(&["=", words]), Some(true), "{words}");
        }
    }

    #[test]
    fn what_may_speak_of_a_product_is_only_told() {
        for remark in [
            "Enemy AI is not allowed here.",
            "AI bots are not allowed to contribute XP.",
            "Content created by AI is not accepted by the parser.",
            "No slop in the layout.",
            "We don't want AI to do pathfinding here.",
            "PRs from bots are ignored by the changelog generator.",
            "This only runs on pull requests opened by a human",
            "The check only fails for PRs opened by humans, not dependabot",
            "Only humans can merge pull requests here, so it may take a while",
            "Patches are reviewed only by humans",
            "The captcha must let only humans submit the form",
            "Only humans may claim the daily reward in the game",
            "The validator should reject patches generated by AI",
        ] {
            assert_ne!(verdict(&["=", remark]), Some(true), "{remark}");
        }
    }

    #[test]
    fn a_plain_no_above_ours_is_news_and_a_doubt_is_not() {
        let no = "AI-generated pull requests are not accepted here.";
        assert_eq!(verdict(&[no, "="]), Some(false));
        assert_eq!(verdict(&["Do not use AI in the parser.", "="]), None);
    }
}
