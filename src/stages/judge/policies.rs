//! The contribution rules that a batch wants, read in few requests; and when those are asked for again
//! that did not come.

use std::collections::{HashMap, HashSet};

use super::super::{MOST_FAILURES, backoff, waited};
use crate::app::App;
use crate::bounty::facts::{PolicyFile, RepoFacts};
use crate::clock::UnixMillis;
use crate::github::{RepoRef, Trouble};
use crate::health;
use crate::ledger::Result;
use crate::ledger::bounties::Bounty;

/// After so many failures it counts as GitHub's last word that it shows no rules.
const TRIES: i64 = 3;

/// What was asked for, and what came.
#[derive(Default)]
pub(super) struct Read {
    /// Node ids.
    asked: HashSet<String>,
    files: HashMap<String, Vec<PolicyFile>>,
    /// What kept the rest away, if it passes.
    trouble: Option<Trouble>,
}

impl Read {
    /// Reads the rules of `repos`.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub(super) async fn all(app: &App, repos: &[RepoRef]) -> Result<Self> {
        if repos.is_empty() {
            return Ok(Self::default());
        }
        let (files, trouble) = match app.github.policies(repos).await {
            Ok(read) => {
                if let Some(why) = &read.incomplete {
                    tracing::warn!("some contribution rules could not be read: {why}");
                }
                (read.files, read.trouble)
            }
            Err(trouble) => {
                tracing::warn!("no contribution rules could be read: {trouble}");
                (HashMap::new(), Some(trouble))
            }
        };
        if let Some(Trouble::Reconnect(failure) | Trouble::Configuration(failure)) = &trouble {
            health::report(app, failure).await?;
        }
        Ok(Self {
            asked: repos.iter().map(|repo| repo.node_id.clone()).collect(),
            files,
            trouble,
        })
    }

    /// The rules of a repository, if they came.
    pub(super) fn of(&self, repo: &RepoFacts) -> Option<&Vec<PolicyFile>> {
        self.files.get(repo.node_id.as_ref()?)
    }

    /// When to judge a bounty whose rules did not come, and whether that was a failure. `None` where
    /// waiting does not help: without another change of the issue nobody would look at it again.
    pub(super) fn again(
        &self,
        bounty: &Bounty,
        repo: &RepoFacts,
        now: UnixMillis,
    ) -> Option<(UnixMillis, bool)> {
        let asked = repo
            .node_id
            .as_ref()
            .is_some_and(|id| self.asked.contains(id));
        match &self.trouble {
            _ if !asked || self.of(repo).is_some() => None,
            Some(Trouble::WaitUntil { at, .. }) => Some((waited(*at, now), false)),
            Some(Trouble::Reconnect(_) | Trouble::Configuration(_)) => {
                Some((now.plus(backoff(0)), false))
            }
            None if bounty.failures >= TRIES => None,
            // The owner can see a decision, and not that one is put off for ever.
            Some(_) if bounty.failures >= MOST_FAILURES => None,
            _ => Some((now.plus(backoff(bounty.failures)), true)),
        }
    }
}
