//! What a scripted model says in one turn.

use serde_json::{Map, Value, json};

/// What a turn costs, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

/// A tool that a request offers: its name and the JSON schema of its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// The agent's name for it.
    pub name: String,
    /// JSON schema; null if none was given.
    pub schema: Value,
}

#[derive(Clone, Debug, PartialEq)]
enum Act {
    Call(String, Value),
    Shell(String),
}

/// One answer of the model: text, tool calls, or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    text: String,
    acts: Vec<Act>,
    usage: Option<Usage>,
}

/// A tool call as it goes out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Called {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// An answer before it is put into one of the three forms.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) calls: Vec<Called>,
    pub(super) usage: Usage,
}

/// What agents call the tool that runs a command.
const SHELLS: &[&str] = &[
    "bash",
    "shell",
    "exec_command",
    "local_shell",
    "run_shell_command",
    "execute_bash",
    "terminal",
    "run_terminal_cmd",
    "run_command",
];

impl Turn {
    /// Says something and calls nothing: agents take that for the end.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Calls a tool by the agent's name for it.
    #[must_use]
    pub fn call(name: &str, arguments: Value) -> Self {
        Self::default().and_call(name, arguments)
    }

    /// Runs a command with whatever tool the agent offers for that. An agent that offers none gets it
    /// as a fenced block.
    #[must_use]
    pub fn shell(command: &str) -> Self {
        Self {
            acts: vec![Act::Shell(command.to_owned())],
            ..Self::default()
        }
    }

    /// One more tool call in the same turn.
    #[must_use]
    pub fn and_call(mut self, name: &str, arguments: Value) -> Self {
        self.acts.push(Act::Call(name.to_owned(), arguments));
        self
    }

    /// Text before the calls.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// What it costs; estimated from the lengths by default.
    #[must_use]
    pub fn costing(mut self, input: u64, output: u64) -> Self {
        self.usage = Some(Usage { input, output });
        self
    }

    /// Puts the turn into terms of the tools that the request offers. `read` is the length of the
    /// request in bytes, `first` the number of the first call.
    pub(super) fn to(&self, tools: &[Tool], read: usize, first: u64) -> Said {
        let mut text = self.text.clone();
        let mut calls = Vec::new();
        for (number, act) in (first..).zip(&self.acts) {
            let (name, arguments) = match act {
                Act::Call(name, arguments) => (name.clone(), arguments.clone()),
                Act::Shell(command) => match shell(tools, command) {
                    Some(found) => found,
                    None => {
                        text.push_str(&format!("\n\n```bash\n{command}\n```\n"));
                        continue;
                    }
                },
            };
            calls.push(Called {
                id: format!("call_{number:08}"),
                name,
                arguments,
            });
        }
        let written: usize = calls
            .iter()
            .map(|call| call.name.len() + call.arguments.to_string().len())
            .sum();
        let tokens = |bytes: usize| u64::try_from(bytes.div_ceil(4)).unwrap_or(u64::MAX);
        let usage = self.usage.unwrap_or(Usage {
            input: tokens(read),
            output: tokens(written + text.len()).max(1),
        });
        Said { text, calls, usage }
    }
}

/// The offered tool that runs commands, with arguments that its schema takes.
fn shell(tools: &[Tool], command: &str) -> Option<(String, Value)> {
    let tool = SHELLS.iter().find_map(|wanted| {
        tools
            .iter()
            .find(|tool| tool.name.eq_ignore_ascii_case(wanted))
    })?;
    let properties = tool.schema.get("properties").and_then(Value::as_object);
    let key = ["command", "cmd", "script"]
        .into_iter()
        .find(|key| properties.is_some_and(|all| all.contains_key(*key)))
        .unwrap_or("command");
    let kind = |name: &str| {
        properties
            .and_then(|all| all.get(name))
            .and_then(|of| of.get("type"))
            .and_then(Value::as_str)
            .unwrap_or("string")
    };
    let mut arguments = Map::new();
    // What the schema insists on and the command does not need gets a harmless value.
    let required = tool.schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let value = match kind(name) {
            "boolean" => json!(false),
            "number" | "integer" => json!(60_000),
            "array" => json!([]),
            "object" => json!({}),
            _ => json!("work"),
        };
        arguments.insert(name.to_owned(), value);
    }
    let value = match kind(key) {
        "array" => json!(["bash", "-lc", command]),
        _ => json!(command),
    };
    arguments.insert(key.to_owned(), value);
    Some((tool.name.clone(), arguments.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, schema: Value) -> Tool {
        Tool {
            name: name.to_owned(),
            schema,
        }
    }

    #[test]
    fn a_command_takes_the_shape_of_the_agents_tool() {
        let turn = Turn::shell("ls");
        let arrays = tool(
            "shell",
            json!({ "properties": { "command": { "type": "array" } }, "required": ["command"] }),
        );
        let words = tool(
            "Bash",
            json!({
                "properties": { "command": { "type": "string" }, "is_input": { "type": "boolean" } },
                "required": ["command", "is_input"],
            }),
        );
        let read = tool("read", Value::Null);
        let said = turn.to(&[read.clone(), arrays], 40, 7);
        assert_eq!(
            said.calls[0].arguments,
            json!({ "command": ["bash", "-lc", "ls"] })
        );
        assert_eq!(
            (said.calls[0].id.as_str(), said.usage.input),
            ("call_00000007", 10)
        );
        let said = turn.to(&[words], 0, 1);
        assert_eq!(
            (said.calls[0].name.as_str(), &said.calls[0].arguments),
            ("Bash", &json!({ "command": "ls", "is_input": false }))
        );
        let said = turn.to(&[read], 0, 1);
        assert!(said.calls.is_empty() && said.text.contains("```bash\nls\n```"));
    }
}
