//! What submitting a patch and following a pull request needs of GitHub: forks, branches, commits,
//! pull requests, and what people and machines say of them.
//!
//! Reads take what GitHub says as data. A write is one request on a wire made for it alone, as the
//! comment of `write` is: no redirect, no repetition, one verb at one path or one mutation at one target.

mod branch;
mod checks;
mod commit;
mod file_commit;
mod follow;
mod fork;
mod heads;
mod mutate;
mod object_id;
mod objects;
mod open_pull;
mod place;
mod pull;
mod pull_node;
mod pulls;
mod read;
mod refs;
mod refusal;
mod said;
mod send;
mod target;
mod upstream;

pub use self::branch::{BRANCH_PREFIX, WorkBranch};
pub use self::checks::{CheckState, Checks, FailedCheck};
pub use self::commit::Commit;
pub use self::file_commit::FileCommit;
pub use self::follow::Activity;
pub use self::fork::{Fork, ForkOf, ForkTrouble};
pub use self::object_id::ObjectId;
pub use self::objects::{Entry, FileMode, ObjectCommit, TreeEntry};
pub use self::open_pull::{NewPull, PullOpened};
pub use self::place::Place;
pub use self::pull::{Mergeable, PullRequest};
pub use self::said::{Said, SaidKind, Verdict};
pub use self::target::{BranchTarget, PullTarget, UpstreamTarget};
pub use self::upstream::{Template, Tip, Upstream};

#[cfg(test)]
mod tests {
    use super::super::Github;
    use super::*;
    use crate::bounty::appraise::Me;

    /// Stages are spawned: what they await must be able to move between threads.
    #[test]
    fn every_future_is_send() {
        fn send<T: Send>(_: &T) {}
        #[expect(dead_code, reason = "compiled, never run")]
        #[expect(clippy::too_many_arguments, reason = "one of each")]
        async fn all(
            github: Github,
            me: Me,
            place: Place,
            id: ObjectId,
            up: UpstreamTarget,
            branch: BranchTarget,
            pull: PullTarget,
            new: NewPull,
            files: FileCommit,
            objects: ObjectCommit,
        ) {
            send(&github.upstream("a", "b"));
            send(&github.fork_of(&place, &me));
            send(&github.branch_head(&place, "x"));
            send(&github.commit(&place, &id));
            send(&github.pulls_from(&place, 1, branch.branch()));
            send(&github.pull(&place, 1));
            send(&github.follow(&[]));
            send(&github.make_fork(&up));
            send(&github.make_branch(&branch, &id));
            send(&github.move_branch(&branch, &id));
            send(&github.delete_branch(&branch));
            send(&github.commit_files(&branch, &files));
            send(&github.put_blob(&branch, &[]));
            send(&github.put_tree(&branch, &id, &[]));
            send(&github.put_commit(&branch, &objects));
            send(&github.open_pull(&up, &new));
            send(&github.edit_pull(&pull, None, None));
            send(&github.close_pull(&pull));
            send(&github.ready_for_review(&pull));
        }
    }
}
