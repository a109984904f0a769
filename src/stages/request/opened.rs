//! An issue that a request has opened, found by its mark, whichever of the owner's accounts opened it.

use serde_json::{Value, json};

use super::with_url;
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::github::Trouble;
use crate::github::within::{IssueRead, Within};
use crate::ledger::Result;
use crate::ledger::settings::Setting;

/// An issue of ours with this mark. Another account may have been connected since it was opened.
pub(super) async fn opened(
    app: &App,
    within: &Within<'_>,
    me: &Me,
    mark: &str,
) -> Result<std::result::Result<Option<Value>, Trouble>> {
    let logins: Option<Vec<String>> = app.ledger.setting(&Setting::Logins).await?;
    let mut logins = logins.unwrap_or_default();
    logins.retain(|login| *login != me.login);
    logins.insert(0, me.login.clone());
    for login in logins {
        let issues = match within.opened_by(&login).await {
            Ok(issues) => issues,
            // An account of that name is gone, and what it opened is nobody's.
            Err(trouble) if trouble.is_refusal() && login != me.login => continue,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let holds = |issue: &IssueRead| issue.body.as_ref().is_some_and(|b| b.contains(mark));
        if let Some(found) = issues.into_iter().find(holds) {
            let outcome = with_url(json!({ "issue": found.number }), found.html_url);
            return Ok(Ok(Some(outcome)));
        }
    }
    Ok(Ok(None))
}
