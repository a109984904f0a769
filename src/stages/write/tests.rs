//! What is known of an effect, and of whose it is.

use super::*;
use crate::bounty::facts::{ActorKind, Association};
use crate::bounty::sample::{actor, comment, facts};
use crate::ledger::effects::Target;

fn effect(id: &str, kind: EffectKind, state: EffectState, at: i64) -> Effect {
    Effect {
        id: id.to_owned(),
        bounty_id: 1,
        kind,
        target: Target {
            repository_id: 1,
            repo: "acme/widgets".to_owned(),
            number: 700,
        },
        state,
        body: String::new(),
        begun_at: UnixMillis(at),
        first_at: UnixMillis(at),
        issue_at: None,
        author: None,
        misses: 0,
        missed_at: None,
        remote_id: None,
        detail: None,
    }
}

#[test]
fn an_effect_that_may_stand_is_seen_before_one_that_failed_or_stands() {
    use EffectKind::{Claim, Stop};
    use EffectState::{Begun, Done, Failed, Unknown};
    let found = |effects: &[Effect]| decisive(effects, claims).map(|e| e.id.clone());
    for open in [Begun, Unknown] {
        // By the clock, which was set back in between, the failed one is the newer.
        let mut effects = [
            effect("open", Claim, open, 1),
            effect("stands", Claim, Done, 2),
            effect("failed", Claim, Failed, 3),
            effect("other", Stop, Begun, 4),
        ];
        assert_eq!(found(&effects).as_deref(), Some("open"));
        effects.reverse();
        assert_eq!(found(&effects).as_deref(), Some("open"));
    }
    let settled = [
        effect("stands", Claim, Done, 1),
        effect("failed", Claim, Failed, 2),
    ];
    assert_eq!(found(&settled).as_deref(), Some("stands"));
    assert_eq!(found(&settled[1..]).as_deref(), Some("failed"));
    assert_eq!(found(&[]), None);
}

#[test]
fn a_claim_is_whose_github_shows_else_whose_was_recorded() {
    let account = |login: &str, id| Me {
        login: login.to_owned(),
        id,
    };
    let (me, before) = (account("day-owner", 2), account("night-owner", 1));
    let mut claim = effect("claim", EffectKind::Claim, EffectState::Done, 1);
    claim.remote_id = Some(9);
    assert_eq!(author(&claim, None, &me), me, "an earlier version's row");
    let mut seen = facts();
    let who = actor("night-owner", 1, ActorKind::User);
    seen.comments = vec![comment(who, Association::None, "/attempt #7")];
    seen.comments[0].id = Some(8);
    assert_eq!(author(&claim, Some(&seen), &me), me, "not that comment");
    seen.comments[0].id = Some(9);
    assert_eq!(author(&claim, Some(&seen), &me), before);
    claim.author = Some(before.clone());
    assert_eq!(author(&claim, None, &me), before);
    // It has been renamed since.
    seen.comments[0].author.login = Some("dawn-owner".to_owned());
    let now = author(&claim, Some(&seen), &me);
    assert_eq!((now.login.as_str(), now.id), ("dawn-owner", 1));
}
