//! As much of JSON Schema as the tools use, to hold results against it.

use serde_json::{Value, json};

/// Why `value` does not fit `schema`.
pub(crate) fn misfit(value: &Value, schema: &Value) -> Option<String> {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Some(format!("a schema without a type: {schema}")),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("a type nobody knows: {other}"),
    };
    if !kinds.iter().any(is) {
        return Some(format!("{value} is none of {kinds:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{value} is none of {words:?}"));
    }
    if let Some(items) = value.as_array() {
        return items.iter().find_map(|item| misfit(item, &schema["items"]));
    }
    let members = value.as_object()?;
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let missing = required
        .iter()
        .find(|name| !members.contains_key(name.as_str().unwrap_or_default()));
    if let Some(missing) = missing {
        return Some(format!("{missing} is missing in {value}"));
    }
    members.iter().find_map(|(name, value)| {
        let schema = &schema["properties"][name.as_str()];
        if schema.is_null() {
            return Some(format!("`{name}` is not in the schema"));
        }
        misfit(value, schema).map(|why| format!("{name}: {why}"))
    })
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": ["string", "null"] }, "b": { "type": "array", "items": { "type": "integer" } } },
    });
    assert_eq!(misfit(&json!({ "a": null, "b": [1] }), &schema), None);
    for odd in [
        json!({ "a": 1 }),
        json!({}),
        json!({ "a": "x", "c": 1 }),
        json!({ "a": "x", "b": ["1"] }),
        json!([]),
    ] {
        assert!(misfit(&odd, &schema).is_some(), "{odd}");
    }
}
