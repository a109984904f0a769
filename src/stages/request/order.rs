//! A job begun for what a client wants: a patch to be made, or one that it hands in.

use super::way::{end, free, put_off};
use super::within;
use crate::app::App;
use crate::broker::acting::Acting;
use crate::broker::policy::Repository;
use crate::github::Trouble;
use crate::github::within::Within;
use crate::github::work::{ObjectId, Upstream};
use crate::ledger::Result;
use crate::ledger::jobs::NewJob;
use crate::ledger::requests::{Request, RequestState};

/// Has a job begun for it.
pub(super) async fn order(
    app: &App,
    request: &Request,
    place: &Repository,
    acting: &Acting,
) -> Result<()> {
    // A patch is the first step of a pull request: it is not begun where none may be opened.
    if free(app, request, false).await?.is_none() {
        return Ok(());
    }
    if app.rules().config.fix.is_none() {
        let why = "no coding agent is configured";
        return end(app, request, RequestState::Failed, why).await;
    }
    let upstream = app.github.upstream(place.owner(), place.name()).await;
    let within = within(app, place, 0);
    let number = acting.number();
    let issue = match number {
        Some(number) => within.issue(number).await.map(Some),
        None => Ok(None),
    };
    let title = issue.map(|issue| match (acting, issue) {
        (Acting::SubmitPatch { title, .. }, _) => title.clone(),
        (_, Some(issue)) => issue.title,
        (Acting::Fix { goal, .. }, None) => goal.clone().unwrap_or_default(),
        _ => String::new(),
    });
    let (upstream, title) = match (upstream, title) {
        (Ok(upstream), Ok(title)) => (upstream, title),
        (Err(trouble), _) | (_, Err(trouble)) => return put_off(app, request, &trouble).await,
    };
    // GitHub leads from an old name to the new one; the rules and the yes are about the name asked for.
    let slug = upstream.place.slug();
    if !slug.eq_ignore_ascii_case(&place.to_string()) {
        let why = format!("the repository moved to {slug}");
        return end(app, request, RequestState::Failed, &why).await;
    }
    if let Acting::SubmitPatch { base, .. } = acting {
        match stands_on(&within, &upstream, base).await {
            Ok(true) => {}
            Ok(false) => {
                let why = format!("{base} is no commit of the default branch");
                return end(app, request, RequestState::Failed, &why).await;
            }
            Err(trouble) => return put_off(app, request, &trouble).await,
        }
    }
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let new = NewJob {
        bounty: None,
        repository_id: upstream.place.id(),
        repo: &slug,
        number,
        title: &title,
        actor: request.actor(),
        wake_at: Some(now),
    };
    // By its name its branch is found, and the pull request of one that the ledger has forgotten.
    let name = request.id.get(..16).unwrap_or(&request.id).to_owned();
    let job = tx.begin_job_named(&new, name).await?;
    tx.request_works(request, &job).await?;
    tx.commit().await?;
    app.fix.notify_one();
    Ok(())
}

/// Whether a patch against `base` is one against the default branch, as it is or was.
async fn stands_on(
    within: &Within<'_>,
    upstream: &Upstream,
    base: &str,
) -> std::result::Result<bool, Trouble> {
    let (Some(base), Some(tip)) = (ObjectId::parse(base), &upstream.default_branch) else {
        return Ok(false);
    };
    within.came_from(&tip.head.id, &base).await
}
