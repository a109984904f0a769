//! REST reads: who the account is, its comments, where a repository lives now.

use http::{HeaderMap, Method, StatusCode, Uri, header};
use octocrab::Octocrab;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::budget::{Budget, Resource, Urgency};
use super::classify;
use super::convert::time;
use super::line::{self, Answer};
use super::trouble::{Trouble, words};
use crate::clock::{Clock, UnixMillis};

/// Pages of a hundred comments; an issue that got more than this since our own intent is not one
/// to look for our comment in, and says so.
const MOST_PAGES: usize = 50;

/// The account the token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Login.
    pub login: String,
    /// Numeric id.
    pub id: u64,
    /// Scopes of an OAuth App's token; empty for a GitHub App's, which has permissions instead.
    pub scopes: Vec<String>,
}

/// A comment of ours as REST shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnComment {
    /// Numeric id.
    pub id: u64,
    /// Who wrote it, by number.
    pub author_id: u64,
    /// Text.
    pub body: String,
    /// When.
    pub created_at: Option<UnixMillis>,
    /// Web address.
    pub url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct UserJson {
    login: String,
    id: u64,
}

#[derive(Debug, Deserialize)]
struct CommentJson {
    id: u64,
    user: Option<UserId>,
    body: Option<String>,
    created_at: Option<String>,
    html_url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct UserId {
    id: u64,
}

/// What a REST read is sent with.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) octocrab: &'a Octocrab,
    pub(super) budget: &'a Budget,
    pub(super) clock: &'a dyn Clock,
}

impl Reader<'_> {
    async fn get(self, path: &str, what: &str) -> Result<Answer, Trouble> {
        self.budget
            .admit(Resource::Core, Urgency::Claim, self.clock.now())?;
        let answer = line::send(self.octocrab, Method::GET, path, None::<&()>)
            .await
            .map_err(classify::read_line)?;
        let now = self.clock.now();
        self.budget
            .note(Resource::Core, classify::counter(&answer.headers), now);
        if answer.status != StatusCode::OK {
            return Err(classify::read_answer(
                &answer,
                what,
                Resource::Core,
                self.budget,
                now,
            ));
        }
        self.budget.answered(now);
        Ok(answer)
    }

    /// `GET /user`.
    pub(super) async fn whoami(self) -> Result<Me, Trouble> {
        let answer = self.get("/user", "the connected account").await?;
        let user: UserJson = read(&answer, "GET /user")?;
        let scopes = answer
            .headers
            .get("x-oauth-scopes")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect();
        Ok(Me {
            login: user.login,
            id: user.id,
            scopes,
        })
    }

    /// Comments of the accounts `ours` updated since `since`, all pages.
    pub(super) async fn comments_of(
        self,
        slug: &str,
        number: u64,
        ours: &[u64],
        since: UnixMillis,
    ) -> Result<Vec<OwnComment>, Trouble> {
        let what = format!("comments of {slug}#{number}");
        let since = chrono::DateTime::<chrono::Utc>::from_timestamp(since.seconds(), 0)
            .unwrap_or_default()
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut path = format!("/repos/{slug}/issues/{number}/comments?per_page=100&since={since}");
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.get(&path, &what).await?;
            let page: Vec<CommentJson> = read(&answer, &what)?;
            found.extend(page.into_iter().filter_map(|comment| {
                let author_id = comment.user?.id;
                ours.contains(&author_id).then(|| OwnComment {
                    id: comment.id,
                    author_id,
                    body: comment.body.unwrap_or_default(),
                    created_at: time(comment.created_at.as_deref()),
                    url: comment.html_url,
                })
            }));
            match next_page(&answer.headers) {
                Some(next) => path = next,
                None => return Ok(found),
            }
        }
        // "Not found" after reading a part would be a licence to post again.
        Err(Trouble::Malformed {
            why: format!("{what}: more than {MOST_PAGES} pages"),
        })
    }
}

fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|e| Trouble::Malformed {
        why: format!("{what}: {}", words(&e.to_string())),
    })
}

/// The path of `rel="next"` (RFC 8288). GitHub's links are absolute and name the repository by
/// number; host and scheme are dropped, because the wire knows where GitHub is.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(header::LINK)?.to_str().ok()?;
    for link in links.split(',') {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters
            .split(';')
            .map(str::trim)
            .any(|p| p == "rel=\"next\"" || p == "rel=next");
        if next {
            let uri: Uri = target.parse().ok()?;
            return uri.path_and_query().map(|p| p.as_str().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_a_path_without_a_host() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::LINK,
            HeaderValue::from_static(
                "<https://api.github.com/repositories/5/issues/1/comments?page=1>; rel=\"prev\", \
                 <https://api.github.com/repositories/5/issues/1/comments?per_page=100&page=3>; rel=\"next\"",
            ),
        );
        assert_eq!(
            next_page(&headers).as_deref(),
            Some("/repositories/5/issues/1/comments?per_page=100&page=3")
        );
        headers.insert(
            header::LINK,
            HeaderValue::from_static("<https://x/y>; rel=\"last\""),
        );
        assert_eq!(next_page(&headers), None);
        assert_eq!(next_page(&HeaderMap::new()), None);
    }
}
