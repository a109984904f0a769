//! When a card about a claim may leave: within the day's number, for as many as there are hands, and only
//! while what it says was looked at not long ago.

use std::time::Duration;

use super::{Asking, put_off};
use crate::app::App;
use crate::bounty::policy::cap_reached;
use crate::ledger::Result;
use crate::ledger::approvals::{Approval, Claim};
use crate::ledger::tally::DAY;
use crate::messages::question_card::QuestionCard;

/// A card that waited longer than this is checked against GitHub before it is sent.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// A card for which no hand is free is looked at again after this long, should nothing else free it.
const HAND_PAUSE: Duration = Duration::from_secs(15 * 60);

impl Asking for Claim {
    async fn next<'a>(app: &App, due: &'a [Approval]) -> Result<Option<&'a Approval>> {
        let rules = app.rules();
        let now = app.now();
        let mut tx = app.ledger.begin().await?;
        let cards = tx.cards_since(now.minus(DAY)).await?;
        drop(tx);
        if cards >= i64::from(rules.config.approvals.cards_per_day) {
            let later = now.plus(Duration::from_secs(3600));
            put_off(app, due, later).await?;
            return Ok(None);
        }
        let (fits, held) = first_that_fits(app, due).await?;
        if !held.is_empty() {
            put_off(app, held, now.plus(HAND_PAUSE)).await?;
        }
        let Some(approval) = fits else {
            return Ok(None);
        };
        if now.since(approval.about.checked_at) > FRESH {
            let mut tx = app.ledger.begin().await?;
            tx.recheck_first(approval).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Ok(Some(approval))
    }
}

/// The dearest of these that could be claimed at once if the owner said yes, and those before it that
/// could not. An open question takes a hand like a claim: whoever answers all of them with yes wants
/// all of them.
async fn first_that_fits<'a>(
    app: &App,
    due: &'a [Approval],
) -> Result<(Option<&'a Approval>, Vec<&'a Approval>)> {
    let policy = &app.rules().config.policy;
    let mut held = Vec::new();
    let mut tx = app.ledger.begin().await?;
    for approval in due.iter().filter(|a| QuestionCard::read(a).is_some()) {
        let tally = tx.tally_with_questions(approval).await?;
        if cap_reached(policy, &tally).is_none() {
            return Ok((Some(approval), held));
        }
        held.push(approval);
        if tally.in_hand >= policy.max_in_hand {
            // Then none of the others fits, whoever it is from.
            let rest = due.iter().skip_while(|a| a.id != approval.id).skip(1);
            held.extend(rest);
            break;
        }
    }
    Ok((None, held))
}
