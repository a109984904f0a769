//! The rules about rules.

use std::time::Duration;

use proptest::prelude::*;

use super::cases::{Cases, Replayed};
use super::*;

fn rule(name: &str, tools: &[Tool], repositories: &[&str], effect: Effect) -> Rule {
    let pattern = |text: &&str| Pattern::parse(text).expect("a pattern");
    Rule {
        name: name.to_owned(),
        tools: tools.to_vec(),
        repositories: repositories.iter().map(pattern).collect(),
        effect,
    }
}

fn client(rules: Vec<Rule>) -> Client {
    Client {
        name: "c".to_owned(),
        uid: 1000,
        rules,
        calls_per_minute: 10,
        writes_per_day: 2,
        jobs_per_day: 1,
        answer_valid: Duration::from_secs(3600),
        lease: None,
        step_up: StepUp::default(),
    }
}

fn at(slug: &str) -> Repository {
    Repository::parse(slug).expect("a name")
}

fn effect(client: &Client, tool: Tool, slug: &str) -> Effect {
    decide(client, &Standing::default(), tool, Some(&at(slug))).effect
}

#[test]
fn what_no_rule_names_is_refused() {
    let nobody = client(Vec::new());
    for tool in Tool::ALL {
        let verdict = decide(&nobody, &Standing::default(), tool, Some(&at("a/b")));
        let own = tool.kind() == Kind::Own;
        let expected = if own { Effect::Allow } else { Effect::Deny };
        assert_eq!(verdict.effect, expected, "{tool}");
        if !own {
            assert_eq!(verdict.code(), "not_permitted");
            assert_eq!(verdict.why(), "no rule of this client is about it");
        }
    }
    // A tool that acts in a repository, without one.
    let all = client(vec![rule("all", &Tool::ALL, &["*/*"], Effect::Allow)]);
    let nowhere = decide(&all, &Standing::default(), Tool::GetIssue, None);
    assert_eq!(nowhere.effect, Effect::Deny);
}

#[test]
fn the_strictest_rule_counts_whatever_their_order() {
    let mut rules = vec![
        rule("wide", &Tool::ALL, &["*/*"], Effect::Allow),
        rule("care", &[Tool::GetIssue], &["acme/*"], Effect::Ask),
        rule("never", &Tool::ALL, &["acme/secret"], Effect::Deny),
    ];
    for _ in 0..3 {
        let client = client(rules.clone());
        assert_eq!(effect(&client, Tool::GetIssue, "x/y"), Effect::Allow);
        assert_eq!(effect(&client, Tool::GetIssue, "ACME/app"), Effect::Ask);
        assert_eq!(effect(&client, Tool::GetIssue, "acme/Secret"), Effect::Deny);
        assert_eq!(effect(&client, Tool::ReadFile, "acme/app"), Effect::Allow);
        rules.rotate_left(1);
    }
    let verdict = decide(
        &client(rules),
        &Standing::default(),
        Tool::GetIssue,
        Some(&at("acme/secret")),
    );
    assert_eq!(verdict.code(), "denied_by_rule");
    assert!(verdict.why().contains("`never`"), "{}", verdict.why());
}

#[test]
fn limits_refuse_what_the_rules_allow() {
    let all = client(vec![rule("all", &Tool::ALL, &["*/*"], Effect::Allow)]);
    let verdict = |standing: &Standing, tool| decide(&all, standing, tool, Some(&at("a/b")));
    let busy = Standing {
        calls: 10,
        ..Standing::default()
    };
    assert_eq!(verdict(&busy, Tool::GetIssue).code(), "too_many_calls");
    let own = decide(&all, &busy, Tool::ListMyPermissions, None);
    assert_eq!(own.code(), "too_many_calls");
    let spent = Standing {
        writes: 2,
        jobs: 1,
        ..Standing::default()
    };
    for tool in [Tool::Comment, Tool::CloseIssue, Tool::Fix] {
        assert_eq!(verdict(&spent, tool).code(), "ceiling", "{tool}");
    }
    assert_eq!(verdict(&spent, Tool::GetIssue).effect, Effect::Allow);
    let watching = Standing {
        watching: true,
        ..Standing::default()
    };
    assert_eq!(verdict(&watching, Tool::Comment).code(), "watching");
    assert_eq!(verdict(&watching, Tool::Fix).code(), "watching");
    assert_eq!(verdict(&watching, Tool::ReadFile).effect, Effect::Allow);
    let paused = Standing {
        paused: true,
        ..Standing::default()
    };
    assert_eq!(verdict(&paused, Tool::ReadFile).code(), "paused");
    let own = decide(&all, &paused, Tool::ListMyPermissions, None);
    assert_eq!(own.effect, Effect::Allow);
}

#[test]
fn cases_are_decided_as_calls_are() {
    let clients = [client(vec![rule(
        "reading",
        &[Tool::GetIssue],
        &["acme/*"],
        Effect::Allow,
    )])];
    let replay = |text: &str| {
        let cases: Cases = toml::from_str(text).expect("cases");
        cases.cases[0].replay(&clients)
    };
    let case = |tool: &str, slug: &str, expect: &str| {
        replay(&format!(
            "[[case]]\nclient = \"c\"\ntool = \"{tool}\"\nrepository = \"{slug}\"\nexpect = \"{expect}\"\n"
        ))
    };
    assert!(matches!(
        case("get_issue", "acme/x", "allow"),
        Replayed::Right(_)
    ));
    assert!(matches!(
        case("get_issue", "acme/x", "ask"),
        Replayed::Wrong(..)
    ));
    assert!(matches!(
        case("get_issue", "\u{0430}cme/x", "deny"),
        Replayed::Right(_)
    ));
    assert!(matches!(
        case("get_issue", "\u{0430}cme/x", "allow"),
        Replayed::Odd(_)
    ));
    assert!(matches!(
        case("no_such", "acme/x", "deny"),
        Replayed::Odd(_)
    ));
    let busy = "[[case]]\nclient = \"c\"\ntool = \"get_issue\"\nrepository = \"acme/x\"\nexpect = \"deny\"\ncalls = 10\n";
    assert!(matches!(replay(busy), Replayed::Right(_)));
    assert!(toml::from_str::<Cases>("[[case]]\nclinet = \"c\"\n").is_err());
}

fn effects() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Allow), Just(Effect::Ask), Just(Effect::Deny)]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let pattern = prop_oneof![Just("*/*"), Just("acme/*"), Just("acme/app"), Just("x/*")];
    let one = (0..Tool::ALL.len(), pattern, effects());
    let one =
        one.prop_map(|(tool, pattern, effect)| rule("r", &[Tool::ALL[tool]], &[pattern], effect));
    proptest::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn a_rule_more_never_makes_another_weaker(mut some in rules(), more in rules()) {
        let before = client(some.clone());
        some.extend(more.into_iter().filter(|rule| rule.effect != Effect::Allow));
        let after = client(some);
        for tool in Tool::ALL {
            for slug in ["acme/app", "acme/other", "x/y", "z/z"] {
                let (before, after) = (effect(&before, tool, slug), effect(&after, tool, slug));
                // What was refused for want of a rule may be asked about once one says so.
                prop_assert!(after >= before || (before == Effect::Deny && after == Effect::Ask));
            }
        }
    }

    #[test]
    fn what_is_decided_is_what_the_lines_say(some in rules(), tool in 0..Tool::ALL.len()) {
        let verdict = decide(&client(some), &Standing::default(), Tool::ALL[tool], Some(&at("acme/app")));
        let strictest = verdict.lines.iter().filter_map(|line| line.effect).max();
        prop_assert_eq!(verdict.effect, strictest.unwrap_or(Effect::Deny));
    }
}
