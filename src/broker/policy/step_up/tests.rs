//! The rules about how strong a yes is.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const ACTS: [Tool; 5] = [
    Tool::Comment,
    Tool::CreateIssue,
    Tool::Label,
    Tool::CloseIssue,
    Tool::Fix,
];

fn client(step_up: StepUp) -> Client {
    Client {
        name: "c".to_owned(),
        uid: 1000,
        rules: Vec::new(),
        calls_per_minute: 10,
        writes_per_day: 2,
        jobs_per_day: 1,
        answer_valid: Duration::from_secs(3600),
        lease: None,
        step_up,
    }
}

fn ruled(effect: Effect) -> Verdict {
    Verdict {
        effect,
        lines: vec![Line {
            effect: Some(effect),
            text: "rule `r`".to_owned(),
            code: "denied_by_rule",
        }],
    }
}

fn pushing() -> StepUp {
    StepUp {
        push: true,
        ..StepUp::default()
    }
}

fn tier(set: StepUp, effect: Effect, tool: Tool, worth: Worth) -> (Effect, Tier) {
    let (verdict, tier) = step_up(ruled(effect), &client(set), tool, worth);
    (verdict.effect, tier)
}

#[test]
fn the_amount_chooses_the_channel() {
    let usd = |dollars| Worth::Usd(Usd::dollars(dollars));
    for (worth, expected) in [
        (Worth::Nothing, (Effect::Allow, Tier::None)),
        (usd(100), (Effect::Allow, Tier::None)),
        (usd(101), (Effect::Ask, Tier::Telegram)),
        (Worth::Unknown, (Effect::Ask, Tier::Telegram)),
        (usd(500), (Effect::Ask, Tier::Telegram)),
        (usd(501), (Effect::Ask, Tier::Push)),
    ] {
        assert_eq!(
            tier(pushing(), Effect::Allow, Tool::Fix, worth),
            expected,
            "{worth:?}"
        );
    }
}

#[test]
fn a_named_tool_takes_what_is_named_and_the_line_that_decides_says_so() {
    let set = StepUp {
        tools: vec![
            (Tool::Label, Tier::Push),
            (Tool::Label, Tier::Telegram),
            (Tool::Fix, Tier::Both),
        ],
        ..pushing()
    };
    let (verdict, takes) = step_up(
        ruled(Effect::Allow),
        &client(set.clone()),
        Tool::Label,
        Worth::Nothing,
    );
    assert_eq!((verdict.effect, takes), (Effect::Ask, Tier::Push));
    assert_eq!(
        verdict.why(),
        "[mcp.clients.c.step_up] names label: a yes by push on the phone"
    );
    assert_eq!(
        tier(set, Effect::Allow, Tool::Fix, Worth::Nothing).1,
        Tier::Both
    );
}

#[test]
fn what_takes_the_phone_is_refused_where_there_is_none() {
    let set = StepUp {
        push: false,
        ..StepUp::default()
    };
    let dear = Worth::Usd(Usd::dollars(501));
    let (verdict, _) = step_up(ruled(Effect::Ask), &client(set), Tool::Fix, dear);
    assert_eq!(verdict.effect, Effect::Deny);
    assert_eq!(verdict.code(), "step_up_unavailable");
}

proptest! {
    #[test]
    fn nothing_is_ever_weaker_than_the_rules_and_no_amount_makes_it_so(
        cents in 0_i64..200_000, more in 0_i64..200_000, tool in prop::sample::select(ACTS.to_vec()),
        effect in prop::sample::select(vec![Effect::Allow, Effect::Ask, Effect::Deny]),
        push in any::<bool>(),
    ) {
        let set = || StepUp { push, ..StepUp::default() };
        let (low, low_tier) = tier(set(), effect, tool, Worth::Usd(Usd(cents)));
        let (high, high_tier) = tier(set(), effect, tool, Worth::Usd(Usd(cents + more)));
        prop_assert!(low >= effect);
        prop_assert!(high >= low);
        prop_assert!(high == Effect::Deny || high_tier >= low_tier);
        prop_assert_eq!(low == Effect::Ask, low != Effect::Deny && low_tier != Tier::None);
        prop_assert!(push || low != Effect::Ask || !low_tier.pushes());
    }
}
