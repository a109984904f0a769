//! Issues and pull requests.

use serde_json::Value;

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::conversation::plain_text;
use super::repository::pull_state;
use super::{addresses, connection, event, optional_time};
use crate::github::git::Oid;
use crate::github::model::{AccountKind, EventKind, Issue};
use crate::github::node_id;
use crate::github::rest::shape::time;

const DAY: i64 = 24 * 3600 * 1000;

/// The path of an issue or pull request on github.com.
pub(super) fn path(run: &Run<'_>, issue: &Issue) -> String {
    let slug = run
        .state
        .repos
        .get(&issue.repo)
        .map_or_else(String::new, |repo| run.state.slug(repo));
    let kind = if issue.pull.is_some() {
        "pull"
    } else {
        "issues"
    };
    format!("/{slug}/{kind}/{}", issue.number)
}

fn lock_reason(reason: Option<&str>) -> Value {
    reason.map_or(Value::Null, |reason| {
        reason.to_uppercase().replace([' ', '-'], "_").into()
    })
}

pub(super) fn field(
    run: &Run<'_>,
    id: u64,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let state = run.state;
    let Some(issue) = state.issues.get(&id) else {
        return Ok(None);
    };
    let Some(repo) = state.repos.get(&issue.repo) else {
        return Ok(None);
    };
    let pull = issue.pull.as_ref();
    let output = match name {
        "id" => {
            let prefix = if pull.is_some() { "PR" } else { "I" };
            Output::of(node_id::inner(prefix, issue.repo, id))
        }
        "databaseId" => Output::of(id),
        "fullDatabaseId" => Output::of(id.to_string()),
        "number" => Output::of(issue.number),
        "title" => Output::of(issue.title.clone()),
        "body" => Output::of(issue.body.clone().unwrap_or_default()),
        "bodyText" => Output::of(plain_text(issue.body.as_deref().unwrap_or_default())),
        "state" if pull.is_some() => Output::of(pull_state(issue)),
        "state" => Output::of(if issue.open { "OPEN" } else { "CLOSED" }),
        "stateReason" => Output::Plain(
            issue
                .state_reason
                .map_or(Value::Null, |reason| reason.to_uppercase().into()),
        ),
        "closed" => Output::of(!issue.open),
        "closedAt" => optional_time(issue.closed_at),
        "merged" => Output::of(pull.is_some_and(|pull| pull.merged_at.is_some())),
        "mergedAt" => optional_time(pull.and_then(|pull| pull.merged_at)),
        "isDraft" => Output::of(pull.is_some_and(|pull| pull.draft)),
        "locked" => Output::of(issue.locked),
        "activeLockReason" => Output::Plain(lock_reason(issue.lock_reason.as_deref())),
        "createdAt" => Output::of(time(issue.created_at)),
        "updatedAt" => Output::of(time(issue.updated_at)),
        "lastEditedAt" => optional_time(issue.edited_at),
        "author" => Output::One(
            state
                .accounts
                .contains_key(&issue.author)
                .then_some(Object::Account(issue.author)),
        ),
        "authorAssociation" => Output::of(state.association(repo, issue.author, Some(run.viewer))),
        "viewerDidAuthor" => Output::of(issue.author == run.viewer),
        "repository" => Output::One(Some(Object::Repository(issue.repo))),
        "labels" => {
            let labels = issue.labels.iter().map(|name| name.to_lowercase());
            let labels = labels.map(|key| Object::Label(issue.repo, key)).collect();
            connection::of("LabelConnection", labels, arguments)?
        }
        // Apps, such as coding agents, stand only among the actors.
        "assignees" => {
            let is_app = |id: &&u64| {
                let account = state.accounts.get(id);
                account.is_some_and(|account| account.kind == AccountKind::Bot)
            };
            let people = issue.assignees.iter().filter(|id| !is_app(id));
            let people = people.map(|id| Object::Account(*id)).collect();
            connection::of("UserConnection", people, arguments)?
        }
        "assignedActors" => {
            let actors = issue.assignees.iter().map(|id| Object::Account(*id));
            connection::of("AssigneeConnection", actors.collect(), arguments)?
        }
        "comments" => {
            let mut comments: Vec<Object> = issue
                .comments
                .iter()
                .map(|id| Object::Comment(*id))
                .collect();
            if arguments.order().is_some_and(|(_, ascending)| !ascending) {
                comments.reverse();
            }
            connection::of("IssueCommentConnection", comments, arguments)?
        }
        "timelineItems" => event::timeline(run, issue, arguments)?,
        "closedByPullRequestsReferences" => {
            let closed_too = arguments.flag("includeClosedPrs").unwrap_or(false);
            let pulls = closing_pulls(run, issue, closed_too);
            connection::of("PullRequestConnection", pulls, arguments)?
        }
        "closingIssuesReferences" => {
            let issues = pull.map_or(&[][..], |pull| pull.closes.as_slice());
            let issues = issues.iter().map(|id| Object::Issue(*id)).collect();
            connection::of("IssueConnection", issues, arguments)?
        }
        _ => {
            if let Some(pull) = pull
                && let Some(output) = super::pull::field(run, repo, issue, pull, name, arguments)?
            {
                return Ok(Some(output));
            }
            return Ok(addresses(name, &path(run, issue)));
        }
    };
    Ok(Some(output))
}

fn closing_pulls(run: &Run<'_>, issue: &Issue, closed_too: bool) -> Vec<Object> {
    let mut ids: Vec<u64> = issue
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::CrossReferenced {
                source,
                closes: true,
            }
            | EventKind::Connected { source } => Some(source),
            _ => None,
        })
        .filter(|id| {
            run.state
                .issues
                .get(id)
                .is_some_and(|pull| pull.open || closed_too)
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(Object::Issue).collect()
}

/// A merged pull request that nobody described: `newer` others were merged after it, one a day.
pub(super) fn counted(run: &Run<'_>, repo: u64, newer: u64, name: &str) -> Option<Output> {
    let repo = run.state.repos.get(&repo)?;
    let back = i64::try_from(newer).unwrap_or(i64::MAX).saturating_mul(DAY);
    let merged = repo.last_counted_merge.unwrap_or(repo.pushed_at) - back;
    let author = repo.contributors.first().copied().unwrap_or(repo.owner);
    let number = repo.counted_merges - newer.min(repo.counted_merges);
    Some(match name {
        "id" => Output::of(node_id::inner("PR", repo.id, u64::MAX - newer)),
        "number" => Output::of(number),
        "title" => Output::of("Earlier work"),
        "body" | "bodyText" => Output::of(""),
        "state" => Output::of("MERGED"),
        "merged" | "closed" => Output::of(true),
        "locked" | "isDraft" | "viewerDidAuthor" => Output::of(false),
        "mergedAt" | "closedAt" | "updatedAt" => Output::of(time(merged)),
        "createdAt" => Output::of(time(merged - DAY)),
        "author" => Output::One(Some(Object::Account(author))),
        "authorAssociation" => Output::of(run.state.association(repo, author, Some(run.viewer))),
        "repository" => Output::One(Some(Object::Repository(repo.id))),
        "databaseId" | "fullDatabaseId" | "lastEditedAt" => Output::Plain(Value::Null),
        "labels" => empty("LabelConnection"),
        "assignees" => empty("UserConnection"),
        "assignedActors" => empty("AssigneeConnection"),
        "comments" => empty("IssueCommentConnection"),
        "closingIssuesReferences" => empty("IssueConnection"),
        "timelineItems" => empty("PullRequestTimelineItemsConnection"),
        "mergeable" | "mergeStateStatus" => Output::of("UNKNOWN"),
        "headRefName" => Output::of("work"),
        "baseRefName" => Output::of(repo.default_branch.clone()),
        "headRefOid" | "baseRefOid" => {
            let oid = Oid::of("commit", &number.to_be_bytes());
            Output::of(oid.to_string())
        }
        "reviewDecision" | "statusCheckRollup" => Output::Plain(Value::Null),
        "mergedBy" | "mergeCommit" | "headRef" | "headRepository" | "headRepositoryOwner" => {
            Output::One(None)
        }
        "isCrossRepository" => Output::of(true),
        "maintainerCanModify" => Output::of(false),
        "additions" | "deletions" | "changedFiles" => Output::of(0),
        "commits" => empty("PullRequestCommitConnection"),
        "files" => empty("PullRequestChangedFileConnection"),
        "reviews" => empty("PullRequestReviewConnection"),
        "reviewThreads" => empty("PullRequestReviewThreadConnection"),
        _ => return addresses(name, &format!("/{}/pull/{number}", run.state.slug(repo))),
    })
}

fn empty(type_name: &'static str) -> Output {
    connection::page(type_name, 0, 0, 0, Vec::new())
}

/// Also used for the `lockReason` of events.
pub(super) fn lock_reason_output(reason: Option<&str>) -> Output {
    Output::Plain(lock_reason(reason))
}
