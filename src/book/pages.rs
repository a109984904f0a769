//! The book has every page, each of them begins with its title, and its pictures are few and small.

use std::collections::BTreeSet;

use crate::book::{name, pages, read, root};

/// Bytes of one picture, at most.
const LARGEST: u64 = 150 * 1024;

#[test]
fn the_book_has_every_page_once() {
    let summary = read(&root().join("docs/SUMMARY.md"));
    let listed: Vec<&str> = summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(
        once.len(),
        listed.len(),
        "a page stands twice in docs/SUMMARY.md"
    );
    let there: BTreeSet<String> = pages()
        .iter()
        .filter_map(|path| name(path).strip_prefix("docs/").map(str::to_owned))
        .collect();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(once, there, "docs/SUMMARY.md and docs/ differ");
}

#[test]
fn every_page_begins_with_its_title_and_has_one() {
    for path in pages() {
        let page = read(&path);
        assert!(
            page.starts_with("# "),
            "{} does not begin with its title",
            name(&path)
        );
        let mut fenced = false;
        let titles = page.lines().filter(|line| {
            fenced ^= line.trim_start().starts_with("```");
            !fenced && line.starts_with("# ")
        });
        assert_eq!(
            titles.count(),
            1,
            "{} has more titles than one",
            name(&path)
        );
    }
}

#[test]
fn the_readme_fits_a_screen_or_two_and_links_on() {
    let readme = read(&root().join("README.md"));
    let lines = readme.lines().count();
    assert!(
        lines <= 90,
        "the README has {lines} lines; what is more belongs into the book"
    );
    for page in [
        "quick-start",
        "not-proven",
        "stopping",
        "threat-model",
        "runbook",
        "config",
        "commands",
    ] {
        assert!(
            readme.contains(&format!("docs/{page}.md")),
            "the README does not link to docs/{page}.md"
        );
    }
}

#[test]
fn pictures_are_small_shown_and_described() {
    let all: String = pages().iter().map(|path| read(path)).collect();
    let listed = std::fs::read_dir(root().join("docs/pictures")).expect("docs/pictures/");
    let mut seen = 0;
    for entry in listed {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let size = entry.metadata().expect("metadata").len();
        seen += 1;
        assert!(size <= LARGEST, "{name} has {size} bytes");
        let shown = all
            .split(&format!("](pictures/{name})"))
            .next()
            .filter(|before| before.len() < all.len());
        let words = shown
            .and_then(|before| before.rsplit_once("!["))
            .map(|(_, words)| words);
        assert!(
            words.is_some_and(|words| words.len() > 20),
            "no page shows {name} and says what is to be seen"
        );
    }
    assert!(seen > 1, "there are no pictures");
}
