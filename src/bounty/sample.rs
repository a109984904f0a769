//! A bounty that a careful owner would let pass, for tests to spoil.

use super::facts::{
    Actor, ActorKind, Association, Comment, IssueFacts, IssueState, Label, RepoFacts,
};
use super::policy::{Mode, Policy, Tally};
use crate::clock::UnixMillis;

/// The instant of every sample.
pub(crate) const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

pub(crate) fn actor(login: &str, id: u64, kind: ActorKind) -> Actor {
    Actor {
        login: Some(login.to_owned()),
        id: Some(id),
        kind,
    }
}

pub(crate) fn algora() -> Actor {
    actor("algora-pbc[bot]", 121_443_259, ActorKind::Bot)
}

pub(crate) fn comment(author: Actor, association: Association, body: &str) -> Comment {
    Comment {
        id: None,
        author,
        association,
        body: body.to_owned(),
        created_at: None,
    }
}

/// Algora's comment with one sponsor.
pub(crate) fn offer(amount: &str) -> Comment {
    let body = format!(
        "## 💎 {amount} bounty [• brook](https://algora.io/brook)\n### Steps to solve:\n1. Say so"
    );
    comment(algora(), Association::None, &body)
}

/// An issue with a verified Algora bounty of $300, everything recorded, nobody at it.
pub(crate) fn facts() -> IssueFacts {
    IssueFacts {
        repo: RepoFacts {
            id: Some(42),
            owner: "meadow".to_owned(),
            name: "loom".to_owned(),
            language: Some("Rust".to_owned()),
            last_merge_at: Some(NOW),
            policies: Some(Vec::new()),
            ..RepoFacts::default()
        },
        number: 7,
        node_id: None,
        title: "Keep the scroll position".to_owned(),
        body: Some("The list jumps to the top.".to_owned()),
        state: Some(IssueState::Open),
        locked: Some(false),
        author: actor("fern", 1, ActorKind::User),
        association: Association::Member,
        created_at: Some(NOW),
        updated_at: Some(NOW),
        served_at: None,
        labels: Some(vec![Label {
            name: "💎 Bounty".to_owned(),
            set_by: Some(algora()),
            set_at: Some(NOW),
        }]),
        assignees: Some(Vec::new()),
        comments: vec![offer("$300")],
        comments_complete: true,
        pull_requests: Vec::new(),
        timeline_complete: true,
    }
}

/// An owner who lets the thresholds decide and does the work himself.
pub(crate) fn policy() -> Policy {
    Policy {
        mode: Mode::Auto,
        claim_without_fixer: true,
        ..Policy::default()
    }
}

/// Nothing in hand, and the repository is known.
pub(crate) fn tally() -> Tally {
    Tally {
        repository_known: true,
        ..Tally::default()
    }
}
