//! Mutations: what an operation changes, before its answer is read off the new state.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Prepared;
use super::ast::{Field, Selection};
use super::input::{Arguments, Values, included};
use super::object::{Object, Payload};
use super::run::Trouble;
use crate::github::git::{Commit, Entries, Git, Kind, Mode, Oid, Person, is_path};
use crate::github::guard::{Call, Viewer};
use crate::github::model::Repo;
use crate::github::node_id;
use crate::github::rest::writer;
use crate::github::state::State;
use crate::tokens::TokenKind;

/// Runs all mutations in their order; what each came to, by its key in the answer.
pub(super) fn all(
    call: &Call<'_>,
    state: &mut State,
    prepared: &Prepared,
    selections: &[Selection],
) -> BTreeMap<String, Result<Object, Trouble>> {
    let mut out = BTreeMap::new();
    for field in fields(prepared, selections) {
        if !out.contains_key(field.key()) {
            let arguments = Arguments::of(field, &prepared.variables);
            out.insert(field.key().to_owned(), one(call, state, field, &arguments));
        }
    }
    out
}

fn fields<'p>(prepared: &'p Prepared, selections: &'p [Selection]) -> Vec<&'p Field> {
    let mut out = Vec::new();
    for selection in selections {
        match selection {
            Selection::Field(field) if included(&field.directives, &prepared.variables) => {
                out.push(field);
            }
            Selection::Inline {
                selections,
                directives,
                ..
            } if included(directives, &prepared.variables) => {
                out.extend(fields(prepared, selections));
            }
            Selection::Spread {
                name, directives, ..
            } if included(directives, &prepared.variables) => {
                if let Some(fragment) = prepared.document.fragments.get(name) {
                    out.extend(fields(prepared, &fragment.selections));
                }
            }
            Selection::Field(_) | Selection::Inline { .. } | Selection::Spread { .. } => {}
        }
    }
    out
}

fn one(
    call: &Call<'_>,
    state: &mut State,
    field: &Field,
    arguments: &Arguments,
) -> Result<Object, Trouble> {
    let nothing = Values::new();
    let input = arguments.object("input").unwrap_or(&nothing);
    let mut payload = Payload {
        type_name: "CreateCommitOnBranchPayload",
        client_mutation_id: text(input, "clientMutationId").map(ToOwned::to_owned),
        commit: None,
        pull: None,
    };
    match field.name.as_str() {
        "createCommitOnBranch" => {
            let (repo, branch, commit) = commit(call, state, input)?;
            state.push(repo, &branch, commit, call.now);
            payload.commit = Some((repo, commit, branch));
        }
        "markPullRequestReadyForReview" => {
            payload.type_name = "MarkPullRequestReadyForReviewPayload";
            payload.pull = Some(set_draft(call, state, input, &field.name, false)?);
        }
        "convertPullRequestToDraft" => {
            payload.type_name = "ConvertPullRequestToDraftPayload";
            payload.pull = Some(set_draft(call, state, input, &field.name, true)?);
        }
        other => {
            let message = format!("the simulator has no mutation {other}");
            return Err(Trouble::new("INTERNAL", message));
        }
    }
    Ok(Object::Payload(payload))
}

fn text<'v>(input: &'v Values, name: &str) -> Option<&'v str> {
    input.get(name).and_then(Value::as_str)
}

fn unprocessable(message: impl Into<String>) -> Trouble {
    Trouble::new("UNPROCESSABLE", message)
}

/// The token reaches the repository, and the repository takes changes.
fn may_reach<'c>(
    call: &'c Call<'_>,
    state: &State,
    repo: &Repo,
    field: &str,
) -> Result<&'c Viewer, Trouble> {
    let refused = |message: &str| Trouble::new("FORBIDDEN", message);
    let viewer = call.viewer.as_ref();
    let viewer = viewer.ok_or_else(|| refused("Requires authentication"))?;
    match viewer.kind {
        TokenKind::GitHubApp if !state.switches.installed_on.contains(&repo.owner) => {
            return Err(refused("Resource not accessible by integration"));
        }
        TokenKind::OAuthApp => {
            let wide = if repo.private { "repo" } else { "public_repo" };
            if !viewer.scopes.iter().any(|s| s == "repo" || s == wide) {
                let has = viewer.scopes.join("', '");
                let message = format!(
                    "Your token has not been granted the required scopes to execute this query. The \
                     '{field}' field requires one of the following scopes: ['{wide}'], but your token \
                     has only been granted the: ['{has}'] scopes. Please modify your token's scopes at: \
                     https://github.com/settings/tokens."
                );
                return Err(Trouble::new("INSUFFICIENT_SCOPES", message));
            }
            if let Some(message) = writer::restricted(state, repo) {
                return Err(refused(&message));
            }
        }
        TokenKind::GitHubApp => {}
    }
    if repo.archived {
        return Err(unprocessable("Repository was archived so is read-only."));
    }
    Ok(viewer)
}

fn forbidden(state: &State, viewer: &Viewer, field: &str) -> Trouble {
    let (login, mut name) = (state.login(viewer.id), field.to_owned());
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let message = format!("{login} does not have the correct permissions to execute `{name}`");
    Trouble::new("FORBIDDEN", message)
}

/// The repository and branch that are meant.
fn place<'s>(
    state: &'s State,
    viewer: Option<u64>,
    branch: &Values,
) -> Result<(&'s Repo, String), Trouble> {
    if branch.contains_key("id") {
        return Err(unprocessable(
            "the simulator finds branches by repositoryNameWithOwner and branchName only",
        ));
    }
    let slug = text(branch, "repositoryNameWithOwner").unwrap_or_default();
    let repo = state
        .repo_by_slug(slug)
        .filter(|repo| state.can_read(repo, viewer) && !repo.disabled && repo.is_ready());
    let repo = repo.ok_or_else(|| {
        let message = format!("Could not resolve to a Repository with the name '{slug}'.");
        Trouble::new("NOT_FOUND", message)
    })?;
    let name = text(branch, "branchName").unwrap_or_default();
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    Ok((repo, name.to_owned()))
}

/// `createCommitOnBranch`: the commit is made, the branch not yet moved.
fn commit(call: &Call<'_>, state: &State, input: &Values) -> Result<(u64, String, Oid), Trouble> {
    const FIELD: &str = "createCommitOnBranch";
    let nothing = Values::new();
    let part = |name: &str| {
        input
            .get(name)
            .and_then(Value::as_object)
            .unwrap_or(&nothing)
    };
    let (repo, branch) = place(state, call.viewer_id(), part("branch"))?;
    let viewer = may_reach(call, state, repo, FIELD)?;
    if !state.can_write(repo, viewer.id) {
        call.violation(format!(
            "a commit to {}, where the account has no write access",
            state.slug(repo)
        ));
        return Err(forbidden(state, viewer, FIELD));
    }
    let git = state.git(repo);
    let Some(head) = git.branch(&branch) else {
        let message = format!("Could not resolve to a Ref with the name 'refs/heads/{branch}'.");
        return Err(Trouble::new("NOT_FOUND", message));
    };
    let expected = text(input, "expectedHeadOid").unwrap_or_default();
    if expected != head.to_string() {
        let message = format!(
            "Expected branch to point to \"{expected}\" but it did not.  Pull and try again."
        );
        return Err(Trouble::new("STALE_DATA", message));
    }
    let (files, touched) = changed(git, head, part("fileChanges"))?;
    if let Some(path) = touched.iter().find(|path| writer::is_workflow(path))
        && !writer::may_change_workflows(viewer)
    {
        let message = writer::workflow_refusal(viewer, path);
        return Err(Trouble::new("FORBIDDEN", message));
    }
    let message = part("message");
    let mut words = text(message, "headline").unwrap_or_default().to_owned();
    if words.trim().is_empty() {
        return Err(unprocessable("A commit headline can't be blank"));
    }
    if let Some(body) = text(message, "body").filter(|body| !body.is_empty()) {
        words.push_str("\n\n");
        words.push_str(body);
    }
    let oid = git.objects.put_commit(&Commit {
        tree: git.objects.unflatten(&files),
        parents: vec![head],
        author: state.person(viewer.id, call.now),
        committer: Person::github(call.now),
        message: words,
        signed: true,
    });
    Ok((repo.id, branch, oid))
}

/// The files of the head with these changes, and the paths that they touch.
fn changed(git: &Git, head: Oid, changes: &Values) -> Result<(Entries, Vec<String>), Trouble> {
    let tree = git.tree_of(head);
    let mut files = tree.map_or_else(Entries::new, |tree| git.objects.flatten(tree));
    let mut seen = BTreeSet::new();
    let list = |name: &str| {
        let items = changes.get(name).and_then(Value::as_array);
        items.map_or(&[][..], Vec::as_slice)
    };
    let mut path_of = |item: &Value| -> Result<String, Trouble> {
        let path = item.get("path").and_then(Value::as_str).unwrap_or_default();
        if !is_path(path) {
            return Err(unprocessable(format!("'{path}' is not a valid path")));
        }
        if !seen.insert(path.to_owned()) {
            return Err(unprocessable(format!("'{path}' is changed more than once")));
        }
        Ok(path.to_owned())
    };
    let mut touched = Vec::new();
    for item in list("deletions") {
        let path = path_of(item)?;
        if files.remove(&path).is_none() {
            return Err(unprocessable(format!(
                "A path was requested for deletion which does not exist as of commit oid `{head}`: {path}"
            )));
        }
        touched.push(path);
    }
    for item in list("additions") {
        let path = path_of(item)?;
        let encoded = item.get("contents").and_then(Value::as_str);
        let content = STANDARD
            .decode(encoded.unwrap_or_default())
            .map_err(|_| unprocessable(format!("contents of '{path}' are not valid Base64")))?;
        let below = format!("{path}/");
        let in_the_way = files
            .keys()
            .find(|file| file.starts_with(&below) || path.starts_with(&format!("{file}/")));
        if let Some(file) = in_the_way {
            return Err(unprocessable(format!(
                "'{path}' cannot be a file beside '{file}'"
            )));
        }
        // A regular file, whatever was there: an executable bit or a link is lost.
        let blob = git.objects.put(Kind::Blob, content);
        files.insert(path.clone(), (Mode::File, blob));
        touched.push(path);
    }
    Ok((files, touched))
}

/// Makes a pull request a draft, or not.
fn set_draft(
    call: &Call<'_>,
    state: &mut State,
    input: &Values,
    field: &str,
    draft: bool,
) -> Result<u64, Trouble> {
    let node = text(input, "pullRequestId").unwrap_or_default();
    let found = node_id::parse(node)
        .filter(|(prefix, _)| *prefix == "PR")
        .and_then(|(_, id)| state.issues.get(&id))
        .and_then(|issue| Some((issue, state.repos.get(&issue.repo)?)))
        .filter(|(_, repo)| state.can_read(repo, call.viewer_id()));
    let Some((issue, repo)) = found else {
        let message = format!("Could not resolve to a node with the global id of '{node}'");
        return Err(Trouble::new("NOT_FOUND", message));
    };
    let viewer = may_reach(call, state, repo, field)?;
    if issue.author != viewer.id && !state.can_write(repo, viewer.id) {
        return Err(forbidden(state, viewer, field));
    }
    if !issue.open {
        return Err(unprocessable("Pull request is closed"));
    }
    if draft && !repo.drafts {
        return Err(unprocessable(
            "Draft pull requests are not supported in this repository.",
        ));
    }
    let id = issue.id;
    if let Some(issue) = state.issues.get_mut(&id) {
        issue.updated_at = issue.updated_at.max(call.now);
        if let Some(pull) = issue.pull.as_mut() {
            pull.draft = draft;
        }
    }
    Ok(id)
}
