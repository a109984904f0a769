//! The owner's thumb: what he answers to which question, and what he has tapped so far.

use std::collections::{BTreeMap, BTreeSet};

use sim::telegram::Person;

use crate::dice::Dice;

/// What he thinks of a bounty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Silence,
}

/// A bounty of the story.
pub(crate) type Issue = (String, u64);

#[derive(Debug)]
pub(crate) struct Owner {
    person: Person,
    /// What he will say to the question about each.
    pub(crate) mind: BTreeMap<Issue, Answer>,
    tapped: BTreeSet<i64>,
    /// How often he tapped, everything counted.
    pub(crate) taps: u64,
}

impl Owner {
    pub(crate) fn new(person: Person) -> Self {
        Self {
            person,
            mind: BTreeMap::new(),
            tapped: BTreeSet::new(),
            taps: 0,
        }
    }

    /// Answers every question he has not answered; now and then he taps twice.
    pub(crate) fn looks(&mut self, dice: &mut Dice) {
        for message in self.person.messages() {
            if message.buttons.is_empty() || self.tapped.contains(&message.id) {
                continue;
            }
            let about = |(repo, number): &Issue| {
                let name = format!(" {repo}#{number}");
                message
                    .text
                    .lines()
                    .next()
                    .is_some_and(|l| l.ends_with(&name))
            };
            let Some((_, answer)) = self.mind.iter().find(|(issue, _)| about(issue)) else {
                panic!("a question about nothing we posted: {}", message.text);
            };
            let label = match answer {
                Answer::Silence => continue,
                Answer::Yes => "✅ Approve",
                Answer::No => "❌ Deny",
            };
            for _ in 0..if dice.once_in(4) { 2 } else { 1 } {
                // The bot may have edited the message between our look and the tap.
                if self.person.taps_on(message.id, label).is_ok() {
                    self.taps += 1;
                }
            }
            self.tapped.insert(message.id);
        }
    }
}
