//! Every command that a text names is one that the command line knows, and every one in a block of shell is
//! parsed whole.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;

use crate::book::{fences, root};
use crate::cli;

/// What stands before a command in a message or in a document.
const BEFORE: [&str; 4] = [
    "`bountyd ",
    "`sudo bountyd ",
    ": bountyd ",
    "\nsudo bountyd ",
];

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if path.is_dir() {
            files(&path, found);
        } else if matches!(kind, Some("rs" | "md" | "toml")) {
            found.push(path);
        }
    }
}

/// Why `words` begin with no command; what is in capitals, or with a dash, is an argument.
fn wrong(words: &str) -> Option<String> {
    let end = words.find(['`', '\n', '"', '\\']).unwrap_or(words.len());
    let mut known = cli::definition();
    for word in words[..end].split_whitespace() {
        let word = word.trim_end_matches([',', ';', '.', ')', ':']);
        if known.get_subcommands().next().is_none() || word.starts_with('-') {
            return None;
        }
        let next = known.find_subcommand(word).cloned();
        match next {
            Some(next) => known = next,
            None if word == "help" => return None,
            // `bountyd = …` in somebody's file is no command of ours.
            None if !word.contains(char::is_alphanumeric) => return None,
            // `journal` stands for itself too, with what is its argument.
            None if !known.is_subcommand_required_set() && !is_a_name(word) => return None,
            None => return Some(format!("`{word}` in `bountyd {}`", &words[..end])),
        }
    }
    None
}

fn is_a_name(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

#[test]
fn no_text_names_a_command_that_is_none() {
    assert_eq!(wrong("keys new FILE`"), None);
    assert_eq!(wrong("journal --follow`"), None);
    assert!(wrong("key new`").is_some());
    assert!(wrong("keys make`").is_some());
    let root = root();
    let mut all = vec![root.join("README.md")];
    for directory in ["src", "crates/vault/src", "docs", "config"] {
        files(&root.join(directory), &mut all);
    }
    let (mut seen, mut mistakes) = (0, Vec::new());
    // What stands on the second was typed and shown, with many a sentence about bountyd.
    let others = ["named_commands.rs", "first-hour.md"];
    for path in all
        .iter()
        .filter(|path| !others.iter().any(|other| path.ends_with(other)))
    {
        let text = std::fs::read_to_string(path).expect("text");
        for before in BEFORE {
            for (at, _) in text.match_indices(before) {
                seen += 1;
                let mistake = wrong(&text[at + before.len()..]);
                mistakes.extend(mistake.map(|why| format!("{}: {why}", path.display())));
            }
        }
    }
    assert!(seen > 30, "only {seen} were found");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// The words behind `bountyd`, if these words run it: by itself, as somebody else, or out of the source tree.
fn arguments(words: &[String]) -> Option<&[String]> {
    let at = words
        .iter()
        .position(|word| word == "bountyd" || word.ends_with("/bountyd"))?;
    let before: Vec<&str> = words[..at].iter().map(String::as_str).collect();
    let assigns = |word: &str| {
        word.split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    };
    let runs = match before.as_slice() {
        ["systemd-run" | "ssh", ..] | ["sudo", "systemd-run", ..] => true,
        others => others.iter().all(|word| *word == "sudo" || assigns(word)),
    };
    runs.then(|| &words[at + 1..])
}

fn refused(arguments: &[String]) -> Option<String> {
    let words = std::iter::once("bountyd").chain(arguments.iter().map(String::as_str));
    let error = cli::definition().try_get_matches_from(words).err()?;
    let shown = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    (!shown).then(|| error.to_string())
}

#[test]
fn every_command_in_a_block_of_shell_is_parsed_whole() {
    let (mut seen, mut mistakes) = (0, Vec::new());
    for fence in fences::all().iter().filter(|fence| fence.is_shell()) {
        for words in fences::commands(fence) {
            let Some(arguments) = arguments(&words) else {
                continue;
            };
            seen += 1;
            mistakes.extend(
                refused(arguments)
                    .map(|why| format!("{}: bountyd {}\n{why}", fence.place, arguments.join(" "))),
            );
        }
    }
    assert!(seen > 25, "only {seen} commands were found");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn a_wrong_flag_or_argument_is_noticed() {
    let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
    let verdict = |line: &str| arguments(&words(line)).map(|words| refused(words).is_some());
    assert_eq!(verdict("sudo bountyd status --json"), Some(false));
    assert_eq!(verdict("bountyd status --no-such-flag"), Some(true));
    assert_eq!(
        verdict("RUST_LOG=debug bountyd extend a/b#1 --by -3h"),
        Some(true)
    );
    assert_eq!(
        verdict("sudo systemd-run --pipe bountyd connect github"),
        Some(false)
    );
    assert_eq!(verdict("sudo systemctl enable --now bountyd"), None);
}
