//! Checks of JSON bodies, with the words of the service's own schema checker.

use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::answer::Fault;

pub(super) type Object = Map<String, Value>;

/// The body as JSON.
pub(super) fn json(headers: &HeaderMap, raw: &[u8]) -> Result<Value, Fault> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(Fault::plain(
            415,
            format!("Unsupported media type: {kind}"),
            None,
        ));
    }
    serde_json::from_slice(raw).map_err(|_| Fault::sense("Invalid request payload JSON format"))
}

/// The path of a property inside another.
pub(super) fn at(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Refuses properties that are not known.
pub(super) fn only(object: &Object, path: &str, known: &[&str]) -> Result<(), Fault> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Fault::body(
            &format!("Additional properties not allowed: {name}"),
            path,
        )),
        None => Ok(()),
    }
}

/// Refuses an object without these properties.
pub(super) fn needs(object: &Object, path: &str, names: &[&str]) -> Result<(), Fault> {
    match names.iter().find(|name| !object.contains_key(**name)) {
        Some(name) => Err(Fault::body(
            &format!("Missing required property: {name}"),
            path,
        )),
        None => Ok(()),
    }
}

/// A text of at most `max` characters and at least one; none when absent.
pub(super) fn text<'a>(
    object: &'a Object,
    path: &str,
    name: &str,
    max: usize,
) -> Result<Option<&'a str>, Fault> {
    let path = at(path, name);
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => {
            let length = text.chars().count();
            if length == 0 {
                return Err(Fault::body(
                    "String is too short (0 chars), minimum 1",
                    &path,
                ));
            }
            if length > max {
                let what = format!("String is too long ({length} chars), maximum {max}");
                return Err(Fault::body(&what, &path));
            }
            Ok(Some(text))
        }
        Some(other) => Err(Fault::type_of("string", other, &path)),
    }
}

/// A text that must be there.
pub(super) fn required<'a>(
    object: &'a Object,
    path: &str,
    name: &str,
    max: usize,
) -> Result<&'a str, Fault> {
    needs(object, path, &[name])?;
    text(object, path, name, max)?
        .ok_or_else(|| Fault::body(&format!("Missing required property: {name}"), path))
}

/// A yes or no; none when absent.
pub(super) fn flag(object: &Object, path: &str, name: &str) -> Result<Option<bool>, Fault> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(Fault::type_of("boolean", other, &at(path, name))),
    }
}

/// An object; none when absent.
pub(super) fn object<'a>(
    parent: &'a Object,
    path: &str,
    name: &str,
) -> Result<Option<&'a Object>, Fault> {
    match parent.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(Fault::type_of("object", other, &at(path, name))),
    }
}

/// A list of at most `max` items; none when absent.
pub(super) fn list<'a>(
    object: &'a Object,
    path: &str,
    name: &str,
    max: usize,
) -> Result<Option<&'a [Value]>, Fault> {
    let path = at(path, name);
    match object.get(name) {
        None => Ok(None),
        Some(Value::Array(items)) if items.len() <= max => Ok(Some(items)),
        Some(Value::Array(items)) => {
            let what = format!("Array is too long ({}), maximum {max}", items.len());
            Err(Fault::body(&what, &path))
        }
        Some(other) => Err(Fault::type_of("array", other, &path)),
    }
}

/// A list of different texts; none when absent.
pub(super) fn texts(
    object: &Object,
    path: &str,
    name: &str,
    max: usize,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(items) = list(object, path, name, max)? else {
        return Ok(None);
    };
    let mut texts: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = format!("{}[{index}]", at(path, name));
        let Value::String(text) = item else {
            return Err(Fault::type_of("string", item, &place));
        };
        if text.is_empty() {
            return Err(Fault::body(
                "String is too short (0 chars), minimum 1",
                &place,
            ));
        }
        if texts.contains(text) {
            return Err(Fault::body(
                &format!("Array items are not unique (indices {index})"),
                &at(path, name),
            ));
        }
        texts.push(text.clone());
    }
    Ok(Some(texts))
}
