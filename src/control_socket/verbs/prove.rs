//! Whether the tenant knows a key that is loaded: one exchange signed by it, before it is to sign all.

use serde_json::json;
use vault::FailureClass;

use super::super::protocol::{Answer, Failing};
use crate::app::App;
use crate::ledger::{Actor, Entry, Result};

/// Has one exchange made with the key `kid`, and keeps nothing of it.
pub(super) async fn with(app: &App, kid: &str, uid: u32) -> Result<Answer> {
    let body = json!({ "kid": kid, "channel": super::change::SOCKET });
    let entry = Entry::new(Actor::Operator(uid), "control.prove_key", body);
    app.ledger.record(entry).await?;
    Ok(match app.vault.prove(kid).await {
        Ok(()) => Answer::Proved {
            kid: kid.to_owned(),
        },
        Err(failure) => {
            let kind = match failure.class {
                FailureClass::Configuration => Failing::Configuration,
                FailureClass::Reconnect => Failing::Other,
                FailureClass::Transient { .. } => Failing::Unavailable,
            };
            Answer::failed(kind, failure.to_string())
        }
    })
}
