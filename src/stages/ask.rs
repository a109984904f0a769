//! Ask: a question to the owner's phone, and its outcome into the same message, whatever it is about.
//!
//! A card is delivered at least once; a second copy carries the same id and decides nothing twice. When a
//! card about a claim may leave is in `claims`; what follows when nobody could be asked about a patch is in
//! `others`.

mod claims;
mod others;

use std::future::Future;
use std::time::Duration;

use vault::telegram::TelegramError;

use crate::app::App;
use crate::clock::UnixMillis;
use crate::crash;
use crate::ledger::asked::{ApprovalState, LAST_CALL, Question, Topic};
use crate::ledger::settings::Setting;
use crate::ledger::tally::DAY;
use crate::ledger::{Result, Tx};
use crate::messages::card::short;
use crate::messages::question_card::QuestionCard;
use crate::telegram::asked_pause;
use crate::telegram::outbox::pause_after;

/// What nobody could be asked about for so long is no longer what stands there.
const LONGEST_WAIT: Duration = DAY.saturating_mul(3);

/// How long a question may wait that did not reach anybody. The time to answer counts from the card's
/// arrival, which may be late, or never come where there is no chat: then the owner finds the question
/// when he looks.
#[must_use]
pub fn patience(app: &App) -> Duration {
    LONGEST_WAIT.max(app.rules().config.approvals.expiry)
}

/// In what asking about one thing differs from asking about another.
pub trait Asking: Topic {
    /// Of the questions that are due, dearest first, the one whose card is sent now; `None` where they were
    /// all put off. At least one has a card that can be read.
    ///
    /// # Errors
    /// The ledger cannot be read or written.
    fn next<'a>(
        _app: &App,
        due: &'a [Question<Self>],
    ) -> impl Future<Output = Result<Option<&'a Question<Self>>>> + Send {
        let first = due.iter().find(|q| QuestionCard::read(q).is_some());
        async move { Ok(first) }
    }

    /// Has the owner told that he could not be asked.
    ///
    /// # Errors
    /// The ledger cannot be written.
    fn nobody_saw(
        _tx: &mut Tx,
        _question: &Question<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Sends one due card; says whether anything was tried.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn deliver<A: Asking>(app: &App) -> Result<bool> {
    let Some(telegram) = &app.telegram else {
        return Ok(false);
    };
    let rules = app.rules();
    let approvals = &rules.config.approvals;
    let now = app.now();
    let due = app.ledger.questions_to_send::<A>(now).await?;
    if !due.iter().any(|q| QuestionCard::read(q).is_some()) {
        return Ok(false);
    }
    if let Some(end) = approvals.quiet_hours.and_then(|q| q.next_end(now)) {
        put_off(app, &due, end).await?;
        return Ok(true);
    }
    let Some(question) = A::next(app, &due).await? else {
        return Ok(true);
    };
    let (Some(chat), Some(card)) = (chat(app), QuestionCard::read(question)) else {
        return Ok(false);
    };
    let text = card.question(&question.id, approvals.expiry, now);
    // The attempt is durable before it is made: while the ledger takes nothing, the owner would
    // otherwise be asked the same again and again.
    let mut tx = app.ledger.begin().await?;
    let asked = tx.still_asked(question).await?;
    if asked {
        let again = tx.now().plus(pause_after(question.attempts));
        tx.undelivered::<A>(&question.id, again, true).await?;
    }
    tx.commit().await?;
    if !asked {
        return Ok(true);
    }
    crash::point("card.before");
    let sent = telegram
        .send(chat, &text, &card.buttons(&question.id))
        .await;
    crash::point("card.sent");
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(message) => {
            let until = tx.now().plus(approvals.expiry);
            tx.delivered::<A>(&question.id, message, until).await?;
            app.live(|l| l.delivery_trouble = None);
        }
        Err(error) => {
            if let Some(pause) = asked_pause(&error) {
                let again = tx.now().plus(pause);
                tx.undelivered::<A>(&question.id, again, false).await?;
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

/// Has cards wait until `until`, which is no fault of theirs.
async fn put_off<'a, A: Asking + 'a>(
    app: &App,
    cards: impl IntoIterator<Item = &'a Question<A>> + Send,
    until: UnixMillis,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    let ids: Vec<&str> = cards.into_iter().map(|q| q.id.as_str()).collect();
    for id in ids {
        tx.undelivered::<A>(id, until, false).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Closes questions whose time is over; says how many.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn expire<A: Asking>(app: &App) -> Result<usize> {
    let now = app.now();
    let due = app
        .ledger
        .questions_to_expire::<A>(now, patience(app))
        .await?;
    if due.is_empty() {
        return Ok(0);
    }
    let polled: Option<UnixMillis> = app.ledger.setting(&Setting::TelegramSeen).await?;
    let mut closed = 0;
    let mut tx = app.ledger.begin().await?;
    for question in &due {
        let Some(deadline) = question.expires_at else {
            if app.telegram.is_none() {
                tx.expire(question).await?;
            } else if tx.never_asked(question).await? == Some(ApprovalState::Superseded) {
                A::nobody_saw(&mut tx, question).await?;
            }
            closed += 1;
            continue;
        };
        let heard = app.telegram.is_none() || polled.is_some_and(|at| at >= deadline);
        if heard || now.since(deadline) > LAST_CALL {
            tx.expire(question).await?;
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
pub async fn write_outcome<A: Asking>(app: &App) -> Result<bool> {
    let (Some(telegram), Some(chat)) = (&app.telegram, chat(app)) else {
        return Ok(false);
    };
    let due = app.ledger.questions_to_edit::<A>(app.now()).await?;
    let found = due
        .iter()
        .find_map(|q| Some((q, q.message_id?, QuestionCard::read(q)?)));
    let Some((question, message, card)) = found else {
        return Ok(false);
    };
    let text = card.settled(question, app.rules().config.timezone, app.now());
    let mut tx = app.ledger.begin().await?;
    let again = tx.now().plus(pause_after(0));
    tx.undelivered::<A>(&question.id, again, false).await?;
    tx.commit().await?;
    match telegram.edit(chat, message, &text, &[]).await {
        // A message that is gone or too old cannot be edited and need not be.
        Ok(()) | Err(TelegramError::Refused(_) | TelegramError::Blocked) => {
            let mut tx = app.ledger.begin().await?;
            tx.edited::<A>(&question.id).await?;
            tx.commit().await?;
            app.progress();
        }
        Err(error) => {
            tracing::warn!("message not edited: {error}");
            if let Some(pause) = asked_pause(&error) {
                let mut tx = app.ledger.begin().await?;
                let again = tx.now().plus(pause);
                tx.undelivered::<A>(&question.id, again, false).await?;
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
