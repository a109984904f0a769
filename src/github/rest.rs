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
        let path = format!("/repos/{slug}/issues/{number}/comments");
        let mut query = format!("per_page=100&since={since}");
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.get(&format!("{path}?{query}"), &what).await?;
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
            match next_query(&answer.headers, &what)? {
                Some(next) => query = next,
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

/// The query of `rel="next"` (RFC 8288), or `None` on the last page. Only the query is taken: GitHub's
/// links name the repository by number, and another host or prefix than ours is none of our business.
///
/// # Errors
/// A link that cannot be read: taken for the last page, it would hide what stands on the next.
fn next_query(headers: &HeaderMap, what: &str) -> Result<Option<String>, Trouble> {
    let Some(links) = headers.get(header::LINK) else {
        return Ok(None);
    };
    let odd = || Trouble::Malformed {
        why: format!("{what}: the link to the next page cannot be read"),
    };
    let mut rest = links.to_str().map_err(|_| odd())?;
    while let Some((_, opened)) = rest.split_once('<') {
        let (target, after) = opened.split_once('>').ok_or_else(odd)?;
        let parameters = after.split('<').next().unwrap_or_default();
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let rel = parameter.trim().strip_prefix("rel=");
            rel.is_some_and(|rel| rel.trim_matches('"').split(' ').any(|r| r == "next"))
        });
        if is_next {
            let uri: Uri = target.parse().map_err(|_| odd())?;
            return uri.query().map(|q| Some(q.to_owned())).ok_or_else(odd);
        }
        rest = after;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn next(link: &'static str) -> Result<Option<String>, Trouble> {
        let mut headers = HeaderMap::new();
        headers.insert(header::LINK, HeaderValue::from_static(link));
        next_query(&headers, "comments")
    }

    #[test]
    fn of_the_next_page_only_the_query_is_taken() {
        let query = next(
            "<https://api.github.com/repositories/5/issues/1/comments?page=1>; rel=\"prev\", \
             <https://host/api/v3/repositories/5/issues/1/comments?per_page=100&page=3>; rel=\"next\"",
        );
        assert_eq!(query.expect("read").as_deref(), Some("per_page=100&page=3"));
        let query = next("<https://x/y?labels=a,b&page=2>; title=\"z\"; rel=next");
        assert_eq!(query.expect("read").as_deref(), Some("labels=a,b&page=2"));
        assert_eq!(next("<https://x/y>; rel=\"last\"").expect("read"), None);
        assert_eq!(next_query(&HeaderMap::new(), "x").expect("read"), None);
    }

    #[test]
    fn an_odd_link_is_not_the_last_page() {
        for odd in [
            "<https://x/y; rel=\"next\"",
            "<https://x/y>; rel=\"next\"",
            "<ht tp://?>; rel=\"next\"",
        ] {
            assert!(next(odd).is_err(), "{odd}");
        }
    }
}
