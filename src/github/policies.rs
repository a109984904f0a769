//! Contribution rules: the files in which maintainers say how they want to be approached.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::convert::cut;
use super::documents::{self, ORGANISATION_FILES, REPOSITORY_FILES};
use super::graphql::{self, Caller, Data, GraphError, RateLimit};
use super::shelf::Shelf;
use super::trouble::{Trouble, words};
use crate::bounty::facts::PolicyFile;

/// Longest text kept of one file; `PolicyFile::text` promises it.
const LONGEST_FILE: usize = 64 * 1024;

/// A repository whose rules are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RepoRef {
    /// GraphQL node id.
    pub node_id: String,
    /// Owner login.
    pub owner: String,
    /// Name.
    pub name: String,
}

/// Rules by node id. A repository that could not be read is not in it.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Files that exist, by node id; an empty list means that the repository has none of them.
    pub files: HashMap<String, Vec<PolicyFile>>,
    /// Why some repositories are missing from `files`; `None` when none is.
    pub incomplete: Option<String>,
    /// What passes, if that is why some are missing; `None` when GitHub will not show them.
    pub trouble: Option<Trouble>,
    /// Requests sent.
    pub requests: u64,
    /// GraphQL points used.
    pub cost: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyData {
    rate_limit: Option<RateLimit>,
    nodes: Option<Vec<Option<Map<String, Value>>>>,
    /// `o0`, `o1` …
    #[serde(flatten)]
    owners: HashMap<String, Value>,
}

impl Data for PolicyData {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    text: Option<String>,
    is_binary: Option<bool>,
}

/// Reads the rules of `repos` and of their owners' `.github` repositories, each owner once, in
/// batches that are halved when GitHub does not make them in time; `shelf` remembers that.
pub(super) async fn read(
    caller: Caller<'_>,
    repos: &[RepoRef],
    shelf: &Shelf,
) -> Result<Policies, Trouble> {
    let mut out = Policies::default();
    let mut of_owner: HashMap<String, Vec<PolicyFile>> = HashMap::new();
    let mut size = shelf.batch();
    let mut rest = repos;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(size.min(rest.len()));
        let owners: Vec<String> = batch
            .iter()
            .map(|r| r.owner.to_ascii_lowercase())
            .filter(|owner| !of_owner.contains_key(owner))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut variables = json!({ "ids": batch.iter().map(|r| &r.node_id).collect::<Vec<_>>() });
        for (n, owner) in owners.iter().enumerate() {
            variables[format!("o{n}")] = json!(owner);
        }
        let document = documents::policies(owners.len());
        let reply =
            graphql::query::<PolicyData>(caller, "contribution rules", &document, &variables).await;
        out.requests += match &reply {
            Ok(_) => 1,
            Err(setback) => u64::from(setback.sent),
        };
        let too_much = match &reply {
            Ok(reply) => reply.errors.iter().any(GraphError::passing),
            Err(setback) => setback.heavy,
        };
        if too_much && size > 1 {
            size = size.min(batch.len()) / 2;
            shelf.learn_batch(size);
            continue;
        }
        let reply = match reply {
            Ok(reply) => reply,
            // What was read stays read; the caller asks for the rest another time.
            Err(setback) if !out.files.is_empty() => {
                out.miss(rest, &setback.trouble.to_string());
                out.trouble = Some(setback.trouble);
                return Ok(out);
            }
            Err(setback) => return Err(setback.trouble),
        };
        rest = later;
        out.cost += reply.cost;
        for (n, owner) in owners.iter().enumerate() {
            let alias = format!("o{n}");
            match reply.data.owners.get(&alias) {
                Some(Value::Object(found)) => {
                    of_owner.insert(owner.clone(), files(found, ORGANISATION_FILES, true));
                }
                // Most owners have no `.github` repository: GitHub says so as an error.
                _ if !failed(&reply.errors, &alias) => {
                    of_owner.insert(owner.clone(), Vec::new());
                }
                _ => {}
            }
        }
        let mut unread: Vec<RepoRef> = Vec::new();
        let nodes = reply.data.nodes.unwrap_or_default();
        let mut by_id: HashMap<&str, &Map<String, Value>> = HashMap::new();
        for node in nodes.iter().flatten() {
            if let Some(id) = node.get("id").and_then(Value::as_str) {
                by_id.insert(id, node);
            }
        }
        for (position, repo) in batch.iter().enumerate() {
            let owner = of_owner.get(&repo.owner.to_ascii_lowercase());
            // GitHub may answer an old id with the node's new one; the order is the same.
            let node = by_id
                .get(repo.node_id.as_str())
                .copied()
                .or_else(|| nodes.get(position).and_then(Option::as_ref))
                .filter(|node| node.contains_key("f0"));
            // Rules that were not read must not pass for rules that do not exist.
            if let (Some(node), Some(owner)) = (node, owner)
                && !reply.errors.iter().any(|e| concerns(e, position))
            {
                let mut found = files(node, REPOSITORY_FILES, false);
                found.extend(owner.iter().cloned());
                out.files.insert(repo.node_id.clone(), found);
            } else {
                unread.push(repo.clone());
            }
        }
        if !unread.is_empty() {
            if let Some(error) = reply.errors.iter().find(|e| e.passing()) {
                let why = words(&error.message);
                out.trouble = Some(Trouble::Retry { why });
            }
            let why = reply.errors.first().map(|e| words(&e.message));
            out.miss(&unread, why.as_deref().unwrap_or("no reason given"));
        }
    }
    Ok(out)
}

impl Policies {
    fn miss(&mut self, repos: &[RepoRef], why: &str) {
        let names: Vec<_> = repos
            .iter()
            .take(5)
            .map(|r| format!("{}/{}", r.owner, r.name))
            .collect();
        let more = repos.len().saturating_sub(names.len());
        let and = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let text = format!("rules of {}{and} not read: {why}", names.join(", "));
        self.incomplete = Some(match self.incomplete.take() {
            Some(sofar) if sofar.len() > 500 => sofar,
            Some(sofar) => format!("{sofar}; {text}"),
            None => text,
        });
    }
}

/// An alias is missing for another reason than that the repository does not exist.
fn failed(errors: &[GraphError], alias: &str) -> bool {
    errors.iter().any(|error| {
        let path = error.path.as_deref().unwrap_or_default();
        path.first().and_then(Value::as_str) == Some(alias)
            && error.kind.as_deref() != Some("NOT_FOUND")
    })
}

/// An error below `nodes[position]`.
fn concerns(error: &GraphError, position: usize) -> bool {
    let path = error.path.as_deref().unwrap_or_default();
    path.first().and_then(Value::as_str) == Some("nodes")
        && path.get(1).and_then(Value::as_u64) == Some(position as u64)
}

fn files(node: &Map<String, Value>, paths: &[&str], of_organisation: bool) -> Vec<PolicyFile> {
    let mut found = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        let blob = node
            .get(&format!("f{n}"))
            .and_then(|value| Blob::deserialize(value).ok());
        if let Some(Blob {
            text: Some(text),
            is_binary,
        }) = blob
            && is_binary != Some(true)
        {
            found.push(PolicyFile {
                path: (*path).to_owned(),
                of_organisation,
                text: cut(text, LONGEST_FILE - 64),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_exist_are_kept_and_binary_ones_are_not() {
        let Value::Object(node) = json!({
            "f0": { "text": "Agents welcome", "byteSize": 14, "isBinary": false },
            "f1": null,
            "f2": { "text": null, "isBinary": true },
            "f3": {},
            "f6": { "text": "x".repeat(100_000), "isBinary": false },
        }) else {
            unreachable!()
        };
        let found = files(&node, REPOSITORY_FILES, false);
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["AGENTS.md", "CONTRIBUTING.md"]);
        assert!(found[1].text.len() <= LONGEST_FILE);
    }

    #[test]
    fn only_a_missing_dot_github_counts_as_none() {
        let error = |kind: &str| GraphError {
            kind: Some(kind.to_owned()),
            path: Some(vec![json!("o0")]),
            ..GraphError::default()
        };
        assert!(!failed(&[error("NOT_FOUND")], "o0"));
        assert!(failed(&[error("FORBIDDEN")], "o0"));
        assert!(!failed(&[error("FORBIDDEN")], "o1"));
    }
}
