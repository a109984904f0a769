//! The first pass: what is asked, what is planned, and what kind of repository it is, before any work.

mod bait;
mod hidden;
mod planned;
mod workflows;

use crate::finding::{Finding, Findings, Outcome, Severity};
use crate::plan::Plan;
use crate::policy::GatePolicy;
use crate::rules::RuleId;
use crate::shown;
use crate::tree::Tree;

/// Days below which an account is fresh.
const FRESH: u32 = 30;

/// What is known before work.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The title.
    pub title: &'a str,
    /// The text, as it was written, hidden parts included.
    pub body: &'a str,
    /// Who asks.
    pub author: Author,
    /// The plan that would be worked by.
    pub plan: &'a Plan,
    /// The base tree.
    pub base: &'a Tree,
    /// The owner's limits.
    pub policy: &'a GatePolicy,
    /// A model's opinion, if one was asked for.
    pub opinion: Option<&'a Opinion>,
}

/// What is known of the one who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// Owner, member or collaborator, as GitHub says.
    pub belongs: bool,
    /// Age of the account in days; `None` when it is not known.
    pub account_days: Option<u32>,
}

/// A model's opinion. It may raise the risk and never lowers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// How risky it thinks the request is, 0 to 100; more counts as 100.
    pub risk: u8,
    /// Why, in its own words; shown to people, and never obeyed.
    pub words: String,
}

/// What the first pass found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What follows.
    pub outcome: Outcome,
    /// Everything that was found, worst first.
    pub findings: Vec<Finding>,
}

/// Looks at the request, the plan and the repository.
#[must_use]
pub fn facts(asked: &Asked<'_>) -> Facts {
    let mut out = Findings::default();
    bait::check(asked, &mut out);
    hidden::check(asked, &mut out);
    planned::check(asked, &mut out);
    workflows::check(asked.base, &mut out);
    author(asked.author, &mut out);
    if let Some(opinion) = asked.opinion {
        weigh(opinion, &mut out);
    }
    let findings = out.into_list();
    Facts {
        outcome: Outcome::of(&findings, asked.policy.unattended),
        findings,
    }
}

/// R10.
fn author(author: Author, out: &mut Findings) {
    if author.belongs {
        return;
    }
    match author.account_days {
        Some(days) if days < FRESH => out.whole(
            RuleId::R10,
            Severity::Hold,
            format!("the account that asks is {days} days old and has no role in the project"),
        ),
        Some(_) => {}
        None => out.whole(
            RuleId::R10,
            Severity::Note,
            "it is not known how old the account is that asks",
        ),
    }
}

/// R11.
fn weigh(opinion: &Opinion, out: &mut Findings) {
    let severity = match opinion.risk {
        0 => return,
        1..50 => Severity::Note,
        50..80 => Severity::Hold,
        80.. => Severity::Block,
    };
    out.whole(
        RuleId::R11,
        severity,
        format!(
            "{} of 100: {}",
            opinion.risk.min(100),
            shown::text(&opinion.words, 300)
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn asked_for(title: &str, body: &str, plan: &Plan, base: &Tree) -> Facts {
        let policy = GatePolicy {
            unattended: false,
            ..GatePolicy::default()
        };
        facts(&Asked {
            title,
            body,
            author: Author {
                belongs: true,
                account_days: None,
            },
            plan,
            base,
            policy: &policy,
            opinion: None,
        })
    }

    fn with(author: Author, opinion: Option<&Opinion>) -> Facts {
        facts(&Asked {
            title: "Crash on empty input",
            body: "It panics.",
            author,
            plan: &Plan {
                paths: vec!["src/**".into()],
                ..Plan::default()
            },
            base: &Tree::default(),
            policy: &GatePolicy {
                unattended: false,
                ..GatePolicy::default()
            },
            opinion,
        })
    }

    #[test]
    fn r10_a_fresh_account_is_held_and_a_member_passes() {
        let fresh = |belongs, account_days| {
            with(
                Author {
                    belongs,
                    account_days,
                },
                None,
            )
            .outcome
        };
        assert_eq!(fresh(false, Some(3)), Outcome::Hold);
        assert_eq!(fresh(false, Some(300)), Outcome::Pass);
        assert_eq!(fresh(false, None), Outcome::Pass);
        assert_eq!(fresh(true, Some(3)), Outcome::Pass);
    }

    #[test]
    fn r11_an_opinion_raises_by_its_number() {
        let known = Author {
            belongs: true,
            account_days: None,
        };
        for (risk, expected) in [
            (0, Outcome::Pass),
            (49, Outcome::Pass),
            (50, Outcome::Hold),
            (80, Outcome::Block),
            (255, Outcome::Block),
        ] {
            let opinion = Opinion {
                risk,
                words: "looks fine".into(),
            };
            assert_eq!(with(known, Some(&opinion)).outcome, expected, "{risk}");
        }
    }

    proptest! {
        #[test]
        fn an_opinion_never_lowers(risk in any::<u8>(), days in 0u32..60, words in ".{0,40}") {
            let author = Author { belongs: false, account_days: Some(days) };
            let opinion = Opinion { risk, words };
            prop_assert!(with(author, Some(&opinion)).outcome >= with(author, None).outcome);
        }

        #[test]
        fn no_request_makes_it_panic(title in any::<String>(), body in any::<String>(), glob in any::<String>()) {
            let plan = Plan { paths: vec![glob], ..Plan::default() };
            asked_for(&title, &body, &plan, &Tree::default());
        }
    }
}
