//! A further attempt: on top of what an open pull request of ours shows, or on the base anew where that
//! conflicts with it.

use super::super::{feedback, owner_and_name};
use crate::app::App;
use crate::bounty::facts::PullRequestState;
use crate::github::work::{ForkOf, ObjectId, Place};
use crate::ledger::jobs::Job;

/// What a further attempt begins with.
pub(super) struct Top {
    /// What the pull request shows, or the tip of the base.
    pub(super) commit: String,
    /// The fork that holds it, unless the repository itself does.
    pub(super) fork: Option<String>,
    /// What others want of it.
    pub(super) criteria: Vec<String>,
}

/// Where a pull request of the job stands, its next patch is made on top of it, or on `tip`, the commit that the
/// base has come to; inside is why there is none to be made.
pub(super) async fn on_top(
    app: &App,
    job: &Job,
    tip: &ObjectId,
) -> std::result::Result<Option<Top>, String> {
    let (Some(_), Some(node), Some(head)) = (job.pull, &job.pull_node, &job.head) else {
        return Ok(None);
    };
    let (owner, name) = owner_and_name(&job.repo);
    let me = app.me().await.map_err(|error| error.to_string())?;
    let upstream = Place::new(owner, name, job.repository_id);
    let (Some(me), Some(upstream)) = (me, upstream) else {
        return Err("whose fork it is, is not known".to_owned());
    };
    let activity = app.github.follow(std::slice::from_ref(node)).await;
    let activity = activity.map_err(|trouble| trouble.to_string())?.pop();
    let activity = match activity {
        Some(Ok(activity)) => activity,
        Some(Err(trouble)) => return Err(trouble.to_string()),
        None => return Err("GitHub says nothing about the pull request".to_owned()),
    };
    if activity.pull.state != PullRequestState::Open || activity.pull.head.as_str() != head {
        return Err("the pull request is not as we left it".to_owned());
    }
    if feedback::conflicts(&activity) {
        return Ok(Some(Top {
            fork: None,
            commit: tip.to_string(),
            criteria: feedback::criteria(&activity),
        }));
    }
    let fork = if owner.eq_ignore_ascii_case(&me.login) {
        None
    } else {
        match app.github.fork_of(&upstream, &me).await {
            Ok(ForkOf::Standing(fork)) => Some(fork.place.slug()),
            Ok(_) => return Err("the fork cannot be used".to_owned()),
            Err(trouble) => return Err(trouble.to_string()),
        }
    };
    Ok(Some(Top {
        fork,
        commit: head.clone(),
        criteria: feedback::criteria(&activity),
    }))
}
