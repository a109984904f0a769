//! Whether what was asked for may still be done: by the rules that are in force now, and with a yes as strong as they
//! want.

use crate::app::App;
use crate::broker::acting::Acting;
use crate::broker::policy::{Effect, Repository, Standing, Tier, decide, step_up};
use crate::broker::worth_of;
use crate::ledger::Result;
use crate::ledger::requests::Request;

/// What is to be done and where, if the rules that are in force now say so, too.
pub(super) async fn read(
    app: &App,
    request: &Request,
) -> Result<std::result::Result<(Acting, Repository), String>> {
    let no = |why: &str| Ok(Err(why.to_owned()));
    let Some(acting) = Acting::parse(&request.arguments) else {
        return no("it cannot be read any more");
    };
    let place = match Repository::parse(&request.repo) {
        Ok(place) => place,
        Err(error) => return no(&error.to_string()),
    };
    if acting.hash(&request.client, request.uid, &place) != request.hash {
        return no("it is not what was asked about");
    }
    let rules = app.rules();
    let client = rules.config.mcp.clients.get(&request.client);
    let Some(client) = client.filter(|client| client.uid == request.uid) else {
        return no("the owner has no such client any more");
    };
    // How much there may be of it was counted when it was stored; the mode and a pause put it off.
    let verdict = decide(client, &Standing::default(), acting.tool(), Some(&place));
    let worth = worth_of(app, client, &place, &acting).await?;
    let (verdict, takes) = step_up(verdict, client, acting.tool(), worth);
    Ok(match verdict.effect {
        Effect::Allow => Ok((acting, place)),
        Effect::Ask if takes <= given(app, request).await? => Ok((acting, place)),
        Effect::Ask | Effect::Deny => Err(format!("the rules have changed: {}", verdict.why())),
    })
}

/// How strong a yes stands in the ledger.
async fn given(app: &App, request: &Request) -> Result<Tier> {
    if request.approved_by.is_none() {
        return Ok(Tier::None);
    }
    Ok(match app.ledger.push_about(&request.id).await? {
        None => Tier::Telegram,
        Some(push) if push.with_chat => Tier::Both,
        Some(_) => Tier::Push,
    })
}
