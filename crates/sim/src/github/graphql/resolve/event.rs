//! Timelines.

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::{addresses, connection, issue};
use crate::github::model::{EventKind, Issue};
use crate::github::node_id;
use crate::github::rest::shape::time;

/// The issue's events and comments of the wanted types, oldest first.
pub(super) fn timeline(
    run: &Run<'_>,
    issue: &Issue,
    arguments: &Arguments,
) -> Result<Output, Trouble> {
    let state = run.state;
    let types = arguments.list("itemTypes");
    let wanted = |name: &str| {
        types
            .as_ref()
            .is_none_or(|types| types.iter().any(|wanted| wanted == name))
    };
    let since = arguments
        .text("since")
        .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
        .map_or(i64::MIN, |at| at.timestamp_millis());
    let visible = |kind: &EventKind| match kind {
        EventKind::CrossReferenced { source, .. } | EventKind::Connected { source } => state
            .issues
            .get(source)
            .and_then(|source| state.repos.get(&source.repo))
            .is_some_and(|repo| state.can_read(repo, Some(run.viewer))),
        _ => true,
    };
    let events = issue
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| wanted(event.kind.graphql_names().1) && visible(&event.kind))
        .map(|(index, event)| (event.at, event.id, Object::Event(issue.id, index)));
    let comments = issue
        .comments
        .iter()
        .filter(|_| wanted("ISSUE_COMMENT"))
        .filter_map(|id| state.comments.get(id))
        .map(|comment| (comment.created_at, comment.id, Object::Comment(comment.id)));
    let mut all: Vec<_> = events
        .chain(comments)
        .filter(|(at, ..)| *at >= since)
        .collect();
    all.sort_by_key(|(at, id, _)| (*at, *id));
    let all = all.into_iter().map(|(_, _, object)| object).collect();
    let type_name = match issue.pull {
        Some(_) => "PullRequestTimelineItemsConnection",
        None => "IssueTimelineItemsConnection",
    };
    connection::of(type_name, all, arguments)
}

pub(super) fn field(run: &Run<'_>, issue_id: u64, index: usize, name: &str) -> Option<Output> {
    let state = run.state;
    let shown = state.issues.get(&issue_id)?;
    let event = shown.events.get(index)?;
    let crossed = |source: u64| {
        state
            .issues
            .get(&source)
            .is_some_and(|source| source.repo != shown.repo)
    };
    Some(match (name, &event.kind) {
        ("id", kind) => {
            let names = kind.graphql_names().0;
            let prefix: String = names.chars().filter(char::is_ascii_uppercase).collect();
            Output::of(node_id::inner(&prefix, shown.repo, event.id))
        }
        ("actor", _) => Output::One(
            event
                .actor
                .filter(|id| state.accounts.contains_key(id))
                .map(Object::Account),
        ),
        ("createdAt" | "referencedAt", _) => Output::of(time(event.at)),
        ("label", EventKind::Labeled(label) | EventKind::Unlabeled(label)) => {
            Output::One(Some(Object::Label(shown.repo, label.to_lowercase())))
        }
        ("assignee", EventKind::Assigned(who) | EventKind::Unassigned(who)) => {
            Output::One(Some(Object::Account(*who)))
        }
        ("willCloseTarget", EventKind::CrossReferenced { closes, .. }) => Output::of(*closes),
        (
            "isCrossRepository",
            EventKind::CrossReferenced { source, .. } | EventKind::Connected { source },
        ) => Output::of(crossed(*source)),
        ("source", EventKind::CrossReferenced { source, .. })
        | ("subject", EventKind::Connected { source }) => Output::One(Some(Object::Issue(*source))),
        ("target", EventKind::CrossReferenced { .. }) | ("source", EventKind::Connected { .. }) => {
            Output::One(Some(Object::Issue(issue_id)))
        }
        ("closer", EventKind::Closed { by, .. }) => Output::One(by.map(Object::Issue)),
        ("stateReason", EventKind::Closed { reason, .. }) => Output::of(reason.to_uppercase()),
        ("stateReason", EventKind::Reopened) => Output::of("REOPENED"),
        ("previousTitle", EventKind::Renamed { from, .. }) => Output::of(from.clone()),
        ("currentTitle", EventKind::Renamed { to, .. }) => Output::of(to.clone()),
        ("lockReason", EventKind::Locked { reason }) => {
            issue::lock_reason_output(reason.as_deref())
        }
        ("url" | "resourcePath", _) => {
            let path = format!("{}#event-{}", issue::path(run, shown), event.id);
            return addresses(name, &path);
        }
        _ => return None,
    })
}
