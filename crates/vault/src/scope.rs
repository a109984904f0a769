//! What a wire may be used for: verbs and path templates, reading GraphQL, one mutation.

use http::Method;

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

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if is_hole(wanted) => {
                if !fills_a_hole(given) {
                    return false;
                }
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

fn is_hole(segment: &str) -> bool {
    segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}')
}

/// One segment, also after somebody downstream decodes it, once or twice.
fn fills_a_hole(segment: &str) -> bool {
    let Some(decoded) = percent_decoded(segment) else {
        return false;
    };
    !decoded.is_empty()
        && decoded != b"."
        && !decoded.windows(2).any(|pair| pair == b"..")
        && !decoded
            .iter()
            .any(|b| matches!(b, b'/' | b'\\' | b'%' | b'?' | b'#') || b.is_ascii_control())
}

fn percent_decoded(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests;
