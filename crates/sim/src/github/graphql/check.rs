//! Validation before anything runs, with the errors in GitHub's words (they are those of the
//! library it uses, graphql-ruby: `rmosolgo/graphql-ruby`, `lib/graphql/static_validation/rules`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ast::{Document, Field, Literal, Operation, Selection, TypeRef};
use super::lex::Pos;
use super::schema::{Kind, SCHEMA};

/// All errors of one operation and the fragments it uses.
pub(super) fn check(document: &Document, operation: &Operation) -> Vec<Value> {
    if let Some(name) = looping(document) {
        return vec![json!({
            "path": [format!("fragment {name}")],
            "extensions": { "code": "infiniteLoop", "fragmentName": name },
            "message": format!("Fragment {name} contains an infinite loop"),
        })];
    }
    let mut checker = Checker {
        document,
        variables: operation
            .variables
            .iter()
            .map(|v| (v.name.as_str(), (&v.of, v.default.is_some())))
            .collect(),
        used_variables: BTreeSet::new(),
        used_fragments: BTreeSet::new(),
        label: operation.label(),
        errors: Vec::new(),
    };
    for variable in &operation.variables {
        if !SCHEMA.is_input(variable.of.name()) {
            let name = variable.of.name();
            let message = match SCHEMA.types.get(name) {
                Some(_) => format!("{name} isn't a valid input type (on ${})", variable.name),
                None => format!("{name} isn't a defined input type (on ${})", variable.name),
            };
            let path = vec![checker.label.clone()];
            let extensions = json!({
                "code": "variableRequiresValidType", "typeName": name,
                "variableName": variable.name,
            });
            checker.error(&path, variable.at, message, extensions);
        }
    }
    let mut path = vec![operation.label()];
    checker.selections(&operation.selections, operation.root(), &mut path);
    checker.unused(operation);
    checker.errors
}

/// A fragment that contains itself, perhaps through others.
fn looping(document: &Document) -> Option<&str> {
    fn spreads<'d>(selections: &'d [Selection], out: &mut Vec<&'d str>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => spreads(&field.selections, out),
                Selection::Inline { selections, .. } => spreads(selections, out),
                Selection::Spread { name, .. } => out.push(name),
            }
        }
    }
    document.fragments.keys().map(String::as_str).find(|start| {
        let (mut todo, mut seen) = (vec![*start], BTreeSet::new());
        while let Some(name) = todo.pop() {
            let mut next = Vec::new();
            if let Some(fragment) = document.fragments.get(name) {
                spreads(&fragment.selections, &mut next);
            }
            if next.contains(start) {
                return true;
            }
            todo.extend(next.into_iter().filter(|name| seen.insert(*name)));
        }
        false
    })
}

struct Checker<'d> {
    document: &'d Document,
    variables: BTreeMap<&'d str, (&'d TypeRef, bool)>,
    used_variables: BTreeSet<String>,
    used_fragments: BTreeSet<String>,
    label: String,
    errors: Vec<Value>,
}

impl Checker<'_> {
    fn error(&mut self, path: &[String], at: Pos, message: String, extensions: Value) {
        self.errors.push(json!({
            "path": path,
            "extensions": extensions,
            "locations": [{ "line": at.line, "column": at.column }],
            "message": message,
        }));
    }

    fn unused(&mut self, operation: &Operation) {
        let path = [self.label.clone()];
        for variable in &operation.variables {
            if !self.used_variables.contains(&variable.name) {
                let name = &variable.name;
                let message = format!(
                    "Variable ${name} is declared by {} but not used",
                    self.whose(operation)
                );
                let extensions = json!({ "code": "variableNotUsed", "variableName": name });
                self.error(&path, variable.at, message, extensions);
            }
        }
        let document = self.document;
        for (name, fragment) in &document.fragments {
            if !self.used_fragments.contains(name) && document.operations.len() == 1 {
                let message = format!("Fragment {name} was defined, but not used");
                let extensions = json!({ "code": "useAndDefineFragment", "fragmentName": name });
                self.error(
                    &[format!("fragment {name}")],
                    fragment.at,
                    message,
                    extensions,
                );
            }
        }
    }

    fn whose(&self, operation: &Operation) -> String {
        operation
            .name
            .clone()
            .unwrap_or_else(|| format!("anonymous {}", operation.kind))
    }

    fn selections(&mut self, selections: &[Selection], on: &str, path: &mut Vec<String>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(field, on, path),
                Selection::Inline {
                    on: condition,
                    selections,
                    at,
                    directives,
                } => {
                    self.directives(directives, path, *at);
                    let condition = condition.as_deref().unwrap_or(on);
                    path.push(format!("... on {condition}"));
                    if self.condition(condition, on, *at, path) {
                        self.selections(selections, condition, path);
                    }
                    path.pop();
                }
                Selection::Spread {
                    name,
                    at,
                    directives,
                } => {
                    self.directives(directives, path, *at);
                    let document = self.document;
                    let Some(fragment) = document.fragments.get(name) else {
                        let message = format!("Fragment {name} was used, but not defined");
                        let extensions =
                            json!({ "code": "useAndDefineFragment", "fragmentName": name });
                        self.error(path, *at, message, extensions);
                        continue;
                    };
                    let fits = self.condition(&fragment.on, on, *at, path);
                    if self.used_fragments.insert(name.clone()) && fits {
                        let mut inside = vec![format!("fragment {name}")];
                        self.selections(&fragment.selections, &fragment.on, &mut inside);
                    }
                }
            }
        }
    }

    /// A fragment on `condition` may stand in a selection on `on`.
    fn condition(&mut self, condition: &str, on: &str, at: Pos, path: &[String]) -> bool {
        if !SCHEMA.types.contains_key(condition) {
            let message = format!("No such type {condition}, so it can't be a fragment condition");
            let extensions = json!({ "code": "undefinedType", "typeName": condition });
            self.error(path, at, message, extensions);
            return false;
        }
        if !SCHEMA.is_composite(condition) || !SCHEMA.overlap(condition, on) {
            let message = format!("Fragment on {condition} can't be spread inside {on}");
            let extensions = json!({
                "code": "cannotSpreadFragment", "typeName": condition, "parentName": on,
                "fragmentName": "unknown",
            });
            self.error(path, at, message, extensions);
            return false;
        }
        true
    }

    fn field(&mut self, field: &Field, on: &str, path: &mut Vec<String>) {
        path.push(field.key().to_owned());
        self.directives(&field.directives, path, field.at);
        if field.name == "__typename" {
            path.pop();
            return;
        }
        let Some(of) = SCHEMA.field(on, &field.name) else {
            let name = &field.name;
            let message = format!("Field '{name}' doesn't exist on type '{on}'");
            let extensions = json!({ "code": "undefinedField", "typeName": on, "fieldName": name });
            self.error(path, field.at, message, extensions);
            path.pop();
            return;
        };
        self.arguments(field, &of.arguments, path);
        let inner = of.of.name();
        let composite = SCHEMA.is_composite(inner);
        if composite && field.selections.is_empty() {
            let name = &field.name;
            let message = format!(
                "Field must have selections (field '{name}' returns {inner} but has no selections. \
                 Did you mean '{name} {{ ... }}'?)"
            );
            let extensions = json!({
                "code": "selectionMismatch", "nodeName": format!("field '{name}'"),
                "typeName": inner,
            });
            self.error(path, field.at, message, extensions);
        } else if !composite && !field.selections.is_empty() {
            let message = format!(
                "Selections can't be made on scalars (field '{}' returns {inner} but has selections)",
                field.name
            );
            let extensions = json!({
                "code": "selectionMismatch", "nodeName": format!("field '{}'", field.name),
                "typeName": inner,
            });
            self.error(path, field.at, message, extensions);
        } else {
            self.selections(&field.selections, inner, path);
        }
        path.pop();
    }

    fn arguments(
        &mut self,
        field: &Field,
        known: &BTreeMap<String, TypeRef>,
        path: &mut Vec<String>,
    ) {
        let name = &field.name;
        for (argument, value) in &field.arguments {
            path.push(argument.clone());
            match known.get(argument) {
                None => {
                    let message = format!("Field '{name}' doesn't accept argument '{argument}'");
                    let extensions = json!({
                        "code": "argumentNotAccepted", "name": name, "typeName": "Field",
                        "argumentName": argument,
                    });
                    self.error(path, field.at, message, extensions);
                    self.variables_in(value);
                }
                Some(of) => self.value(field, argument, value, of, path),
            }
            path.pop();
        }
        let missing: Vec<&str> = known
            .iter()
            .filter(|(key, of)| of.required() && field.argument(key).is_none())
            .map(|(key, _)| key.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let message = format!("Field '{name}' is missing required arguments: {missing}");
            let extensions = json!({
                "code": "missingRequiredArguments", "className": "Field", "name": name,
                "arguments": missing,
            });
            self.error(path, field.at, message, extensions);
        }
    }

    fn variables_in(&mut self, value: &Literal) {
        match value {
            Literal::Variable(name) => drop(self.used_variables.insert(name.clone())),
            Literal::List(items) => items.iter().for_each(|item| self.variables_in(item)),
            Literal::Object(fields) => fields.iter().for_each(|(_, v)| self.variables_in(v)),
            _ => {}
        }
    }

    /// Checks an argument; variables by their declared type, the rest by form.
    fn value(
        &mut self,
        field: &Field,
        argument: &str,
        value: &Literal,
        of: &TypeRef,
        path: &[String],
    ) {
        self.variables_in(value);
        if let Literal::Variable(name) = value {
            match self.variables.get(name.as_str()).copied() {
                None => {
                    let message = format!(
                        "Variable ${name} is used by {} but not declared",
                        self.label
                    );
                    let extensions = json!({ "code": "variableNotDefined", "variableName": name });
                    self.error(path, field.at, message, extensions);
                }
                Some((declared, has_default)) if !declared.fits(of, has_default) => {
                    let message = format!(
                        "Type mismatch on variable ${name} and argument {argument} ({declared} / {of})"
                    );
                    let extensions = json!({
                        "code": "variableMismatch", "variableName": name,
                        "typeName": declared.to_string(), "argumentName": argument,
                        "errorMessage": "Type mismatch",
                    });
                    self.error(path, field.at, message, extensions);
                }
                Some(_) => {}
            }
        } else if !fits(value, of) {
            let message = format!(
                "Argument '{argument}' on Field '{}' has an invalid value ({value}). Expected type '{of}'.",
                field.name
            );
            let extensions = json!({
                "code": "argumentLiteralsIncompatible", "typeName": "Field",
                "argumentName": argument,
            });
            self.error(path, field.at, message, extensions);
        }
    }

    fn directives(&mut self, directives: &[super::ast::Directive], path: &[String], at: Pos) {
        for directive in directives {
            for (_, value) in &directive.arguments {
                self.variables_in(value);
            }
            if !matches!(directive.name.as_str(), "include" | "skip") {
                let message = format!("Directive @{} is not defined", directive.name);
                let extensions =
                    json!({ "code": "undefinedDirective", "directiveName": directive.name });
                self.error(path, at, message, extensions);
            }
        }
    }
}

/// A written value can be of this type. Variables inside lists and objects are let through.
pub(super) fn fits(value: &Literal, of: &TypeRef) -> bool {
    if matches!(value, Literal::Variable(_)) {
        return true;
    }
    if *value == Literal::Null {
        return !of.required();
    }
    match (of, value) {
        (TypeRef::List { of, .. }, Literal::List(items)) => items.iter().all(|item| fits(item, of)),
        // One value stands for a list of one.
        (TypeRef::List { of, .. }, single) => fits(single, of),
        (TypeRef::Named { name, .. }, value) => match (SCHEMA.types.get(name), value) {
            (Some(Kind::Enum(values)), Literal::Enum(value)) => values.contains(value),
            (Some(Kind::Input(fields)), Literal::Object(given)) => {
                given
                    .iter()
                    .all(|(key, value)| fields.get(key).is_some_and(|of| fits(value, of)))
                    && fields.iter().all(|(key, of)| {
                        !of.required() || given.iter().any(|(given, _)| given == key)
                    })
            }
            (Some(Kind::Scalar), Literal::Int(_)) => {
                matches!(name.as_str(), "Int" | "Float" | "ID" | "BigInt")
            }
            (Some(Kind::Scalar), Literal::Float(_)) => name == "Float",
            (Some(Kind::Scalar), Literal::Bool(_)) => name == "Boolean",
            (Some(Kind::Scalar), Literal::Text(_)) => {
                !matches!(name.as_str(), "Int" | "Float" | "Boolean")
            }
            _ => false,
        },
    }
}
