//! One repository's own rules, as far as they came.

use super::super::convert::cut;
use super::super::rule_names::{Asked, LISTED, is_rule_in};
use super::super::rule_nodes::{Entry, RuleNode, Thing};
use crate::bounty::facts::PolicyFile;

/// Longest text kept of one file; `PolicyFile::text` promises it.
const LONGEST_FILE: usize = 64 * 1024;
/// Rules of one repository under other names than those that are asked for at once. Where there are
/// more, its rules count as not read.
const MOST_ODD: usize = 30;
/// Text kept of one repository's own rules, in bytes. Who has more wants to fill the memory, and its
/// rules count as not read.
const MOST_TEXT: usize = 512 * 1024;

/// What is known of one repository's own rules.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) node_id: Option<String>,
    pub(super) of_organisation: bool,
    pub(super) files: Vec<PolicyFile>,
    /// Length of their texts together.
    bytes: usize,
    /// Paths that were met in lists and are still to be read.
    pub(super) odd: Vec<String>,
    /// There are rules that were not read.
    pub(super) in_part: bool,
}

impl Place {
    pub(super) fn of(mut node: RuleNode, asked: &Asked) -> Self {
        let mut place = Self {
            node_id: node.id.take(),
            of_organisation: asked.of_organisation,
            ..Self::default()
        };
        for (n, path) in asked.files.iter().enumerate() {
            let thing = node.things.remove(&format!("f{n}")).flatten();
            place.add(path, thing.unwrap_or_default());
        }
        for (n, folder) in asked.templates.iter().enumerate() {
            let thing = node.things.remove(&format!("d{n}")).flatten();
            place.add(folder, thing.unwrap_or_default());
        }
        for (n, folder) in LISTED.iter().enumerate() {
            let thing = node.things.remove(&format!("t{n}")).flatten();
            let Some(entries) = thing.and_then(|thing| thing.entries) else {
                continue;
            };
            place.in_part |= entries.more;
            let names = entries.kept.into_iter().map(|Entry { name, .. }| name);
            let paths = names
                .filter(|name| is_rule_in(folder, name))
                .map(|name| match *folder {
                    "" => name,
                    folder => format!("{folder}/{name}"),
                });
            let known = |path: &String| {
                asked.files.contains(&path.as_str()) || asked.templates.contains(&path.as_str())
            };
            place.odd.extend(paths.filter(|path| !known(path)));
        }
        place.in_part |= place.odd.len() > MOST_ODD;
        place
    }

    pub(super) fn has_more(&self) -> bool {
        !self.in_part && !self.odd.is_empty()
    }

    /// Books a file, or all texts of a folder.
    pub(super) fn add(&mut self, path: &str, mut thing: Thing) {
        if let Some(entries) = thing.entries.take() {
            self.in_part |= entries.more;
            for entry in entries.kept {
                if let Some(text) = entry.object.and_then(Thing::text) {
                    self.file(format!("{path}/{}", entry.name), text);
                }
            }
        }
        if let Some(text) = thing.text() {
            self.file(path.to_owned(), text);
        }
    }

    fn file(&mut self, path: String, text: String) {
        let text = cut(text, LONGEST_FILE - 64);
        self.bytes += text.len();
        if self.bytes > MOST_TEXT {
            self.in_part = true;
            self.files = Vec::new();
            return;
        }
        self.files.push(PolicyFile {
            path,
            of_organisation: self.of_organisation,
            text,
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::rule_names::REPOSITORY;
    use super::*;

    #[test]
    fn files_that_exist_are_kept_and_binary_ones_are_not() {
        let node = json!({
            "id": "R_1",
            "f0": { "text": "Agents welcome", "byteSize": 14, "isBinary": false },
            "f1": null,
            "f2": { "text": null, "isBinary": true },
            "f3": {},
            "f6": { "text": "x".repeat(100_000), "isBinary": false },
            "t0": { "entries": [
                { "name": "AGENTS.md", "type": "blob" },
                { "name": "Contributing.rst", "type": "blob" },
                { "name": "README.rst", "type": "blob" },
                { "name": "src", "type": "tree" },
            ] },
            "t2": { "entries": [{ "name": "README.txt", "type": "blob" }] },
            "d0": { "entries": [
                { "name": "bug.md", "object": { "text": "No bots.", "isBinary": false } },
                { "name": "logo.png", "object": { "text": null, "isBinary": true } },
                { "name": "more", "object": {} },
            ] },
        });
        let node = serde_json::from_value(node).expect("a node");
        let found = Place::of(node, &REPOSITORY);
        let paths: Vec<_> = found.files.iter().map(|f| f.path.as_str()).collect();
        let bug = ".github/ISSUE_TEMPLATE/bug.md";
        assert_eq!(paths, ["AGENTS.md", "CONTRIBUTING.md", bug]);
        assert!(found.files[1].text.len() <= LONGEST_FILE);
        assert_eq!(found.odd, ["Contributing.rst"]);
        assert!(found.has_more());
    }

    #[test]
    fn too_many_rules_are_not_all_of_them() {
        let name = |n| json!({ "name": format!("ai_{n}_policy.md"), "type": "blob" });
        let entries: Vec<_> = (0..20).map(name).collect();
        let list = json!({ "entries": entries });
        let node = json!({ "f0": null, "t0": list, "t1": list });
        let node = serde_json::from_value(node).expect("a node");
        let found = Place::of(node, &REPOSITORY);
        assert!(found.in_part && !found.has_more());
    }

    #[test]
    fn too_much_text_is_not_kept_and_not_passed_over() {
        let of = |files: usize| {
            let object = json!({ "text": "x".repeat(LONGEST_FILE), "isBinary": false });
            let entry = |n| json!({ "name": format!("{n}.md"), "object": object });
            let entries: Vec<_> = (0..files).map(entry).collect();
            let node = json!({ "f0": object, "d1": { "entries": entries } });
            let node = serde_json::from_value(node).expect("a node");
            Place::of(node, &REPOSITORY)
        };
        let fits = of(7);
        assert_eq!((fits.files.len(), fits.in_part), (8, false));
        let text: usize = fits.files.iter().map(|file| file.text.len()).sum();
        assert!(text <= MOST_TEXT);
        let large = of(20);
        assert!(large.in_part && large.files.is_empty());
    }
}
