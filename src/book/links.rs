//! No link leads nowhere: from the book only to pages, headings and pictures of the book, from the README to what
//! is in the repository. Addresses on the web are not tried.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::book::{name, pages, read, root};

/// The text without fenced blocks and without code, in which nothing is a link.
fn prose(page: &str) -> String {
    let (mut fenced, mut out) = (false, String::new());
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let parts = line.split('`').enumerate();
            out.extend(
                parts
                    .filter(|(i, _)| i % 2 == 0)
                    .map(|(_, part)| part.to_owned() + "`"),
            );
        }
        out.push('\n');
    }
    out
}

/// The name by which a heading is linked to, as mdBook and GitHub make it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

fn anchors(path: &Path) -> Vec<String> {
    let page = read(path);
    let (mut fenced, mut found) = (false, Vec::new());
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !fenced) else {
            continue;
        };
        let plain = anchor(heading.trim_start_matches('#'));
        let seen = times.entry(plain.clone()).or_default();
        found.push(if *seen == 0 {
            plain
        } else {
            format!("{plain}-{seen}")
        });
        *seen += 1;
    }
    found
}

fn wrong(from: &Path, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let path: PathBuf = match file {
        "" => from.to_owned(),
        file => from.parent().unwrap_or(root()).join(file),
    };
    if target.contains("://") || target.starts_with("mailto:") {
        return Some("not https".to_owned());
    }
    if !path.exists() {
        return Some("there is no such file".to_owned());
    }
    let in_book = from.starts_with(root().join("docs"));
    if in_book && file.contains("..") {
        return Some("it leads out of the book".to_owned());
    }
    (!heading.is_empty() && !anchors(&path).iter().any(|known| known == heading))
        .then(|| "there is no such heading".to_owned())
}

#[test]
fn no_link_leads_nowhere() {
    let (mut seen, mut mistakes) = (0, Vec::new());
    let mut all = pages();
    all.push(root().join("docs/SUMMARY.md"));
    for path in all {
        let text = prose(&read(&path)).replace('\n', " ");
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default().trim();
            seen += 1;
            mistakes.extend(
                wrong(&path, target).map(|why| format!("{}: {target}: {why}", name(&path))),
            );
        }
    }
    assert!(seen > 60, "only {seen} links were found");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    let from = root().join("docs/config.md");
    assert_eq!(wrong(&from, "#how-values-are-written"), None);
    assert!(wrong(&from, "#no-such-heading").is_some());
    assert!(wrong(&from, "no-such-page.md").is_some());
    assert!(wrong(&from, "../README.md").is_some());
    assert!(wrong(&from, "http://example.com").is_some());
    assert_eq!(anchor(" [github], [telegram]"), "github-telegram");
}
