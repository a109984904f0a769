//! An examination by the daemon, which has everything open, and what it mends at the owner's word.

use serde_json::json;

use super::super::protocol::{Answer, Failing};
use crate::app::App;
use crate::doctor::{Mend, by_the_daemon};
use crate::ledger::{Actor, Entry, Result, in_full};

/// Looks at everything that only the daemon can look at without being in its own way.
pub(super) async fn examine(app: &App, uid: u32) -> Result<Answer> {
    let body = json!({ "channel": super::change::SOCKET });
    let entry = Entry::new(Actor::Operator(uid), "control.doctor", body);
    app.ledger.record(entry).await?;
    let findings = by_the_daemon(app).await?;
    Ok(Answer::Examined { findings })
}

/// Records what is about to be mended, and mends it where that takes the ledger or the bot; what lies in
/// files is mended by whoever asks.
pub(super) async fn mend(app: &App, uid: u32, mend: Mend) -> Result<Answer> {
    let actor = Actor::Operator(uid);
    let body = json!({ "mend": mend.word(), "channel": super::change::SOCKET });
    let entry = Entry::new(actor.clone(), "doctor.mend", body);
    app.ledger.record(entry).await?;
    if !mend.needs_the_holder() {
        return Ok(Answer::Mended {});
    }
    let done: std::result::Result<(), String> = match (mend, &app.telegram) {
        (Mend::Webhook, Some(bot)) => bot.delete_webhook().await.map_err(|e| e.to_string()),
        (Mend::Webhook, None) => Err("no [telegram] is configured".to_owned()),
        _ => app.ledger.checkpoint().await.map_err(|e| in_full(&e)),
    };
    let (kind, body) = match &done {
        Ok(()) => ("doctor.mended", json!({ "mend": mend.word() })),
        Err(why) => (
            "doctor.not_mended",
            json!({ "mend": mend.word(), "why": why }),
        ),
    };
    app.ledger.record(Entry::new(actor, kind, body)).await?;
    Ok(match done {
        Ok(()) => Answer::Mended {},
        Err(why) => Answer::failed(Failing::Other, why),
    })
}
