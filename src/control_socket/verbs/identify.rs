//! Whose account the connection is, asked afresh: after the owner has connected, and at his request.

use serde_json::json;

use super::super::protocol::{Answer, Failing};
use super::scan::in_trouble;
use crate::app::App;
use crate::health::{self, Gate, Trouble};
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};

/// Has one exchange made and asks GitHub who we are; what kept the daemon from acting is over if
/// that goes well.
pub(super) async fn fresh(app: &App, uid: u32) -> Result<Answer> {
    let body = json!({ "channel": super::change::SOCKET });
    let entry = Entry::new(Actor::Operator(uid), "control.identify", body);
    app.ledger.record(entry).await?;
    app.vault.mended();
    let gate = health::identify(app).await?;
    if let (Gate::Open, Some(me)) = (gate, app.me().await?) {
        return Ok(Answer::Identified {
            login: me.login,
            id: me.id,
        });
    }
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    Ok(trouble.map_or_else(
        || Answer::failed(Failing::TryLater, "GitHub wants no requests just now"),
        |trouble| in_trouble(&trouble),
    ))
}
