//! A pull request opened, changed, made ready, closed.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use vault::Mutation;

use super::super::Github;
use super::super::trouble::WriteTrouble;
use super::commit::Sha;
use super::file_commit::unsent;
use super::object_id::ObjectId;
use super::place::Place;
use super::send::Write;
use super::target::{BranchTarget, PullTarget, UpstreamTarget};

/// Longest title and text, in characters, as GitHub counts them.
const LONGEST_TITLE: usize = 256;
const LONGEST_TEXT: usize = 65_536;

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPull {
    /// The branch with the work.
    pub from: BranchTarget,
    /// Name of the branch it goes into.
    pub base: String,
    /// Title, at most 256 characters.
    pub title: String,
    /// Opening text, at most 65,536 characters.
    pub body: String,
    /// Not yet ready for review.
    pub draft: bool,
    /// Maintainers may push to the branch.
    pub maintainer_can_modify: bool,
}

impl NewPull {
    /// What is sent. How GitHub wants the branch named depends on where it is.
    fn request(&self, upstream: &Place) -> Value {
        let (repo, branch) = (self.from.repo(), self.from.branch());
        let mut body = json!({
            "title": self.title,
            "body": self.body,
            "base": self.base,
            "draft": self.draft,
        });
        if repo.id() == upstream.id() {
            body["head"] = json!(branch.as_str());
            return body;
        }
        body["head"] = json!(format!("{}:{branch}", repo.owner()));
        body["maintainer_can_modify"] = json!(self.maintainer_can_modify);
        if repo.owner().eq_ignore_ascii_case(upstream.owner()) {
            body["head_repo"] = json!(repo.name());
        }
        body
    }
}

/// A pull request that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullOpened {
    /// Number in its repository.
    pub number: u64,
    /// GraphQL node id, by which it is followed.
    pub node_id: String,
    /// Web address, when GitHub said it.
    pub url: Option<String>,
    /// The last commit of the work, as GitHub saw it: compare it with the one that was published.
    pub head: ObjectId,
    /// Numeric id of its author, when GitHub said it.
    pub author_id: Option<u64>,
    /// Not yet ready for review.
    pub draft: bool,
}

#[derive(Debug, Deserialize)]
struct PullJson {
    number: u64,
    node_id: String,
    html_url: Option<String>,
    head: Sha,
    user: Option<UserJson>,
    #[serde(default)]
    draft: bool,
}

#[derive(Debug, Deserialize)]
struct UserJson {
    id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    mark_pull_request_ready_for_review: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    pull_request: Option<Readied>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Readied {
    is_draft: bool,
}

impl Github {
    /// Opens a pull request.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says. GitHub answers a repository's limit on open pull requests with a bare
    /// 404, which is `Refusal::Gone`.
    pub async fn open_pull(
        &self,
        at: &UpstreamTarget,
        new: &NewPull,
    ) -> Result<PullOpened, WriteTrouble> {
        fits(Some(&new.title), Some(&new.body))?;
        let body = new.request(at.place());
        let opened: PullJson = self.submit(Write::post(at.path("pulls"), &body)).await?;
        Ok(PullOpened {
            number: opened.number,
            node_id: opened.node_id,
            url: opened.html_url,
            head: opened.head.sha,
            author_id: opened.user.map(|user| user.id),
            draft: opened.draft,
        })
    }

    /// Replaces title or text of a pull request of ours; `None` leaves it.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn edit_pull(
        &self,
        at: &PullTarget,
        title: Option<&str>,
        body: Option<&str>,
    ) -> Result<(), WriteTrouble> {
        fits(title, body)?;
        let mut change = Map::new();
        for (name, text) in [("title", title), ("body", body)] {
            if let Some(text) = text {
                change.insert(name.to_owned(), text.into());
            }
        }
        self.submit_blindly(Write::patch(at.path(), &change.into()))
            .await
            .map(drop)
    }

    /// Closes a pull request of ours without merging it.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn close_pull(&self, at: &PullTarget) -> Result<(), WriteTrouble> {
        self.submit_blindly(Write::patch(at.path(), &json!({ "state": "closed" })))
            .await
            .map(drop)
    }

    /// Turns a draft of ours into a pull request that asks for review.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; `Refusal::PullClosed` when it is not open.
    pub async fn ready_for_review(&self, at: &PullTarget) -> Result<(), WriteTrouble> {
        let mutation = Mutation::ReadyForReview {
            pull_request: at.node_id().to_owned(),
        };
        let input = json!({ "pullRequestId": at.node_id() });
        let ready = |answer: Answer| {
            let pull = answer.mark_pull_request_ready_for_review?.pull_request?;
            (!pull.is_draft).then_some(())
        };
        self.mutate(mutation, input, ready).await
    }
}

fn fits(title: Option<&str>, body: Option<&str>) -> Result<(), WriteTrouble> {
    if title.is_some_and(|title| title.trim().is_empty()) {
        return Err(unsent("a pull request has a title"));
    }
    let long = |text: Option<&str>, most| text.is_some_and(|text| text.chars().count() > most);
    if long(title, LONGEST_TITLE) || long(body, LONGEST_TEXT) {
        return Err(unsent(
            "the title is longer than 256 characters, or the text than 65,536",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::branch::WorkBranch;
    use super::*;

    #[test]
    fn the_branch_is_named_as_github_wants_it() {
        let named = |owner: &str, name: &str, id: u64| {
            let repo = Place::new(owner, name, id).expect("a place");
            let branch = WorkBranch::new("i7").expect("a branch");
            let pull = NewPull {
                from: BranchTarget::new(&repo, &branch),
                base: "main".to_owned(),
                title: "Fix".to_owned(),
                body: String::new(),
                draft: true,
                maintainer_can_modify: true,
            };
            let upstream = Place::new("acme", "app", 5).expect("a place");
            let body = pull.request(&upstream);
            let of = |name: &str| body.get(name).cloned();
            (of("head"), of("head_repo"), of("maintainer_can_modify"))
        };
        assert_eq!(
            named("me", "app", 6),
            (Some(json!("me:bountyd/i7")), None, Some(json!(true)))
        );
        assert_eq!(
            named("Acme", "app-1", 6),
            (
                Some(json!("Acme:bountyd/i7")),
                Some(json!("app-1")),
                Some(json!(true))
            )
        );
        assert_eq!(
            named("acme", "app", 5),
            (Some(json!("bountyd/i7")), None, None)
        );
    }
}
