//! Recheck: a question must ask about what stands there. When the issue changed while it waited,
//! or the card waited out quiet hours, everything is read again; if what would be approved is no
//! longer the same, the question is superseded and the bounty judged anew.

use super::{LEASE, StepError, issue_of, put_off};
use crate::app::App;
use crate::bounty::appraise::appraise;
use crate::bounty::permit::approval_hash;
use crate::bounty::stage::Stage;
use crate::ledger::Result;
use crate::ledger::bounties::{Bounty, Lease, Step};

/// Looks again at one bounty whose question is due for it; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let (tx, mut leased) = app
        .ledger
        .begin_leasing(&app.worker, &[Stage::Asking], LEASE, 1)
        .await?;
    tx.commit().await?;
    let Some((bounty, lease)) = leased.pop() else {
        return Ok(false);
    };
    match look(app, &bounty, &lease).await {
        Ok(()) => {}
        Err(StepError::Github(trouble)) => put_off(app, &bounty, &lease, &trouble).await?,
        Err(StepError::Ledger(error)) => return Err(error),
    }
    app.progress();
    Ok(true)
}

async fn look(app: &App, bounty: &Bounty, lease: &Lease) -> std::result::Result<(), StepError> {
    let rules = app.rules();
    let me = app.me().await?;
    let facts = issue_of(app, bounty).await?;
    let mut tx = app.ledger.begin().await?;
    if tx.changed_since_leased(bounty).await? {
        // It changed while it was read: what the scan has stored is newer, and is looked at instead.
        let now = tx.now();
        tx.postpone(lease, now, false).await?;
        return Ok(tx.commit().await?);
    }
    if facts.repo.id != Some(bounty.repository_id) {
        // The name is another repository's now, which has rows of its own.
        tx.supersede(lease, "another repository stands under this name now")
            .await?;
        let step = Step {
            stage: Stage::Skipped,
            reason: Some("moved"),
            wake_at: None,
        };
        tx.advance(lease, &step).await?;
        tx.drop_facts(bounty.id).await?;
        return Ok(tx.commit().await?);
    }
    let appraisal = appraise(&facts, &rules.lists, me.as_ref(), tx.now());
    let hash = approval_hash(&facts, &appraisal, &rules.config.policy.limits(&appraisal));
    let asked = app.ledger.approvals_about(bounty.id).await?;
    let ours = appraisal.competition.ours.as_deref();
    let same = asked
        .first()
        .is_some_and(|a| a.about.hash == hash.to_string())
        && appraisal.status.claimable()
        && ours.is_none();
    tx.put_facts(bounty, &facts).await?;
    if same {
        tx.still_so(lease).await?;
        let step = Step {
            stage: Stage::Asking,
            reason: bounty.reason.as_deref(),
            wake_at: None,
        };
        tx.advance(lease, &step).await?;
    } else {
        tx.supersede(lease, ours.unwrap_or("the issue changed"))
            .await?;
        let wake_at = Some(tx.now());
        tx.advance(
            lease,
            &Step {
                stage: Stage::Found,
                reason: Some("superseded"),
                wake_at,
            },
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
