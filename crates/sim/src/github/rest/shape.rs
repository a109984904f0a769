//! The JSON of REST, as GitHub's public schema has it (the fields clients insist on, and then some).

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::super::guard::Call;
use super::super::model::{Account, AccountKind, Comment, Event, EventKind, Issue, Label, Repo};
use super::super::node_id;
use super::super::state::State;

/// A time as both APIs write it.
pub(in crate::github) fn time(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn optional_time(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| time(ms).into())
}

/// The node id of an account.
pub(in crate::github) fn account_node_id(account: &Account) -> String {
    let prefix = match account.kind {
        AccountKind::User => "U",
        AccountKind::Bot => "BOT",
        AccountKind::Organization => "O",
    };
    node_id::top(prefix, account.id)
}

pub(super) fn account(state: &State, id: u64, base: &str) -> Value {
    let Some(account) = state.accounts.get(&id) else {
        return Value::Null;
    };
    let login = account.login();
    let at = format!(
        "{base}/users/{}",
        login.replace('[', "%5B").replace(']', "%5D")
    );
    let html = match account.kind {
        AccountKind::Bot => format!("https://github.com/apps/{}", account.slug),
        AccountKind::User | AccountKind::Organization => format!("https://github.com/{login}"),
    };
    json!({
        "login": login,
        "id": account.id,
        "node_id": account_node_id(account),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", account.id),
        "gravatar_id": "",
        "url": at,
        "html_url": html,
        "followers_url": format!("{at}/followers"),
        "following_url": format!("{at}/following{{/other_user}}"),
        "gists_url": format!("{at}/gists{{/gist_id}}"),
        "starred_url": format!("{at}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{at}/subscriptions"),
        "organizations_url": format!("{at}/orgs"),
        "repos_url": format!("{at}/repos"),
        "events_url": format!("{at}/events{{/privacy}}"),
        "received_events_url": format!("{at}/received_events"),
        "type": account.kind.as_str(),
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// `GET /user`, `GET /users/{login}`.
pub(super) fn profile(state: &State, id: u64, base: &str) -> Value {
    let mut body = account(state, id, base);
    let (Some(object), Some(account)) = (body.as_object_mut(), state.accounts.get(&id)) else {
        return body;
    };
    for absent in [
        "name",
        "company",
        "location",
        "email",
        "hireable",
        "bio",
        "twitter_username",
    ] {
        object.insert(absent.to_owned(), Value::Null);
    }
    object.insert("blog".to_owned(), "".into());
    for zero in ["public_gists", "followers", "following"] {
        object.insert(zero.to_owned(), 0.into());
    }
    let repos = state.repos.values().filter(|repo| repo.owner == id).count();
    object.insert("public_repos".to_owned(), repos.into());
    object.insert("created_at".to_owned(), time(account.created_at).into());
    object.insert("updated_at".to_owned(), time(account.created_at).into());
    body
}

fn label(label: &Label, repo: &Repo, api: &str) -> Value {
    let encoded: String = url::form_urlencoded::byte_serialize(label.name.as_bytes()).collect();
    json!({
        "id": label.id,
        "node_id": node_id::inner("LA", repo.id, label.id),
        "url": format!("{api}/labels/{}", encoded.replace('+', "%20")),
        "name": label.name,
        "color": label.color,
        "default": false,
        "description": label.description,
    })
}

pub(super) fn labels(names: &[String], repo: &Repo, api: &str) -> Vec<Value> {
    names
        .iter()
        .filter_map(|name| repo.labels.get(&name.to_lowercase()))
        .map(|found| label(found, repo, api))
        .collect()
}

pub(super) fn api_url(state: &State, repo: &Repo, base: &str) -> String {
    format!("{base}/repos/{}", state.slug(repo))
}

pub(super) fn issue(state: &State, repo: &Repo, issue: &Issue, call: &Call<'_>) -> Value {
    let (base, slug) = (call.base, state.slug(repo));
    let api = api_url(state, repo, base);
    let at = format!("{api}/issues/{}", issue.number);
    let kind = if issue.pull.is_some() {
        "pull"
    } else {
        "issues"
    };
    let html = format!("https://github.com/{slug}/{kind}/{}", issue.number);
    let assignees: Vec<Value> = issue
        .assignees
        .iter()
        .map(|id| account(state, *id, base))
        .collect();
    let prefix = if issue.pull.is_some() { "PR" } else { "I" };
    let mut body = json!({
        "url": at,
        "repository_url": api,
        "labels_url": format!("{at}/labels{{/name}}"),
        "comments_url": format!("{at}/comments"),
        "events_url": format!("{at}/events"),
        "timeline_url": format!("{at}/timeline"),
        "html_url": html,
        "id": issue.id,
        "node_id": node_id::inner(prefix, repo.id, issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": account(state, issue.author, base),
        "labels": labels(&issue.labels, repo, &api),
        "state": if issue.open { "open" } else { "closed" },
        "state_reason": issue.state_reason,
        "locked": issue.locked,
        "active_lock_reason": issue.lock_reason,
        "assignee": assignees.first(),
        "assignees": assignees,
        "milestone": null,
        "comments": issue.comments.len(),
        "created_at": time(issue.created_at),
        "updated_at": time(issue.updated_at),
        "closed_at": optional_time(issue.closed_at),
        "author_association": state.association(repo, issue.author, call.viewer_id()),
        "body": issue.body,
        "closed_by": null,
        "reactions": reactions(&at),
    });
    if let (Some(pull), Some(object)) = (&issue.pull, body.as_object_mut()) {
        object.insert("draft".to_owned(), pull.draft.into());
        let pull = json!({
            "url": format!("{api}/pulls/{}", issue.number),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "merged_at": optional_time(pull.merged_at),
        });
        object.insert("pull_request".to_owned(), pull);
    }
    body
}

fn reactions(at: &str) -> Value {
    json!({
        "url": format!("{at}/reactions"), "total_count": 0, "+1": 0, "-1": 0, "laugh": 0,
        "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
    })
}

pub(super) fn comment(
    state: &State,
    repo: &Repo,
    issue: &Issue,
    comment: &Comment,
    call: &Call<'_>,
) -> Value {
    let api = api_url(state, repo, call.base);
    let at = format!("{api}/issues/comments/{}", comment.id);
    let html = format!(
        "https://github.com/{}/issues/{}#issuecomment-{}",
        state.slug(repo),
        issue.number,
        comment.id
    );
    json!({
        "url": at,
        "html_url": html,
        "issue_url": format!("{api}/issues/{}", issue.number),
        "id": comment.id,
        "node_id": node_id::inner("IC", repo.id, comment.id),
        "user": account(state, comment.author, call.base),
        "created_at": time(comment.created_at),
        "updated_at": time(comment.updated_at),
        "body": comment.body,
        "author_association": state.association(repo, comment.author, call.viewer_id()),
        "reactions": reactions(&at),
        "performed_via_github_app": null,
    })
}

/// One entry of a timeline; `None` for what cannot be shown any more.
pub(super) fn event(state: &State, repo: &Repo, event: &Event, call: &Call<'_>) -> Option<Value> {
    let api = api_url(state, repo, call.base);
    let mut body = json!({
        "event": event.kind.rest_name(),
        "actor": event.actor.map_or(Value::Null, |id| account(state, id, call.base)),
        "created_at": time(event.at),
    });
    let object = body.as_object_mut()?;
    // Cross-references are the one kind without an id of their own.
    if !matches!(event.kind, EventKind::CrossReferenced { .. }) {
        let names = event.kind.graphql_names().0;
        let prefix: String = names.chars().filter(char::is_ascii_uppercase).collect();
        object.insert("id".to_owned(), event.id.into());
        object.insert(
            "node_id".to_owned(),
            node_id::inner(&prefix, repo.id, event.id).into(),
        );
        object.insert(
            "url".to_owned(),
            format!("{api}/issues/events/{}", event.id).into(),
        );
        object.insert("commit_id".to_owned(), Value::Null);
        object.insert("commit_url".to_owned(), Value::Null);
        object.insert("performed_via_github_app".to_owned(), Value::Null);
    }
    match &event.kind {
        EventKind::Labeled(name) | EventKind::Unlabeled(name) => {
            let color = repo
                .labels
                .get(&name.to_lowercase())
                .map_or("ededed", |label| label.color.as_str());
            object.insert("label".to_owned(), json!({ "name": name, "color": color }));
        }
        EventKind::Assigned(who) | EventKind::Unassigned(who) => {
            object.insert("assignee".to_owned(), account(state, *who, call.base));
        }
        EventKind::CrossReferenced { source, .. } => {
            let source = state.issues.get(source)?;
            let from = state.repos.get(&source.repo)?;
            if !state.can_read(from, call.viewer_id()) {
                return None;
            }
            let mut shown = issue(state, from, source, call);
            shown["repository"] = super::repos::shape(state, from, call);
            object.insert("updated_at".to_owned(), time(event.at).into());
            object.insert(
                "source".to_owned(),
                json!({ "type": "issue", "issue": shown }),
            );
        }
        EventKind::Renamed { from, to } => {
            object.insert("rename".to_owned(), json!({ "from": from, "to": to }));
        }
        EventKind::Locked { reason } => {
            object.insert("lock_reason".to_owned(), json!(reason));
        }
        EventKind::Closed { reason, .. } => {
            object.insert("state_reason".to_owned(), json!(reason));
        }
        EventKind::Connected { .. } | EventKind::Reopened | EventKind::Unlocked => {}
    }
    Some(body)
}
