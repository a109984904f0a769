//! Decisions at their borders.

use super::*;
use crate::bounty::appraise::{Lists, Me, appraise};
use crate::bounty::explain::{Line, Mark, explain};
use crate::bounty::facts::{ActorKind, Association, LinkedPullRequest, PullRequestState};
use crate::bounty::sample::{NOW, actor, comment, facts, offer, policy, tally};
use crate::bounty::traps::TrapList;

fn judged(facts: &IssueFacts) -> Appraisal {
    appraise(facts, &Lists::default(), None, NOW)
}

pub(super) fn decided(facts: &IssueFacts, policy: &Policy, tally: &Tally) -> Decision {
    decide(&judged(facts), facts, policy, tally, NOW)
}

fn skip_code(decision: &Decision) -> &'static str {
    match decision {
        Decision::Skip { reason, .. } => reason.code(),
        _ => "-",
    }
}

fn ask_codes(decision: &Decision) -> Vec<&'static str> {
    match decision {
        Decision::Ask { why } | Decision::Report { why, .. } => {
            why.iter().map(AskReason::code).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_plain_verified_bounty_is_claimed_without_asking() {
    let decision = decided(&facts(), &policy(), &tally());
    let Decision::Claim { permit, why } = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(permit.record().ceiling, Some(Usd::dollars(300)));
    assert_eq!(permit.record().action.command(), Some("/attempt #7"));
    assert!(!why.is_empty());
}

#[test]
fn the_default_mode_writes_nothing() {
    let watch = Policy {
        mode: Mode::Watch,
        ..policy()
    };
    let decision = decided(&facts(), &watch, &tally());
    assert_eq!(
        decision,
        Decision::Report {
            would: Would::Claim,
            why: Vec::new()
        }
    );
    assert_eq!(Policy::default().mode, Mode::Watch);
    let ask = Policy {
        mode: Mode::Ask,
        ..policy()
    };
    assert_eq!(ask_codes(&decided(&facts(), &ask, &tally())), ["mode"]);
}

#[test]
fn thresholds_are_strict() {
    let worth = |amount: &str| {
        let mut facts = facts();
        facts.comments = vec![offer(amount)];
        decided(&facts, &policy(), &tally())
    };
    assert!(matches!(worth("$500"), Decision::Claim { .. }));
    assert_eq!(ask_codes(&worth("$500.01")), ["above_threshold"]);
    assert!(matches!(worth("$20"), Decision::Claim { .. }));
    assert_eq!(skip_code(&worth("$19.99")), "below_minimum");
    let spent = |dollars| Tally {
        permitted_per_day: Usd::dollars(dollars),
        ..tally()
    };
    assert!(matches!(
        decided(&facts(), &policy(), &spent(700)),
        Decision::Claim { .. }
    ));
    assert_eq!(
        ask_codes(&decided(&facts(), &policy(), &spent(701))),
        ["above_day_total"]
    );
}

#[test]
fn caps_and_lists_stop() {
    let at = |tally: Tally| skip_code(&decided(&facts(), &policy(), &tally));
    assert_eq!(
        at(Tally {
            in_hand: 2,
            ..tally()
        }),
        "cap"
    );
    assert_eq!(
        at(Tally {
            in_hand_in_organisation: 1,
            ..tally()
        }),
        "cap"
    );
    assert_eq!(
        at(Tally {
            claims_per_day: 3,
            ..tally()
        }),
        "cap"
    );
    assert_eq!(
        at(Tally {
            denied: Some("asked us to stop".into()),
            ..tally()
        }),
        "denied"
    );
    let with = |policy: Policy| skip_code(&decided(&facts(), &policy, &tally()));
    assert_eq!(
        with(Policy {
            deny: vec!["MEADOW".into()],
            ..policy()
        }),
        "denied"
    );
    assert_eq!(
        with(Policy {
            deny: vec!["meadow/Loom".into()],
            ..policy()
        }),
        "denied"
    );
    assert_eq!(
        with(Policy {
            deny: vec!["meadow/other".into()],
            ..policy()
        }),
        "-"
    );
    assert_eq!(
        with(Policy {
            unwanted_languages: vec!["rust".into()],
            ..policy()
        }),
        "unwanted"
    );
    assert_eq!(
        with(Policy {
            languages: vec!["Go".into()],
            ..policy()
        }),
        "unwanted"
    );
    assert_eq!(
        with(Policy {
            organisations: vec!["brook".into()],
            ..policy()
        }),
        "unwanted"
    );
    assert_eq!(
        with(Policy {
            unwanted_organisations: vec!["meadow".into()],
            ..policy()
        }),
        "unwanted"
    );
}

#[test]
fn a_new_repository_and_a_missing_fixer_ask() {
    let first = Tally {
        repository_known: false,
        ..tally()
    };
    assert_eq!(
        ask_codes(&decided(&facts(), &policy(), &first)),
        ["first_time_repository"]
    );
    let nobody = Policy {
        claim_without_fixer: false,
        ..policy()
    };
    assert_eq!(
        ask_codes(&decided(&facts(), &nobody, &tally())),
        ["no_fixer"]
    );
}

#[test]
fn what_was_not_seen_is_asked() {
    for change in [
        (|f: &mut IssueFacts| f.comments_complete = false) as fn(&mut IssueFacts),
        |f| f.timeline_complete = false,
        |f| f.assignees = None,
        |f| f.state = None,
        |f| f.repo.id = None,
    ] {
        let mut facts = facts();
        change(&mut facts);
        assert_eq!(
            ask_codes(&decided(&facts, &policy(), &tally())),
            ["unchecked"]
        );
    }
    let mut facts = facts();
    facts.repo.policies = None;
    assert_eq!(
        skip_code(&decided(&facts, &policy(), &tally())),
        "policies_not_read"
    );
}

#[test]
fn others_at_work_stop() {
    let mut facts = facts();
    facts.pull_requests.push(LinkedPullRequest {
        repo: "meadow/loom".into(),
        number: 9,
        state: PullRequestState::Open,
        author: actor("moss", 5, ActorKind::User),
        closes: true,
        created_at: None,
    });
    assert_eq!(skip_code(&decided(&facts, &policy(), &tally())), "crowded");
    facts.pull_requests.clear();
    facts.assignees = Some(vec![actor("moss", 5, ActorKind::User)]);
    assert_eq!(skip_code(&decided(&facts, &policy(), &tally())), "claimed");
    let me = Me {
        login: "moss".into(),
        id: 5,
    };
    let mine = appraise(&facts, &Lists::default(), Some(&me), NOW);
    assert!(mine.competition.assigned_to_me && mine.is_bounty);
}

#[test]
fn a_maintainers_stop_holds_and_a_strangers_does_not() {
    let said = |association| {
        let mut facts = facts();
        let body = "Please, no AI bots here.";
        facts.comments.push(comment(
            actor("moss", 5, ActorKind::User),
            association,
            body,
        ));
        decided(&facts, &policy(), &tally())
    };
    assert_eq!(skip_code(&said(Association::Member)), "etiquette");
    assert!(matches!(said(Association::None), Decision::Claim { .. }));
}

#[test]
fn an_amount_of_unknown_origin_goes_to_the_digest() {
    let mut facts = facts();
    facts.comments.clear();
    facts.labels.iter_mut().flatten().for_each(|label| {
        label.name = "$300".into();
        label.set_by = None;
    });
    let decision = decided(&facts, &policy(), &tally());
    assert!(
        matches!(
            decision,
            Decision::Report {
                would: Would::Look,
                ..
            }
        ),
        "{decision:?}"
    );
    let asks = Policy {
        unsure: Unsure::Ask,
        ..policy()
    };
    assert_eq!(
        ask_codes(&decided(&facts, &asks, &tally())),
        ["amount_unverified"]
    );
}

#[test]
fn a_strangers_price_needs_a_label() {
    let mut facts = facts();
    facts.title = "[$900 bounty] Keep the scroll position".into();
    facts.comments.clear();
    facts.labels = Some(Vec::new());
    facts.association = Association::None;
    assert_eq!(judged(&facts).status.as_str(), "unfunded");
    facts.association = Association::Member;
    assert_eq!(judged(&facts).status.as_str(), "open");
}

#[test]
fn a_lagging_text_lowers_nothing_and_asks() {
    let mut facts = facts();
    facts.body = Some("Bounty: $100".into());
    assert_eq!(judged(&facts).amount.usd, Some(Usd::dollars(300)));
    assert_eq!(
        ask_codes(&decided(&facts, &policy(), &tally())),
        ["disagreement"]
    );
}

#[test]
fn a_label_that_may_take_it_back_asks() {
    let with = |label: &str| {
        let mut facts = facts();
        let mut more = facts.labels.clone().unwrap_or_default();
        more.extend(more.clone());
        more[1].name = label.to_owned();
        facts.labels = Some(more);
        decided(&facts, &policy(), &tally())
    };
    assert_eq!(ask_codes(&with("bounty: pending")), ["unchecked"]);
    assert!(matches!(with("bounty: large"), Decision::Claim { .. }));
    assert_eq!(skip_code(&with("bounty/paid")), "paid");
    assert_eq!(skip_code(&with("bounty: in progress")), "claimed");
    assert_eq!(skip_code(&with("bounty-closed")), "cancelled");
}

#[test]
fn asking_for_stars_is_the_owners_to_answer() {
    let mut facts = facts();
    facts.body = Some("Please star the repository before you claim.".into());
    assert_eq!(
        ask_codes(&decided(&facts, &policy(), &tally())),
        ["trap_signs"]
    );
}

#[test]
fn sources_that_disagree_ask_with_the_lower() {
    let mut facts = facts();
    facts.title = "[$5,000 bounty] Keep the scroll position".into();
    let appraisal = judged(&facts);
    assert_eq!(appraisal.amount.usd, Some(Usd::dollars(300)));
    assert_eq!(
        ask_codes(&decided(&facts, &policy(), &tally())),
        ["disagreement"]
    );
}

#[test]
fn the_explanation_says_what_was_decided() {
    let lists = Lists {
        traps: TrapList::parse(
            "[[trap]]\nname = \"meadow\"\nreason = \"r\"\nurl = \"https://x.y\"\ndate = \"2026-01-01\"\n",
        )
        .unwrap_or_default(),
        ..Lists::default()
    };
    let facts = facts();
    let appraisal = appraise(&facts, &lists, None, NOW);
    let lines = explain(&appraisal, &facts, &policy(), &tally(), NOW);
    let stop = lines
        .iter()
        .find(|line| line.mark == Mark::Stop)
        .map(|line| line.code.as_str());
    let decision = decide(&appraisal, &facts, &policy(), &tally(), NOW);
    assert_eq!(stop, Some("trap"));
    assert_eq!(skip_code(&decision), "trap");
    let lines = explain(&judged(&facts), &facts, &policy(), &tally(), NOW);
    let fine = |line: &Line| matches!(line.mark, Mark::Pass | Mark::Note);
    assert!(lines.iter().all(fine), "{lines:?}");
}

/// With anything quadratic this would not end: 200 kB of amounts took minutes once.
#[test]
fn hostile_length_costs_no_more_than_its_length() {
    for piece in ["$1 ", "[$5 ", "Reward: $5\n", "<!--", "5 - ", "( "] {
        let long = piece.repeat(200_000 / piece.len());
        let mut facts = facts();
        facts.title.clone_from(&long);
        facts.body = Some(long.clone());
        facts.comments.push(comment(
            actor("moss", 5, ActorKind::User),
            Association::None,
            &long,
        ));
        let appraisal = judged(&facts);
        assert!(appraisal.amount.usd <= Some(Usd::dollars(300)), "{piece}");
    }
}
