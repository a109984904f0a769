//! A permit holds for exactly what was approved, and only in time.

use std::time::Duration;

use super::*;
use crate::bounty::appraise::{Appraisal, Lists, appraise};
use crate::bounty::facts::{ActorKind, Association, IssueFacts};
use crate::bounty::sample::{NOW, actor, comment, facts, offer, policy};
use crate::bounty::text::reveal;

fn judged(facts: &IssueFacts) -> Appraisal {
    appraise(facts, &Lists::default(), None, NOW)
}

fn hash(facts: &IssueFacts) -> ApprovalHash {
    let appraisal = judged(facts);
    approval_hash(facts, &appraisal, &policy().limits(&appraisal))
}

/// A change to an issue.
type Change = (&'static str, fn(&mut IssueFacts));

#[test]
fn whatever_changes_gives_another_hash() {
    let changes: [Change; 11] = [
        ("repository id", |f| f.repo.id = Some(43)),
        ("renamed", |f| f.repo.name = "loom2".to_owned()),
        ("number", |f| f.number = 8),
        ("title", |f| f.title.push('!')),
        ("hidden in title", |f| f.title.push('\u{200b}')),
        ("body", |f| f.body = None),
        ("assignee", |f| {
            f.assignees = Some(vec![actor("moss", 5, ActorKind::User)])
        }),
        ("assignees unknown", |f| f.assignees = None),
        ("amount", |f| f.comments = vec![offer("$301")]),
        ("may be a no", |f| {
            let moss = actor("moss", 5, ActorKind::User);
            let words = "It works without an agent running.";
            f.comments.push(comment(moss, Association::Member, words));
        }),
        ("may be gone", |f| {
            let mut label = f.labels.clone().unwrap_or_default().remove(0);
            label.name = "bounty: pending".to_owned();
            f.labels.get_or_insert_default().push(label);
        }),
    ];
    let before = hash(&facts());
    assert_eq!(before, hash(&facts()), "the same issue gives the same hash");
    for (what, change) in changes {
        let mut changed = facts();
        change(&mut changed);
        assert_ne!(before, hash(&changed), "{what}: {}", reveal(&changed.title));
    }
    let appraisal = judged(&facts());
    let mut limits = policy().limits(&appraisal);
    limits.lifetime += Duration::from_millis(1);
    assert_ne!(
        before,
        approval_hash(&facts(), &appraisal, &limits),
        "limits"
    );
}

#[test]
fn what_does_not_matter_keeps_the_hash() {
    let mut same = facts();
    same.updated_at = None;
    same.repo.stars = Some(9);
    assert_eq!(hash(&facts()), hash(&same));
}

#[test]
fn a_stored_permit_comes_back_only_unchanged_and_in_time() {
    let facts = facts();
    let appraisal = judged(&facts);
    let limits = policy().limits(&appraisal);
    let current = hash(&facts);
    let permit = Permit::by_thresholds(&facts, &appraisal, &limits, NOW);
    let record = permit.record().clone();
    assert_eq!(Permit::restore(record.clone(), &current, NOW), Ok(permit));
    let last = NOW.plus(limits.lifetime);
    assert_eq!(
        Permit::restore(record.clone(), &current, last),
        Err(PermitError::Expired)
    );
    let corrected = NOW.minus(Duration::from_secs(59));
    assert!(Permit::restore(record.clone(), &current, corrected).is_ok());
    let before = NOW.minus(Duration::from_secs(61));
    assert_eq!(
        Permit::restore(record.clone(), &current, before),
        Err(PermitError::Expired)
    );
    let other = ApprovalHash::parse(&"0".repeat(64)).unwrap_or(current);
    assert_eq!(
        Permit::restore(record, &other, NOW),
        Err(PermitError::Superseded)
    );
    assert_eq!(ApprovalHash::parse(&current.to_string()), Some(current));
    assert_eq!(ApprovalHash::parse("zz"), None);
}
