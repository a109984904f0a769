//! What a request says, in whichever form: the model, the tools, and whether its tool results answer
//! calls that were made.

use std::collections::BTreeSet;

use serde_json::Value;

use super::problem::Api;
use super::turn::Tool;

/// A request that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) tools: Vec<Tool>,
}

/// Reads a request.
///
/// # Errors
/// What the real service would refuse it for.
pub(super) fn read(api: Api, body: &Value) -> Result<Asked, String> {
    let Some(fields) = body.as_object() else {
        return Err("We could not parse the JSON body of your request.".to_owned());
    };
    let model = fields.get("model").and_then(Value::as_str);
    let model = model.filter(|model| !model.is_empty());
    let model = model.ok_or("you must provide a model parameter")?;
    match api {
        Api::ChatCompletions => chat(messages(body, "messages")?)?,
        Api::Messages => {
            if !fields.get("max_tokens").is_some_and(Value::is_u64) {
                return Err("max_tokens: Field required".to_owned());
            }
            anthropic(messages(body, "messages")?)?;
        }
        Api::Responses => match fields.get("input") {
            Some(Value::Array(items)) => responses(items)?,
            Some(Value::String(_)) => {}
            _ => return Err("Missing required parameter: 'input'.".to_owned()),
        },
    }
    Ok(Asked {
        model: model.to_owned(),
        stream: fields.get("stream").and_then(Value::as_bool) == Some(true),
        tools: tools(api, fields.get("tools")),
    })
}

fn messages<'b>(body: &'b Value, name: &str) -> Result<&'b [Value], String> {
    match body.get(name).and_then(Value::as_array) {
        Some(items) if !items.is_empty() => Ok(items),
        Some(_) => Err(format!("'{name}' must contain at least one message")),
        None => Err(format!("Missing required parameter: '{name}'.")),
    }
}

fn tools(api: Api, given: Option<&Value>) -> Vec<Tool> {
    let items = given.and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let (of, schema) = match api {
                Api::ChatCompletions => (item.get("function")?, "parameters"),
                Api::Responses => (item, "parameters"),
                Api::Messages => (item, "input_schema"),
            };
            // The service's own tools have a type and no name.
            let name = of.get("name").or_else(|| of.get("type"))?.as_str()?;
            Some(Tool {
                name: name.to_owned(),
                schema: of.get(schema).cloned().unwrap_or_default(),
            })
        })
        .collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn unanswered(open: &BTreeSet<&str>) -> Result<(), String> {
    match open.first() {
        None => Ok(()),
        Some(id) => Err(format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to \
             each 'tool_call_id'. The following tool_call_ids did not have response messages: {id}"
        )),
    }
}

/// Every `tool` message answers a call of the assistant message before it, and every call is answered.
fn chat(messages: &[Value]) -> Result<(), String> {
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for message in messages {
        let role = text(message, "role");
        if role == "tool" {
            let id = text(message, "tool_call_id");
            if !open.remove(id) {
                return Err(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceding \
                     message with 'tool_calls'."
                        .to_owned(),
                );
            }
            continue;
        }
        unanswered(&open)?;
        match role {
            "assistant" => open.extend(items(message, "tool_calls").map(|call| text(call, "id"))),
            "system" | "developer" | "user" | "function" => {}
            other => return Err(format!("Invalid value: '{other}' is no role")),
        }
    }
    unanswered(&open)
}

/// Every `tool_result` answers a `tool_use` of the message before, and every use has its result.
fn anthropic(messages: &[Value]) -> Result<(), String> {
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for (index, message) in messages.iter().enumerate() {
        let blocks = |kind: &'static str| {
            items(message, "content").filter(move |block| text(block, "type") == kind)
        };
        for result in blocks("tool_result") {
            let id = text(result, "tool_use_id");
            if !open.remove(id) {
                return Err(format!(
                    "messages.{index}.content: unexpected `tool_use_id` found in `tool_result` blocks: \
                     {id}. Each `tool_result` block must have a corresponding `tool_use` block in the \
                     previous message."
                ));
            }
        }
        if let Some(id) = open.first() {
            return Err(format!(
                "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately \
                 after: {id}."
            ));
        }
        match text(message, "role") {
            "assistant" => open.extend(blocks("tool_use").map(|block| text(block, "id"))),
            "user" => {}
            other => {
                return Err(format!(
                    "messages.{index}.role: Input should be 'user' or 'assistant', not '{other}'"
                ));
            }
        }
    }
    match open.first() {
        None => Ok(()),
        Some(id) => Err(format!(
            "`tool_use` ids were found without `tool_result` blocks immediately after: {id}."
        )),
    }
}

/// Every output answers a call that stands before it.
fn responses(input: &[Value]) -> Result<(), String> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for item in input {
        match text(item, "type") {
            "function_call" | "custom_tool_call" | "local_shell_call" => {
                known.insert(text(item, "call_id"));
            }
            "function_call_output" | "custom_tool_call_output" => {
                let id = text(item, "call_id");
                if !known.contains(id) {
                    return Err(format!(
                        "No tool call found for function call output with call_id {id}."
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
