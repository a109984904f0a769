//! `list_repositories`: where a client may have something done, and what.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{array, boolean, object, one_of, text};
use super::{Spec, Wish, arguments};
use crate::broker::Refusal;
use crate::broker::policy::{Client, Effect, Kind, Pattern, Repository, Standing, Tool, decide};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn spec() -> Spec {
    let may = object(&[
        ("tool", text("")),
        (
            "effect",
            one_of(&["allow", "ask"], "ask: the owner is asked about each"),
        ),
    ]);
    let repository = object(&[
        (
            "repository",
            text("owner/name; where it is a pattern, * stands for any characters"),
        ),
        (
            "is_pattern",
            boolean("whether it stands for many; a stricter rule may say no to one of them"),
        ),
        ("tools", array(&may)),
    ]);
    Spec {
        tool: Tool::ListRepositories,
        title: "Where I may do something",
        description: "The repositories that the owner's rules name for this client, with the tools that may be used \
                      there. Nothing is asked of GitHub: one that is listed need not be there.",
        input: object(&[]),
        output: object(&[("repositories", array(&repository))]),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn wish(given: &Value) -> Result<Wish, Refusal> {
    let Nothing {} = arguments::typed(given)?;
    Ok(Wish::Repositories)
}

/// Each pattern once, in the order of the rules; those with nothing to be done are left out.
pub(super) fn show(client: &Client) -> Value {
    let mut patterns: Vec<&Pattern> = Vec::new();
    for pattern in client.rules.iter().flat_map(|rule| &rule.repositories) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    let shown = patterns.into_iter().filter_map(|pattern| {
        let tools: Vec<Value> = Tool::ALL
            .into_iter()
            .filter(|tool| tool.kind() != Kind::Own)
            .filter_map(|tool| Some((tool, effect(client, pattern, tool)?)))
            .map(|(tool, effect)| json!({ "tool": tool.as_str(), "effect": effect.as_str() }))
            .collect();
        (!tools.is_empty()).then(|| {
            json!({
                "repository": pattern.to_string(),
                "is_pattern": pattern.only().is_none(),
                "tools": tools,
            })
        })
    });
    json!({ "repositories": shown.collect::<Vec<_>>() })
}

/// What is said to a tool there: all rules for one repository; for a pattern those that cover all of it.
fn effect(client: &Client, pattern: &Pattern, tool: Tool) -> Option<Effect> {
    let said = match pattern.only() {
        Some(only) => {
            let place = Repository::parse(&only).ok()?;
            decide(client, &Standing::default(), tool, Some(&place)).effect
        }
        None => {
            let about = |rule: &&crate::broker::policy::Rule| {
                rule.tools.contains(&tool) && rule.repositories.iter().any(|p| p.covers(pattern))
            };
            let rules = client.rules.iter().filter(about);
            rules.map(|rule| rule.effect).max()?
        }
    };
    (said != Effect::Deny).then_some(said)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::broker::policy::{Rule, StepUp};

    fn rule(name: &str, tools: &[Tool], places: &[&str], effect: Effect) -> Rule {
        let pattern = |text: &&str| Pattern::parse(text).expect("a pattern");
        Rule {
            name: name.to_owned(),
            tools: tools.to_vec(),
            repositories: places.iter().map(pattern).collect(),
            effect,
        }
    }

    #[test]
    fn each_place_is_listed_with_what_the_rules_say_there() {
        use Tool::{Comment, Fix, GetIssue};
        let client = Client {
            name: "c".to_owned(),
            uid: 1,
            rules: vec![
                rule("a", &[GetIssue, Comment], &["acme/*"], Effect::Allow),
                rule("b", &[Comment], &["acme/widget", "acme/*"], Effect::Ask),
                rule(
                    "c",
                    &[GetIssue, Comment, Fix],
                    &["acme/secret"],
                    Effect::Deny,
                ),
                rule("d", &[Fix], &["*/*"], Effect::Deny),
            ],
            calls_per_minute: 1,
            writes_per_day: 1,
            jobs_per_day: 1,
            answer_valid: Duration::ZERO,
            lease: None,
            step_up: StepUp::default(),
        };
        let tools = json!([
            { "tool": "get_issue", "effect": "allow" }, { "tool": "comment", "effect": "ask" },
        ]);
        assert_eq!(
            show(&client),
            json!({ "repositories": [
                { "repository": "acme/*", "is_pattern": true, "tools": tools },
                { "repository": "acme/widget", "is_pattern": false, "tools": tools },
            ] })
        );
    }
}
