//! What goes into each client's own configuration.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::super::Context;
use crate::exit::Exit;

/// How long a client may wait for an answer, in milliseconds: longer than any of ours takes.
const PATIENCE_MS: u32 = 60_000;

/// A client that a snippet is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// OpenClaw
    Openclaw,
    /// Claude Code and Claude Desktop
    Claude,
    /// Codex
    Codex,
    /// OpenCode
    Opencode,
    /// Gemini CLI
    Gemini,
    /// Visual Studio Code
    Vscode,
    /// Cursor
    Cursor,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Openclaw => "openclaw",
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Opencode => "opencode",
            Self::Gemini => "gemini",
            Self::Vscode => "vscode",
            Self::Cursor => "cursor",
        }
    }

    /// Where it belongs.
    fn file(self) -> &'static str {
        match self {
            Self::Openclaw => "~/.openclaw/openclaw.json",
            Self::Claude => ".mcp.json, or `mcpServers` of ~/.claude.json",
            Self::Codex => "~/.codex/config.toml",
            Self::Opencode => "~/.config/opencode/opencode.json",
            Self::Gemini => "~/.gemini/settings.json",
            Self::Vscode => ".vscode/mcp.json",
            Self::Cursor => "~/.cursor/mcp.json",
        }
    }

    fn text(self, program: &str, arguments: &[String]) -> String {
        let stdio = json!({ "command": program, "args": arguments });
        let value = match self {
            Self::Openclaw => openclaw(program, arguments),
            Self::Codex => return codex(program, arguments),
            Self::Opencode => {
                let mut command = vec![program.to_owned()];
                command.extend_from_slice(arguments);
                json!({ "mcp": { "bountyd": {
                    "type": "local", "command": command, "enabled": true, "timeout": PATIENCE_MS,
                } } })
            }
            Self::Gemini => {
                let mut server = stdio;
                server["timeout"] = json!(PATIENCE_MS);
                json!({ "mcpServers": { "bountyd": server } })
            }
            Self::Vscode => {
                let mut server = stdio;
                server["type"] = json!("stdio");
                json!({ "servers": { "bountyd": server } })
            }
            Self::Claude | Self::Cursor => json!({ "mcpServers": { "bountyd": stdio } }),
        };
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    }
}

/// With the tool profile and the denied groups that make these tools its only way out.
fn openclaw(program: &str, arguments: &[String]) -> Value {
    let groups = |more: &[&str]| {
        let all = ["runtime", "fs", "web", "nodes", "automation"];
        let named = all.iter().chain(more).map(|name| format!("group:{name}"));
        named.collect::<Vec<_>>()
    };
    let mut restricted = groups(&["messaging", "sessions", "ui"]);
    restricted.push("gateway".to_owned());
    json!({
        "mcp": { "servers": { "bountyd": {
            "command": program, "args": arguments, "requestTimeoutMs": PATIENCE_MS,
        } } },
        "tools": {
            "profile": "messaging", "deny": groups(&[]),
            "exec": { "mode": "deny" }, "elevated": { "enabled": false },
        },
        "agents": { "entries": { "restricted": { "tools": {
            "profile": "messaging", "deny": restricted,
        } } } },
    })
}

fn codex(program: &str, arguments: &[String]) -> String {
    let seconds = PATIENCE_MS / 1000;
    // A JSON string is a TOML string, and a list of them a list.
    format!(
        "[mcp_servers.bountyd]\ncommand = {}\nargs = {}\ntool_timeout_sec = {seconds}\n",
        json!(program),
        json!(arguments)
    )
}

pub(super) fn print(context: &Context, kind: Kind, client: Option<&str>) -> Exit {
    let program = std::env::current_exe();
    let program = program.map_or_else(|_| "bountyd".to_owned(), |path| path.display().to_string());
    let client = client.unwrap_or(kind.name());
    let mut arguments = vec!["mcp".to_owned(), "--client".to_owned(), client.to_owned()];
    if let Some(path) = &context.config_path {
        arguments.extend(["--config".to_owned(), path.display().to_string()]);
    }
    let text = kind.text(&program, &arguments);
    if context.json {
        return context.print_json(&json!({ "file": kind.file(), "text": text }));
    }
    eprintln!(
        "For {}; the daemon wants the client too, under [mcp.clients.{client}] (docs/mcp.md):",
        kind.file()
    );
    context.print(&text)
}
