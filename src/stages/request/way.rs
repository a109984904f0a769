//! What stands in the way of a request, and where it leads: later, or to an end that somebody is told of.

use serde_json::Value;

use super::super::write::hindrance;
use super::super::{FIRST_BACKOFF, backoff, waited};
use crate::app::App;
use crate::broker::acting::Acting;
use crate::broker::policy::{Kind, Repository};
use crate::clock::UnixMillis;
use crate::github::Trouble;
use crate::health;
use crate::ledger::requests::{Request, RequestState};
use crate::ledger::{Result, Tx};
use crate::messages::{lease, request_card};
use crate::telegram::outbox;

/// Begins a step, unless nothing may be done at this instant: then the request is put off. `seen` is whether
/// others are told of the step, so that the time between two writes holds.
pub(super) async fn free(app: &App, request: &Request, seen: bool) -> Result<Option<Tx>> {
    let mut tx = app.ledger.begin().await?;
    let Some(at) = hindrance(app, &mut tx, seen).await? else {
        return Ok(Some(tx));
    };
    tx.postpone_request(request, at, false).await?;
    tx.commit().await?;
    Ok(None)
}

/// Whether a maintainer's lasting no speaks against it, other than one that the owner was shown when he was
/// asked. A patch ends at any.
pub(super) async fn told_to_stop(
    app: &App,
    request: &Request,
    place: &Repository,
    acting: &Acting,
) -> Result<bool> {
    let me = app.me().await?;
    if me.is_some_and(|me| place.owner().eq_ignore_ascii_case(&me.login)) {
        return Ok(false);
    }
    let mut tx = app.ledger.begin().await?;
    let told = tx.told_to_stop(&place.to_string()).await?;
    let shown = request.approved_by.is_some() && acting.tool().kind() != Kind::Job;
    Ok(told.is_some_and(|(_, at)| !shown || at > request.created_at))
}

/// What GitHub does not give: never where it says no, and later where it cannot be asked, for as long as what
/// was allowed may be acted on.
pub(super) async fn put_off(app: &App, request: &Request, trouble: &Trouble) -> Result<()> {
    if trouble.is_refusal() {
        return end(app, request, RequestState::Failed, &trouble.to_string()).await;
    }
    report(app, trouble).await?;
    let failed = matches!(trouble, Trouble::Retry { .. });
    postpone(app, request, after(app, request, trouble), failed).await
}

/// Tells the owner of what is his to mend.
pub(super) async fn report(app: &App, trouble: &Trouble) -> Result<()> {
    match trouble {
        Trouble::Reconnect(failure) | Trouble::Configuration(failure) => {
            health::report(app, failure).await
        }
        _ => Ok(()),
    }
}

pub(super) fn after(app: &App, request: &Request, trouble: &Trouble) -> UnixMillis {
    match trouble {
        Trouble::WaitUntil { at, .. } => waited(*at, app.now()),
        Trouble::Reconnect(_) | Trouble::Configuration(_) => app.now().plus(FIRST_BACKOFF),
        _ => app.now().plus(backoff(request.failures)),
    }
}

pub(super) async fn postpone(
    app: &App,
    request: &Request,
    at: UnixMillis,
    failed: bool,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.postpone_request(request, at, failed).await?;
    tx.commit().await
}

/// Ends a request that was done. Whose yes for a while did it is told: he was not asked.
pub(super) async fn done(tx: &mut Tx, request: &Request, outcome: &Value) -> Result<()> {
    tx.end_request(request, outcome).await?;
    if let Some(by) = tx.lease_of(&request.id).await? {
        let text = lease::done(request, &by);
        let key = format!("request:{}:leased", request.id);
        let now = tx.now();
        tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    }
    Ok(())
}

pub(super) async fn end(
    app: &App,
    request: &Request,
    state: RequestState,
    why: &str,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    ends(&mut tx, request, state, why).await?;
    tx.commit().await
}

/// Ends a request that came to nothing. Who said yes to it is told; the client asks for it.
pub(super) async fn ends(
    tx: &mut Tx,
    request: &Request,
    state: RequestState,
    why: &str,
) -> Result<()> {
    tx.move_request(request, state, Some(why), None).await?;
    if request.approved_by.is_some() {
        let text = request_card::not_done(request, why);
        let key = format!("request:{}:not-done", request.id);
        let now = tx.now();
        tx.notify_owner(&key, &outbox::encode(&text), now).await?;
    }
    Ok(())
}
