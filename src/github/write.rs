//! How a write goes out, and two of them: a comment posted, a comment of ours edited. Those of the
//! submit path are in `work`.
//!
//! A write is one request and nothing else: no look-up before it, no redirect, no repetition. Its
//! wire is made for it alone and lets exactly this verb at exactly this path through. The caller
//! must let it finish: a dropped future is a write of unknown outcome.

use http::{Method, StatusCode};
use octocrab::Octocrab;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::budget::{Budget, Resource, Urgency};
use super::classify;
use super::line::{self, Answer};
use super::trouble::{Refusal, Trouble, WriteTrouble, words};
use crate::bounty::appraise::Me;
use crate::clock::{Clock, UnixMillis};

/// Where something may be written. Only a stage that holds a permit makes one (the architecture
/// test names the callers of [`WriteTarget::new`]): text that came from GitHub can name a place to
/// read, never a place to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteTarget {
    owner: String,
    name: String,
    repository_id: u64,
    number: u64,
}

impl WriteTarget {
    /// The issue `owner/name#number`, in the repository that had `repository_id` when it was
    /// approved. `None` when owner or name cannot be a GitHub name and so could change the path.
    #[must_use]
    pub fn new(owner: &str, name: &str, repository_id: u64, number: u64) -> Option<Self> {
        (plain(owner) && plain(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            repository_id,
            number,
        })
    }

    /// `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The repository's number, for comparison with what is there now.
    #[must_use]
    pub fn repository_id(&self) -> u64 {
        self.repository_id
    }

    /// The issue.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn comments_path(&self) -> String {
        format!("/repos/{}/issues/{}/comments", self.slug(), self.number)
    }

    pub(super) fn comment_path(&self, comment: u64) -> String {
        format!("/repos/{}/issues/comments/{comment}", self.slug())
    }
}

/// Letters, digits, `-`, `_`, `.`, and not a step in a path.
pub(super) fn plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= 100
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A comment that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentPosted {
    /// Numeric id.
    pub id: u64,
    /// Web address, when GitHub said it.
    pub url: Option<String>,
    /// Who GitHub says wrote it.
    pub author: Option<Me>,
}

#[derive(Debug, Deserialize)]
struct PostedJson {
    id: u64,
    html_url: Option<String>,
    user: Option<UserJson>,
}

#[derive(Debug, Deserialize)]
struct UserJson {
    id: u64,
    login: Option<String>,
}

/// A write as it goes out.
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a Value>,
    /// The status of success.
    pub(super) done: StatusCode,
    /// Says more exactly than the status what a no means.
    pub(super) narrower: fn(&Answer) -> Option<Refusal>,
}

/// Posts or edits a comment. `done` is the status of success.
pub(super) async fn send(
    octocrab: &Octocrab,
    budget: &Budget,
    clock: &dyn Clock,
    method: Method,
    path: &str,
    body: &str,
    done: StatusCode,
) -> Result<CommentPosted, WriteTrouble> {
    let body = json!({ "body": body });
    let outgoing = Outgoing {
        method,
        path,
        body: Some(&body),
        done,
        narrower: |_| None,
    };
    let posted: PostedJson = read(&exchange(octocrab, budget, clock, outgoing).await?)?;
    Ok(CommentPosted {
        id: posted.id,
        url: posted.html_url,
        author: posted.user.map(|user| Me {
            login: user.login.unwrap_or_else(|| user.id.to_string()),
            id: user.id,
        }),
    })
}

/// Says whether a write may go out at `now`.
pub(super) fn admit(
    budget: &Budget,
    resource: Resource,
    urgency: Urgency,
    now: UnixMillis,
) -> Result<(), WriteTrouble> {
    budget
        .admit(resource, urgency, now)
        .map_err(|trouble| match trouble {
            Trouble::WaitUntil { at, why } => WriteTrouble::WaitUntil { at, why },
            other => WriteTrouble::NotSent(other),
        })
}

/// Sends the write and gives GitHub's answer if it is the one of success.
pub(super) async fn exchange(
    octocrab: &Octocrab,
    budget: &Budget,
    clock: &dyn Clock,
    write: Outgoing<'_>,
) -> Result<Answer, WriteTrouble> {
    admit(budget, Resource::Core, Urgency::Claim, clock.now())?;
    let answer = line::send(octocrab, write.method, write.path, write.body)
        .await
        .map_err(classify::write_line)?;
    let now = clock.now();
    budget.note(Resource::Core, classify::counter(&answer.headers), now);
    if !answer.status.is_success() {
        let trouble = classify::write_answer(&answer, Resource::Core, budget, now);
        return Err(match (trouble, (write.narrower)(&answer)) {
            (
                WriteTrouble::Refused { message, .. } | WriteTrouble::Unknown(message),
                Some(kind),
            ) => WriteTrouble::Refused { kind, message },
            (trouble, _) => trouble,
        });
    }
    budget.answered(now);
    if answer.status != write.done {
        return Err(WriteTrouble::Unknown(format!(
            "GitHub answered {} where {} was expected",
            answer.status, write.done
        )));
    }
    Ok(answer)
}

/// Reads what a write made.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, WriteTrouble> {
    serde_json::from_slice(&answer.body).map_err(|e| {
        WriteTrouble::Unknown(format!(
            "GitHub accepted it, but its answer cannot be read: {}",
            words(&e.to_string())
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_one_path_and_cannot_be_bent() {
        let target = WriteTarget::new("acme", ".github", 5, 7).expect("target");
        assert_eq!(
            target.comments_path(),
            "/repos/acme/.github/issues/7/comments"
        );
        assert_eq!(
            target.comment_path(9),
            "/repos/acme/.github/issues/comments/9"
        );
        for (owner, name) in [
            ("..", "x"),
            ("acme", "a/b"),
            ("acme", "a%2fb"),
            ("acme", ""),
            ("ac me", "x"),
            ("acme", "x?y"),
            ("ácme", "x"),
        ] {
            assert_eq!(WriteTarget::new(owner, name, 1, 1), None, "{owner}/{name}");
        }
    }
}
