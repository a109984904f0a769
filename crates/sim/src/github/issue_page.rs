//! An issue as a page that a person can read in a browser: all text escaped, no script. The address
//! is that of github.com, `/{owner}/{repo}/issues/{number}`, at the host of the simulated API.

use std::fmt::Write as _;

use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};

use super::Shared;
use super::model::Issue;
use super::state::State;
use crate::escape::escaped;
use crate::lock;
use crate::rim::http_date;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;\
    padding:0 1rem;background:#fff;color:#1f2328}\
    h1{font-size:1.5rem;margin:0 0 .3rem}\
    header,.who{color:#59636e}\
    .label{border:1px solid #d1d9e0;border-radius:1rem;padding:0 .6rem;font-size:.85rem}\
    section{border:1px solid #d1d9e0;border-radius:.4rem;margin:1rem 0}\
    .who{background:#f6f8fa;border-bottom:1px solid #d1d9e0;padding:.3rem .8rem;font-size:.9rem}\
    pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;margin:0;padding:.8rem}\
    @media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}\
    header,.who{color:#9198a1}.who{background:#151b23}\
    section,.who,.label{border-color:#3d444d}}";

/// The page, if that is what is asked for; an address of the API is none.
pub(super) fn answer(shared: &Shared, method: &Method, path: &str) -> Option<Response<String>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let [owner, name, "issues", number] = parts.as_slice() else {
        return None;
    };
    // `/repositories/{id}/issues/{number}` is REST.
    if *owner == "repositories" || method != Method::GET {
        return None;
    }
    let number = number.parse().ok()?;
    let state = lock(&shared.state);
    let slug = format!("{owner}/{name}");
    let repo = state
        .repo_by_slug(&slug)
        .or_else(|| state.repo_moved_from(&slug))
        .filter(|repo| !repo.disabled && state.can_read(repo, None));
    let found = repo.and_then(|repo| Some((state.slug(repo), state.issue_at(repo, number)?)));
    Some(match found {
        Some((slug, issue)) => page(StatusCode::OK, &text(&state, &slug, issue)),
        None => page(
            StatusCode::NOT_FOUND,
            "<title>Not found</title><h1>404</h1><p>There is no such issue on this simulated GitHub.",
        ),
    })
}

fn page(status: StatusCode, content: &str) -> Response<String> {
    let mut response = Response::new(format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <style>{STYLE}</style>{content}"
    ));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn text(state: &State, slug: &str, issue: &Issue) -> String {
    let title = escaped(&issue.title);
    let (slug, number) = (escaped(slug), issue.number);
    let standing = match (issue.open, issue.locked) {
        (true, false) => "open",
        (true, true) => "open, locked",
        (false, _) => "closed",
    };
    // Writing to a String cannot fail.
    let mut out = format!(
        "<title>{title} · {slug}#{number}</title>\
         <header>{slug} · simulated GitHub</header><h1>{title} #{number}</h1><p>{standing}"
    );
    for label in &issue.labels {
        let _ = write!(out, " <span class=label>{}</span>", escaped(label));
    }
    let assignees: Vec<String> = issue
        .assignees
        .iter()
        .map(|id| escaped(&state.login(*id)))
        .collect();
    if !assignees.is_empty() {
        let _ = write!(out, "<p>assigned to {}", assignees.join(", "));
    }
    let body = issue.body.as_deref().unwrap_or_default();
    said(&mut out, &state.login(issue.author), issue.created_at, body);
    for comment in issue
        .comments
        .iter()
        .filter_map(|id| state.comments.get(id))
    {
        let author = state.login(comment.author);
        said(&mut out, &author, comment.created_at, &comment.body);
    }
    out
}

fn said(out: &mut String, author: &str, at: i64, body: &str) {
    let _ = write!(
        out,
        "<section><div class=who><b>{}</b> · {}</div><pre>{}</pre></section>",
        escaped(author),
        http_date(at),
        escaped(body)
    );
}
