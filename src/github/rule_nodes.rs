//! Answers about rule files, as they come. They are read by hand so that of a folder with a hundred
//! thousand names only those stay that may be rules: as a tree of values, all of them would be more
//! than the memory there is.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::graphql::{Data, RateLimit};
use super::rule_names;

/// Rules kept of one folder; where there are more, not all were read.
const MOST: usize = 30;

/// Repositories by their node ids, and those that have an alias.
#[derive(Debug, Default)]
pub(super) struct RulesData {
    rate_limit: Option<RateLimit>,
    pub(super) nodes: Vec<Option<RuleNode>>,
    /// `o0`, `o1` … or `r0`, `r1` …
    pub(super) named: HashMap<String, Option<RuleNode>>,
}

impl Data for RulesData {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

/// One repository.
#[derive(Debug, Default)]
pub(super) struct RuleNode {
    pub(super) id: Option<String>,
    /// What was asked for, by alias; what does not exist is `None`.
    pub(super) things: HashMap<String, Option<Thing>>,
}

/// A file or a folder; neither when it is of a kind that was not asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Thing {
    text: Option<String>,
    is_binary: Option<bool>,
    pub(super) entries: Option<Entries>,
}

impl Thing {
    pub(super) fn text(self) -> Option<String> {
        self.text.filter(|_| self.is_binary != Some(true))
    }
}

/// Of a folder, what may be a rule.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) kept: Vec<Entry>,
    /// There is more of it.
    pub(super) more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only where texts were asked for.
    pub(super) object: Option<Thing>,
}

impl Entry {
    fn counts(&self) -> bool {
        match &self.object {
            Some(object) => object.text.is_some() && object.is_binary != Some(true),
            None => rule_names::is_rule(&self.name, self.kind.as_deref() == Some("tree")),
        }
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the entries of a folder")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some(entry) = all.next_element::<Entry>()? {
                    if !entry.counts() {
                        continue;
                    }
                    if entries.kept.len() < MOST {
                        entries.kept.push(entry);
                    } else {
                        entries.more = true;
                    }
                }
                Ok(entries)
            }
        }
        from.deserialize_seq(Each)
    }
}

impl<'de> Deserialize<'de> for RuleNode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = RuleNode;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a repository")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<RuleNode, A::Error> {
                let mut node = RuleNode::default();
                while let Some(key) = all.next_key::<String>()? {
                    match key.as_str() {
                        "id" => node.id = all.next_value()?,
                        "__typename" => drop(all.next_value::<de::IgnoredAny>()?),
                        _ => drop(node.things.insert(key, all.next_value()?)),
                    }
                }
                Ok(node)
            }
        }
        from.deserialize_map(Each)
    }
}

impl<'de> Deserialize<'de> for RulesData {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = RulesData;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("repositories with their rules")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<RulesData, A::Error> {
                let mut data = RulesData::default();
                while let Some(key) = all.next_key::<String>()? {
                    match key.as_str() {
                        "rateLimit" => data.rate_limit = all.next_value()?,
                        "nodes" => {
                            let nodes: Option<_> = all.next_value()?;
                            data.nodes = nodes.unwrap_or_default();
                        }
                        _ => drop(data.named.insert(key, all.next_value()?)),
                    }
                }
                Ok(data)
            }
        }
        from.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_large_folder_only_rules_are_kept_and_not_too_many() {
        let entry = |name: String| json!({ "name": name, "type": "blob" });
        let many = (0..100_000).map(|n| entry(format!("{n}.rs")));
        let rules = (0..40).map(|n| entry(format!("ai_{n}_policy.md")));
        let all: Vec<_> = many.chain(rules).collect();
        let text = json!({ "nodes": null, "o0": { "id": "R", "t0": { "entries": all } } });
        let mut data: RulesData = serde_json::from_str(&text.to_string()).expect("read");
        let mut node = data.named.remove("o0").flatten().expect("a node");
        let entries = node.things.remove("t0").flatten().and_then(|t| t.entries);
        let entries = entries.expect("entries");
        assert_eq!(entries.kept.len(), MOST);
        assert!(entries.more, "what was left out is said");
    }
}
