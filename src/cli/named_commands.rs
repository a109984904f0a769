//! Every command that a text names is one that the command line knows.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use super::Cli;

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
    let end = words.find(['`', '\n', '"']).unwrap_or(words.len());
    let mut known = Cli::command();
    for word in words[..end].split_whitespace() {
        let word = word.trim_end_matches([',', ';', '.', ')', ':']);
        if known.get_subcommands().next().is_none() || word.starts_with('-') {
            return None;
        }
        let next = known.find_subcommand(word).cloned();
        match next {
            Some(next) => known = next,
            None if word == "help" => return None,
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = vec![root.join("README.md")];
    for directory in ["src", "crates/vault/src", "docs", "config"] {
        files(&root.join(directory), &mut all);
    }
    let (mut seen, mut mistakes) = (0, Vec::new());
    for path in all
        .iter()
        .filter(|path| !path.ends_with("named_commands.rs"))
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
