//! Vet: a patch that was made is let go on its way, or the owner is asked about exactly it.

use std::path::PathBuf;

use ::fix::job::Record;
use gate::Outcome;

use super::{allowed, drop_job, judgement, no_longer_ours};
use crate::app::App;
use crate::fixer::papers;
use crate::ledger::Result;
use crate::ledger::bounties::Bounty;
use crate::ledger::jobs::{Branch, Job, JobState};
use crate::messages::patch_card::{Patch, PatchCard};
use crate::rules::Rules;

/// Decides about one patch that is due; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let states = [JobState::Made, JobState::Made];
    let Some(job) = app.ledger.due_job(states).await? else {
        return Ok(false);
    };
    let rules = app.rules();
    let bounty = match job.bounty {
        Some(id) => app.ledger.bounty(id).await?,
        None => None,
    };
    if let Some(why) = bounty.as_ref().and_then(no_longer_ours) {
        drop_job(app, &job, "no_patch", &why, Branch::Cleared).await?;
        return Ok(true);
    }
    if let Err(why) = allowed::job(app, &job).await? {
        drop_job(app, &job, "no_patch", &why, Branch::Cleared).await?;
        return Ok(true);
    }
    let submissions = app.ledger.submissions().await?;
    let why = reasons(&rules, &job, bounty.as_ref(), submissions);
    if why.is_empty() {
        let mut tx = app.ledger.begin().await?;
        let now = tx.now();
        tx.move_job(&job, JobState::Submitting, None, Some(now))
            .await?;
        tx.commit().await?;
        app.progress();
        return Ok(true);
    }
    ask(app, &job, bounty.as_ref(), why).await?;
    app.progress();
    Ok(true)
}

/// Why the owner is to be asked; nothing: he need not be.
fn reasons(rules: &Rules, job: &Job, bounty: Option<&Bounty>, submissions: i64) -> Vec<String> {
    let mut why: Vec<String> = job.reason.iter().cloned().collect();
    if job.approved_by.is_some() {
        return Vec::new();
    }
    let Some(fix) = &rules.config.fix else {
        why.push("no fixer is configured any more".to_owned());
        return why;
    };
    if job.bounty.is_none() {
        why.push(match job.asked_by.strip_prefix("client:") {
            Some(client) => {
                let name = client.split(' ').next().unwrap_or(client);
                format!("the client {name} asked for it")
            }
            None => "it was asked for by hand, and nobody said that it may go".to_owned(),
        });
    }
    if submissions < i64::from(fix.ask_first_submissions) {
        let first = fix.ask_first_submissions;
        why.push(format!("it is one of the first {first} submissions"));
    }
    match bounty.map(|bounty| bounty.usd) {
        Some(None) => why.push("what it is worth is not known".to_owned()),
        Some(Some(usd)) if usd > fix.ask_submission_above => {
            why.push(format!("{usd} is above {}", fix.ask_submission_above));
        }
        Some(Some(_)) | None => {}
    }
    why
}

/// What a question shows, unless the gate blocks the patch now that it can be looked through for the
/// secrets of this installation: those are not shown to anybody.
async fn shown(
    app: &App,
    job: &Job,
    place: PathBuf,
) -> std::result::Result<(Record, String), String> {
    let (verdict, _) = judgement::read(app, job)
        .await
        .map_err(|why| format!("its papers cannot be read: {why}"))?;
    if verdict.outcome() == Outcome::Block {
        let worst = verdict.findings().first();
        let worst = worst.map(|found| format!(": {}: {}", found.rule, found.message));
        return Err(format!(
            "the gate blocks its patch{}",
            worst.unwrap_or_default()
        ));
    }
    let read = tokio::task::spawn_blocking(move || {
        Ok::<_, std::io::Error>((papers::record(&place)?, papers::diff(&place)?))
    });
    match read.await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(error)) => Err(format!("its papers cannot be read: {error}")),
        Err(error) => Err(format!("its papers were not read: {error}")),
    }
}

/// Asks about exactly this patch.
async fn ask(app: &App, job: &Job, bounty: Option<&Bounty>, why: Vec<String>) -> Result<()> {
    let place = papers::place(&app.rules().config, &job.id);
    let read = shown(app, job, place.clone()).await;
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let card = match &read {
        Ok((record, diff)) => PatchCard::about(&Patch {
            title: &job.title,
            amount: bounty
                .and_then(|bounty| bounty.usd)
                .map(|usd| usd.to_string()),
            why,
            record,
            diff,
            papers: Some(place.display().to_string()),
            requests: u64::try_from(job.requests).unwrap_or(0),
            micro_usd: u64::try_from(job.micro_usd).unwrap_or(0),
        }),
        Err(_) => None,
    };
    let Some(card) = card else {
        // What cannot be shown cannot be approved.
        let why = match &read {
            Ok(_) => "its papers show no patch".to_owned(),
            Err(why) => why.clone(),
        };
        drop(tx);
        return drop_job(app, job, "no_patch", &why, Branch::Cleared).await;
    };
    tx.ask_about_patch(job, &card, now).await?;
    tx.commit().await
}
