//! GitHub said no to a claim: for good, for now, or because the place has moved.

use super::super::{MOST_FAILURES, StepError, backoff, issue_of};
use super::end::{again, let_go, limited, refused};
use crate::app::App;
use crate::bounty::permit::Authority;
use crate::github::Refusal;
use crate::ledger::bounties::{Bounty, Lease};
use crate::ledger::effects::Effect;

/// Puts a bounty whose claim was refused where it belongs. The effect has ended as failed.
pub(super) async fn settle(
    app: &App,
    bounty: &Bounty,
    lease: &Lease,
    effect: &Effect,
    kind: &Refusal,
    message: &str,
) -> std::result::Result<(), StepError> {
    let permit = app.ledger.live_permit(bounty.id).await?;
    match (kind, permit) {
        (Refusal::InteractionLimit, Some(permit)) => {
            return Ok(limited(app, bounty, lease, &permit).await?);
        }
        (Refusal::Moved { .. }, Some(permit)) if bounty.failures < MOST_FAILURES => {
            let facts = issue_of(app, bounty).await?;
            if facts.repo.id != Some(bounty.repository_id) {
                let why = "another repository stands under this name now";
                return Ok(let_go(app, bounty, lease, "moved", why, None).await?);
            }
            if facts.repo.slug() != effect.target.repo {
                // What was permitted was permitted for the old place.
                let why = format!(
                    "the repository moved to {}; it is appraised again",
                    facts.repo.slug()
                );
                let asked = matches!(permit.authority, Authority::Approval { .. });
                let seen = Some((&facts, why.as_str()));
                return Ok(again(app, bounty, lease, "superseded", seen, asked).await?);
            }
            // What is read does not know of it yet.
            let mut tx = app.ledger.begin().await?;
            let at = tx.now().plus(backoff(bounty.failures));
            tx.postpone(lease, at, true).await?;
            return Ok(tx.commit().await?);
        }
        _ => {}
    }
    Ok(refused(app, bounty, lease, effect, kind, message).await?)
}
