//! What maintainers wrote after our own words that may be a no: the claim stands, and the owner reads
//! it.

use super::appraise::Me;
use super::comments::{self, Said};
use super::facts::{Comment, IssueFacts};

/// One such sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Id of the comment it stands in.
    pub comment: u64,
    /// Login of who wrote it.
    pub by: String,
    /// The sentence.
    pub words: String,
}

/// The doubtful words of maintainers below the first comment of ours, one for each comment, oldest
/// first. Where ours is not among the comments that were read, of all of them.
#[must_use]
pub fn since_ours(facts: &IssueFacts, me: Option<&Me>) -> Vec<Doubt> {
    let ours =
        |comment: &Comment| me.is_some_and(|me| comments::same(&me.actor(), &comment.author));
    let from = facts.comments.iter().position(ours).map_or(0, |at| at + 1);
    let doubt = |comment: &Comment| {
        let id = comment.id?;
        let words = comments::read(comment, me)
            .into_iter()
            .find_map(|said| match said {
                Said::MaintainerStop { words, .. } => Some(words),
                _ => None,
            })?;
        let by = comment.author.login.clone().unwrap_or_default();
        Some(Doubt {
            comment: id,
            by,
            words,
        })
    };
    facts.comments.iter().skip(from).filter_map(doubt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::facts::{ActorKind, Association};
    use crate::bounty::sample::{actor, comment, facts};

    #[test]
    fn only_what_a_maintainer_wrote_after_us_counts() {
        let me = Me {
            login: "owl".into(),
            id: 9,
        };
        let mut facts = facts();
        let mut say = |id, login: &str, user, standing, body: &str| {
            let mut said = comment(actor(login, user, ActorKind::User), standing, body);
            said.id = Some(id);
            facts.comments.push(said);
        };
        let doubtful = "Please withdraw your claim.";
        say(1, "moss", 5, Association::Member, doubtful);
        say(
            2,
            "owl",
            9,
            Association::None,
            "<!-- bountyd:1 -->\nI take it.",
        );
        say(3, "moss", 5, Association::None, doubtful);
        say(4, "moss", 5, Association::Member, "Thanks, go ahead.");
        say(5, "moss", 5, Association::Member, doubtful);
        let told = since_ours(&facts, Some(&me));
        let ids: Vec<_> = told.iter().map(|doubt| doubt.comment).collect();
        assert_eq!(ids, [5], "{told:?}");
    }
}
