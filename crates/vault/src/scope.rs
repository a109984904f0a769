//! What a wire may be used for: verbs and path templates, reading GraphQL, one mutation.

mod capability;
mod template;

use http::Method;

pub use self::capability::Capability;
use self::template::matches;
use crate::graphql;
use crate::mutation::Mutation;

/// Longest request body, in bytes, where a permission does not say otherwise.
const LONGEST_REQUEST: usize = 1024 * 1024;
/// The same for a commit, whose files are in it.
const LONGEST_COMMIT: usize = 24 * 1024 * 1024;

/// What a wire is for, and every request that may travel over it.
#[derive(Clone, Debug)]
pub struct WireScope {
    /// Goes into the journal and the tenant's log: "scan", "claim". No text from outside.
    pub reason: &'static str,
    /// Anything not listed is refused.
    pub allow: Vec<Allow>,
}

/// One permitted kind of request.
///
/// In a template, `{x}` stands for exactly one segment that is not empty, holds no `..`, and hides
/// no slash, backslash or percent sign behind percent encoding; everything else is literal. A
/// template without holes pins one path. Query strings are not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    kind: Kind,
    /// Longest request body, in bytes.
    longest: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rest { method: Method, template: String },
    GraphqlQuery,
    Mutation(Mutation),
}

impl Allow {
    /// Reading what the template names.
    #[must_use]
    pub fn get(template: impl Into<String>) -> Self {
        Self::rest(Method::GET, template)
    }

    /// Creating what the template names.
    #[must_use]
    pub fn post(template: impl Into<String>) -> Self {
        Self::rest(Method::POST, template)
    }

    /// Changing what the template names.
    #[must_use]
    pub fn patch(template: impl Into<String>) -> Self {
        Self::rest(Method::PATCH, template)
    }

    /// Removing what the template names.
    #[must_use]
    pub fn delete(template: impl Into<String>) -> Self {
        Self::rest(Method::DELETE, template)
    }

    /// GraphQL documents that only read.
    #[must_use]
    pub fn graphql_query() -> Self {
        Self {
            kind: Kind::GraphqlQuery,
            longest: LONGEST_REQUEST,
        }
    }

    /// One GraphQL mutation, at its target.
    #[must_use]
    pub fn mutation(mutation: Mutation) -> Self {
        let longest = match mutation {
            Mutation::CommitOnBranch { .. } => LONGEST_COMMIT,
            Mutation::ReadyForReview { .. } => LONGEST_REQUEST,
        };
        Self {
            kind: Kind::Mutation(mutation),
            longest,
        }
    }

    /// The same for bodies of up to `bytes`, and not of 1 MiB.
    #[must_use]
    pub fn with_body_up_to(self, bytes: usize) -> Self {
        Self {
            longest: bytes,
            ..self
        }
    }

    fn rest(method: Method, template: impl Into<String>) -> Self {
        Self {
            kind: Kind::Rest {
                method,
                template: template.into(),
            },
            longest: LONGEST_REQUEST,
        }
    }
}

/// A GraphQL body that may go out.
pub(crate) struct Graphql {
    /// Written anew.
    pub(crate) body: Vec<u8>,
    /// It only reads.
    pub(crate) reads: bool,
}

impl WireScope {
    /// Longest GraphQL body, in bytes; `None` where there is no GraphQL.
    pub(crate) fn longest_graphql(&self) -> Option<usize> {
        let graphql = self
            .allow
            .iter()
            .filter(|allow| !matches!(allow.kind, Kind::Rest { .. }));
        graphql.map(|allow| allow.longest).max()
    }

    /// Longest body of such a request, in bytes; `None` where it is not permitted.
    pub(crate) fn longest(&self, method: &Method, path: &str) -> Option<usize> {
        let fits = self.allow.iter().filter(|allow| match &allow.kind {
            Kind::Rest {
                method: wanted,
                template,
            } => wanted == method && matches(template, path),
            Kind::GraphqlQuery | Kind::Mutation(_) => false,
        });
        fits.map(|allow| allow.longest).max()
    }

    /// Finds the permission for a GraphQL body.
    ///
    /// # Errors
    /// Why the nearest one does not permit it.
    pub(crate) fn graphql(&self, body: &[u8]) -> Result<Graphql, &'static str> {
        let mut refused = "GraphQL is not part of this wire's scope";
        for allow in &self.allow {
            let (checked, reads) = match &allow.kind {
                Kind::Rest { .. } => continue,
                Kind::GraphqlQuery => (graphql::read_only(body), true),
                Kind::Mutation(mutation) => (mutation.check(body), false),
            };
            match checked {
                Ok(_) if body.len() > allow.longest => refused = "the body is too long for it",
                Ok(body) => return Ok(Graphql { body, reads }),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    /// Whether `method` on `path` (absolute, still percent-encoded) is permitted.
    pub(crate) fn allows(&self, method: &Method, path: &str) -> bool {
        self.longest(method, path).is_some()
    }

    /// Whether a GET that started at `origin` may go on to `path`. GitHub answers requests about
    /// a renamed repository with a redirect to its numeric form, `/repositories/{id}/…`; that hop
    /// stays within the template the request started with.
    pub(crate) fn allows_hop(&self, origin: &str, path: &str) -> bool {
        self.allows(&Method::GET, path)
            || self
                .templates(&Method::GET)
                .filter(|template| matches(template, origin))
                .filter_map(by_number)
                .any(|template| matches(&template, path) && names_a_number(path))
    }

    fn templates<'a>(&'a self, wanted: &'a Method) -> impl Iterator<Item = &'a str> {
        self.allow
            .iter()
            .filter_map(move |allow| match &allow.kind {
                Kind::Rest { method, template } if method == wanted => Some(template.as_str()),
                _ => None,
            })
    }
}

/// `/repos/{owner}/{repo}/rest` as `/repositories/{id}/rest`.
fn by_number(template: &str) -> Option<String> {
    let mut parts = template.strip_prefix("/repos/")?.splitn(3, '/');
    let (_owner, _repo) = (parts.next()?, parts.next()?);
    Some(match parts.next() {
        Some(rest) => format!("/repositories/{{id}}/{rest}"),
        None => "/repositories/{id}".to_owned(),
    })
}

fn names_a_number(path: &str) -> bool {
    path.split('/')
        .nth(2)
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMENTS: &str = "/repos/{owner}/{repo}/issues/{n}/comments";

    #[test]
    fn verbs_do_not_cover_for_one_another() {
        let scope = WireScope {
            reason: "test",
            allow: vec![Allow::get("/user"), Allow::post(COMMENTS)],
        };
        assert!(scope.allows(&Method::GET, "/user"));
        assert!(!scope.allows(&Method::POST, "/user"));
        assert!(!scope.allows(&Method::GET, "/repos/a/b/issues/1/comments"));
        assert!(!scope.allows(&Method::DELETE, "/user"));
        assert_eq!(scope.longest_graphql(), None);
    }

    #[test]
    fn a_wire_for_one_mutation_reads_nothing_and_one_that_reads_changes_nothing() {
        let ready = Mutation::ReadyForReview {
            pull_request: "PR_x".into(),
        };
        let change = serde_json::json!({
            "query": ready.document(), "variables": { "input": { "pullRequestId": "PR_x" } },
        })
        .to_string();
        let scope = |allow: Vec<Allow>| WireScope {
            reason: "test",
            allow,
        };
        let changes = scope(vec![Allow::mutation(ready.clone())]);
        let reads = scope(vec![Allow::graphql_query()]);
        let query = br#"{"query":"{a}"}"#;
        assert!(changes.longest_graphql().is_some());
        assert!(
            changes
                .graphql(change.as_bytes())
                .is_ok_and(|out| !out.reads)
        );
        assert!(changes.graphql(query).is_err());
        assert!(reads.graphql(query).is_ok_and(|out| out.reads));
        assert!(reads.graphql(change.as_bytes()).is_err());
        let both = scope(vec![Allow::graphql_query(), Allow::mutation(ready)]);
        assert!(both.graphql(change.as_bytes()).is_ok_and(|out| !out.reads));
        assert!(both.graphql(query).is_ok_and(|out| out.reads));
        assert!(scope(vec![Allow::get("/user")]).graphql(query).is_err());
    }

    #[test]
    fn a_longer_body_is_for_the_request_it_was_granted_for() {
        let scope = WireScope {
            reason: "test",
            allow: vec![
                Allow::post("/repos/me/widget/git/blobs").with_body_up_to(3 << 20),
                Allow::delete("/repos/me/widget/git/refs/heads/bountyd/i7"),
                Allow::graphql_query(),
            ],
        };
        let blobs = "/repos/me/widget/git/blobs";
        assert_eq!(scope.longest(&Method::POST, blobs), Some(3 << 20));
        assert_eq!(scope.longest(&Method::PATCH, blobs), None);
        assert_eq!(scope.longest_graphql(), Some(LONGEST_REQUEST));
        let branch = "/repos/me/widget/git/refs/heads/bountyd/i7";
        assert!(scope.allows(&Method::DELETE, branch));
        assert!(!scope.allows(&Method::DELETE, "/repos/me/widget/git/refs/heads/main"));
        assert!(!scope.allows(&Method::DELETE, "/repos/me/widget"));
        assert!(!scope.allows(&Method::POST, branch));
    }

    #[test]
    fn a_renamed_repository_is_followed_within_the_template() {
        let scope = WireScope {
            reason: "test",
            allow: vec![
                Allow::get(COMMENTS),
                Allow::get("/repos/acme/widget"),
                Allow::get("/user"),
            ],
        };
        let from = "/repos/acme/widget/issues/7/comments";
        assert!(scope.allows_hop(from, "/repositories/42/issues/7/comments"));
        assert!(scope.allows_hop(from, "/repos/acme/gadget/issues/7/comments"));
        assert!(!scope.allows_hop(from, "/repositories/42/issues/7"));
        assert!(!scope.allows_hop(from, "/repositories/x/issues/7/comments"));
        assert!(!scope.allows_hop(from, "/repositories/42"));
        assert!(scope.allows_hop("/repos/acme/widget", "/repositories/42"));
        assert!(!scope.allows_hop("/repos/evil/widget", "/repositories/42"));
        assert!(!scope.allows_hop("/user", "/repositories/42/issues/7/comments"));
    }
}
