//! What the pages of the book are held to: those that are made of the code are compared with it, and what the
//! others name is looked for. For tests only.
//!
//! To write the generated pages and parts anew: BOUNTYD_WRITE_DOCS=1 cargo test -p bountyd --lib book::

mod cards;
mod commands;
mod doctor;
mod fence;
mod fences;
mod links;
mod messages;
mod named_commands;
mod pages;
mod part;
mod reasons;
mod runbook;
mod settings;
mod sources;

use std::path::{Path, PathBuf};

const HOW: &str = "write it anew: BOUNTYD_WRITE_DOCS=1 cargo test -p bountyd --lib book::";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of the book, and the README; without what tells the book its order.
fn pages() -> Vec<PathBuf> {
    let listed = std::fs::read_dir(root().join("docs")).expect("docs/");
    let mut all: Vec<PathBuf> = listed
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
        .filter(|path| !path.ends_with("SUMMARY.md"))
        .collect();
    all.push(root().join("README.md"));
    all.sort();
    all
}

/// Where a page stands, as people say it.
fn name(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    inside.display().to_string()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", name(path)))
}

/// The page called `file` is `text`, letter by letter.
#[track_caller]
fn is(file: &str, text: &str) {
    let path = root().join("docs").join(file);
    if part::is_to_be_written() {
        std::fs::write(&path, text).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/{file} is behind the code; {HOW}");
}

/// The part of the page called `file` that stands between two comments with its `name` is `text`.
#[track_caller]
fn holds(file: &str, name: &str, text: &str) {
    part::holds(&root().join("docs").join(file), name, text, HOW);
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
