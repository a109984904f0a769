//! Where a request goes: one origin, and only along the scope's templates.

use http::header::LOCATION;
use http::{Method, Uri};
use url::Url;

use super::{Lines, WireError};
use crate::scope::WireScope;

/// A permitted destination.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) url: Url,
    /// Path the request started with, relative to the API's base.
    pub(crate) start: String,
    pub(crate) is_graphql: bool,
    /// Longest request body, in bytes.
    pub(crate) longest: usize,
}

impl Route {
    /// Finds the destination of a request, or says why there is none.
    pub(crate) fn find(
        lines: &Lines,
        scope: &WireScope,
        method: &Method,
        uri: &Uri,
    ) -> Result<Self, WireError> {
        let asked = shown(method, uri.path());
        let refuse = |why: &str| Err(WireError::NotAllowed(format!("{asked}: {why}")));
        if is_graphql(lines, uri) {
            let longest = scope.longest_graphql();
            let Some(longest) = longest.filter(|_| method == Method::POST && uri.query().is_none())
            else {
                return refuse("GraphQL is not part of this wire's scope");
            };
            return Ok(Self {
                url: lines.graphql.clone(),
                start: "/graphql".to_owned(),
                is_graphql: true,
                longest,
            });
        }
        let path = if uri.scheme().is_some() || uri.authority().is_some() {
            let Ok(absolute) = Url::parse(&uri.to_string()) else {
                return refuse("no valid address");
            };
            if !same_origin(&absolute, &lines.api) || has_user(&absolute) {
                return refuse("another origin than the configured API");
            }
            match below(&lines.api, uri.path()) {
                Some(path) => path,
                None => return refuse("outside the API's base path"),
            }
        } else {
            uri.path()
        };
        let Some(longest) = scope.longest(method, path) else {
            return refuse("not in this wire's scope");
        };
        let Some(url) = join(&lines.api, path, uri.query()) else {
            return refuse("the path means something else once it is normalised");
        };
        Ok(Self {
            url,
            start: path.to_owned(),
            is_graphql: false,
            longest,
        })
    }

    /// The next address of a read that was redirected within its origin and scope; `None` if the
    /// answer is no such redirect and is to be delivered as it is.
    pub(crate) fn follow(
        &self,
        lines: &Lines,
        scope: &WireScope,
        answer: &reqwest::Response,
    ) -> Result<Option<Url>, WireError> {
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(next) = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| self.url.join(value).ok())
        else {
            return Ok(None);
        };
        if !same_origin(&next, &lines.api) || has_user(&next) {
            return Ok(None);
        }
        let allowed =
            below(&lines.api, next.path()).is_some_and(|path| scope.allows_hop(&self.start, path));
        if !allowed {
            let asked = shown(&Method::GET, next.path());
            return Err(WireError::NotAllowed(format!(
                "{} redirects to {asked}, which is not in this wire's scope",
                self.start
            )));
        }
        let mut next = next;
        next.set_fragment(None);
        Ok(Some(next))
    }
}

fn is_graphql(lines: &Lines, uri: &Uri) -> bool {
    if uri.scheme().is_none() && uri.authority().is_none() {
        return uri.path() == "/graphql";
    }
    Url::parse(&uri.to_string()).is_ok_and(|mut url| {
        url.set_query(None);
        url == lines.graphql
    })
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// `path` relative to the API's base path (which is not empty at GitHub Enterprise Server).
fn below<'a>(api: &Url, path: &'a str) -> Option<&'a str> {
    let base = api.path().trim_end_matches('/');
    path.strip_prefix(base).filter(|rest| rest.starts_with('/'))
}

/// The full address, provided that it still says what `path` said.
fn join(api: &Url, path: &str, query: Option<&str>) -> Option<Url> {
    let whole = format!("{}{path}", api.path().trim_end_matches('/'));
    let mut url = api.clone();
    url.set_path(&whole);
    url.set_query(query);
    (url.path() == whole).then_some(url)
}

fn shown(method: &Method, path: &str) -> String {
    format!("{method} {}", crate::redact::clean(path, &[]))
}
