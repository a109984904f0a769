//! Ask: questions to the owner's phone, and their outcome into the same message.
//!
//! A card is delivered at least once; a second copy carries the same id and decides nothing twice.

use std::time::Duration;

use vault::telegram::TelegramError;

use crate::app::App;
use crate::bounty::policy::cap_reached;
use crate::clock::UnixMillis;
use crate::crash;
use crate::ledger::Result;
use crate::ledger::approvals::{Approval, LAST_CALL};
use crate::ledger::settings::Setting;
use crate::ledger::tally::DAY;
use crate::messages::card::{self, Card};
use crate::telegram::asked_pause;
use crate::telegram::outbox::pause_after;

/// A card that waited longer than this is checked against GitHub before it is sent.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// A card that could not be delivered for so long no longer says what stands there.
const LONGEST_WAIT: Duration = DAY.saturating_mul(3);

/// A card for which no hand is free is looked at again after this long, should nothing else free it.
const HAND_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Sends due cards, best first, within the day's number and as many as there are hands for; says
/// whether anything was tried.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn deliver(app: &App) -> Result<bool> {
    let Some(telegram) = &app.telegram else {
        return Ok(false);
    };
    let rules = app.rules();
    let now = app.now();
    let due = app.ledger.approvals_to_send(now).await?;
    if !due.iter().any(|a| read_card(a).is_some()) {
        return Ok(false);
    }
    if let Some(end) = rules
        .config
        .approvals
        .quiet_hours
        .and_then(|q| q.next_end(now))
    {
        return hold(app, &Vec::from_iter(&due), end).await;
    }
    let mut tx = app.ledger.begin().await?;
    let cards = tx.cards_since(now.minus(DAY)).await?;
    drop(tx);
    if cards >= i64::from(rules.config.approvals.cards_per_day) {
        let later = now.plus(Duration::from_secs(3600));
        return hold(app, &Vec::from_iter(&due), later).await;
    }
    let (fits, held) = first_that_fits(app, &due).await?;
    if !held.is_empty() {
        hold(app, &held, now.plus(HAND_PAUSE)).await?;
    }
    let Some(approval) = fits else {
        return Ok(!held.is_empty());
    };
    if now.since(approval.checked_at) > FRESH {
        let mut tx = app.ledger.begin().await?;
        tx.recheck_first(approval).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let Some(owner) = rules.config.telegram.as_ref().map(|t| t.owner_id) else {
        return Ok(false);
    };
    let chat = i64::try_from(owner).unwrap_or(i64::MAX);
    let Some(card) = read_card(approval) else {
        return Ok(false);
    };
    let expiry = rules.config.approvals.expiry;
    let text = card::question(&card, approval, expiry, now);
    // The attempt is durable before it is made: while the ledger takes nothing, the owner would
    // otherwise be asked the same again and again.
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(pause_after(approval.attempts));
    tx.undelivered(&approval.id, again, true).await?;
    tx.commit().await?;
    crash::point("card.before");
    let sent = telegram
        .send(chat, &text, &card::buttons(&approval.id))
        .await;
    crash::point("card.sent");
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(message) => {
            let until = tx.now().plus(expiry);
            tx.delivered(&approval.id, message, until).await?;
            app.live(|l| l.delivery_trouble = None);
        }
        Err(error) => {
            if let Some(pause) = asked_pause(&error) {
                let again = tx.now().plus(pause);
                tx.undelivered(&approval.id, again, false).await?;
            }
            tracing::error!(
                approval = card::short(&approval.id),
                "question not delivered: {error}; answer with `bountyd approve` or `bountyd deny`"
            );
            app.live(|l| l.delivery_trouble = Some(error.to_string()));
        }
    }
    tx.commit().await?;
    crash::point("card.recorded");
    app.progress();
    Ok(true)
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
    for approval in due.iter().filter(|a| read_card(a).is_some()) {
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

async fn hold(app: &App, due: &[&Approval], until: UnixMillis) -> Result<bool> {
    let mut tx = app.ledger.begin().await?;
    for approval in due {
        tx.undelivered(&approval.id, until, false).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Closes questions whose time is over; says how many.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn expire(app: &App) -> Result<usize> {
    let now = app.now();
    // The time to answer counts from the card's arrival, which may be late, or never come where there
    // is no chat: then the owner finds the question when he looks.
    let undelivered = LONGEST_WAIT.max(app.rules().config.approvals.expiry);
    let due = app.ledger.approvals_to_expire(now, undelivered).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let polled: Option<UnixMillis> = app.ledger.setting(&Setting::TelegramSeen).await?;
    let mut closed = 0;
    let mut tx = app.ledger.begin().await?;
    for approval in &due {
        let Some(deadline) = approval.expires_at else {
            if app.telegram.is_some() {
                // Nobody was asked, so nobody said no: it is judged anew, and asked anew if it is
                // still worth it.
                tx.never_asked(approval).await?;
            } else {
                tx.expire(approval).await?;
            }
            closed += 1;
            continue;
        };
        let heard = app.telegram.is_none() || polled.is_some_and(|at| at >= deadline);
        if heard || now.since(deadline) > LAST_CALL {
            tx.expire(approval).await?;
            closed += 1;
        }
    }
    tx.commit().await?;
    Ok(closed)
}

/// Writes the outcome into one message that does not show it yet; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn write_outcome(app: &App) -> Result<bool> {
    let Some(telegram) = &app.telegram else {
        return Ok(false);
    };
    let rules = app.rules();
    let Some(owner) = rules.config.telegram.as_ref().map(|t| t.owner_id) else {
        return Ok(false);
    };
    let chat = i64::try_from(owner).unwrap_or(i64::MAX);
    let due = app.ledger.approvals_to_edit(app.now()).await?;
    let Some(approval) = due.iter().find(|a| read_card(a).is_some()) else {
        return Ok(false);
    };
    let (Some(message), Some(card)) = (approval.message_id, read_card(approval)) else {
        return Ok(false);
    };
    let text = card::settled(&card, approval, rules.config.timezone, app.now());
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(pause_after(0));
    tx.undelivered(&approval.id, again, false).await?;
    tx.commit().await?;
    match telegram.edit(chat, message, &text, &[]).await {
        // A message that is gone or too old cannot be edited and need not be.
        Ok(()) | Err(TelegramError::Refused(_) | TelegramError::Blocked) => {
            let mut tx = app.ledger.begin().await?;
            tx.edited(&approval.id).await?;
            tx.commit().await?;
            app.progress();
            Ok(true)
        }
        Err(error) => {
            tracing::warn!("message not edited: {error}");
            if let Some(pause) = asked_pause(&error) {
                let mut tx = app.ledger.begin().await?;
                let again = tx.now().plus(pause);
                tx.undelivered(&approval.id, again, false).await?;
                tx.commit().await?;
            }
            Ok(true)
        }
    }
}

fn read_card(approval: &Approval) -> Option<Card> {
    serde_json::from_str(&approval.card).ok()
}
