//! What maintainers answer to our own words: a no to us, or what may be one. Only the first may be
//! acted upon; the second is the owner's to read.

use super::appraise::Me;
use super::comments::{self, Said};
use super::facts::{ActorKind, Comment, IssueFacts};
use super::machine_rules;
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
    /// It is what the next person wrote after us.
    next: bool,
}

impl Addressee {
    fn of(comment: &Comment, me: Option<&Me>, next: bool) -> Self {
        let text = prose(&comment.body);
        let ours = |login: &str| me.is_some_and(|me| me.login.eq_ignore_ascii_case(login));
        let mentions = MENTION.compiled();
        let mut named = mentions.captures_iter(&text).filter_map(|c| c.get(1));
        // A quotation of our comment bears the program's name.
        let us = comment.body.to_ascii_lowercase().contains("bountyd")
            || mentions
                .captures_iter(&comment.body)
                .filter_map(|c| c.get(1))
                .any(|login| ours(login.as_str()));
        Self {
            us,
            others: named.any(|login| !ours(login.as_str())),
            next,
        }
    }

    /// It can be meant for nobody but us.
    const fn alone(self) -> bool {
        self.us || self.next && !self.others
    }
}

/// What maintainers wrote below the first comment of ours, one sentence for each comment, a no before
/// a doubt, oldest first; and above it what is a plain no today and was none when we came. Where ours
/// is not among the comments that were read, all of them stand below it.
#[must_use]
pub fn to_us(facts: &IssueFacts, me: Option<&Me>) -> Vec<Answer> {
    let ours =
        |comment: &Comment| me.is_some_and(|me| comments::same(&me.actor(), &comment.author));
    let first = facts.comments.iter().position(ours);
    let person = |comment: &&Comment| !ours(comment) && comment.author.kind != ActorKind::Bot;
    let next = first
        .and_then(|at| facts.comments.iter().skip(at).find(person))
        .map(std::ptr::from_ref);
    let mut answers = Vec::new();
    for (at, comment) in facts.comments.iter().enumerate() {
        let below = first.is_none_or(|first| at > first);
        let addressee = Addressee::of(comment, me, next == Some(std::ptr::from_ref(comment)));
        let mut refusals: Vec<(bool, String)> = comments::read(comment, me)
            .into_iter()
            .filter_map(|said| match said {
                Said::MaintainerStop { words, clear } if below => {
                    Some((is_no(&words, clear, addressee), words))
                }
                Said::MaintainerStop { words, clear: true } => Some((false, words)),
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

/// A sentence below ours is a no to us where it refuses all contributions of machines, or where it
/// refuses us.
fn is_no(words: &str, clear: bool, addressee: Addressee) -> bool {
    if comments::stop_alone(words).is_some() {
        // The answer that our comment offers, unless somebody else is told so.
        return addressee.us || !addressee.others;
    }
    if clear && machine_rules::holds_for_all(words) {
        return true;
    }
    (clear || machine_rules::sends_away(words)) && addressee.alone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::facts::{Actor, Association};
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

    /// What these comments of a maintainer say to us; `+` before one is a passer-by's, `=` is ours.
    fn answers(bodies: &[&str]) -> Vec<(String, bool)> {
        let mut facts = facts();
        for (id, body) in (1..).zip(bodies) {
            let (author, standing, body) = match body.split_at(1) {
                ("=", _) => (owl(), Association::None, CLAIM),
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
            "AI-generated pull requests are not accepted here.",
            "@wren we do not accept contributions from AI agents",
            "@owl no bots here, please",
            "> This comment was written by bountyd\n\nNo AI here.",
            "@owl please withdraw your claim",
            "All contributions must be made by humans.",
        ] {
            assert_eq!(verdict(&["=", "+I take it too", no]), Some(true), "{no}");
        }
    }

    #[test]
    fn a_short_no_counts_as_the_next_answer_only() {
        for short in [
            "No AI here, please.",
            "Bots are not welcome.",
            "Please withdraw your claim.",
        ] {
            assert_eq!(verdict(&["=", short]), Some(true), "{short}");
            assert_eq!(verdict(&["=", "+Me too", short]), Some(false), "{short}");
            let to_another = format!("@wren {short}");
            assert_eq!(verdict(&["=", &to_another]), Some(false), "{to_another}");
        }
        assert_eq!(verdict(&["=", "@wren stop"]), Some(false));
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
        ] {
            assert_eq!(verdict(&["=", remark]), Some(false), "{remark}");
        }
    }

    #[test]
    fn a_plain_no_above_ours_is_news_and_a_doubt_is_not() {
        assert_eq!(
            verdict(&["AI-generated pull requests are not accepted here.", "="]),
            Some(false)
        );
        assert_eq!(verdict(&["Do not use AI in the parser.", "="]), None);
    }
}
