//! How GitHub says no to the writes of the submit path: by status, by text, by type of error.
//!
//! The texts are GitHub's own as clients have met them; a no in other words falls back to the general
//! kind of its status.

use http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::super::classify::{self, contains};
use super::super::graphql::GraphError;
use super::super::line::Answer;
use super::super::trouble::{Refusal, words};

/// Words that only one kind of no has, in lower case. The first that fits counts.
const TEXTS: &[(&str, Refusal)] = &[
    ("was archived so is read-only", Refusal::Archived),
    ("repository is archived", Refusal::Archived),
    ("forking is disabled", Refusal::ForkingForbidden),
    ("cannot be forked", Refusal::ForkingForbidden),
    (
        "does not allow private repository forking",
        Refusal::ForkingForbidden,
    ),
    ("a pull request already exists", Refusal::PullExists),
    ("no commits between", Refusal::NoCommits),
    ("must be a collaborator", Refusal::CollaboratorsOnly),
    ("limited to collaborators", Refusal::CollaboratorsOnly),
    ("only collaborators can", Refusal::CollaboratorsOnly),
    ("too many open pull requests", Refusal::PullLimit),
    ("open pull request limit", Refusal::PullLimit),
    ("maximum number of open pull requests", Refusal::PullLimit),
    (
        "draft pull requests are not supported",
        Refusal::DraftsUnsupported,
    ),
    (
        "fork collab can't be granted",
        Refusal::MaintainerEditsForbidden,
    ),
    ("reference already exists", Refusal::RefExists),
    ("reference does not exist", Refusal::BranchGone),
    ("could not resolve to a ref", Refusal::BranchGone),
    ("object does not exist", Refusal::CommitMissing),
    ("not a fast forward", Refusal::Stale),
    ("expected branch to point to", Refusal::Stale),
    ("git repository is empty", Refusal::NotReady),
    ("pull request is closed", Refusal::PullClosed),
    ("oauth app access restrictions", Refusal::AppRestricted),
    (
        "forbids access via a personal access token",
        Refusal::AppRestricted,
    ),
    ("saml enforcement", Refusal::AppRestricted),
];

/// What a REST answer says more exactly than its status does.
pub(super) fn of_answer(answer: &Answer) -> Option<Refusal> {
    let status = answer.status.as_u16();
    if !matches!(status, 400..=499) {
        return None;
    }
    let message = classify::message(answer);
    if let Some(kind) = of_text(&message) {
        return Some(kind);
    }
    match status {
        422 => of_field(&answer.body),
        403 | 404 => missing_scope(&answer.headers),
        _ => None,
    }
}

fn of_text(message: &str) -> Option<Refusal> {
    if contains(message, &["refusing to allow"]) && contains(message, &["workflow"]) {
        return Some(Refusal::WorkflowScope);
    }
    let fits = TEXTS.iter().find(|(text, _)| contains(message, &[text]));
    fits.map(|(_, kind)| kind.clone())
}

/// A branch of a new pull request that GitHub does not find is only named as a field.
fn of_field(body: &[u8]) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Body {
        errors: Vec<Value>,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    body.errors.iter().find_map(|error| {
        match (error.get("field")?.as_str()?, error.get("code")?.as_str()?) {
            ("base", "invalid") => Some(Refusal::BaseGone),
            ("head", "invalid") => Some(Refusal::BranchGone),
            _ => None,
        }
    })
}

/// GitHub says with every answer which scopes the token has and which would do; where none of these is
/// among those, it does not admit that the address exists.
fn missing_scope(headers: &HeaderMap) -> Option<Refusal> {
    let list = |name: &str| -> Option<Vec<String>> {
        let text = headers.get(name)?.to_str().ok()?;
        let scopes = text.split(',').map(str::trim).filter(|s| !s.is_empty());
        Some(scopes.map(str::to_owned).collect())
    };
    let (granted, accepted) = (list("x-oauth-scopes")?, list("x-accepted-oauth-scopes")?);
    let needed = accepted.first()?;
    let enough = granted
        .iter()
        .any(|has| accepted.contains(has) || (has == "repo" && needed == "public_repo"));
    (!enough).then(|| Refusal::ScopeMissing {
        needed: words(needed),
    })
}

/// What the error of a mutation means; `None` when the mutation may have happened all the same.
pub(super) fn of_error(error: &GraphError) -> Option<Refusal> {
    if error.passing() {
        return None;
    }
    let kind = error.kind.as_deref();
    if kind == Some("INSUFFICIENT_SCOPES") {
        return Some(Refusal::ScopeMissing {
            needed: scope_in(&error.message),
        });
    }
    if classify::app_cannot_act(&error.message) {
        return Some(Refusal::AppCannotAct);
    }
    match kind? {
        "STALE_DATA" => Some(Refusal::Stale),
        "NOT_FOUND" => Some(of_text(&error.message).unwrap_or(Refusal::Gone)),
        "FORBIDDEN" | "UNAUTHORIZED" => Some(of_text(&error.message).unwrap_or(Refusal::Forbidden)),
        "UNPROCESSABLE" | "VALIDATION" | "BAD_USER_INPUT" | "ARGUMENT_LIMIT" => {
            Some(of_text(&error.message).unwrap_or_else(|| Refusal::Invalid(words(&error.message))))
        }
        _ => None,
    }
}

/// The first scope in "… requires one of the following scopes: ['public_repo'], …".
fn scope_in(message: &str) -> String {
    let after = message.split_once("scopes: ['").map(|(_, rest)| rest);
    let scope = after.and_then(|rest| rest.split('\'').next());
    words(scope.unwrap_or("a scope that GitHub did not name"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value, headers: &[(&'static str, &'static str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: map,
            body: Bytes::from(body.to_string()),
        }
    }

    fn said(status: u16, message: &str) -> Option<Refusal> {
        of_answer(&answer(status, &json!({ "message": message }), &[]))
    }

    #[test]
    fn texts_of_github_are_told_apart() {
        for (status, message, kind) in [
            (
                403,
                "Repository was archived so is read-only.",
                Refusal::Archived,
            ),
            (
                403,
                "The repository exists, but forking is disabled.",
                Refusal::ForkingForbidden,
            ),
            (422, "Reference already exists", Refusal::RefExists),
            (422, "Object does not exist", Refusal::CommitMissing),
            (422, "Update is not a fast forward", Refusal::Stale),
            (409, "Git Repository is empty.", Refusal::NotReady),
            (
                422,
                "refusing to allow an OAuth App to create or update workflow `.github/workflows/a.yml` without `workflow` scope",
                Refusal::WorkflowScope,
            ),
            (
                403,
                "`acme` forbids access via a personal access token (classic).",
                Refusal::AppRestricted,
            ),
        ] {
            assert_eq!(said(status, message), Some(kind), "{message}");
        }
        assert_eq!(said(422, "Something else"), None);
        assert_eq!(
            said(502, "Reference already exists"),
            None,
            "nobody knows then"
        );
    }

    #[test]
    fn texts_inside_the_list_of_errors_count() {
        let custom = |message: &str| {
            let error = json!({ "resource": "PullRequest", "code": "custom", "message": message });
            of_answer(&answer(
                422,
                &json!({ "message": "Validation Failed", "errors": [error] }),
                &[],
            ))
        };
        let exists = custom("A pull request already exists for me:bountyd/i7.");
        assert_eq!(exists, Some(Refusal::PullExists));
        assert_eq!(
            custom("No commits between main and me:x"),
            Some(Refusal::NoCommits)
        );
        assert_eq!(
            custom("must be a collaborator"),
            Some(Refusal::CollaboratorsOnly)
        );
        assert_eq!(
            custom("fork_collab Fork collab can't be granted by someone without permission"),
            Some(Refusal::MaintainerEditsForbidden)
        );
        let field = |name: &str| {
            let error = json!({ "resource": "PullRequest", "field": name, "code": "invalid" });
            of_answer(&answer(
                422,
                &json!({ "message": "Validation Failed", "errors": [error] }),
                &[],
            ))
        };
        assert_eq!(field("base"), Some(Refusal::BaseGone));
        assert_eq!(field("head"), Some(Refusal::BranchGone));
        assert_eq!(field("title"), None);
    }

    #[test]
    fn a_scope_is_missing_only_where_none_that_would_do_is_there() {
        let of = |granted: &'static str, accepted: &'static str| {
            let headers = [
                ("x-oauth-scopes", granted),
                ("x-accepted-oauth-scopes", accepted),
            ];
            of_answer(&answer(404, &json!({ "message": "Not Found" }), &headers))
        };
        let needed = "public_repo".to_owned();
        let missing = Some(Refusal::ScopeMissing { needed });
        assert_eq!(of("read:user", "public_repo, repo"), missing);
        assert_eq!(of("", "public_repo, repo"), missing);
        assert_eq!(of("public_repo, read:user", "public_repo, repo"), None);
        assert_eq!(of("repo", "public_repo"), None);
        assert_eq!(of("read:user", ""), None);
        assert_eq!(
            said(404, "Not Found"),
            None,
            "an App has permissions instead"
        );
    }

    #[test]
    fn errors_of_mutations_are_refusals_only_where_nothing_can_have_happened() {
        let error = |kind: Option<&str>, message: &str| GraphError {
            kind: kind.map(str::to_owned),
            message: message.to_owned(),
            path: None,
        };
        let of = |kind: &str, message: &str| of_error(&error(Some(kind), message));
        assert_eq!(of("STALE_DATA", "Expected branch …"), Some(Refusal::Stale));
        assert_eq!(
            of(
                "NOT_FOUND",
                "Could not resolve to a Ref with the name 'refs/heads/x'."
            ),
            Some(Refusal::BranchGone)
        );
        assert_eq!(
            of(
                "NOT_FOUND",
                "Could not resolve to a Repository with the name 'a/b'."
            ),
            Some(Refusal::Gone)
        );
        assert_eq!(
            of("FORBIDDEN", "Resource not accessible by integration"),
            Some(Refusal::AppCannotAct)
        );
        assert_eq!(of("FORBIDDEN", "no"), Some(Refusal::Forbidden));
        assert_eq!(
            of(
                "INSUFFICIENT_SCOPES",
                "The 'x' field requires one of the following scopes: ['public_repo'], but your token"
            ),
            Some(Refusal::ScopeMissing {
                needed: "public_repo".to_owned()
            })
        );
        assert_eq!(
            of("UNPROCESSABLE", "Repository was archived so is read-only."),
            Some(Refusal::Archived)
        );
        assert_eq!(
            of("UNPROCESSABLE", "odd path"),
            Some(Refusal::Invalid("odd path".to_owned()))
        );
        assert_eq!(of("INTERNAL", "x"), None);
        assert_eq!(of("NEW_KIND", "x"), None);
        assert_eq!(
            of_error(&error(None, "Something went wrong while executing")),
            None
        );
        assert_eq!(of_error(&error(None, "x")), None);
    }
}
