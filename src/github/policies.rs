//! Contribution rules: the files in which maintainers say how they want to be approached.

mod odd;
mod place;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde_json::{Value, json};

use self::place::Place;
use super::documents;
use super::graphql::{self, Caller, GraphError, Reply, Setback};
use super::rule_names::{ORGANISATION, REPOSITORY};
use super::rule_nodes::RulesData;
use super::shelf::{self, Shelf};
use super::trouble::{Trouble, words};
use crate::bounty::facts::PolicyFile;

/// Repositories that did not come by themselves either, before GitHub is left alone: one that is too
/// large to be read must not hide the others.
const MOST_ALONE: u32 = 3;
/// Text that one reading returns, in bytes, to a repository more or less: an organisation's rules are
/// part of those of each of its repositories, and all of them are held until the last is judged.
const MOST_HELD: usize = 32 * 1024 * 1024;
/// No request is begun after so long: claims and cards wait behind it, and what did not come is asked
/// for in the next round.
const ROUND: Duration = Duration::from_secs(60);
/// Text of owners' rules that is kept at hand for the repositories still to come, in bytes.
const MOST_OF_OWNERS: usize = 8 * 1024 * 1024;

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

/// Reads the rules of `repos` and of their owners' `.github` repositories, each owner once, in
/// batches that are halved when GitHub does not make them in time; what it says is too much, `shelf`
/// remembers.
pub(super) async fn read(
    caller: Caller<'_>,
    repos: &[RepoRef],
    shelf: &Shelf,
) -> Result<Policies, Trouble> {
    let mut reading = Reading {
        caller,
        out: Policies::default(),
        of_owner: HashMap::new(),
        held: 0,
        trouble: None,
    };
    let mut size = shelf.batch();
    let mut rest = repos;
    let mut alone = 0;
    let until = caller.clock.monotonic() + ROUND;
    while !rest.is_empty() {
        if caller.clock.monotonic() >= until {
            let at = caller.clock.now();
            let why = format!("they did not come within {} s", ROUND.as_secs());
            reading.miss(rest, Trouble::WaitUntil { at, why });
            break;
        }
        let (batch, later) = rest.split_at(size.min(rest.len()));
        let owners = reading.unknown_owners(batch);
        let reply = reading.ask(batch, &owners).await;
        let too_much = match &reply {
            Ok(reply) => reply.errors.iter().any(GraphError::passing),
            Err(setback) => setback.heavy,
        };
        // One repository is asked for once: there is no less to ask for.
        if too_much && batch.len() > 1 {
            // A gateway's bad moment says nothing of tomorrow, and a short batch nothing of long ones.
            let telling = reply.is_ok() && batch.len() == size;
            size = batch.len() / 2;
            if telling {
                shelf.learn_batch(size);
            }
            continue;
        }
        match reply {
            Ok(reply) => {
                let mut too_many = reading.book(batch, owners, reply).await;
                rest = later;
                if !too_many.is_empty() {
                    too_many.extend_from_slice(rest);
                    let at = caller.clock.now();
                    let why = "these are more rules than are held at once".to_owned();
                    reading.miss(&too_many, Trouble::WaitUntil { at, why });
                    break;
                }
            }
            Err(setback)
                if setback.heavy && alone < MOST_ALONE && !reading.out.files.is_empty() =>
            {
                alone += 1;
                reading.miss(batch, setback.trouble);
                rest = later;
                size = shelf.batch();
            }
            // What was read stays read; the caller asks for the rest another time.
            Err(setback) => {
                reading.miss(rest, setback.trouble);
                break;
            }
        }
    }
    match reading.trouble {
        Some(trouble) if reading.out.files.is_empty() => Err(trouble),
        trouble => Ok(Policies {
            trouble,
            ..reading.out
        }),
    }
}

/// A read under way.
struct Reading<'a> {
    caller: Caller<'a>,
    out: Policies,
    /// Rules that hold in all repositories of an owner.
    of_owner: HashMap<String, Vec<PolicyFile>>,
    /// Bytes of text in `out`.
    held: usize,
    trouble: Option<Trouble>,
}

impl Reading<'_> {
    fn unknown_owners(&self, batch: &[RepoRef]) -> Vec<String> {
        let owners = batch.iter().map(|r| r.owner.to_ascii_lowercase());
        let unknown: BTreeSet<_> = owners
            .filter(|owner| !self.of_owner.contains_key(owner))
            .collect();
        unknown.into_iter().collect()
    }

    async fn ask(
        &mut self,
        batch: &[RepoRef],
        owners: &[String],
    ) -> Result<Reply<RulesData>, Setback> {
        let mut variables = json!({ "ids": batch.iter().map(|r| &r.node_id).collect::<Vec<_>>() });
        for (n, owner) in owners.iter().enumerate() {
            variables[format!("o{n}")] = json!(owner);
        }
        let document = documents::policies(owners.len());
        self.send(&document, &variables).await
    }

    async fn send(
        &mut self,
        document: &str,
        variables: &Value,
    ) -> Result<Reply<RulesData>, Setback> {
        let reply = graphql::query(self.caller, "contribution rules", document, variables).await;
        match &reply {
            Ok(reply) => {
                self.out.requests += 1;
                self.out.cost += reply.cost;
            }
            Err(setback) => self.out.requests += u64::from(setback.sent),
        }
        reply
    }

    fn miss(&mut self, repos: &[RepoRef], trouble: Trouble) {
        self.out.miss(repos, &trouble.to_string());
        self.trouble.get_or_insert(trouble);
    }

    /// Books what came for `batch` and `owners`, with what stands there under other names. Returns
    /// those for which there is no room any more.
    async fn book(
        &mut self,
        batch: &[RepoRef],
        owners: Vec<String>,
        reply: Reply<RulesData>,
    ) -> Vec<RepoRef> {
        let Reply { data, errors, .. } = reply;
        let RulesData {
            mut nodes,
            mut named,
            ..
        } = data;
        let mut of_owner: Vec<(String, Place)> = Vec::new();
        for (n, owner) in owners.into_iter().enumerate() {
            let alias = format!("o{n}");
            if failed(&errors, &alias) {
                continue;
            }
            let place = match named.remove(&alias).flatten() {
                Some(node) => Place::of(node, &ORGANISATION),
                // Most owners have no `.github` repository: GitHub says so as an error.
                None => Place::default(),
            };
            of_owner.push((owner, place));
        }
        let by_id: HashMap<String, usize> = nodes
            .iter()
            .enumerate()
            .filter_map(|(n, node)| Some((node.as_ref()?.id.clone()?, n)))
            .collect();
        let mut found: Vec<Option<Place>> = Vec::new();
        for (position, repo) in batch.iter().enumerate() {
            // GitHub may answer an old id with the node's new one; the order is the same.
            let at = by_id.get(&repo.node_id).copied().unwrap_or(position);
            let node = nodes.get_mut(at).and_then(Option::take);
            let node = node.filter(|node| node.things.contains_key("f0"));
            let whole = !errors.iter().any(|e| concerns(e, position));
            let place = node.filter(|_| whole);
            found.push(place.map(|node| Place::of(node, &REPOSITORY)));
        }
        let owners = of_owner.iter_mut().map(|(_, place)| place);
        let odd = owners.chain(found.iter_mut().flatten());
        self.complete(odd.filter(|place| place.has_more()).collect())
            .await;

        let whole = of_owner.into_iter().filter(|(_, place)| !place.in_part);
        self.of_owner
            .extend(whole.map(|(owner, place)| (owner, place.files)));
        let mut unread: Vec<RepoRef> = Vec::new();
        let mut too_many: Vec<RepoRef> = Vec::new();
        for (repo, place) in batch.iter().zip(found) {
            let owner = self.of_owner.get(&repo.owner.to_ascii_lowercase());
            // Rules that were not read must not pass for rules that do not exist.
            if let (Some(place), Some(owner)) = (place.filter(|place| !place.in_part), owner) {
                if self.held > MOST_HELD {
                    too_many.push(repo.clone());
                    continue;
                }
                let mut files = place.files;
                files.extend(owner.iter().cloned());
                self.held += shelf::size(&files);
                self.out.files.insert(repo.node_id.clone(), files);
            } else {
                unread.push(repo.clone());
            }
        }
        let of_owners = self.of_owner.values().map(|files| shelf::size(files));
        if of_owners.sum::<usize>() > MOST_OF_OWNERS {
            // Who comes again is asked for again.
            self.of_owner.clear();
        }
        if !unread.is_empty() {
            if let Some(error) = errors.iter().find(|e| e.passing()) {
                let why = words(&error.message);
                self.trouble.get_or_insert(Trouble::Retry { why });
            }
            let why = errors.first().map(|e| words(&e.message));
            let why = why.or_else(|| self.trouble.as_ref().map(Trouble::to_string));
            self.out.miss(
                &unread,
                why.as_deref().unwrap_or(
                    "GitHub gave no reason, or they are more than is read of one repository",
                ),
            );
        }
        too_many
    }
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

/// Of an alias all or a part is missing for another reason than that the repository does not exist.
fn failed(errors: &[GraphError], alias: &str) -> bool {
    errors.iter().any(|error| {
        let path = error.path.as_deref().unwrap_or_default();
        let missing = path.len() == 1 && error.kind.as_deref() == Some("NOT_FOUND");
        path.first().and_then(Value::as_str) == Some(alias) && !missing
    })
}

/// An error below `nodes[position]`, or one that does not say what it is about.
fn concerns(error: &GraphError, position: usize) -> bool {
    let path = error.path.as_deref().unwrap_or_default();
    match path.first() {
        None => true,
        Some(first) if first.as_str() == Some("nodes") => path
            .get(1)
            .is_none_or(|at| at.as_u64() == Some(position as u64)),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let of_a_file = GraphError {
            path: Some(vec![json!("o0"), json!("f1")]),
            ..error("NOT_FOUND")
        };
        assert!(failed(&[of_a_file], "o0"), "a part of it was not read");
    }

    #[test]
    fn an_error_without_a_place_concerns_everybody() {
        let at = |path: Option<Value>| GraphError {
            path: path.and_then(|path| serde_json::from_value(path).ok()),
            ..GraphError::default()
        };
        assert!(concerns(&at(None), 3));
        assert!(concerns(&at(Some(json!(["nodes"]))), 3));
        assert!(concerns(&at(Some(json!(["nodes", 3, "f1"]))), 3));
        assert!(!concerns(&at(Some(json!(["nodes", 2, "f1"]))), 3));
        assert!(!concerns(&at(Some(json!(["o3", "f1"]))), 3));
    }
}
