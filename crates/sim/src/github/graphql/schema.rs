//! The schema, read once from its text.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::ast::TypeRef;
use super::lex::SyntaxError;
use super::parse::Parser;

/// A type.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar,
    Enum(Vec<String>),
    Input(BTreeMap<String, TypeRef>),
    Union,
    Interface(BTreeMap<String, FieldType>),
    Object(BTreeMap<String, FieldType>),
}

#[derive(Debug)]
pub(super) struct FieldType {
    pub(super) of: TypeRef,
    pub(super) arguments: BTreeMap<String, TypeRef>,
}

#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) types: BTreeMap<String, Kind>,
    /// Object types that an interface or union stands for.
    members: BTreeMap<String, Vec<String>>,
}

/// GitHub's schema, as far as it is simulated.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| match read() {
    Ok(schema) => schema,
    Err(error) => panic!("schema.graphql does not parse: {}", error.message),
});

fn read() -> Result<Schema, SyntaxError> {
    let mut schema = Schema::default();
    for scalar in ["Int", "Float", "String", "Boolean", "ID"] {
        schema.types.insert(scalar.to_owned(), Kind::Scalar);
    }
    let mut parser = Parser::new(include_str!("schema.graphql"))?;
    while parser.peek().is_some() {
        let kind = parser.name()?;
        if kind == "schema" {
            while !parser.takes("}") {
                parser.takes("{");
                parser.name()?;
                parser.mark(":")?;
                parser.name()?;
            }
            continue;
        }
        let name = parser.name()?;
        let of = match kind.as_str() {
            "scalar" => Kind::Scalar,
            "enum" => Kind::Enum(words(&mut parser)?),
            "union" => {
                parser.mark("=")?;
                let mut members = vec![parser.name()?];
                while parser.takes("|") {
                    members.push(parser.name()?);
                }
                schema.members.insert(name.clone(), members);
                Kind::Union
            }
            "input" => Kind::Input(
                fields(&mut parser)?
                    .into_iter()
                    .map(|(key, field)| (key, field.of))
                    .collect(),
            ),
            "interface" => Kind::Interface(fields(&mut parser)?),
            _ => {
                // `implements A & B`
                while let Some(interface) = parser.optional_name() {
                    if interface != "implements" {
                        schema
                            .members
                            .entry(interface)
                            .or_default()
                            .push(name.clone());
                    }
                    parser.takes("&");
                }
                Kind::Object(fields(&mut parser)?)
            }
        };
        schema.types.insert(name, of);
    }
    Ok(schema)
}

fn words(parser: &mut Parser) -> Result<Vec<String>, SyntaxError> {
    parser.mark("{")?;
    let mut out = Vec::new();
    while !parser.takes("}") {
        out.push(parser.name()?);
    }
    Ok(out)
}

fn fields(parser: &mut Parser) -> Result<BTreeMap<String, FieldType>, SyntaxError> {
    parser.mark("{")?;
    let mut out = BTreeMap::new();
    while !parser.takes("}") {
        let name = parser.name()?;
        let mut arguments = BTreeMap::new();
        if parser.takes("(") {
            while !parser.takes(")") {
                let argument = parser.name()?;
                parser.mark(":")?;
                arguments.insert(argument, parser.type_ref()?);
            }
        }
        parser.mark(":")?;
        let of = parser.type_ref()?;
        out.insert(name, FieldType { of, arguments });
    }
    Ok(out)
}

impl Schema {
    /// The field of an object or interface.
    pub(super) fn field(&self, on: &str, name: &str) -> Option<&FieldType> {
        match self.types.get(on)? {
            Kind::Object(fields) | Kind::Interface(fields) => fields.get(name),
            Kind::Scalar | Kind::Enum(_) | Kind::Input(_) | Kind::Union => None,
        }
    }

    /// Objects, interfaces and unions: what has selections.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        matches!(
            self.types.get(name),
            Some(Kind::Object(_) | Kind::Interface(_) | Kind::Union)
        )
    }

    pub(super) fn is_input(&self, name: &str) -> bool {
        matches!(
            self.types.get(name),
            Some(Kind::Scalar | Kind::Enum(_) | Kind::Input(_))
        )
    }

    /// The object types that `name` can be.
    pub(super) fn possible<'s>(&'s self, name: &'s str) -> Vec<&'s str> {
        match self.members.get(name) {
            Some(members) => members.iter().map(String::as_str).collect(),
            None => vec![name],
        }
    }

    /// An object of type `object` is a `condition`.
    pub(super) fn is_a(&self, object: &str, condition: &str) -> bool {
        object == condition || self.possible(condition).contains(&object)
    }

    /// Something can be both.
    pub(super) fn overlap(&self, one: &str, other: &str) -> bool {
        let possible = self.possible(other);
        self.possible(one)
            .iter()
            .any(|name| possible.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_named_is_defined() {
        for (name, kind) in &SCHEMA.types {
            let fields = match kind {
                Kind::Object(fields) | Kind::Interface(fields) => fields,
                Kind::Scalar | Kind::Enum(_) | Kind::Input(_) | Kind::Union => continue,
            };
            for (field, of) in fields {
                let known = |of: &TypeRef| SCHEMA.types.contains_key(of.name());
                assert!(known(&of.of), "{name}.{field}: {}", of.of);
                assert!(of.arguments.values().all(known), "{name}.{field}");
            }
        }
        for (name, members) in &SCHEMA.members {
            assert!(SCHEMA.types.contains_key(name), "{name}");
            for member in members {
                assert!(SCHEMA.types.contains_key(member), "{name}: {member}");
            }
        }
    }
}
