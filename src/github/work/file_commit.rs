//! A commit of plain files, made and signed by GitHub.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use vault::Mutation;

use super::super::Github;
use super::super::trouble::{Trouble, WriteTrouble};
use super::commit::{Commit, CommitNode};
use super::object_id::ObjectId;
use super::target::BranchTarget;

/// Most bytes of files and paths: with the encoding about what the vault lets pass.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Files to be committed. GitHub makes every one of them a regular file that is not executable: what is
/// something else, or has to stay so, goes the way of `put_tree`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCommit {
    /// Where the branch must stand. GitHub refuses if it does not, so the commit is made once at most.
    pub expected_head: ObjectId,
    /// First line of the message.
    pub headline: String,
    /// The rest of the message; may be empty.
    pub body: String,
    /// Files as they shall be, new or not: path and content.
    pub additions: Vec<(String, Vec<u8>)>,
    /// Paths of files that shall be gone.
    pub deletions: Vec<String>,
}

impl FileCommit {
    /// It is small enough for one request: at most 16 MiB of files and paths.
    #[must_use]
    pub fn fits(&self) -> bool {
        let additions = self.additions.iter();
        let bytes: usize = additions.map(|(path, text)| path.len() + text.len()).sum();
        let paths: usize = self.deletions.iter().map(String::len).sum();
        bytes.saturating_add(paths) <= MOST_BYTES
    }

    fn input(&self, at: &BranchTarget) -> Value {
        let additions: Vec<Value> = self
            .additions
            .iter()
            .map(|(path, text)| json!({ "path": path, "contents": STANDARD.encode(text) }))
            .collect();
        let deletions: Vec<Value> = self
            .deletions
            .iter()
            .map(|path| json!({ "path": path }))
            .collect();
        json!({
            "branch": {
                "repositoryNameWithOwner": at.repo().slug(),
                "branchName": at.branch().as_str(),
            },
            "expectedHeadOid": self.expected_head,
            "message": { "headline": self.headline, "body": self.body },
            "fileChanges": { "additions": additions, "deletions": deletions },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    create_commit_on_branch: Option<Payload>,
}

#[derive(Deserialize)]
struct Payload {
    commit: Option<CommitNode>,
}

impl Github {
    /// Commits files to a branch of ours. The answer says which tree it made: compare it with the one
    /// that was judged.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; `Refusal::Stale` when the branch stands elsewhere.
    pub async fn commit_files(
        &self,
        at: &BranchTarget,
        change: &FileCommit,
    ) -> Result<Commit, WriteTrouble> {
        if !change.fits() {
            return Err(unsent("the commit is larger than 16 MiB"));
        }
        if change.headline.trim().is_empty() || change.headline.contains('\n') {
            return Err(unsent("a commit's message begins with one line"));
        }
        let mutation = Mutation::CommitOnBranch {
            repository: at.repo().slug(),
            branch: at.branch().as_str().to_owned(),
            expected_head: change.expected_head.as_str().to_owned(),
        };
        let made = |answer: Answer| answer.create_commit_on_branch?.commit?.commit();
        self.mutate(mutation, change.input(at), made).await
    }
}

/// A write that is not one.
pub(super) fn unsent(why: &str) -> WriteTrouble {
    WriteTrouble::NotSent(Trouble::Invalid {
        why: why.to_owned(),
    })
}
