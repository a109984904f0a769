//! `getUpdates`: offsets, long polling on the simulated clock, one poller at a time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Shared;
use super::methods::{Params, Refused};
use super::state::State;
use crate::lock;

/// How often, in real time, a waiting poll looks at the queue and the simulated clock.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Answers at once when there is something, else when `timeout` seconds of the simulated clock have passed.
pub(crate) async fn get(shared: &Arc<Shared>, params: &Params) -> Result<Value, Refused> {
    let timeout_s = params.number("timeout").unwrap_or(0).clamp(0, 50);
    let limit = usize::try_from(params.number("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let deadline = shared.rim.now().saturating_add(timeout_s * 1_000);
    let me = {
        let mut state = lock(&shared.state);
        begin(&mut state, params, shared.rim.now())?
    };
    loop {
        {
            let mut state = lock(&shared.state);
            if state.poller != me {
                state.conflicts += 1;
                return Err(Refused::new(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                ));
            }
            let now = shared.rim.now();
            state.expire(now);
            if !state.updates.is_empty() || now >= deadline {
                let batch = state
                    .updates
                    .iter()
                    .take(limit)
                    .map(|update| update.body.clone())
                    .collect();
                state.updates.retain(|update| !update.replay);
                return Ok(batch);
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Confirms everything below `offset` and takes the place of any earlier poller.
fn begin(state: &mut State, params: &Params, now: i64) -> Result<u64, Refused> {
    if state.switches.webhook {
        return Err(Refused::new(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        ));
    }
    state.expire(now);
    match params.number("offset").unwrap_or(0) {
        offset @ ..0 => {
            let keep = usize::try_from(offset.unsigned_abs())
                .unwrap_or(usize::MAX)
                .min(state.updates.len());
            let drop = state.updates.len() - keep;
            state.updates.drain(..drop);
        }
        offset => state
            .updates
            .retain(|update| update.replay || update.id >= offset),
    }
    if let Some(kinds) = params
        .json("allowed_updates")
        .as_ref()
        .and_then(Value::as_array)
    {
        let kinds: std::collections::BTreeSet<String> = kinds
            .iter()
            .filter_map(|kind| kind.as_str().map(ToOwned::to_owned))
            .collect();
        // An empty list means the default again, which holds everything this simulator sends.
        state.allowed = (!kinds.is_empty()).then_some(kinds);
    }
    state.poller += 1;
    Ok(state.poller)
}
