//! Runs a checked operation and collects data and errors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ast::{Document, Field, Selection, TypeRef};
use super::cost::Estimate;
use super::input::{Arguments, Values, included};
use super::object::Object;
use super::resolve;
use super::schema::SCHEMA;
use crate::github::budget::Standing;
use crate::github::state::State;

/// Why a field has no value: `type` (if GitHub gives one) and message.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) kind: Option<&'static str>,
    pub(super) message: String,
}

impl Trouble {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            message: message.into(),
        }
    }
}

/// What a field resolves to.
#[derive(Debug)]
pub(super) enum Output {
    Plain(Value),
    One(Option<Object>),
    /// An item in trouble comes back null, with its error.
    Many(Vec<Result<Object, Trouble>>),
}

impl Output {
    pub(super) fn of(value: impl Into<Value>) -> Self {
        Self::Plain(value.into())
    }
}

/// A running operation.
pub(super) struct Run<'r> {
    pub(super) state: &'r State,
    pub(super) document: &'r Document,
    pub(super) variables: &'r Values,
    pub(super) viewer: u64,
    pub(super) estimate: Estimate,
    /// As it stands after this query.
    pub(super) budget: Standing,
    pub(super) request_id: String,
    /// Items of outermost lists come back null.
    pub(super) starved: bool,
    pub(super) errors: Vec<Value>,
    /// What the mutations of this operation came to, by key in the answer.
    pub(super) payloads: BTreeMap<String, Result<Object, Trouble>>,
    path: Vec<Value>,
}

/// A null that its parent cannot hold.
struct Null;

impl<'r> Run<'r> {
    pub(super) fn new(
        state: &'r State,
        document: &'r Document,
        variables: &'r Values,
        viewer: u64,
        estimate: Estimate,
        budget: Standing,
    ) -> Self {
        Self {
            state,
            document,
            variables,
            viewer,
            estimate,
            budget,
            request_id: String::new(),
            starved: false,
            errors: Vec::new(),
            payloads: BTreeMap::new(),
            path: Vec::new(),
        }
    }

    /// The operation's `data`, from this root.
    pub(super) fn data(&mut self, root: &Object, selections: &'r [Selection]) -> Value {
        self.object(root, &[selections]).unwrap_or(Value::Null)
    }

    /// What the mutation at the present place came to.
    pub(super) fn payload(&self) -> Result<Output, Trouble> {
        let key = self.path.last().and_then(Value::as_str).unwrap_or_default();
        match self.payloads.get(key) {
            Some(Ok(payload)) => Ok(Output::One(Some(payload.clone()))),
            Some(Err(trouble)) => Err(trouble.clone()),
            None => Ok(Output::One(None)),
        }
    }

    fn object(&mut self, object: &Object, sets: &[&'r [Selection]]) -> Result<Value, Null> {
        let type_name = object.type_name(self.state);
        let mut fields: Vec<(&'r str, Vec<&'r Field>)> = Vec::new();
        for set in sets {
            self.collect(set, type_name, &mut fields);
        }
        let mut out = Map::new();
        for (key, same) in fields {
            let Some(field) = same.first() else { continue };
            self.path.push(key.into());
            let value = self.field(object, type_name, field, &same);
            self.path.pop();
            out.insert(key.to_owned(), value?);
        }
        Ok(out.into())
    }

    /// The fields that this object gives, those of the same key together.
    fn collect(
        &mut self,
        selections: &'r [Selection],
        type_name: &str,
        out: &mut Vec<(&'r str, Vec<&'r Field>)>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) if included(&field.directives, self.variables) => {
                    match out.iter_mut().find(|(key, _)| *key == field.key()) {
                        Some((_, same)) => same.push(field),
                        None => out.push((field.key(), vec![field])),
                    }
                }
                Selection::Inline {
                    on,
                    directives,
                    selections,
                    ..
                } if included(directives, self.variables) => {
                    if on.as_deref().is_none_or(|on| SCHEMA.is_a(type_name, on)) {
                        self.collect(selections, type_name, out);
                    }
                }
                Selection::Spread {
                    name, directives, ..
                } if included(directives, self.variables) => {
                    let fragment = self.document.fragments.get(name);
                    if let Some(fragment) = fragment.filter(|f| SCHEMA.is_a(type_name, &f.on)) {
                        self.collect(&fragment.selections, type_name, out);
                    }
                }
                Selection::Field(_) | Selection::Inline { .. } | Selection::Spread { .. } => {}
            }
        }
    }

    fn field(
        &mut self,
        object: &Object,
        type_name: &str,
        field: &'r Field,
        same: &[&'r Field],
    ) -> Result<Value, Null> {
        if field.name == "__typename" {
            return Ok(type_name.into());
        }
        let conflict = same
            .iter()
            .any(|other| other.name != field.name || other.arguments != field.arguments);
        let resolved = match SCHEMA.field(type_name, &field.name) {
            _ if conflict => Err(Trouble {
                kind: None,
                message: format!("Field '{}' has an argument conflict", field.key()),
            }),
            None => Err(Trouble {
                kind: None,
                message: format!("Field '{}' doesn't exist on type '{type_name}'", field.name),
            }),
            Some(of) => {
                let arguments = Arguments::of(field, self.variables);
                self.boundaries(same, &arguments, &of.of)
                    .and_then(|()| resolve::field(self, object, type_name, &field.name, &arguments))
                    .map(|output| (output, &of.of))
            }
        };
        let (output, of) = match resolved {
            Ok(found) => found,
            Err(trouble) => {
                self.trouble(field, trouble);
                let required = SCHEMA
                    .field(type_name, &field.name)
                    .is_some_and(|of| of.of.required());
                return if required { Err(Null) } else { Ok(Value::Null) };
            }
        };
        let sets: Vec<&'r [Selection]> = same.iter().map(|f| f.selections.as_slice()).collect();
        let value = match output {
            Output::Plain(value) => value,
            Output::One(None) => Value::Null,
            Output::One(Some(object)) => match self.object(&object, &sets) {
                Ok(value) => value,
                Err(Null) => Value::Null,
            },
            Output::Many(items) => self.list(field, items, &sets),
        };
        if value.is_null() && of.required() {
            return Err(Null);
        }
        Ok(value)
    }

    fn list(
        &mut self,
        field: &Field,
        items: Vec<Result<Object, Trouble>>,
        sets: &[&'r [Selection]],
    ) -> Value {
        let starved = std::mem::take(&mut self.starved);
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            self.path.push(index.into());
            let broken = matches!(&item, Ok(Object::Issue(id)) if self.state.switches.broken_nodes.contains(id));
            let value = if starved {
                let kind = Trouble::new(
                    "RESOURCE_LIMITS_EXCEEDED",
                    "Resource limits for this query exceeded.",
                );
                self.trouble(field, kind);
                Value::Null
            } else if broken {
                let message = format!(
                    "Something went wrong while executing your query. Please include `{}` when \
                     reporting this issue.",
                    self.request_id
                );
                self.trouble(
                    field,
                    Trouble {
                        kind: None,
                        message,
                    },
                );
                Value::Null
            } else {
                match item {
                    Ok(object) => self.object(&object, sets).unwrap_or(Value::Null),
                    Err(trouble) => {
                        self.trouble(field, trouble);
                        Value::Null
                    }
                }
            };
            out.push(value);
            self.path.pop();
        }
        out.into()
    }

    fn trouble(&mut self, field: &Field, trouble: Trouble) {
        let mut error = Map::new();
        if let Some(kind) = trouble.kind {
            error.insert("type".to_owned(), kind.into());
        }
        error.insert("path".to_owned(), self.path.clone().into());
        let at = json!([{ "line": field.at.line, "column": field.at.column }]);
        error.insert("locations".to_owned(), at);
        error.insert("message".to_owned(), trouble.message.into());
        self.errors.push(error.into());
    }

    /// A connection whose items are asked for needs `first` or `last`, from 1 to 100.
    fn boundaries(
        &self,
        same: &[&Field],
        arguments: &Arguments,
        of: &TypeRef,
    ) -> Result<(), Trouble> {
        if !of.name().ends_with("Connection") {
            return Ok(());
        }
        let name = same.first().map_or("", |field| field.name.as_str());
        let sizes = [
            ("first", arguments.int("first")),
            ("last", arguments.int("last")),
        ];
        for (which, size) in sizes {
            let Some(size) = size else { continue };
            if size > 100 {
                return Err(Trouble::new(
                    "EXCESSIVE_PAGINATION",
                    format!(
                        "Requesting {size} records on the `{name}` connection exceeds the `{which}` \
                         limit of 100 records."
                    ),
                ));
            }
            if size < 1 {
                return Err(Trouble::new(
                    "INVALID_CURSOR_ARGUMENTS",
                    format!("`{which}` on the `{name}` connection cannot be less than one."),
                ));
            }
        }
        match (sizes[0].1, sizes[1].1) {
            (Some(_), Some(_)) => Err(Trouble::new(
                "INVALID_CURSOR_ARGUMENTS",
                format!(
                    "Passing both `first` and `last` to paginate the `{name}` connection is not supported."
                ),
            )),
            (None, None) if same.iter().any(|field| self.lists(&field.selections)) => {
                Err(Trouble::new(
                    "MISSING_PAGINATION_BOUNDARIES",
                    format!(
                        "You must provide a `first` or `last` value to properly paginate the \
                         `{name}` connection."
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Asks for more than a count.
    fn lists(&self, selections: &[Selection]) -> bool {
        selections.iter().any(|selection| match selection {
            Selection::Field(field) => {
                matches!(field.name.as_str(), "nodes" | "edges" | "pageInfo")
            }
            Selection::Inline { selections, .. } => self.lists(selections),
            Selection::Spread { name, .. } => self
                .document
                .fragments
                .get(name)
                .is_some_and(|fragment| self.lists(&fragment.selections)),
        })
    }
}
