//! `list_my_permissions`: so that a client need not find out by being refused.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schema::{array, boolean, count, object, one_of, text};
use super::{Spec, Wish, arguments};
use crate::broker::Refusal;
use crate::broker::policy::{Client, Rule, Standing, Tool};

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
    json!({
        "client": client.name,
        "paused": standing.paused,
        "read_only": standing.watching,
        "rules": client.rules.iter().map(rule).collect::<Vec<_>>(),
        "calls": { "used": standing.calls, "most": client.calls_per_minute },
        "writes": { "used": standing.writes, "most": client.writes_per_day },
        "jobs": { "used": standing.jobs, "most": client.jobs_per_day },
    })
}
