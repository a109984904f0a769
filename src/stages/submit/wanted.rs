//! Whether the work is still wanted and allowed, asked at the last moment before others see it.

use super::super::{allowed, said_no, unwelcome};
use super::{End, Flow, Halt, Scene};
use crate::bounty::answers;
use crate::bounty::appraise::{Appraisal, appraise};
use crate::bounty::claim::with_pull_request;
use crate::bounty::facts::{IssueFacts, IssueState};
use crate::bounty::permit::{Permit, approval_hash};
use crate::bounty::stage::Stage;
use crate::bounty::state::Status;

/// Reads the issue once more; gives the platform's own word for a claim with a pull request, where it
/// counts one.
pub(super) async fn still(scene: &Scene<'_>) -> Flow<Option<String>> {
    let (app, job) = (scene.app, scene.job);
    if let Err(why) = allowed::job(app, job).await? {
        return Err(Halt::not(why));
    }
    let own = scene.upstream.place.owner();
    let own = own.eq_ignore_ascii_case(&scene.me.login);
    let mut tx = app.ledger.begin().await?;
    if let Some((words, _)) = tx.told_to_stop(&job.repo).await?.filter(|_| !own) {
        return Err(Halt::not(format!("we were told to stop there: {words}")));
    }
    drop(tx);
    let Some(number) = job.number else {
        return Ok(None);
    };
    let place = &scene.upstream.place;
    let facts = app
        .github
        .issue(place.owner(), place.name(), number)
        .await?;
    if facts.repo.id != Some(job.repository_id) {
        return Err(Halt::not("another repository stands under this name now"));
    }
    let rules = app.rules();
    let appraisal = appraise(&facts, &rules.lists, Some(scene.me), app.now());
    let answers = answers::to_us(&facts, Some(scene.me));
    if let Some(words) = unwelcome(&appraisal, &answers).filter(|_| !own) {
        if let Some(bounty) = job.bounty {
            let mut tx = app.ledger.begin().await?;
            tx.remember_refusal(bounty, &said_no(&facts.repo, &words))
                .await?;
            tx.commit().await?;
        }
        return Err(Halt::not(format!("it is not wanted there: {words}")));
    }
    if facts.state == Some(IssueState::Closed) {
        return Err(Halt::not("the issue was closed meanwhile"));
    }
    if facts.locked == Some(true) {
        return Err(Halt::not("the conversation was locked meanwhile"));
    }
    let Some(bounty) = job.bounty else {
        return Ok(None);
    };
    let ours = &appraisal.competition;
    let taken = !ours.assignees.is_empty() && !ours.assigned_to_me;
    match appraisal.status {
        _ if taken => return Err(Halt::not("it was assigned to another meanwhile")),
        Status::Open | Status::Tried => {}
        // Claimed, by us.
        _ if ours.assigned_to_me || ours.ours_open || ours.ours.is_some() => {}
        status => {
            return Err(Halt::not(format!(
                "it is no longer open to us: {}",
                status.as_str()
            )));
        }
    }
    let stage = app.ledger.bounty(bounty).await?.map(|bounty| bounty.stage);
    if !matches!(
        stage,
        Some(Stage::Claimed | Stage::Fixing | Stage::Submitted)
    ) {
        let stage = stage.map_or("gone", Stage::as_str);
        return Err(Halt::not(format!("the bounty is {stage} by now")));
    }
    if stage == Some(Stage::Fixing) {
        permitted(scene, bounty, &facts, &appraisal).await?;
    }
    Ok(with_pull_request(&appraisal, number))
}

/// Where the claim is the pull request, it rests on what was permitted: on the issue as it was then. If
/// that has changed, or the permit is over, the owner's yes to exactly this patch stands in for it.
async fn permitted(
    scene: &Scene<'_>,
    bounty: i64,
    facts: &IssueFacts,
    appraisal: &Appraisal,
) -> Flow<()> {
    let app = scene.app;
    let rules = app.rules();
    let Some(stored) = app.ledger.live_permit(bounty).await? else {
        return Err(Halt::not("its permit is gone"));
    };
    let limits = rules.config.policy.limits(appraisal);
    let current = approval_hash(facts, appraisal, &limits);
    match Permit::restore(stored, &current, app.now()) {
        Ok(_) => Ok(()),
        Err(_) if scene.job.approved_by.is_some() => Ok(()),
        Err(error) => Err(Halt::End(End::Ask(error.to_string()))),
    }
}
