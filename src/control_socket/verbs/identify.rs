//! Whose account the connection is, asked afresh: after the owner has connected, and at his request.

use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vault::{Allow, TokenKind, Vault, WireScope};

use super::super::protocol::{Answer, Failing, TokenFacts};
use super::scan::in_trouble;
use crate::app::App;
use crate::health::{self, Gate, Trouble};
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Ledger, Result};

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
            token: app
                .ledger
                .last_exchange()
                .await?
                .map(|(_, facts)| facts.into()),
        });
    }
    let trouble: Option<Trouble> = app.ledger.setting(&Setting::Trouble).await?;
    Ok(trouble.map_or_else(
        || Answer::failed(Failing::TryLater, "GitHub wants no requests just now"),
        |trouble| in_trouble(&trouble),
    ))
}

/// What the token of the last exchange is; of a GitHub App's also where it reaches, by asking.
///
/// # Errors
/// The ledger cannot be read.
pub async fn token_facts(ledger: &Ledger, vault: &Vault) -> Result<Option<TokenFacts>> {
    let Some((_, facts)) = ledger.last_exchange().await? else {
        return Ok(None);
    };
    let mut facts = TokenFacts::from(facts);
    if facts.kind == TokenKind::Ghu {
        facts.installed_on = installed_on(vault).await;
    }
    Ok(Some(facts))
}

/// The accounts on which the app is installed, as many as a page has; `None` if GitHub does not say.
async fn installed_on(vault: &Vault) -> Option<Vec<String>> {
    let path = "/user/installations";
    let request = http::Request::get(path)
        .header(http::header::ACCEPT, "application/vnd.github+json")
        .body(Full::new(bytes::Bytes::new()))
        .ok()?;
    let wire = vault.github_wire(WireScope {
        reason: "connect",
        allow: vec![Allow::get(path)],
    });
    let answer = wire.oneshot(request).await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    let body: Value = serde_json::from_slice(&body).ok()?;
    let logins = body["installations"].as_array()?.iter();
    let logins = logins.filter_map(|one| one["account"]["login"].as_str().map(str::to_owned));
    Some(logins.collect())
}
