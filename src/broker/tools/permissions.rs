//! `list_my_permissions`: so that a client need not find out by being refused.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{array, boolean, count, object, one_of, text};
use super::{Spec, Wish, arguments};
use crate::broker::Refusal;
use crate::broker::policy::{Client, Effect, Rule, Standing, Tier, Tool, least};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn spec() -> Spec {
    let rule = object(&[
        ("tools", array(&text(""))),
        (
            "repositories",
            array(&text("owner/name; * stands for any characters")),
        ),
        (
            "effect",
            one_of(
                &["allow", "ask", "deny"],
                "ask: the owner is asked about each",
            ),
        ),
    ]);
    let tool = object(&[
        ("tool", text("")),
        (
            "takes",
            one_of(
                &["telegram", "push", "both"],
                "the least that each call takes, even where a rule allows it: the owner's yes in his chat, on \
                 his phone, or both",
            ),
        ),
    ]);
    let limit = |of: &str| {
        object(&[
            ("used", count()),
            ("most", json!({ "type": "integer", "description": of })),
        ])
    };
    Spec {
        tool: Tool::ListMyPermissions,
        title: "What I may do",
        description: "The rules and limits that the owner has set for this client. Where several rules match, the \
                      strictest counts; what none names is refused.",
        input: object(&[]),
        output: object(&[
            ("client", text("this client's name")),
            (
                "paused",
                boolean("the owner has paused or stopped everything"),
            ),
            (
                "read_only",
                boolean("nothing is written in the mode that is set"),
            ),
            ("rules", array(&rule)),
            (
                "step_up",
                object(&[
                    (
                        "ask_above",
                        text("work for a bounty worth more takes the owner's yes"),
                    ),
                    (
                        "push_above",
                        text("work for a bounty worth more takes his yes on the phone"),
                    ),
                    ("tools", array(&tool)),
                ]),
            ),
            ("calls", limit("in any minute")),
            ("writes", limit("in any 24 hours")),
            ("jobs", limit("in any 24 hours")),
        ]),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn wish(given: &Value) -> Result<Wish, Refusal> {
    let Nothing {} = arguments::typed(given)?;
    Ok(Wish::Permissions)
}

pub(super) fn show(client: &Client, standing: &Standing) -> Value {
    let rule = |rule: &Rule| {
        json!({
            "tools": rule.tools.iter().map(|tool| tool.as_str()).collect::<Vec<_>>(),
            "repositories": rule.repositories.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "effect": rule.effect.as_str(),
        })
    };
    let named = |tool: &Tool| {
        let mut rules = client.rules.iter();
        rules.any(|rule| rule.effect != Effect::Deny && rule.tools.contains(tool))
    };
    let takes = |tool: Tool| {
        let takes = least(client, tool);
        (takes != Tier::None).then(|| json!({ "tool": tool.as_str(), "takes": takes.as_str() }))
    };
    let tools = Tool::ALL.into_iter().filter(named);
    json!({
        "client": client.name,
        "paused": standing.paused,
        "read_only": standing.watching,
        "rules": client.rules.iter().map(rule).collect::<Vec<_>>(),
        "step_up": {
            "ask_above": client.step_up.ask_above.to_string(),
            "push_above": client.step_up.push_above.to_string(),
            "tools": tools.filter_map(takes).collect::<Vec<_>>(),
        },
        "calls": { "used": standing.calls, "most": client.calls_per_minute },
        "writes": { "used": standing.writes, "most": client.writes_per_day },
        "jobs": { "used": standing.jobs, "most": client.jobs_per_day },
    })
}
