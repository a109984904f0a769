//! Branches of ours: made, moved forward, deleted.

use serde_json::json;

use super::super::Github;
use super::super::trouble::WriteTrouble;
use super::object_id::ObjectId;
use super::send::Write;
use super::target::BranchTarget;

impl Github {
    /// Makes the branch at a commit that the repository has. A fork has those of what it was forked from.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; `Refusal::RefExists` when it is there, wherever it stands,
    /// `Refusal::WorkflowScope` when the commit brings workflows that the fork has on no branch.
    pub async fn make_branch(
        &self,
        at: &BranchTarget,
        commit: &ObjectId,
    ) -> Result<(), WriteTrouble> {
        let body = json!({ "ref": at.branch().reference(), "sha": commit });
        self.submit_blindly(Write::post(at.git_path("refs"), &body))
            .await
            .map(drop)
    }

    /// Moves the branch to a commit that follows the one where it stands.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; `Refusal::Stale` when the commit does not follow it.
    pub async fn move_branch(&self, at: &BranchTarget, to: &ObjectId) -> Result<(), WriteTrouble> {
        let body = json!({ "sha": to, "force": false });
        self.submit_blindly(Write::patch(at.ref_path(), &body))
            .await
            .map(drop)
    }

    /// Deletes the branch. GitHub closes an open pull request from it.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says; `Refusal::BranchGone` when there is none.
    pub async fn delete_branch(&self, at: &BranchTarget) -> Result<(), WriteTrouble> {
        self.submit_blindly(Write::delete(at.ref_path()))
            .await
            .map(drop)
    }
}
