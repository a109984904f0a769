//! Cloning and fetching over HTTP as github.com offers it: anonymous, read-only, protocol 0 to 2.
//! The `git` command does the talking ("git-http-backend"), over a copy of the repository on disk.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State as Extract};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::super::Shared;
use super::super::state::State;
use super::disk::Place;
use crate::lock;

/// Answers one request on the git listener.
pub(in crate::github) async fn handle(
    Extract(shared): Extract<Arc<Shared>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // The rim has capped and buffered the body.
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let (place, service) = match find(&shared, &parts) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    match run(&parts, body, &place, service).await {
        Ok(response) => response,
        Err(err) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            &format!("the simulated GitHub cannot run `git http-backend`: {err}\n"),
        ),
    }
}

/// The part of the address below the repository.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Refs,
    UploadPack,
}

impl Service {
    fn path(self) -> &'static str {
        match self {
            Self::Refs => "info/refs",
            Self::UploadPack => "git-upload-pack",
        }
    }
}

fn find(shared: &Shared, parts: &Parts) -> Result<(Place, Service), Box<Response>> {
    let violation = |reason: &str| {
        let request = format!("{} {}", parts.method, parts.uri.path());
        shared.git_rim.violation(request, reason);
    };
    let known = parts.headers.contains_key(header::AUTHORIZATION);
    if known {
        violation("credentials went to the git endpoint, where everything is public");
    }
    let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    let [owner, name, rest @ ..] = segments.as_slice() else {
        return Err(plain(StatusCode::NOT_FOUND, "Not Found").into());
    };
    let query = parts.uri.query().unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "service")
        .map(|(_, value)| value.into_owned());
    let service = match (parts.method.as_str(), rest, asked.as_deref()) {
        ("GET", ["info", "refs"], Some("git-upload-pack")) => Service::Refs,
        ("POST", ["git-upload-pack"], _) => Service::UploadPack,
        ("GET", ["info", "refs"], Some("git-receive-pack")) | ("POST", ["git-receive-pack"], _) => {
            violation("a push by git: work is submitted through the API");
            let message = format!("Permission to {owner}/{name} denied.");
            return Err(Box::new(if known {
                plain(StatusCode::FORBIDDEN, &message)
            } else {
                unknown(false)
            }));
        }
        ("GET", ["info", "refs"], _) => {
            let message = "Please upgrade your git client.\nGitHub.com no longer supports git over dumb-http.\n";
            return Err(plain(StatusCode::FORBIDDEN, message).into());
        }
        _ => return Err(plain(StatusCode::NOT_FOUND, "Not Found").into()),
    };
    let name = name.strip_suffix(".git").unwrap_or(name);
    let state = lock(&shared.state);
    let id = match locate(&state, &format!("{owner}/{name}")) {
        Ok(id) => id,
        Err(None) => return Err(unknown(known).into()),
        Err(Some(slug)) => return Err(moved(shared, &slug, service).into()),
    };
    let Some(repo) = state.repos.get(&id) else {
        return Err(unknown(known).into());
    };
    let place = shared
        .disk
        .refresh(id, state.git(repo), &repo.default_branch);
    match place {
        Ok(place) => Ok((place, service)),
        Err(err) => {
            let message =
                format!("the simulated GitHub cannot write its copy of the repository: {err}\n");
            Err(plain(StatusCode::INTERNAL_SERVER_ERROR, &message).into())
        }
    }
}

/// Where a repository went.
fn moved(shared: &Shared, slug: &str, service: Service) -> Response {
    let mut to = format!("{}/{slug}.git/{}", shared.git_base, service.path());
    if service == Service::Refs {
        to.push_str("?service=git-upload-pack");
    }
    let mut response = plain(StatusCode::MOVED_PERMANENTLY, "");
    if let Ok(to) = HeaderValue::from_str(&to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// Id of the public repository of that name; `Err` with its new name if it has moved.
fn locate(state: &State, slug: &str) -> Result<u64, Option<String>> {
    let public = |repo: &&super::super::model::Repo| {
        !repo.disabled && repo.fork_pending.get() == 0 && state.can_read(repo, None)
    };
    if let Some(repo) = state.repo_by_slug(slug).filter(public) {
        return Ok(repo.id);
    }
    let moved = state.repo_moved_from(slug).filter(public);
    Err(moved.map(|repo| state.slug(repo)))
}

/// GitHub does not say whether a repository is private or does not exist: it asks who is there, and
/// denies it to those who said.
fn unknown(known: bool) -> Response {
    if known {
        return plain(StatusCode::NOT_FOUND, "Repository not found.");
    }
    let mut response = plain(StatusCode::UNAUTHORIZED, "Repository not found.");
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"GitHub\""),
    );
    response
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Runs the service as the CGI program it is, with an environment of its own.
async fn run(parts: &Parts, body: Bytes, place: &Place, service: Service) -> io::Result<Response> {
    let text = |name: HeaderName| {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", path)
        .env("HOME", &place.root)
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PROJECT_ROOT", &place.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env(
            "GIT_PROTOCOL",
            text(HeaderName::from_static("git-protocol")),
        )
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", format!("/{}/{}", place.name, service.path()))
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", text(header::CONTENT_TYPE))
        .env("HTTP_CONTENT_ENCODING", text(header::CONTENT_ENCODING))
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A service that has heard enough closes its end: its answer counts, not this.
            let _ = stdin.write_all(&body).await;
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    let output = output?;
    answer(&output.stdout).ok_or_else(|| failed(output.status, &output.stderr))
}

fn failed(status: ExitStatus, stderr: &[u8]) -> io::Error {
    let said = String::from_utf8_lossy(stderr);
    io::Error::other(format!("{status}: {}", said.trim()))
}

/// A CGI answer (RFC 3875 §6) as an HTTP one.
fn answer(output: &[u8]) -> Option<Response> {
    let end = output.windows(4).position(|at| at == b"\r\n\r\n")?;
    let (head, body) = output.split_at_checked(end + 4)?;
    let mut response = Response::new(Body::from(body.to_vec()));
    for line in std::str::from_utf8(head).ok()?.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("status") {
            let code = value.trim().split(' ').next()?.parse::<u16>().ok()?;
            *response.status_mut() = StatusCode::from_u16(code).ok()?;
        } else {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = HeaderValue::from_str(value.trim()).ok()?;
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}
