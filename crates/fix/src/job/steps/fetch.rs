//! Fetches the repository and reads the base tree.

use std::sync::Arc;

use gate::tree::Tree;

use crate::checkout::Mirror;
use crate::job::error::Halt;
use crate::job::progress::Progress;
use crate::job::work::Work;
use crate::objects::{CommitId, TreeId, tree_id};

/// What is worked on.
pub(super) struct Base {
    pub(super) mirror: Mirror,
    pub(super) commit: CommitId,
    pub(super) tree: Arc<Tree>,
    pub(super) id: TreeId,
}

pub(super) async fn base(work: &mut Work<'_>) -> Result<Base, Halt> {
    let (job, parts) = (work.job, work.parts);
    work.saw(Progress::Fetching {
        remote: job.remote.to_string(),
    });
    let room = work.room.path("mirror");
    let fetch = Mirror::fetch(
        parts.git.clone(),
        &job.remote,
        &job.want,
        &room,
        parts.limits.checkout,
        Arc::clone(&parts.clock),
    );
    let mirror = tokio::select! {
        mirror = fetch => mirror.map_err(Halt::of_fetch)?,
        why = work.patience.over() => return Err(Halt::no_fix(why)),
    };
    let commit = mirror.base();
    let tree = tokio::select! {
        tree = mirror.base_tree(commit) => tree.map_err(Halt::of_base)?,
        why = work.patience.over() => return Err(Halt::no_fix(why)),
    };
    let id = tree_id(&tree).map_err(|error| Halt::of_base(error.into()))?;
    work.record.base_commit = Some(commit.to_string());
    work.record.base_tree = Some(id.to_string());
    work.saw(Progress::Fetched {
        base: commit.to_string(),
        files: tree.entries.len(),
    });
    Ok(Base {
        mirror,
        commit,
        tree: Arc::new(tree),
        id,
    })
}
