//! What a document says.

use std::collections::BTreeMap;

use super::lex::Pos;

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) operations: Vec<Operation>,
    pub(super) fragments: BTreeMap<String, Fragment>,
}

#[derive(Debug)]
pub(super) struct Operation {
    /// `query`, `mutation` or `subscription`.
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) selections: Vec<Selection>,
}

impl Operation {
    /// The type that its selections are on.
    pub(super) fn root(&self) -> &'static str {
        if self.kind == "mutation" {
            "Mutation"
        } else {
            "Query"
        }
    }

    /// As GitHub's error paths begin: `query Name`.
    pub(super) fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {name}", self.kind),
            None => self.kind.clone(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) of: TypeRef,
    pub(super) default: Option<Literal>,
    pub(super) at: Pos,
}

#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) on: String,
    pub(super) selections: Vec<Selection>,
    pub(super) at: Pos,
}

#[derive(Debug)]
pub(super) enum Selection {
    Field(Field),
    Spread {
        name: String,
        directives: Vec<Directive>,
        at: Pos,
    },
    Inline {
        on: Option<String>,
        directives: Vec<Directive>,
        selections: Vec<Selection>,
        at: Pos,
    },
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) alias: Option<String>,
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Literal)>,
    pub(super) directives: Vec<Directive>,
    pub(super) selections: Vec<Selection>,
    pub(super) at: Pos,
}

impl Field {
    /// Its key in the answer.
    pub(super) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn argument(&self, name: &str) -> Option<&Literal> {
        self.arguments
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

#[derive(Debug)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<(String, Literal)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Enum(String),
    Variable(String),
    List(Vec<Literal>),
    Object(Vec<(String, Literal)>),
}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value:?}"),
            Self::Enum(value) => f.write_str(value),
            Self::Variable(name) => write!(f, "${name}"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<_> = fields.iter().map(|(k, v)| format!("{k}: {v}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}

/// A type as it is written: `[String!]!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TypeRef {
    Named { name: String, required: bool },
    List { of: Box<TypeRef>, required: bool },
}

impl TypeRef {
    pub(super) fn required(&self) -> bool {
        match self {
            Self::Named { required, .. } | Self::List { required, .. } => *required,
        }
    }

    /// The name inside all brackets.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Named { name, .. } => name,
            Self::List { of, .. } => of.name(),
        }
    }

    /// A value of this type may stand where `wanted` is asked for; `has_default` lifts a missing `!`.
    pub(super) fn fits(&self, wanted: &Self, has_default: bool) -> bool {
        if wanted.required() && !self.required() && !has_default {
            return false;
        }
        match (self, wanted) {
            (Self::Named { name, .. }, Self::Named { name: other, .. }) => name == other,
            (Self::List { of, .. }, Self::List { of: other, .. }) => of.fits(other, false),
            _ => false,
        }
    }
}

impl std::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bang = if self.required() { "!" } else { "" };
        match self {
            Self::Named { name, .. } => write!(f, "{name}{bang}"),
            Self::List { of, .. } => write!(f, "[{of}]{bang}"),
        }
    }
}
