//! What a query costs, and how many nodes it may touch, from its text alone
//! (docs.github.com, "Rate limits and query limits for the GraphQL API").

use super::ast::{Document, Field, Operation, Selection};
use super::input::{Arguments, Values, included};
use super::schema::SCHEMA;

/// Most nodes of one query.
pub(super) const NODE_LIMIT: u64 = 500_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    /// Connection requests.
    requests: u64,
    /// Nodes at most.
    pub(super) nodes: u64,
}

impl Estimate {
    /// Points: a hundredth of the requests, rounded, at least one.
    pub(super) fn points(self) -> u64 {
        (self.requests.saturating_add(50) / 100).max(1)
    }
}

pub(super) fn estimate(document: &Document, operation: &Operation, variables: &Values) -> Estimate {
    let mut total = Estimate::default();
    let (selections, root) = (&operation.selections, operation.root());
    walk(document, selections, root, 1, variables, &mut total);
    total
}

fn walk(
    document: &Document,
    selections: &[Selection],
    on: &str,
    parents: u64,
    variables: &Values,
    total: &mut Estimate,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) if included(&field.directives, variables) => {
                let parents = requested(field, on, parents, variables, total);
                if let Some(of) = SCHEMA.field(on, &field.name) {
                    let inner = of.of.name();
                    walk(
                        document,
                        &field.selections,
                        inner,
                        parents,
                        variables,
                        total,
                    );
                }
            }
            Selection::Inline {
                on: condition,
                selections,
                directives,
                ..
            } if included(directives, variables) => {
                let on = condition.as_deref().unwrap_or(on);
                walk(document, selections, on, parents, variables, total);
            }
            Selection::Spread {
                name, directives, ..
            } if included(directives, variables) => {
                if let Some(fragment) = document.fragments.get(name) {
                    let on = &fragment.on;
                    walk(
                        document,
                        &fragment.selections,
                        on,
                        parents,
                        variables,
                        total,
                    );
                }
            }
            Selection::Field(_) | Selection::Inline { .. } | Selection::Spread { .. } => {}
        }
    }
}

/// How many nodes stand below this field, counting it if it is a connection.
fn requested(
    field: &Field,
    on: &str,
    parents: u64,
    variables: &Values,
    total: &mut Estimate,
) -> u64 {
    let arguments = Arguments::of(field, variables);
    if field.name == "nodes" && on == "Query" {
        let ids = arguments.list("ids").map_or(0, |ids| ids.len() as u64);
        total.requests = total.requests.saturating_add(1);
        total.nodes = total.nodes.saturating_add(ids);
        return ids;
    }
    let connection = SCHEMA
        .field(on, &field.name)
        .is_some_and(|of| of.of.name().ends_with("Connection"));
    if !connection {
        return parents;
    }
    total.requests = total.requests.saturating_add(parents);
    let size = arguments
        .int("first")
        .or_else(|| arguments.int("last"))
        .unwrap_or(0);
    let below = parents.saturating_mul(u64::try_from(size).unwrap_or(0));
    total.nodes = total.nodes.saturating_add(below);
    below
}
