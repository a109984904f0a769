//! GraphQL: `POST /graphql`, with a strict schema, limits and cost
//! (docs.github.com/graphql/overview).

mod ast;
mod check;
mod cost;
mod input;
mod lex;
mod mutate;
mod object;
mod parse;
mod resolve;
mod run;
mod schema;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::budget::Resource;
use super::guard::Call;
use super::reply::Reply;
use super::state::State;
use ast::{Document, Operation};
use input::Values;
use object::Object;
use run::Run;

fn failed(errors: Vec<Value>) -> Reply {
    Reply::ok(json!({ "errors": errors }))
}

/// The budget is used up: status 200, with a type of its own.
pub(super) fn rate_limited(viewer: Option<u64>) -> Reply {
    let whose = viewer.map_or_else(String::new, |id| format!(" for user ID {id}"));
    failed(vec![json!({
        "type": "RATE_LIMITED",
        "code": "graphql_rate_limit",
        "message": format!("API rate limit already exceeded{whose}."),
    })])
}

/// The request changes something: GitHub counts it as a write.
pub(super) fn is_mutation(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let name = body.get("operationName").and_then(Value::as_str);
    let text = body.get("query").and_then(Value::as_str);
    let Some(Ok(document)) = text.map(parse::document) else {
        return false;
    };
    document.operations.iter().any(|operation| {
        operation.kind == "mutation"
            && name.is_none_or(|name| operation.name.as_deref() == Some(name))
    })
}

/// Answers a request that passed the guard, and takes its points.
pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Reply {
    let Some(viewer) = call.viewer_id() else {
        return Reply::error(
            401,
            "This endpoint requires you to be authenticated.",
            "graphql/guides/forming-calls-with-graphql#authenticating-with-graphql",
        );
    };
    if call.method != "POST" {
        call.violation("GraphQL takes POST only");
        return Reply::not_found();
    }
    let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
        return Reply::error(400, "Problems parsing JSON", "graphql");
    };
    let Some(text) = body.get("query").and_then(Value::as_str) else {
        let message = "A query attribute must be specified and must be a string.";
        return Reply::error(400, message, "graphql");
    };
    if state.switches.older_server && text.contains("assignedActors") {
        // Who asks this cannot know it: no violation.
        return failed(vec![json!({
            "message": "Field 'assignedActors' doesn't exist on type 'Issue'",
            "path": ["fragment Head", "assignedActors"],
            "extensions": { "code": "undefinedField", "typeName": "Issue", "fieldName": "assignedActors" },
        })]);
    }
    let given = match body.get("variables") {
        Some(Value::Object(values)) => values.clone(),
        None | Some(Value::Null) => Values::new(),
        Some(_) => {
            let message = "Variables must be a JSON object.";
            return Reply::error(400, message, "graphql");
        }
    };
    let name = body.get("operationName").and_then(Value::as_str);
    match prepare(text, name, &given) {
        Ok(prepared) => execute(call, state, viewer, &prepared),
        Err(errors) => {
            call.violation(format!(
                "a GraphQL document that GitHub refuses: {}",
                first(&errors)
            ));
            state
                .budgets
                .spend(Some(viewer), Resource::Graphql, 1, call.now);
            failed(errors)
        }
    }
}

fn first(errors: &[Value]) -> String {
    errors
        .first()
        .and_then(|error| error["message"].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// A document that may run.
struct Prepared {
    document: Document,
    operation: usize,
    variables: Values,
}

impl Prepared {
    fn operation(&self) -> Option<&Operation> {
        self.document.operations.get(self.operation)
    }
}

fn prepare(text: &str, name: Option<&str>, given: &Values) -> Result<Prepared, Vec<Value>> {
    let document = parse::document(text).map_err(|error| {
        vec![json!({
            "message": error.message,
            "locations": [{ "line": error.at.line, "column": error.at.column }],
        })]
    })?;
    let say = |message: &str| vec![json!({ "message": message })];
    let operation = match name {
        Some(name) => document
            .operations
            .iter()
            .position(|operation| operation.name.as_deref() == Some(name))
            .ok_or_else(|| say(&format!("No operation named \"{name}\"")))?,
        None if document.operations.len() == 1 => 0,
        None => return Err(say("An operation name is required")),
    };
    let Some(chosen) = document.operations.get(operation) else {
        return Err(say("An operation name is required"));
    };
    if chosen.kind == "subscription" {
        return Err(say("Schema is not configured for subscriptions"));
    }
    let errors = check::check(&document, chosen);
    if !errors.is_empty() {
        return Err(errors);
    }
    let variables = input::variables(chosen, given)?;
    Ok(Prepared {
        operation,
        variables,
        document,
    })
}

fn execute(call: &Call<'_>, state: &mut State, viewer: u64, prepared: &Prepared) -> Reply {
    let Some(operation) = prepared.operation() else {
        return Reply::not_found();
    };
    let estimate = cost::estimate(&prepared.document, operation, &prepared.variables);
    if estimate.nodes > cost::NODE_LIMIT {
        call.violation(format!("a GraphQL query for {} nodes", estimate.nodes));
        return failed(vec![json!({
            "type": "MAX_NODE_LIMIT_EXCEEDED",
            "message": format!(
                "This query requests up to {} possible nodes which exceeds the maximum limit of \
                 500,000.",
                thousands(estimate.nodes)
            ),
        })]);
    }
    let (who, points) = (Some(viewer), estimate.points());
    if !state
        .budgets
        .spend(who, Resource::Graphql, points, call.now)
    {
        let standing = state.budgets.standing(who, Resource::Graphql, call.now);
        let until = standing.reset * 1000;
        state
            .budgets
            .tell_to_wait(who, Some(Resource::Graphql), call.now, until);
        return rate_limited(who);
    }
    let budget = state.budgets.standing(who, Resource::Graphql, call.now);
    let payloads = if operation.kind == "mutation" {
        mutate::all(call, state, prepared, &operation.selections)
    } else {
        BTreeMap::new()
    };
    let starved = state.switches.resource_limits > 0;
    state.switches.resource_limits = state.switches.resource_limits.saturating_sub(1);
    let mut run = Run::new(
        state,
        &prepared.document,
        &prepared.variables,
        viewer,
        estimate,
        budget,
    );
    run.starved = starved;
    run.payloads = payloads;
    run.request_id.clone_from(&call.request_id);
    let root = match operation.kind.as_str() {
        "mutation" => Object::Mutation,
        _ => Object::Query,
    };
    let data = run.data(&root, &operation.selections);
    if run.errors.is_empty() {
        Reply::ok(json!({ "data": data }))
    } else {
        Reply::ok(json!({ "data": data, "errors": run.errors }))
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
