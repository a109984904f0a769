//! Ask about a patch, or about what a client wants: the question to the owner's phone, and its outcome into
//! the same message.
//!
//! The guarantees are those of a question about a claim: a card is delivered at least once, a second
//! copy carries the same id and decides nothing twice. There is no number a day here and no hand to be
//! free: the claim is made and the work is done, or a program waits.

use std::time::Duration;

use vault::telegram::TelegramError;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::crash;
use crate::ledger::Result;
use crate::ledger::approvals::{ApprovalState, LAST_CALL};
use crate::ledger::settings::Setting;
use crate::ledger::tally::DAY;
use crate::messages::card::short;
use crate::messages::notice;
use crate::messages::question_card::QuestionCard;
use crate::telegram::asked_pause;
use crate::telegram::outbox::{self, pause_after};

/// What nobody could be asked about for so long was made for what stands there no more.
const LONGEST_WAIT: Duration = DAY.saturating_mul(3);

/// How long a question may wait that did not reach anybody.
#[must_use]
pub fn patience(app: &App) -> Duration {
    LONGEST_WAIT.max(app.rules().config.approvals.expiry)
}

/// Sends one due card, of the dearest; says whether anything was tried.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn deliver(app: &App) -> Result<bool> {
    let Some(telegram) = &app.telegram else {
        return Ok(false);
    };
    let rules = app.rules();
    let now = app.now();
    let due = app.ledger.questions_to_send(now).await?;
    let Some((question, card)) = due
        .iter()
        .find_map(|q| QuestionCard::read(q).map(|card| (q, card)))
    else {
        return Ok(false);
    };
    let quiet = rules.config.approvals.quiet_hours;
    if let Some(end) = quiet.and_then(|q| q.next_end(now)) {
        let mut tx = app.ledger.begin().await?;
        for question in &due {
            tx.question_waits(&question.id, end, false).await?;
        }
        tx.commit().await?;
        return Ok(true);
    }
    let Some(chat) = chat(app) else {
        return Ok(false);
    };
    // The attempt is durable before it is made: while the ledger takes nothing, the owner would
    // otherwise be asked the same again and again.
    let mut tx = app.ledger.begin().await?;
    let asked = tx.still_asked(question).await?;
    if asked {
        let again = tx.now().plus(pause_after(question.attempts));
        tx.question_waits(&question.id, again, true).await?;
    }
    tx.commit().await?;
    if !asked {
        return Ok(true);
    }
    let expiry = rules.config.approvals.expiry;
    let text = card.question(&question.id, expiry);
    crash::point("card.before");
    let sent = telegram
        .send(chat, &text, &card.buttons(&question.id))
        .await;
    crash::point("card.sent");
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(message) => {
            let until = tx.now().plus(expiry);
            tx.question_delivered(&question.id, message, until).await?;
            app.live(|l| l.delivery_trouble = None);
        }
        Err(error) => {
            if let Some(pause) = asked_pause(&error) {
                let again = tx.now().plus(pause);
                tx.question_waits(&question.id, again, false).await?;
            }
            tracing::error!(
                question = short(&question.id),
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

/// Closes questions whose time is over; says how many.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn expire(app: &App) -> Result<usize> {
    let now = app.now();
    let due = app.ledger.questions_to_expire(now, patience(app)).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let polled: Option<UnixMillis> = app.ledger.setting(&Setting::TelegramSeen).await?;
    let mut closed = 0;
    let mut tx = app.ledger.begin().await?;
    for question in &due {
        let Some(deadline) = question.expires_at else {
            if app.telegram.is_none() {
                tx.expire_question(question).await?;
            } else if tx.question_never_asked(question).await? == Some(ApprovalState::Superseded)
                && let Some(QuestionCard::Patch(card)) = QuestionCard::read(question)
            {
                let text = notice::patch_not_asked(&card.repo, card.number);
                let key = format!("patch-not-asked:{}", question.id);
                let now = tx.now();
                tx.notify_owner(&key, &outbox::encode(&text), now).await?;
            }
            closed += 1;
            continue;
        };
        let heard = app.telegram.is_none() || polled.is_some_and(|at| at >= deadline);
        if heard || now.since(deadline) > LAST_CALL {
            tx.expire_question(question).await?;
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
    let (Some(telegram), Some(chat)) = (&app.telegram, chat(app)) else {
        return Ok(false);
    };
    let due = app.ledger.questions_to_edit(app.now()).await?;
    let found = due
        .iter()
        .find_map(|q| Some((q, q.message_id?, QuestionCard::read(q)?)));
    let Some((question, message, card)) = found else {
        return Ok(false);
    };
    let text = card.settled(question, app.rules().config.timezone);
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(pause_after(0));
    tx.question_waits(&question.id, again, false).await?;
    tx.commit().await?;
    match telegram.edit(chat, message, &text, &[]).await {
        // A message that is gone or too old cannot be edited and need not be.
        Ok(()) | Err(TelegramError::Refused(_) | TelegramError::Blocked) => {
            let mut tx = app.ledger.begin().await?;
            tx.question_edited(&question.id).await?;
            tx.commit().await?;
            app.progress();
        }
        Err(error) => {
            tracing::warn!("message not edited: {error}");
            if let Some(pause) = asked_pause(&error) {
                let mut tx = app.ledger.begin().await?;
                let again = tx.now().plus(pause);
                tx.question_waits(&question.id, again, false).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(true)
}

/// The owner's private chat, if there is one.
fn chat(app: &App) -> Option<i64> {
    let rules = app.rules();
    let owner = rules.config.telegram.as_ref()?.owner_id;
    Some(i64::try_from(owner).unwrap_or(i64::MAX))
}
