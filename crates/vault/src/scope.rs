//! What a wire may be used for: verbs and path templates.

use http::Method;

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
pub struct Allow(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rest { method: Method, template: String },
    GraphqlQuery,
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

    /// GraphQL documents that only read.
    #[must_use]
    pub fn graphql_query() -> Self {
        Self(Kind::GraphqlQuery)
    }

    fn rest(method: Method, template: impl Into<String>) -> Self {
        Self(Kind::Rest {
            method,
            template: template.into(),
        })
    }
}

impl WireScope {
    pub(crate) fn allows_graphql(&self) -> bool {
        self.allow.iter().any(|allow| allow.0 == Kind::GraphqlQuery)
    }

    /// Whether `method` on `path` (absolute, still percent-encoded) is permitted.
    pub(crate) fn allows(&self, method: &Method, path: &str) -> bool {
        self.templates(method)
            .any(|template| matches(template, path))
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
        self.allow.iter().filter_map(move |allow| match &allow.0 {
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMENTS: &str = "/repos/{owner}/{repo}/issues/{n}/comments";

    #[test]
    fn a_hole_is_one_plain_segment() {
        assert!(matches(COMMENTS, "/repos/acme/widget/issues/7/comments"));
        assert!(matches(
            COMMENTS,
            "/repos/acme/widget.js/issues/a%20b/comments"
        ));
        for path in [
            "/repos/acme/widget/issues/7",
            "/repos/acme/widget/issues/7/comments/",
            "/repos/acme/widget/issues//comments",
            "/repos/acme/widget/issues/7/comments/8",
            "/repos/../widget/issues/7/comments",
            "/repos/a..b/widget/issues/7/comments",
            "/repos/%2e%2e/widget/issues/7/comments",
            "/repos/./widget/issues/7/comments",
            "/repos/a%2fb/widget/issues/7/comments",
            "/repos/a%2Fb/widget/issues/7/comments",
            "/repos/a%252fb/widget/issues/7/comments",
            "/repos/a%5cb/widget/issues/7/comments",
            "/repos/a%00/widget/issues/7/comments",
            "/repos/a%3fb/widget/issues/7/comments",
            "/repos/a%/widget/issues/7/comments",
            "/Repos/acme/widget/issues/7/comments",
            "repos/acme/widget/issues/7/comments",
            "",
        ] {
            assert!(!matches(COMMENTS, path), "{path}");
        }
        assert!(matches("/user", "/user"));
        assert!(!matches("/user", "/users"));
        assert!(!matches("/{}", "/x"));
    }

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
        assert!(!scope.allows_graphql());
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

    proptest! {
        #[test]
        fn plain_segments_fit(owner in "[A-Za-z0-9_-]{1,20}", repo in "[A-Za-z0-9_-]{1,20}", n in 1..99_999u32) {
            let path = format!("/repos/{owner}/{repo}/issues/{n}/comments");
            prop_assert!(matches(COMMENTS, &path));
        }

        #[test]
        fn whatever_fits_means_the_same_to_a_url_parser(raw in "(/[a-zA-Z0-9.%/\\\\?#_~é-]{0,12}){1,7}") {
            if matches(COMMENTS, &raw) {
                let url = url::Url::parse(&format!("https://h{raw}")).expect("url");
                prop_assert_eq!(url.path().split('/').count(), 7);
                prop_assert!(url.query().is_none());
                prop_assert!(!url.path().to_ascii_lowercase().contains("%2f"));
            }
        }

        #[test]
        fn nothing_with_a_dot_dot_fits(a in "[a-z]{0,5}", b in "[a-z]{0,5}", dots in "(\\.|%2e|%2E){2,4}") {
            let path = format!("/repos/{a}{dots}{b}/widget/issues/7/comments");
            prop_assert!(!matches(COMMENTS, &path));
        }
    }
}
