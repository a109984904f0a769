//! Whether what a client asked for may still be done: by the rules that are in force now, and with a yes as strong as
//! they want.

use crate::app::App;
use crate::broker::acting::Acting;
use crate::broker::policy::{Effect, Repository, Standing, Tier, Worth, decide, step_up};
use crate::broker::worth_of;
use crate::ledger::Result;
use crate::ledger::jobs::Job;
use crate::ledger::request_leases::Leased;
use crate::ledger::requests::Request;

/// What is to be done and where, if the rules that are in force now say so, too.
pub(super) async fn read(
    app: &App,
    request: &Request,
) -> Result<std::result::Result<(Acting, Repository), String>> {
    read_with(app, request, None).await
}

/// Whether what has come of a client's job by now may go on; nothing is against a job that no client asked for. What it
/// is worth was weighed when it was begun; about the patch itself the owner is asked in his chat in any case.
pub(super) async fn job(app: &App, job: &Job) -> Result<std::result::Result<(), String>> {
    let Some(request) = app.ledger.request_of_job(&job.id).await? else {
        return Ok(Ok(()));
    };
    let asked = Some(Tier::Telegram);
    Ok(read_with(app, &request, asked).await?.map(|_| ()))
}

/// `asked`: how strong a yes there is beside the one that the ledger has for the request; what it is worth counts where
/// there is none.
async fn read_with(
    app: &App,
    request: &Request,
    asked: Option<Tier>,
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
    let worth = match asked {
        None => worth_of(app, client, &place, &acting).await?,
        Some(_) => Worth::Nothing,
    };
    let (verdict, takes) = step_up(verdict, client, acting.tool(), worth);
    Ok(match verdict.effect {
        Effect::Allow => Ok((acting, place)),
        Effect::Ask if Some(takes) <= asked.max(Some(given(app, request).await?)) => {
            Ok((acting, place))
        }
        Effect::Ask | Effect::Deny => Err(format!("the rules have changed: {}", verdict.why())),
    })
}

/// How strong a yes stands in the ledger.
async fn given(app: &App, request: &Request) -> Result<Tier> {
    if request.approved_by.is_none() {
        return Ok(match app.ledger.leased(&request.id).await? {
            Some(Leased::Stands) => Tier::Telegram,
            Some(Leased::TakenBack) | None => Tier::None,
        });
    }
    Ok(match app.ledger.push_about(&request.id).await? {
        None => Tier::Telegram,
        Some(push) if push.with_chat => Tier::Both,
        Some(_) => Tier::Push,
    })
}
