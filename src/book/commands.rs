//! `docs/commands-reference.md`: every command with its options, made of what the command line parses.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

use crate::book::{cell, is};
use crate::cli;

const HEAD: &str = "\
# Every command

<!-- Made of what the command line parses; a test keeps it so. To write it anew:
     BOUNTYD_WRITE_DOCS=1 cargo test -p bountyd --lib book:: -->

What `bountyd help COMMAND` says, for all commands. [Commands](commands.md) explains how they work with and
without a running daemon, who may give them, and the exit codes.
";

/// Text of the help with what is a command or a value set as code.
fn prose(text: &str) -> String {
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

fn shown(arg: &Arg) -> String {
    let value = match arg.get_value_names() {
        Some(names) if takes_value(arg) => {
            let more = if is_list(arg) { "…" } else { "" };
            let names: Vec<_> = names.iter().map(|name| format!("<{name}>{more}")).collect();
            format!(" {}", names.join(" "))
        }
        _ => String::new(),
    };
    let long = arg.get_long().map(|name| format!("--{name}"));
    let short = arg.get_short().map(|name| format!("-{name}"));
    let names: Vec<_> = [short, long].into_iter().flatten().collect();
    if names.is_empty() {
        return value.trim().to_owned();
    }
    names.join(", ") + &value
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn is_list(arg: &Arg) -> bool {
    arg.is_positional() && arg.get_num_args().is_some_and(|many| many.max_values() > 1)
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let mut text = help.map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| takes_value(arg) && !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        let _ = write!(text, ". One of {}", values.join(", "));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if takes_value(arg) && !defaults.is_empty() {
        let _ = write!(text, " (default: `{}`)", defaults.join(", "));
    }
    cell(&text)
}

fn table(page: &mut String, title: &str, args: &[&Arg]) {
    if args.is_empty() {
        return;
    }
    let _ = write!(page, "\n| {title} | meaning |\n| --- | --- |\n");
    for arg in args {
        let must = if arg.is_required_set() && !arg.is_positional() {
            " **must be given**"
        } else {
            ""
        };
        let _ = writeln!(page, "| `{}`{must} | {} |", cell(&shown(arg)), meaning(arg));
    }
}

fn describe(page: &mut String, command: &mut Command, path: &str, depth: usize) {
    let _ = write!(page, "\n{} {path}\n", "#".repeat(depth));
    let about = command.get_long_about().or_else(|| command.get_about());
    if let Some(about) = about.map(ToString::to_string) {
        let _ = write!(page, "\n{}\n", prose(&about));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let _ = write!(page, "\n```text\n{usage}\n```\n");
    let own = |arg: &&Arg| {
        !arg.is_hide_set()
            && !arg.is_global_set()
            && arg.get_id() != "help"
            && arg.get_id() != "version"
    };
    let args: Vec<Arg> = command.get_arguments().filter(own).cloned().collect();
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) =
        args.iter().partition(|arg| arg.is_positional());
    table(page, "argument", &positional);
    table(page, "option", &options);
    let after = command
        .get_after_long_help()
        .or_else(|| command.get_after_help());
    if let Some(after) = after.map(ToString::to_string) {
        let _ = write!(page, "\n```text\n{}\n```\n", after.trim_end());
    }
    for inner in command
        .get_subcommands_mut()
        .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
    {
        let path = format!("{path} {}", inner.get_name());
        describe(page, inner, &path, (depth + 1).min(4));
    }
}

#[test]
fn the_page_of_the_commands_is_current() {
    let mut root = cli::definition();
    root.build();
    let mut page = HEAD.to_owned();
    let globals: Vec<Arg> = root
        .get_arguments()
        .filter(|arg| arg.is_global_set() && !arg.is_hide_set())
        .cloned()
        .collect();
    page += "\n## For all of them\n";
    table(&mut page, "option", &globals.iter().collect::<Vec<_>>());
    let mut counted = 0;
    for command in root
        .get_subcommands_mut()
        .filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        counted += 1;
        let path = format!("bountyd {}", command.get_name());
        describe(&mut page, command, &path, 2);
    }
    assert!(counted >= 20, "only {counted} commands were found");
    is("commands-reference.md", &page);
}
