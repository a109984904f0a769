//! From GraphQL nodes to facts.

use super::nodes::{
    ActorNode, CommentNode, Connection, EventNode, IssueNode, PullNode, RepositoryNode,
};
use crate::bounty::facts::{
    Actor, ActorKind, Association, Comment, IssueFacts, IssueState, Label, LinkedPullRequest,
    PullRequestState, RepoFacts,
};
use crate::clock::UnixMillis;

/// GitHub itself stops at 65,536 characters; what is longer did not come from there.
const LONGEST_BODY: usize = 256 * 1024;
/// What a comment says to us, it says at its beginning; the rest is logs.
const LONGEST_COMMENT: usize = 16 * 1024;
/// GitHub stops at 256 characters.
const LONGEST_TITLE: usize = 4 * 1024;

/// An issue node as facts, or `None` when GitHub did not show enough to say which issue it is.
///
/// `repository` overrides the node's own (the document for one issue nests them the other way).
pub(super) fn issue(node: IssueNode, repository: Option<RepositoryNode>) -> Option<IssueFacts> {
    let repo = repo(repository.or(node.repository)?)?;
    let number = node.number?;
    let comments_complete = node
        .comments
        .as_ref()
        .is_some_and(|c| c.whole() && !c.page_info.has_previous_page && !c.page_info.has_next_page);
    let timeline_complete = node
        .timeline_items
        .as_ref()
        .is_some_and(|t| t.whole() && !t.page_info.has_previous_page && !t.page_info.has_next_page);
    let mut facts = IssueFacts {
        repo,
        number,
        node_id: node.id,
        title: cut(node.title.unwrap_or_default(), LONGEST_TITLE),
        body: node.body.map(|text| cut(text, LONGEST_BODY)),
        state: node.state.as_deref().and_then(state),
        locked: node.locked,
        author: actor(node.author),
        association: association(node.author_association.as_deref()),
        created_at: time(node.created_at.as_deref()),
        updated_at: time(node.updated_at.as_deref()),
        served_at: None,
        labels: shown(node.labels).map(|labels| {
            labels
                .into_iter()
                .map(|label| Label {
                    name: label.name,
                    set_by: None,
                    set_at: None,
                })
                .collect()
        }),
        assignees: shown(node.assignees)
            .map(|them| them.into_iter().map(|a| actor(Some(a))).collect()),
        comments: Vec::new(),
        comments_complete,
        pull_requests: Vec::new(),
        timeline_complete,
    };
    if let Some(comments) = node.comments {
        add_comments(&mut facts, comments.into_nodes());
    }
    if let Some(events) = node.timeline_items {
        add_events(&mut facts, events.into_nodes());
    }
    Some(facts)
}

/// Appends comments, oldest first as GitHub lists them.
pub(super) fn add_comments(facts: &mut IssueFacts, nodes: impl Iterator<Item = CommentNode>) {
    facts.comments.extend(nodes.map(|node| Comment {
        id: node.database_id,
        author: actor(node.author),
        association: association(node.author_association.as_deref()),
        body: cut(node.body.unwrap_or_default(), LONGEST_COMMENT),
        created_at: time(node.created_at.as_deref()),
    }));
}

/// Books events, oldest first: the last one that put a label on is the one that counts.
pub(super) fn add_events(facts: &mut IssueFacts, nodes: impl Iterator<Item = EventNode>) {
    for node in nodes {
        match node.typename.as_deref() {
            Some("LabeledEvent") => {
                let Some(name) = node.label.map(|l| l.name) else {
                    continue;
                };
                let labels = facts.labels.iter_mut().flatten();
                // A deleted actor stays unknown; it must not inherit an earlier event's.
                for label in labels.filter(|l| l.name == name) {
                    label.set_by = node.actor.as_ref().map(known);
                    label.set_at = time(node.created_at.as_deref());
                }
            }
            Some("CrossReferencedEvent") => {
                let closes = node.will_close_target.unwrap_or(false);
                add_pull(facts, node.source, closes);
            }
            // "Connected" is the link set by hand in the sidebar: merging closes the issue.
            Some("ConnectedEvent") => add_pull(facts, node.subject, true),
            _ => {}
        }
    }
}

fn add_pull(facts: &mut IssueFacts, node: Option<PullNode>, closes: bool) {
    let Some(node) = node.filter(|n| n.typename.as_deref() == Some("PullRequest")) else {
        return;
    };
    let (Some(number), Some(slug)) = (node.number, node.repository) else {
        // A pull request in a repository this account may not see: there is one, that is all.
        facts.timeline_complete = false;
        return;
    };
    let repo = slug.name_with_owner;
    if let Some(known) = facts
        .pull_requests
        .iter_mut()
        .find(|p| p.number == number && p.repo.eq_ignore_ascii_case(&repo))
    {
        known.closes |= closes;
        return;
    }
    facts.pull_requests.push(LinkedPullRequest {
        repo,
        number,
        state: match node.state.as_deref() {
            Some("MERGED") => PullRequestState::Merged,
            Some("CLOSED") => PullRequestState::Closed,
            // Unknown counts as open: somebody may be at work.
            _ => PullRequestState::Open,
        },
        author: actor(node.author),
        closes,
        created_at: time(node.created_at.as_deref()),
    });
}

/// A repository node as facts; `None` without owner and name.
pub(super) fn repo(node: RepositoryNode) -> Option<RepoFacts> {
    let owner = node.owner?;
    let last_merge = node.pull_requests.as_ref().and_then(|pulls| {
        pulls
            .nodes
            .iter()
            .flatten()
            .flatten()
            .find_map(|merged| time(merged.merged_at.as_deref()))
    });
    Some(RepoFacts {
        id: node.database_id,
        node_id: node.id,
        owner_kind: kind(owner.typename.as_deref()),
        owner_created_at: time(owner.created_at.as_deref()),
        owner: owner.login?,
        name: node.name?,
        created_at: time(node.created_at.as_deref()),
        pushed_at: time(node.pushed_at.as_deref()),
        stars: node.stargazer_count,
        is_fork: node.is_fork,
        is_archived: node.is_archived,
        language: node.primary_language.map(|l| l.name),
        open_issues: node.issues.map(|c| c.total_count),
        open_bounty_issues: node.bounty_issues.map(|c| c.total_count),
        merged_pull_requests: node.pull_requests.and_then(|p| p.total_count),
        last_merge_at: last_merge,
        policies: None,
    })
}

pub(super) fn actor(node: Option<ActorNode>) -> Actor {
    node.as_ref().map(known).unwrap_or_default()
}

/// GraphQL writes an app's login without the `[bot]` that REST and the web show; REST's spelling
/// is the one kept, so that the same account has one name.
fn known(node: &ActorNode) -> Actor {
    let kind = kind(node.typename.as_deref());
    let login = node.login.clone().map(|login| {
        if kind == ActorKind::Bot && !login.ends_with("[bot]") {
            format!("{login}[bot]")
        } else {
            login
        }
    });
    Actor {
        login,
        id: node.database_id,
        kind,
    }
}

fn kind(typename: Option<&str>) -> ActorKind {
    match typename {
        Some("User") => ActorKind::User,
        Some("Bot") => ActorKind::Bot,
        Some("Organization") => ActorKind::Organization,
        _ => ActorKind::Unknown,
    }
}

pub(super) fn association(text: Option<&str>) -> Association {
    match text {
        Some("OWNER") => Association::Owner,
        Some("MEMBER") => Association::Member,
        Some("COLLABORATOR") => Association::Collaborator,
        Some("CONTRIBUTOR") => Association::Contributor,
        Some("FIRST_TIMER" | "FIRST_TIME_CONTRIBUTOR") => Association::FirstTimer,
        Some("NONE") => Association::None,
        _ => Association::Unknown,
    }
}

fn state(text: &str) -> Option<IssueState> {
    match text {
        "OPEN" => Some(IssueState::Open),
        "CLOSED" => Some(IssueState::Closed),
        _ => None,
    }
}

/// A list that is only a fact when it was shown whole.
fn shown<T>(connection: Option<Connection<T>>) -> Option<Vec<T>> {
    let connection = connection.filter(|all| all.whole() && !all.page_info.has_next_page)?;
    Some(connection.into_nodes().collect())
}

/// RFC 3339, as GitHub writes every time.
pub(super) fn time(text: Option<&str>) -> Option<UnixMillis> {
    chrono::DateTime::parse_from_rfc3339(text?)
        .ok()
        .map(|t| UnixMillis(t.timestamp_millis()))
}

/// At most `most` bytes, cut between characters, and said so.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let all = text.len();
        text.truncate(text.floor_char_boundary(most));
        text.push_str(&format!("\n[cut here: {all} bytes in all]"));
        // Or the whole of it stays in memory.
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
