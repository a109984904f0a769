//! One issue, read once: what its labels, title, text and comments say, before anything is judged.

use super::appraise::Me;
use super::body::Body;
use super::comments::{self, Said};
use super::evidence::Evidence;
use super::facts::{Actor, ActorKind, Association, Comment, IssueFacts, Label};
use super::labels::{self, Meaning};
use super::platform_accounts::speaker;
use super::programmes;
use super::text::prose;
use super::title::Title;

/// An issue, read.
pub(crate) struct Reading<'a> {
    pub(crate) facts: &'a IssueFacts,
    /// Labels that mean something.
    pub(crate) labels: Vec<(&'a Label, Meaning)>,
    pub(crate) title: Title,
    pub(crate) body: Body,
    /// What each comment says, oldest first.
    pub(crate) said: Vec<(&'a Comment, Said)>,
}

impl<'a> Reading<'a> {
    /// Reads an issue; what our own account says there is read as ours.
    pub(crate) fn of(facts: &'a IssueFacts, me: Option<&Me>) -> Self {
        let labels = facts
            .labels
            .iter()
            .flatten()
            .filter_map(|label| labels::meaning(&label.name).map(|meaning| (label, meaning)))
            .collect();
        let said = facts
            .comments
            .iter()
            .flat_map(|comment| {
                let said = comments::read(comment, me).into_iter();
                let back = ends(facts, comment, me).map(|words| Said::Closed { words });
                said.chain(back).map(move |said| (comment, said))
            })
            .collect();
        Self {
            facts,
            labels,
            title: Title::read(&facts.title),
            body: facts.body.as_deref().map(Body::read).unwrap_or_default(),
            said,
        }
    }

    /// A label with this meaning.
    pub(crate) fn label(&self, wanted: impl Fn(&Meaning) -> bool) -> Option<&'a Label> {
        self.labels
            .iter()
            .find(|(_, meaning)| wanted(meaning))
            .map(|(label, _)| *label)
    }

    /// A label says that there is a bounty, or how much.
    pub(crate) fn bounty_label(&self) -> Option<&'a Label> {
        self.label(|m| matches!(m, Meaning::Offer(_) | Meaning::Amount { .. }))
    }

    /// Labels that offer, but beside words that may take it back.
    pub(crate) fn unclear_labels(&self) -> Vec<String> {
        let offers = self.labels.iter().filter(|(label, meaning)| {
            matches!(meaning, Meaning::Offer(None)) && labels::unclear(&label.name)
        });
        offers.map(|(label, _)| label.name.clone()).collect()
    }

    /// GitHub says that the author decides in the repository.
    pub(crate) const fn by_maintainer(&self) -> bool {
        comments::decides(self.facts.association)
    }

    /// The author is known not to decide in the repository. Where not even the account was looked
    /// up (no id), as in a row of a list, nobody knows: an organisation's members have other names
    /// than it.
    pub(crate) const fn by_outsider(&self) -> bool {
        !self.by_maintainer()
            && self.facts.author.id.is_some()
            && !matches!(self.facts.association, Association::Unknown)
    }

    /// How sure we are of who wrote title and text.
    pub(crate) const fn author_evidence(&self) -> Evidence {
        match self.facts.association {
            Association::Owner | Association::Member | Association::Collaborator => {
                Evidence::Verified
            }
            Association::Unknown => Evidence::Unknown,
            _ => Evidence::Claimed,
        }
    }

    /// How sure we are of who put a label on. Labels need triage rights, except those that an
    /// issue template puts on in the author's name.
    pub(crate) fn label_evidence(&self, label: &Label) -> Evidence {
        let Some(setter) = &label.set_by else {
            return Evidence::Unknown;
        };
        if let Some((_, evidence)) = speaker(setter) {
            return evidence;
        }
        if setter.id.is_none() {
            return Evidence::Unknown;
        }
        if comments::same(setter, &self.facts.author) && !self.by_maintainer() {
            return Evidence::Claimed;
        }
        // A workflow's or an app's hand may follow a stranger's wish.
        if setter.kind == ActorKind::Bot && !self.is_priced_by_its_own(label, setter) {
            return Evidence::Claimed;
        }
        Evidence::Verified
    }

    /// The programme that the owner runs itself puts its price on, from what is said of time and
    /// priority. Under a stranger's issue that may be the stranger's wish.
    fn is_priced_by_its_own(&self, label: &Label, setter: &Actor) -> bool {
        let own = programmes::of(&self.facts.repo.owner).filter(|p| p.own);
        let means = labels::meaning(&label.name);
        let (Some(own), Some(Meaning::Amount { platform, .. })) = (own, means) else {
            return false;
        };
        self.by_maintainer()
            && platform == Some(own.platform)
            && own.app.is_some()
            && setter.login.as_deref() == own.app
    }
}

/// Words of a comment that end the offer. Whoever made it is believed, and whoever opened the issue.
fn ends(facts: &IssueFacts, comment: &Comment, me: Option<&Me>) -> Option<String> {
    if comments::decides(comment.association) {
        // The rest of what a maintainer says is read with his comment.
        return comments::taken_back(comment);
    }
    let by = |other: &Actor| comments::same(&comment.author, other);
    let ours = me.is_some_and(|me| by(&me.actor()));
    let mut offers = facts.comments.iter().filter(|other| by(&other.author));
    let his = by(&facts.author) || offers.any(comments::commands);
    (his && !ours).then(|| comments::ended(&prose(&comment.body)))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::sample::{actor, algora, facts};

    #[test]
    fn a_bot_of_anybody_vouches_for_no_label() {
        let facts = facts();
        let reading = Reading::of(&facts, None);
        let set_by = |setter| {
            reading.label_evidence(&Label {
                name: "$300".to_owned(),
                set_by: setter,
                set_at: None,
            })
        };
        let workflow = actor("github-actions[bot]", 41_898_282, ActorKind::Bot);
        assert_eq!(set_by(Some(workflow.clone())), Evidence::Claimed);
        let app = actor("ubiquity-os[bot]", 7, ActorKind::Bot);
        let at_ubiquity = |author: Association, setter: &Actor, name: &str| {
            let mut facts = facts.clone();
            facts.repo.owner = "Ubiquity".to_owned();
            facts.association = author;
            Reading::of(&facts, None).label_evidence(&Label {
                name: name.to_owned(),
                set_by: Some(setter.clone()),
                set_at: None,
            })
        };
        let (member, none) = (Association::Member, Association::None);
        let price = "Price: 200 USD";
        assert_eq!(at_ubiquity(member, &app, price), Evidence::Verified);
        for (author, setter, name) in [
            (none, &app, price),
            (member, &workflow, price),
            (member, &app, "$200"),
        ] {
            let evidence = at_ubiquity(author, setter, name);
            assert_eq!(evidence, Evidence::Claimed, "{name} {setter:?}");
        }
        assert_eq!(set_by(Some(algora())), Evidence::Verified);
        let member = actor("moss", 5, ActorKind::User);
        assert_eq!(set_by(Some(member)), Evidence::Verified);
        assert_eq!(set_by(None), Evidence::Unknown);
    }
}
