//! GraphQL answers as they come: every field may be missing, because a deleted author, a field
//! that timed out and a value this program has not heard of are all ordinary.

use serde::{Deserialize, Deserializer};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ActorNode {
    #[serde(rename = "__typename")]
    pub(super) typename: Option<String>,
    pub(super) login: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(super) database_id: Option<u64>,
    pub(super) created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Name {
    pub(super) name: String,
}

/// A connection, of which only some pages were asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection<T> {
    #[serde(default)]
    pub(super) page_info: PageInfo,
    pub(super) total_count: Option<u64>,
    /// Nodes that GitHub would not or could not show are null.
    #[serde(default = "none")]
    pub(super) nodes: Option<Vec<Option<T>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
    pub(super) has_previous_page: bool,
    pub(super) end_cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct IssueNode {
    pub(super) id: Option<String>,
    pub(super) number: Option<u64>,
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    pub(super) state: Option<String>,
    pub(super) locked: Option<bool>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) author: Option<ActorNode>,
    pub(super) author_association: Option<String>,
    pub(super) labels: Option<Connection<Name>>,
    pub(super) assignees: Option<Connection<ActorNode>>,
    pub(super) comments: Option<Connection<CommentNode>>,
    pub(super) timeline_items: Option<Connection<EventNode>>,
    pub(super) repository: Option<RepositoryNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CommentNode {
    #[serde(deserialize_with = "id")]
    pub(super) database_id: Option<u64>,
    pub(super) author: Option<ActorNode>,
    pub(super) author_association: Option<String>,
    pub(super) body: Option<String>,
    pub(super) created_at: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EventNode {
    #[serde(rename = "__typename")]
    pub(super) typename: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) actor: Option<ActorNode>,
    pub(super) label: Option<Name>,
    pub(super) will_close_target: Option<bool>,
    pub(super) source: Option<PullNode>,
    pub(super) subject: Option<PullNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PullNode {
    #[serde(rename = "__typename")]
    pub(super) typename: Option<String>,
    pub(super) number: Option<u64>,
    pub(super) state: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) author: Option<ActorNode>,
    pub(super) repository: Option<Slug>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slug {
    pub(super) name_with_owner: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RepositoryNode {
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(super) database_id: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) owner: Option<ActorNode>,
    pub(super) created_at: Option<String>,
    pub(super) pushed_at: Option<String>,
    pub(super) stargazer_count: Option<u64>,
    pub(super) is_fork: Option<bool>,
    pub(super) is_archived: Option<bool>,
    pub(super) primary_language: Option<Name>,
    pub(super) issues: Option<Count>,
    pub(super) bounty_issues: Option<Count>,
    pub(super) pull_requests: Option<Connection<Merged>>,
    /// Only in the document for one issue.
    pub(super) issue: Option<Box<IssueNode>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Count {
    pub(super) total_count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Merged {
    pub(super) merged_at: Option<String>,
}

/// `databaseId` is an `Int` in the schema, larger than 32 bits in fact, and a string where GitHub
/// calls it a `BigInt`.
pub(super) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Number(u64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Option::<Id>::deserialize(from)? {
        Some(Id::Number(n)) => Some(n),
        Some(Id::Text(text)) => text.parse().ok(),
        Some(Id::Other(_)) | None => None,
    })
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Connection<T> {
    /// Every node that was asked for was shown.
    pub(super) fn whole(&self) -> bool {
        self.nodes
            .as_ref()
            .is_some_and(|nodes| nodes.iter().all(Option::is_some))
    }

    pub(super) fn into_nodes(self) -> impl Iterator<Item = T> {
        self.nodes.into_iter().flatten().flatten()
    }
}
