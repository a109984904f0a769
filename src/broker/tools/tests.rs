//! The schemas are closed, and say what the tools take.

use serde_json::{Map, Value, json};

use super::*;

/// Every object in a schema.
fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(members) => {
            if members.get("type") == Some(&json!("object")) {
                found.push(schema);
            }
            members.values().for_each(|value| objects(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

/// Something that fits a schema of an argument.
fn example(name: &str, schema: &Value) -> Value {
    match (name, schema["type"].as_str()) {
        ("repository", _) => json!("acme/widget"),
        ("labels", _) => json!(["bug"]),
        ("base", _) => json!("0123456789abcdef0123456789abcdef01234567"),
        ("patch", _) => json!("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
        ("id", _) => json!("0123456789abcdef0123456789abcdef"),
        (_, Some("integer")) => json!(1),
        (_, Some("boolean")) => json!(true),
        (_, Some("array")) => json!(["word"]),
        _ => schema["enum"].get(0).cloned().unwrap_or(json!("main")),
    }
}

fn full(spec: &Spec) -> Map<String, Value> {
    let properties = spec.input["properties"].as_object().expect("properties");
    // Of an issue and a goal there is one.
    let filled = properties.iter().filter(|(name, _)| *name != "goal");
    filled
        .map(|(name, schema)| (name.clone(), example(name, schema)))
        .collect()
}

#[test]
fn every_object_of_every_schema_is_closed() {
    for spec in specs() {
        for schema in [&spec.input, &spec.output] {
            let mut found = Vec::new();
            objects(schema, &mut found);
            assert!(!found.is_empty());
            for object in found {
                assert_eq!(object["additionalProperties"], json!(false), "{object}");
            }
        }
    }
}

#[test]
fn a_tool_takes_what_its_schema_says_and_nothing_else() {
    for spec in specs() {
        let tool = spec.tool;
        let full = full(&spec);
        let read =
            |arguments: &Map<String, Value>| Wish::read(tool, &Value::Object(arguments.clone()));
        assert!(read(&full).is_ok(), "{tool}: {full:?}: {:?}", read(&full));
        let required = spec.input["required"].as_array().expect("a list");
        for name in full.keys() {
            let mut without = full.clone();
            without.remove(name);
            // Of an issue and a goal one is needed.
            let one_of_two = name == "issue" && tool == Tool::Fix;
            let needed = required.contains(&json!(name)) || one_of_two;
            assert_eq!(read(&without).is_err(), needed, "{tool} without {name}");
            let mut odd = full.clone();
            odd.insert(name.clone(), json!({ "no": "such thing" }));
            let refused = read(&odd).expect_err("another type");
            assert_eq!(refused.code, "bad_arguments", "{tool}.{name}");
        }
        let mut more = full.clone();
        more.insert("url".to_owned(), json!("https://evil.example"));
        let refused = read(&more).expect_err("one too many");
        assert_eq!(refused.code, "bad_arguments", "{tool}");
        assert!(Wish::read(tool, &json!([])).is_err());
        assert!(Wish::read(tool, &json!("x")).is_err());
    }
}

#[test]
fn every_tool_says_what_it_is() {
    for (spec, tool) in specs().iter().zip(Tool::ALL) {
        assert_eq!(spec.tool, tool);
        assert!(
            !spec.title.is_empty() && spec.description.len() > 20,
            "{tool}"
        );
    }
}

#[test]
fn a_look_alike_is_no_repository_for_any_tool() {
    for spec in specs() {
        let mut arguments = full(&spec);
        if !arguments.contains_key("repository") {
            continue;
        }
        arguments.insert("repository".to_owned(), json!("\u{0430}cme/widget"));
        let refused = Wish::read(spec.tool, &Value::Object(arguments)).expect_err("refused");
        assert_eq!(refused.code, "look_alike", "{}", spec.tool);
    }
}
