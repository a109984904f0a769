//! Variables and arguments as plain JSON values.

use serde_json::{Map, Value, json};

use super::ast::{Directive, Field, Literal, Operation, TypeRef};
use super::check::fits;
use super::schema::{Kind, SCHEMA};

pub(super) type Values = Map<String, Value>;

/// The variables of an operation, checked against their types; or GitHub's errors.
pub(super) fn variables(operation: &Operation, given: &Values) -> Result<Values, Vec<Value>> {
    let mut out = Values::new();
    let mut errors = Vec::new();
    for variable in &operation.variables {
        let (name, of) = (&variable.name, &variable.of);
        let value = match given.get(name) {
            Some(value) => value.clone(),
            None => match &variable.default {
                Some(default) => plain(default, &Values::new()),
                None if of.required() => Value::Null,
                None => continue,
            },
        };
        let literal = literal(&value, of);
        if literal.as_ref().is_some_and(|literal| fits(literal, of)) {
            out.insert(name.clone(), value);
        } else {
            let explanation = if value.is_null() {
                "Expected value to not be null".to_owned()
            } else {
                format!("Could not coerce value {value} to {}", of.name())
            };
            errors.push(json!({
                "extensions": {
                    "value": value,
                    "problems": [{ "path": [], "explanation": explanation }],
                },
                "locations": [{ "line": variable.at.line, "column": variable.at.column }],
                "message": format!("Variable ${name} of type {of} was provided invalid value"),
            }));
        }
    }
    if errors.is_empty() {
        Ok(out)
    } else {
        Err(errors)
    }
}

/// JSON as a literal of the type, so that one rule checks both; an enum is a string in JSON.
fn literal(value: &Value, of: &TypeRef) -> Option<Literal> {
    Some(match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Literal::Int(int),
            None => Literal::Float(number.as_f64()?),
        },
        Value::String(text) => match SCHEMA.types.get(of.name()) {
            Some(Kind::Enum(_)) => Literal::Enum(text.clone()),
            _ => Literal::Text(text.clone()),
        },
        Value::Array(items) => Literal::List(
            items
                .iter()
                .map(|item| literal(item, of))
                .collect::<Option<_>>()?,
        ),
        Value::Object(fields) => {
            let Some(Kind::Input(known)) = SCHEMA.types.get(of.name()) else {
                return None;
            };
            Literal::Object(
                fields
                    .iter()
                    .map(|(key, value)| Some((key.clone(), literal(value, known.get(key)?)?)))
                    .collect::<Option<_>>()?,
            )
        }
    })
}

/// A literal with its variables filled in; an absent variable is null.
pub(super) fn plain(literal: &Literal, variables: &Values) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => (*value).into(),
        Literal::Int(value) => (*value).into(),
        Literal::Float(value) => (*value).into(),
        Literal::Text(text) | Literal::Enum(text) => text.clone().into(),
        Literal::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        Literal::List(items) => items.iter().map(|item| plain(item, variables)).collect(),
        Literal::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), plain(value, variables)))
            .collect::<Values>()
            .into(),
    }
}

/// The arguments of a field, nulls left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Arguments(Values);

impl Arguments {
    pub(super) fn of(field: &Field, variables: &Values) -> Self {
        Self(
            field
                .arguments
                .iter()
                .map(|(key, literal)| (key.clone(), plain(literal, variables)))
                .filter(|(_, value)| !value.is_null())
                .collect(),
        )
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    /// An input object.
    pub(super) fn object(&self, name: &str) -> Option<&Values> {
        self.0.get(name).and_then(Value::as_object)
    }

    /// A list of strings; one value stands for a list of one.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.0.get(name)? {
            Value::Array(items) => Some(
                items
                    .iter()
                    .filter_map(Value::as_str)
                    .map(ToOwned::to_owned)
                    .collect(),
            ),
            Value::String(text) => Some(vec![text.clone()]),
            _ => None,
        }
    }

    /// `orderBy`: its field, and whether it ascends.
    pub(super) fn order(&self) -> Option<(&str, bool)> {
        let order = self.0.get("orderBy")?;
        Some((
            order.get("field")?.as_str()?,
            order.get("direction")?.as_str()? == "ASC",
        ))
    }
}

/// `@include` and `@skip` let the selection through.
pub(super) fn included(directives: &[Directive], variables: &Values) -> bool {
    directives.iter().all(|directive| {
        let on = directive
            .arguments
            .iter()
            .find(|(key, _)| key == "if")
            .is_some_and(|(_, value)| plain(value, variables) == Value::Bool(true));
        match directive.name.as_str() {
            "include" => on,
            "skip" => !on,
            _ => true,
        }
    })
}
