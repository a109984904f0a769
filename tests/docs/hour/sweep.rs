//! Looks for secrets in everything that was written on the machine.

use std::path::{Path, PathBuf};

use regex::bytes::Regex;

/// Not files of this machine: the kernel's, and what is mounted for the hour.
const NOT_WRITTEN: [&str; 3] = ["dev", "proc", "sys"];

fn pattern(canaries: &[String]) -> Regex {
    assert!(canaries.len() >= 5, "only {} secrets", canaries.len());
    let short = canaries.iter().find(|canary| canary.len() < 9);
    assert_eq!(short, None, "too short to be told from a word");
    let all: Vec<String> = canaries
        .iter()
        .map(|canary| regex::escape(canary))
        .collect();
    Regex::new(&all.join("|")).expect("a pattern")
}

/// The files below `root` in which one of them stands; names begin behind `root`.
pub(crate) fn files_with(root: &Path, canaries: &[String]) -> Vec<String> {
    let pattern = pattern(canaries);
    let mut found = Vec::new();
    let mut to_do: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(directory) = to_do.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let (path, kind) = (entry.path(), entry.file_type().expect("its kind"));
            let name = path.strip_prefix(root).expect("below it");
            if kind.is_dir() && !NOT_WRITTEN.iter().any(|not| name == Path::new(not)) {
                to_do.push(path);
            } else if kind.is_file() && pattern.is_match(&std::fs::read(&path).expect("a file")) {
                found.push(name.display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// The secrets that stand in a text.
pub(crate) fn standing_in(text: &str, canaries: &[String]) -> Vec<String> {
    let all = pattern(canaries);
    let found = all.find_iter(text.as_bytes());
    found
        .map(|one| String::from_utf8_lossy(one.as_bytes()).into_owned())
        .collect()
}
