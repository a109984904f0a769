//! What every request passes before it is answered: user agent, token, limits; and the headers
//! that every answer carries.

use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, header};

use super::budget::Resource;
use super::reply::Reply;
use super::state::State;
use super::{Shared, rest};
use crate::lock;
use crate::tokens::TokenKind;

/// Who is asking.
#[derive(Clone, Debug)]
pub(super) struct Viewer {
    pub(super) id: u64,
    pub(super) scopes: Vec<String>,
    pub(super) kind: TokenKind,
}

/// One request, taken apart.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    /// Path segments, percent-decoded.
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) viewer: Option<Viewer>,
    pub(super) now: i64,
    /// Base URL without a trailing slash.
    pub(super) base: &'a str,
    pub(super) shared: &'a Shared,
    /// `X-GitHub-Request-Id` of the answer.
    pub(super) request_id: String,
    raw_path: &'a str,
}

impl Call<'_> {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn viewer_id(&self) -> Option<u64> {
        self.viewer.as_ref().map(|viewer| viewer.id)
    }

    pub(super) fn is_write(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }

    /// Notes something that no careful client does.
    pub(super) fn violation(&self, reason: impl Into<String>) {
        self.shared
            .rim
            .violation(format!("{} {}", self.method, self.raw_path), reason);
    }
}

/// Why the request is not even looked at.
enum Stop {
    Unauthorized,
    Reply(Reply),
}

pub(super) fn answer(shared: &Shared, parts: &Parts, body: &[u8]) -> Response<Vec<u8>> {
    let now = shared.rim.now();
    let query = parts.uri.query().unwrap_or_default();
    let mut call = Call {
        method: parts.method.as_str(),
        segments: segments(parts.uri.path()),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: &parts.headers,
        body,
        viewer: None,
        now,
        base: &shared.base,
        shared,
        request_id: String::new(),
        raw_path: parts.uri.path(),
    };
    let mut state = lock(&shared.state);
    call.request_id = state.request_id();
    let resource = match call.segments.first().map(String::as_str) {
        Some("graphql") => Resource::Graphql,
        Some("search") => Resource::Search,
        _ => Resource::Core,
    };
    let reply = match admit(&mut call, &mut state, resource) {
        Err(Stop::Unauthorized) => Reply::error(401, "Bad credentials", "rest"),
        Err(Stop::Reply(reply)) => reply,
        Ok(()) => spend(&call, &mut state, resource),
    };
    let reply = decorate(reply, &call, &mut state, resource);
    reply.into_response()
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(percent_decode)
        .collect()
}

fn percent_decode(text: &str) -> String {
    // form_urlencoded reads '+' as a blank; in a path it is a plus.
    let escaped = text.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

fn admit(call: &mut Call<'_>, state: &mut State, resource: Resource) -> Result<(), Stop> {
    let agent = call.headers.get(header::USER_AGENT);
    if agent.is_none_or(|agent| agent.is_empty()) {
        call.violation("no User-Agent header");
        return Err(Stop::Reply(Reply::error(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a \
             User-Agent header.",
            "rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent",
        )));
    }
    if let Some(value) = call.headers.get(header::AUTHORIZATION) {
        let text = value.to_str().map_err(|_| Stop::Unauthorized)?;
        let token = text
            .split_once(' ')
            .filter(|(scheme, _)| {
                scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")
            })
            .map(|(_, token)| token.trim())
            .ok_or(Stop::Unauthorized)?;
        let info = call
            .shared
            .registry
            .lookup(token, call.now)
            .ok_or(Stop::Unauthorized)?;
        // An account that nobody described still has a login.
        if !state.accounts.contains_key(&info.user_id) {
            let login = format!("user-{}", info.user_id);
            let account = super::build::NewAccount::user(&login).id(info.user_id);
            state.make_account(account, call.now);
        }
        call.viewer = Some(Viewer {
            id: info.user_id,
            scopes: info.scopes,
            kind: info.kind,
        });
    }
    let who = call.viewer_id();
    let free = call.segments.first().is_some_and(|s| s == "rate_limit");
    if !free && state.budgets.was_impatient(who, resource, call.now) {
        call.violation("sent before the time a rate limit had said to wait until");
    }
    let rest = resource != Resource::Graphql;
    let write = if rest {
        call.is_write()
    } else {
        super::graphql::is_mutation(call.body)
    };
    match state.budgets.secondary(who, write, rest, call.now) {
        None => Ok(()),
        Some(limit) => {
            let wait = limit.retry_after.unwrap_or(60);
            let until = call.now + i64::try_from(wait).unwrap_or(60) * 1000;
            state.budgets.tell_to_wait(who, None, call.now, until);
            let mut reply = Reply::error(
                limit.status,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you \
                 try again.",
                "rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits",
            );
            if let Some(seconds) = limit.retry_after {
                reply = reply.header("retry-after", seconds.to_string());
            }
            Err(Stop::Reply(reply))
        }
    }
}

/// Answers if the primary budget allows it, and takes what it cost.
fn spend(call: &Call<'_>, state: &mut State, resource: Resource) -> Reply {
    let free = call.segments.first().is_some_and(|s| s == "rate_limit");
    let who = call.viewer_id();
    let standing = state.budgets.standing(who, resource, call.now);
    if !free && standing.remaining() == 0 && !(resource == Resource::Graphql && who.is_none()) {
        let until = standing.reset * 1000;
        state
            .budgets
            .tell_to_wait(who, Some(resource), call.now, until);
        return exhausted(call, resource);
    }
    if resource == Resource::Graphql {
        return super::graphql::answer(call, state);
    }
    let reply = conditional(call, rest::answer(call, state));
    if !free && reply.costs {
        state.budgets.spend(who, resource, 1, call.now);
    }
    reply
}

fn exhausted(call: &Call<'_>, resource: Resource) -> Reply {
    if resource == Resource::Graphql {
        return super::graphql::rate_limited(call.viewer_id());
    }
    let whose = match call.viewer_id() {
        Some(id) => format!("API rate limit exceeded for user ID {id}. "),
        None => "API rate limit exceeded for 127.0.0.1. ".to_owned(),
    };
    Reply::error(
        403,
        &format!(
            "{whose}If you reach out to GitHub Support for help, please include the request ID."
        ),
        "rest/using-the-rest-api/rate-limits-for-the-rest-api",
    )
}

/// Gives a good GET its ETag, and answers 304 without cost if the caller has it already.
fn conditional(call: &Call<'_>, reply: Reply) -> Reply {
    use sha2::{Digest, Sha256};
    let Some(body) = reply
        .body
        .as_ref()
        .filter(|_| reply.status == 200 && !call.is_write())
    else {
        return reply;
    };
    if call.segments.first().is_some_and(|s| s == "rate_limit") {
        return reply;
    }
    let mut hash = Sha256::new();
    hash.update(body.to_string());
    for (name, value) in &reply.headers {
        if *name == "link" {
            hash.update(value);
        }
    }
    let tag = format!("W/\"{}\"", hex::encode(hash.finalize()));
    let known = call
        .headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"));
    if known {
        let mut unchanged = Reply::empty(304).header("etag", tag);
        unchanged.costs = call.viewer.is_none();
        unchanged.headers.extend(reply.headers);
        return unchanged;
    }
    reply
        .header("etag", tag)
        .header("cache-control", "private, max-age=60, s-maxage=60")
}

fn decorate(mut reply: Reply, call: &Call<'_>, state: &mut State, resource: Resource) -> Reply {
    let standing = state.budgets.standing(call.viewer_id(), resource, call.now);
    reply = reply
        .header("x-ratelimit-limit", standing.limit.to_string())
        .header("x-ratelimit-remaining", standing.remaining().to_string())
        .header("x-ratelimit-used", standing.used.to_string())
        .header("x-ratelimit-reset", standing.reset.to_string())
        .header("x-ratelimit-resource", resource.name())
        .header("x-github-media-type", "github.v3; format=json")
        .header("server", "github.com")
        .header("x-github-request-id", call.request_id.clone());
    match &call.viewer {
        Some(viewer) if viewer.kind == TokenKind::OAuthApp => {
            // Who was refused for a scope is told which it is.
            let told = |(name, _): &(&str, String)| *name == "x-accepted-oauth-scopes";
            let reply = if reply.headers.iter().any(told) {
                reply
            } else {
                reply.header("x-accepted-oauth-scopes", "")
            };
            reply.header("x-oauth-scopes", viewer.scopes.join(", "))
        }
        _ => reply,
    }
}
