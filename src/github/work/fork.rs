//! The connected account's fork of a repository: found by what it was forked from, never by its name.

use serde::Deserialize;
use serde_json::json;
use vault::Allow;

use super::super::budget::Urgency;
use super::super::graphql::{self, Data, GraphError, RateLimit};
use super::super::nodes::{self, Connection};
use super::super::trouble::{Refusal, Trouble, WriteTrouble};
use super::super::{Github, classify};
use super::place::Place;
use super::read::{Numbered, same, whole};
use super::send::Write;
use super::target::UpstreamTarget;
use super::upstream::may_push;
use crate::bounty::appraise::Me;

const DOCUMENT: &str = "query($owner: String!, $name: String!, $me: String!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    databaseId
    forks(first: 20, affiliations: [OWNER]) { pageInfo { hasNextPage } nodes { ...Fork } }
  }
  named: repository(owner: $me, name: $name, followRenames: false) { ...Fork }
}
fragment Fork on Repository {
  databaseId
  name
  owner { login ... on User { databaseId } ... on Organization { databaseId } }
  isArchived isDisabled isLocked viewerPermission
  defaultBranchRef { name }
  parent { databaseId }
}";

/// A fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Where it is.
    pub place: Place,
    /// Numeric id of its owner.
    pub owner_id: u64,
    /// It has another name than the repository it was forked from.
    pub renamed: bool,
    /// Number of the repository it was forked from.
    pub parent_id: Option<u64>,
    /// Its default branch; `None` while GitHub still copies the git data.
    pub default_branch: Option<String>,
}

/// What became of the search for a fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForkOf {
    /// There it is.
    Standing(Fork),
    /// It is there, but its git data is not yet: ask again.
    Making(Fork),
    /// It is there and cannot be written to.
    Unusable {
        /// The fork.
        fork: Fork,
        /// Why.
        why: ForkTrouble,
    },
    /// The account has none.
    Missing,
    /// The account has none, and something else of that name: GitHub would call the fork otherwise.
    NameTaken {
        /// `owner/name` of the other repository.
        slug: String,
    },
}

/// Why a fork cannot be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForkTrouble {
    /// Its owner archived it.
    Archived,
    /// GitHub took it down.
    Disabled,
    /// It is in the middle of a move.
    Locked,
    /// The account may not push to it.
    NoPush,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    rate_limit: Option<RateLimit>,
    repository: Option<UpstreamNode>,
    named: Option<ForkNode>,
}

impl Data for Answer {
    fn rate_limit(&self) -> Option<&RateLimit> {
        self.rate_limit.as_ref()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpstreamNode {
    #[serde(default, deserialize_with = "nodes::id")]
    database_id: Option<u64>,
    forks: Option<Connection<ForkNode>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForkNode {
    #[serde(default, deserialize_with = "nodes::id")]
    database_id: Option<u64>,
    name: String,
    owner: OwnerNode,
    is_archived: bool,
    is_disabled: bool,
    is_locked: bool,
    viewer_permission: Option<String>,
    default_branch_ref: Option<Named>,
    parent: Option<Numbered>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnerNode {
    login: String,
    #[serde(default, deserialize_with = "nodes::id")]
    database_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

impl ForkNode {
    fn is_of(&self, upstream: &Place, me: &Me) -> bool {
        let parent = self.parent.and_then(|parent| parent.database_id);
        parent == Some(upstream.id()) && self.owner.database_id == Some(me.id)
    }

    fn judged(self, upstream: &Place) -> Result<ForkOf, Trouble> {
        let place = self
            .database_id
            .and_then(|id| Place::new(&self.owner.login, &self.name, id));
        let (Some(place), Some(owner_id)) = (place, self.owner.database_id) else {
            return Err(Trouble::Malformed {
                why: format!("a fork of {} without name or number", upstream.slug()),
            });
        };
        let fork = Fork {
            renamed: !self.name.eq_ignore_ascii_case(upstream.name()),
            place,
            owner_id,
            parent_id: self.parent.and_then(|parent| parent.database_id),
            default_branch: self.default_branch_ref.map(|branch| branch.name),
        };
        let why = if self.is_disabled {
            ForkTrouble::Disabled
        } else if self.is_archived {
            ForkTrouble::Archived
        } else if self.is_locked {
            ForkTrouble::Locked
        } else if !may_push(self.viewer_permission.as_deref()) {
            ForkTrouble::NoPush
        } else if fork.default_branch.is_none() {
            return Ok(ForkOf::Making(fork));
        } else {
            return Ok(ForkOf::Standing(fork));
        };
        Ok(ForkOf::Unusable { fork, why })
    }
}

#[derive(Debug, Deserialize)]
struct ForkJson {
    id: u64,
    name: String,
    owner: OwnerJson,
    default_branch: Option<String>,
    parent: Option<IdJson>,
    source: Option<IdJson>,
}

#[derive(Debug, Deserialize)]
struct OwnerJson {
    id: u64,
    login: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct IdJson {
    id: u64,
}

impl Github {
    /// The fork of `upstream` that belongs to `me`.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn fork_of(&self, upstream: &Place, me: &Me) -> Result<ForkOf, Trouble> {
        let what = format!("forks of {}", upstream.slug());
        let octocrab = self.octocrab("submit", vec![Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Claim);
        let variables =
            json!({ "owner": upstream.owner(), "name": upstream.name(), "me": me.login });
        let reply = graphql::query::<Answer>(caller, &what, DOCUMENT, &variables)
            .await
            .map_err(|setback| setback.trouble)?;
        let errors: Vec<GraphError> = reply.errors;
        let others: Vec<GraphError> = errors.into_iter().filter(|e| !no_namesake(e)).collect();
        whole(&what, &others)?;
        let node = reply.data.repository.ok_or_else(|| Trouble::Gone {
            what: upstream.slug(),
        })?;
        same(upstream, node.database_id)?;
        let forks = node.forks.filter(Connection::whole);
        let forks = forks.ok_or_else(|| Trouble::Malformed {
            why: format!("{what}: not all of them were shown"),
        })?;
        let incomplete = forks.page_info.has_next_page;
        if let Some(fork) = forks.into_nodes().find(|fork| fork.is_of(upstream, me)) {
            return fork.judged(upstream);
        }
        if incomplete {
            return Err(Trouble::Malformed {
                why: format!("{what}: the account owns more than are read"),
            });
        }
        match reply.data.named {
            // The list may lag behind.
            Some(fork) if fork.is_of(upstream, me) => fork.judged(upstream),
            Some(other) => Ok(ForkOf::NameTaken {
                slug: format!("{}/{}", other.owner.login, other.name),
            }),
            None => Ok(ForkOf::Missing),
        }
    }

    /// Forks a repository for the connected account, with its default branch only. Who has a fork of it
    /// is given that one. GitHub copies the git data afterwards.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; [`Refusal::OtherFork`] when the account has a fork of another
    /// repository of the same family, and so can have none of this one.
    pub async fn make_fork(&self, of: &UpstreamTarget) -> Result<Fork, WriteTrouble> {
        let write = Write::post(of.path("forks"), &json!({ "default_branch_only": true }))
            .done(http::StatusCode::ACCEPTED);
        let made: ForkJson = self.submit(write).await?;
        let upstream = of.place();
        let place = Place::new(&made.owner.login, &made.name, made.id).ok_or_else(|| {
            WriteTrouble::Unknown("GitHub named the fork in a way that is none".to_owned())
        })?;
        let related = [made.parent, made.source].into_iter().flatten();
        let mut ids = related.map(|repo| repo.id);
        if !ids.any(|id| id == upstream.id()) {
            return Err(WriteTrouble::Refused {
                message: format!(
                    "GitHub answered with {}, which is no fork of {}",
                    place.slug(),
                    upstream.slug()
                ),
                kind: Refusal::OtherFork { slug: place.slug() },
            });
        }
        Ok(Fork {
            renamed: !made.name.eq_ignore_ascii_case(upstream.name()),
            place,
            owner_id: made.owner.id,
            parent_id: made.parent.map(|repo| repo.id),
            default_branch: made.default_branch,
        })
    }
}

/// The account has no repository of that name: not an error here.
fn no_namesake(error: &GraphError) -> bool {
    error.kind.as_deref() == Some("NOT_FOUND")
        && error.place() == "named"
        && !classify::app_cannot_act(&error.message)
}
