//! Who may write what: the kind of token, its scopes, what owners forbid.

use serde_json::Value;

use super::super::guard::{Call, Viewer};
use super::super::model::{AccountKind, InteractionLimit, Repo};
use super::super::reply::Reply;
use super::super::state::State;
use crate::tokens::TokenKind;

/// A token of the right kind: it belongs to somebody, reaches this owner's repositories and carries
/// the scope. Says nothing of what its owner may do there.
///
/// # Errors
/// 401, 403 or 404 in GitHub's words.
pub(super) fn token<'c>(
    call: &'c Call<'_>,
    state: &State,
    repo: &Repo,
    page: &str,
) -> Result<&'c Viewer, Reply> {
    let Some(viewer) = &call.viewer else {
        return Err(Reply::error(401, "Requires authentication", page));
    };
    match viewer.kind {
        TokenKind::GitHubApp => {
            if !state.switches.installed_on.contains(&repo.owner) {
                return Err(
                    Reply::error(403, "Resource not accessible by integration", page).header(
                        "x-accepted-github-permissions",
                        "issues=write; pull_requests=write",
                    ),
                );
            }
        }
        TokenKind::OAuthApp => {
            // Without the scope GitHub does not admit that the address exists.
            let wide = if repo.private { "repo" } else { "public_repo" };
            if !viewer.scopes.iter().any(|s| s == "repo" || s == wide) {
                return Err(Reply::error(404, "Not Found", page)
                    .header("x-accepted-oauth-scopes", "public_repo, repo"));
            }
            if let Some(message) = restricted(state, repo) {
                return Err(Reply::error(403, &message, page));
            }
        }
    }
    Ok(viewer)
}

/// The organisation lets no OAuth App write that it has not approved.
pub(in crate::github) fn restricted(state: &State, repo: &Repo) -> Option<String> {
    if !state.switches.restricted.contains(&repo.owner) {
        return None;
    }
    let org = state.login(repo.owner);
    Some(format!(
        "Although you appear to have the correct authorization credentials, the `{org}` \
         organization has enabled OAuth App access restrictions, meaning that data access to \
         third-parties is limited. For more information on these restrictions, including how to \
         enable this app, visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"
    ))
}

/// Who may take part (comment, open a pull request): the right token, in a repository that is alive.
///
/// # Errors
/// 401, 403 or 404 in GitHub's words.
pub(super) fn participant<'c>(
    call: &'c Call<'_>,
    state: &State,
    repo: &Repo,
    page: &str,
) -> Result<&'c Viewer, Reply> {
    let viewer = token(call, state, repo, page)?;
    if repo.archived {
        let message = "Repository was archived so is read-only.";
        return Err(Reply::error(403, message, page));
    }
    Ok(viewer)
}

/// Who may change branches and objects: a participant with write access. To others GitHub says that
/// there is nothing.
///
/// # Errors
/// 401, 403 or 404 in GitHub's words.
pub(super) fn pusher<'c>(
    call: &'c Call<'_>,
    state: &State,
    repo: &Repo,
    page: &str,
) -> Result<&'c Viewer, Reply> {
    let viewer = participant(call, state, repo, page)?;
    if state.can_write(repo, viewer.id) {
        return Ok(viewer);
    }
    call.violation(format!(
        "a write to {}, where the account has no write access",
        state.slug(repo)
    ));
    Err(match viewer.kind {
        TokenKind::GitHubApp => Reply::error(403, "Resource not accessible by integration", page),
        TokenKind::OAuthApp => Reply::error(404, "Not Found", page),
    })
}

/// The viewer's account is one that an interaction limit lets through.
///
/// # Errors
/// 403 in GitHub's words.
pub(super) fn within_limits(
    state: &State,
    repo: &Repo,
    viewer: u64,
    now: i64,
    page: &str,
) -> Result<(), Reply> {
    let Some(limit) = repo.interaction_limit else {
        return Ok(());
    };
    let account = state.accounts.get(&viewer);
    let old = account.is_some_and(|a| now - a.created_at >= 24 * 3600 * 1000);
    let (fits, whom) = match limit {
        InteractionLimit::ExistingUsers => (old, "existing users"),
        InteractionLimit::ContributorsOnly => (repo.contributors.contains(&viewer), "contributors"),
        InteractionLimit::CollaboratorsOnly => (false, "collaborators"),
    };
    if fits || state.can_write(repo, viewer) {
        return Ok(());
    }
    let message = format!("Interactions on this repository have been restricted to {whom} only.");
    Err(Reply::error(403, &message, page))
}

/// Whether the path is a workflow, which needs a permission of its own.
pub(in crate::github) fn is_workflow(path: &str) -> bool {
    path.starts_with(".github/workflows/")
}

/// The token may change workflows. (A user token of a GitHub App: only with a permission that the
/// simulated App does not have.)
pub(in crate::github) fn may_change_workflows(viewer: &Viewer) -> bool {
    viewer.kind == TokenKind::OAuthApp && viewer.scopes.iter().any(|scope| scope == "workflow")
}

/// What GitHub says when it may not.
pub(in crate::github) fn workflow_refusal(viewer: &Viewer, path: &str) -> String {
    let (what, needed) = match viewer.kind {
        TokenKind::OAuthApp => ("an OAuth App", "`workflow` scope"),
        TokenKind::GitHubApp => ("a GitHub App", "`workflows` permission"),
    };
    format!("refusing to allow {what} to create or update workflow `{path}` without {needed}")
}

/// The account is an organisation that the viewer is no member of, or another person.
pub(super) fn is_stranger_to(state: &State, owner: u64, viewer: u64) -> bool {
    owner != viewer
        && state.accounts.get(&owner).is_none_or(|account| {
            account.kind != AccountKind::Organization || !account.members.contains_key(&viewer)
        })
}

/// The JSON object of a request.
pub(super) struct Body<'p> {
    fields: serde_json::Map<String, Value>,
    page: &'p str,
}

impl<'p> Body<'p> {
    /// # Errors
    /// 400, if it is none.
    pub(super) fn of(call: &Call<'_>, page: &'p str) -> Result<Self, Reply> {
        match serde_json::from_slice::<Value>(call.body) {
            Ok(Value::Object(fields)) => Ok(Self { fields, page }),
            Ok(_) => Err(Reply::error(400, "Body should be a JSON object", page)),
            Err(_) => Err(Reply::error(400, "Problems parsing JSON", page)),
        }
    }

    /// The same, for requests that may come without a body.
    ///
    /// # Errors
    /// 400, if there is one that is none.
    pub(super) fn optional(call: &Call<'_>, page: &'p str) -> Result<Self, Reply> {
        if call.body.is_empty() {
            let fields = serde_json::Map::new();
            return Ok(Self { fields, page });
        }
        Self::of(call, page)
    }

    /// # Errors
    /// 422, if it is there and no string.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Reply> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(name, other, "a string")),
        }
    }

    /// # Errors
    /// 422, if it is missing or no string.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Reply> {
        self.text(name)?.ok_or_else(|| {
            let message = format!("Invalid request.\n\n\"{name}\" wasn't supplied.");
            Reply::error(422, &message, self.page)
        })
    }

    /// # Errors
    /// 422, if it is there and neither true nor false.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Reply> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(name, other, "a boolean")),
        }
    }

    /// # Errors
    /// 422, if it is there and no array.
    pub(super) fn list(&self, name: &str) -> Result<Option<&[Value]>, Reply> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(self.wrong(name, other, "an array")),
        }
    }

    /// # Errors
    /// 422, if it is there and no object.
    pub(super) fn object(
        &self,
        name: &str,
    ) -> Result<Option<&serde_json::Map<String, Value>>, Reply> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(other) => Err(self.wrong(name, other, "an object")),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Reply {
        let message =
            format!("Invalid request.\n\nFor 'properties/{name}', {value} is not {wanted}.");
        Reply::error(422, &message, self.page)
    }
}
