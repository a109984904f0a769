//! Reads and writes for somebody else, in one repository: REST alone, each on a wire made for this one path
//! and bounded by a capability. What comes back is what GitHub says, strangers' words among it.

mod shapes;

use http::{Method, StatusCode, header};
use octocrab::Octocrab;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vault::{Allow, Capability, WireScope};

use self::shapes::Compared;
pub use self::shapes::{
    ChangedRead, CommentRead, ContentsRead, EndRead, EntryRead, Found, IssueRead, LabelRead,
    PullRead, Who,
};
use super::budget::{Resource, Urgency};
use super::line::{self, Answer};
use super::trouble::{Trouble, WriteTrouble, words};
use super::work::ObjectId;
use super::write::Outgoing;
use super::{CommentPosted, Github, classify, write};

/// Items of a list that come at once.
pub const PER_PAGE: usize = 100;
/// The same of a search.
pub const PER_SEARCH: usize = 30;

/// One repository, within a capability.
#[derive(Clone, Debug)]
pub struct Within<'a> {
    github: &'a Github,
    slug: String,
    capability: Capability,
}

impl Github {
    /// Reads in `owner/name`, as far as `capability` goes.
    #[must_use]
    pub fn within(&self, owner: &str, name: &str, capability: Capability) -> Within<'_> {
        Within {
            github: self,
            slug: format!("{owner}/{name}"),
            capability,
        }
    }
}

impl Within<'_> {
    /// An issue.
    ///
    /// # Errors
    /// As [`Trouble`] says, as of all reads here.
    pub async fn issue(&self, number: u64) -> Result<IssueRead, Trouble> {
        let what = format!("issue {}#{number}", self.slug);
        self.in_repository(&format!("issues/{number}"), "", &what)
            .await
    }

    /// One page of an issue's comments, oldest first.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn comments(&self, number: u64, page: u32) -> Result<Vec<CommentRead>, Trouble> {
        let what = format!("comments of {}#{number}", self.slug);
        let query = format!("per_page={PER_PAGE}&page={page}");
        self.in_repository(&format!("issues/{number}/comments"), &query, &what)
            .await
    }

    /// Issues that hold all `words`; `state` is `open`, `closed`, or nothing for both.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn search(
        &self,
        words: &[String],
        state: Option<&str>,
        page: u32,
    ) -> Result<Found, Trouble> {
        let mut text = format!("repo:{} is:issue", self.slug);
        if let Some(state) = state {
            text += &format!(" state:{state}");
        }
        for word in words {
            // Quoted it is a word, whatever it says: no qualifier, no OR.
            text += &format!(" \"{}\"", word.replace(['"', '\\'], " "));
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &text)
            .append_pair("per_page", &PER_SEARCH.to_string())
            .append_pair("page", &page.to_string())
            .finish();
        let what = format!("issues of {}", self.slug);
        let found: Found = self
            .get(Resource::Search, "/search/issues", &query, &what)
            .await?;
        // A name that moved finds what is elsewhere now, and nobody was asked about that place.
        let elsewhere = |issue: &IssueRead| !is_in(issue, &self.slug);
        if found.items.iter().any(elsewhere) {
            let what = format!(
                "{} any more (a search under this name finds another)",
                self.slug
            );
            return Err(Trouble::Gone { what });
        }
        Ok(found)
    }

    /// Whether `base` is `tip`, or one of the commits that `tip` came from. A network of forks has commits of
    /// strangers, too, which GitHub shows in each of its repositories.
    ///
    /// # Errors
    /// As [`Trouble`] says; [`Trouble::Gone`] where GitHub does not have one of them.
    pub async fn came_from(&self, tip: &ObjectId, base: &ObjectId) -> Result<bool, Trouble> {
        let what = format!("commit {base} in {}", self.slug);
        // The second page has neither files nor, as a rule, commits.
        let rest = format!("compare/{base}...{tip}");
        let compared: Compared = self
            .in_repository(&rest, "per_page=1&page=2", &what)
            .await?;
        let merge_base = compared.merge_base_commit.sha;
        Ok(matches!(compared.status.as_str(), "ahead" | "identical")
            && merge_base.as_str() == base.as_str())
    }

    /// A pull request.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn pull(&self, number: u64) -> Result<PullRead, Trouble> {
        let what = format!("pull request {}#{number}", self.slug);
        self.in_repository(&format!("pulls/{number}"), "", &what)
            .await
    }

    /// One page of the files that a pull request changes.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn files(&self, number: u64, page: u32) -> Result<Vec<ChangedRead>, Trouble> {
        let what = format!("files of {}#{number}", self.slug);
        let query = format!("per_page={PER_PAGE}&page={page}");
        self.in_repository(&format!("pulls/{number}/files"), &query, &what)
            .await
    }

    /// One page of pull requests, newest first; `state` is `open`, `closed` or `all`.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn pulls(&self, state: &str, page: u32) -> Result<Vec<PullRead>, Trouble> {
        let what = format!("pull requests of {}", self.slug);
        let query = format!("state={state}&per_page={PER_PAGE}&page={page}");
        self.in_repository("pulls", &query, &what).await
    }

    /// What stands at `path` (its parts), in the commit that `revision` names, else in the default branch.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn contents(
        &self,
        path: &[String],
        revision: Option<&str>,
    ) -> Result<ContentsRead, Trouble> {
        let mut rest = "contents".to_owned();
        for part in path {
            rest.push('/');
            rest += &encoded(part);
        }
        let query = match revision {
            Some(revision) => url::form_urlencoded::Serializer::new(String::new())
                .append_pair("ref", revision)
                .finish(),
            None => String::new(),
        };
        let what = format!("such a file in {}", self.slug);
        self.in_repository(&rest, &query, &what).await
    }

    /// Says something on an issue or pull request: one request, which the capability counts.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn say(&self, number: u64, text: &str) -> Result<CommentPosted, WriteTrouble> {
        let Github { clock, budget, .. } = self.github;
        let path = format!("/repos/{}/issues/{number}/comments", self.slug);
        let octocrab = self.octocrab(Allow::post(path.as_str()));
        let (post, done) = (Method::POST, StatusCode::CREATED);
        write::send(&octocrab, budget, &**clock, post, &path, text, done).await
    }

    /// Opens an issue.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn open_issue(&self, title: &str, text: &str) -> Result<IssueRead, WriteTrouble> {
        let path = format!("/repos/{}/issues", self.slug);
        let body = json!({ "title": title, "body": text });
        let allow = Allow::post(path.as_str());
        let answer = self.write(allow, Method::POST, &path, &body, StatusCode::CREATED);
        write::read(&answer.await?)
    }

    /// Closes an issue; or a pull request, which has to be ruled out before.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn close(&self, number: u64, reason: &str) -> Result<IssueRead, WriteTrouble> {
        let path = format!("/repos/{}/issues/{number}", self.slug);
        let body = json!({ "state": "closed", "state_reason": reason });
        let allow = Allow::patch(path.as_str());
        let answer = self.write(allow, Method::PATCH, &path, &body, StatusCode::OK);
        write::read(&answer.await?)
    }

    /// Adds labels; gives all that there are then.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn label(
        &self,
        number: u64,
        labels: &[String],
    ) -> Result<Vec<LabelRead>, WriteTrouble> {
        let path = format!("/repos/{}/issues/{number}/labels", self.slug);
        let body = json!({ "labels": labels });
        let allow = Allow::post(path.as_str());
        let answer = self.write(allow, Method::POST, &path, &body, StatusCode::OK);
        write::read(&answer.await?)
    }

    /// The newest issues of an account, up to [`PER_PAGE`].
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn opened_by(&self, login: &str) -> Result<Vec<IssueRead>, Trouble> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("creator", login)
            .append_pair("state", "all")
            .append_pair("per_page", &PER_PAGE.to_string())
            .finish();
        let what = format!("issues of {}", self.slug);
        self.in_repository("issues", &query, &what).await
    }

    async fn write(
        &self,
        allow: Allow,
        method: Method,
        path: &str,
        body: &Value,
        done: StatusCode,
    ) -> Result<Answer, WriteTrouble> {
        let Github { clock, budget, .. } = self.github;
        let octocrab = self.octocrab(allow);
        let outgoing = Outgoing {
            method,
            path,
            body: Some(body),
            done,
            narrower: |_| None,
        };
        write::exchange(&octocrab, budget, &**clock, outgoing).await
    }

    /// On a wire for this one thing.
    fn octocrab(&self, allow: Allow) -> Octocrab {
        let scope = WireScope {
            reason: "client",
            allow: vec![allow],
        };
        let vault = &self.github.vault;
        line::octocrab_on(vault.github_wire_within(scope, self.capability.clone()))
    }

    async fn in_repository<T: DeserializeOwned>(
        &self,
        rest: &str,
        query: &str,
        what: &str,
    ) -> Result<T, Trouble> {
        let path = format!("/repos/{}/{rest}", self.slug);
        self.get(Resource::Core, &path, query, what).await
    }

    async fn get<T: DeserializeOwned>(
        &self,
        resource: Resource,
        path: &str,
        query: &str,
        what: &str,
    ) -> Result<T, Trouble> {
        let Github { clock, budget, .. } = self.github;
        budget.admit(resource, Urgency::Bulk, clock.now())?;
        let octocrab = self.octocrab(Allow::get(path));
        let whole = match query {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let answer = line::send(&octocrab, Method::GET, &whole, None::<&()>)
            .await
            .map_err(classify::read_line)?;
        let now = clock.now();
        budget.note(resource, classify::counter(&answer.headers), now);
        if answer.status.is_redirection() {
            return Err(moved(&answer, &self.slug));
        }
        if answer.status != StatusCode::OK {
            return Err(classify::read_answer(&answer, what, resource, budget, now));
        }
        budget.answered(now);
        serde_json::from_slice(&answer.body).map_err(|e| Trouble::Malformed {
            why: format!("{what}: {}", words(&e.to_string())),
        })
    }
}

/// A repository that has another name now is another place than the one that was allowed.
fn moved(answer: &Answer, slug: &str) -> Trouble {
    let to = answer.headers.get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).map(words);
    Trouble::Gone {
        what: match to {
            Some(to) => format!("{slug} any more (it moved to {to})"),
            None => format!("{slug} any more (it moved)"),
        },
    }
}

/// Whether a hit is in the repository of that name.
fn is_in(issue: &IssueRead, slug: &str) -> bool {
    let url = issue.repository_url.as_deref().unwrap_or_default();
    let mut parts = url.rsplitn(4, '/');
    let (name, owner, repos) = (parts.next(), parts.next(), parts.next());
    let (Some(name), Some(owner), Some("repos")) = (name, owner, repos) else {
        return false;
    };
    slug.eq_ignore_ascii_case(&format!("{owner}/{name}"))
}

/// One part of a path, so that it stays one.
fn encoded(part: &str) -> String {
    let mut out = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
