//! Request: what a client wants and may have is done once, whether or not anybody waits for it.
//!
//! The write's id is in what it writes, so that one whose answer was lost is looked for; it is never made a
//! second time. After a restore each is looked for before it is made. A patch becomes a job like any other, about
//! which the owner is asked.

mod opened;
mod order;
mod way;

use std::time::Duration;

use serde_json::{Value, json};
use vault::Capability;

use opened::opened;
use order::order;
use way::{after, done, end, ends, free, postpone, put_off, report, told_to_stop};

use super::allowed;
use crate::app::App;
use crate::bounty::appraise::Me;
use crate::bounty::text::reveal;
use crate::broker::acting::Acting;
use crate::broker::policy::Repository;
use crate::crash;
use crate::github::within::{IssueRead, LabelRead, Within};
use crate::github::{Trouble, WriteTrouble};
use crate::health::{self, Gate};
use crate::ledger::effects::{BETWEEN_LOOKUPS, SETTLING};
use crate::ledger::requests::{Request, RequestState};
use crate::ledger::restored::FromBackup;
use crate::ledger::settings::Setting;
use crate::ledger::{LedgerError, Result};
use crate::messages::github::{marker, of_client};

/// How long a request may use what it was given.
const ACTING: Duration = Duration::from_secs(120);

/// Look-ups that failed, the last one with a refusal, after which a lost write is looked for no more: a broken answer
/// may pass, a closed door stays.
const MOST_REFUSED_LOOKS: i64 = 8;

/// How far back a write is looked for: GitHub dates comments by its clock, and ours may be wrong (see
/// `write`).
const LOOKBACK: Duration = Duration::from_secs(400 * 24 * 3600);

/// Moves one due request a step on; says whether there was one.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn run(app: &App) -> Result<bool> {
    let Some(request) = app.ledger.due_request(app.now()).await? else {
        return Ok(false);
    };
    match request.state {
        RequestState::Approved => begin(app, &request).await?,
        RequestState::Begun | RequestState::Unknown => find(app, &request).await?,
        // It would be due for ever, and nothing behind it.
        _ => {
            let why = "it was due where nothing is to be done";
            end(app, &request, RequestState::Failed, why).await?;
        }
    }
    app.progress();
    Ok(true)
}

/// Does what was allowed, if it still is.
async fn begin(app: &App, request: &Request) -> Result<()> {
    let late = |until| until <= app.now();
    if request.approved_until.is_none_or(late) {
        let why = "the yes was not acted on in time";
        return end(app, request, RequestState::Expired, why).await;
    }
    let (acting, place) = match allowed::read(app, request).await? {
        Ok(read) => read,
        Err(why) => return end(app, request, RequestState::Failed, &why).await,
    };
    if app.me().await?.is_none()
        && let Gate::Until(at) = health::identify(app).await?
    {
        return postpone(app, request, at, false).await;
    }
    if told_to_stop(app, request, &place, &acting).await? {
        let why = "we were told to stop there";
        return end(app, request, RequestState::Failed, why).await;
    }
    match &acting {
        Acting::Fix { .. } | Acting::SubmitPatch { .. } => {
            order(app, request, &place, &acting).await
        }
        _ => write(app, request, &place, &acting).await,
    }
}

fn within<'a>(app: &'a App, place: &Repository, writes: u32) -> Within<'a> {
    let until = app.clock.monotonic() + ACTING;
    let capability = Capability::new(&[place.to_string()], writes, until);
    app.github.within(place.owner(), place.name(), capability)
}

async fn write(app: &App, request: &Request, place: &Repository, acting: &Acting) -> Result<()> {
    let me = app.me().await?.ok_or(LedgerError::Corrupt {
        what: "account",
        detail: "it was known a moment ago".to_owned(),
    })?;
    let Some(mut tx) = free(app, request, true).await? else {
        return Ok(());
    };
    let restored: Option<FromBackup> = tx.setting(&Setting::Restored).await?;
    if restored.is_some() {
        // The ledger may have forgotten that it was done: GitHub has not.
        drop(tx);
        match look(app, request, &me).await? {
            Ok(None) => {}
            Ok(Some(outcome)) => {
                let mut tx = app.ledger.begin().await?;
                done(&mut tx, request, &outcome).await?;
                return tx.commit().await;
            }
            Err(trouble) => return put_off(app, request, &trouble).await,
        }
        let Some(again) = free(app, request, true).await? else {
            return Ok(());
        };
        tx = again;
    }
    let look = tx.now().plus(BETWEEN_LOOKUPS);
    tx.move_request(request, RequestState::Begun, None, Some(look))
        .await?;
    tx.commit().await?;
    crash::point("request.begun");
    let begun = Request {
        state: RequestState::Begun,
        ..request.clone()
    };
    let sent = send(&within(app, place, 1), request, acting, &me.login).await;
    crash::point("request.posted");
    let mut tx = app.ledger.begin().await?;
    match sent {
        Ok(outcome) => done(&mut tx, &begun, &outcome).await?,
        Err(WriteTrouble::Refused { kind, message }) => {
            let why = format!("GitHub refuses it: {kind}: {message}");
            ends(&mut tx, &begun, RequestState::Failed, &why).await?;
        }
        Err(WriteTrouble::WaitUntil { at, why }) => {
            tx.put_setting(&Setting::NoWriteBefore, &at).await?;
            tx.move_request(&begun, RequestState::Approved, Some(&why), Some(at))
                .await?;
        }
        Err(WriteTrouble::NotSent(trouble)) => {
            let why = trouble.to_string();
            if trouble.is_refusal() {
                ends(&mut tx, &begun, RequestState::Failed, &why).await?;
            } else {
                tx.move_request(&begun, RequestState::Approved, Some(&why), Some(look))
                    .await?;
                tx.commit().await?;
                return put_off(app, request, &trouble).await;
            }
        }
        Err(WriteTrouble::Unknown(why)) => {
            tx.move_request(&begun, RequestState::Unknown, Some(&why), Some(look))
                .await?;
        }
    }
    tx.commit().await?;
    crash::point("request.done");
    Ok(())
}

/// Makes the one write; gives the outcome for the client.
async fn send(
    within: &Within<'_>,
    request: &Request,
    acting: &Acting,
    login: &str,
) -> std::result::Result<Value, WriteTrouble> {
    let worded = |text: &str| of_client(text, &request.client, login, &request.id);
    Ok(match acting {
        Acting::Comment { number, text } => {
            let posted = within.say(*number, &worded(text)).await?;
            with_url(json!({ "comment": posted.id }), posted.url)
        }
        Acting::CreateIssue { title, text } => {
            let issue = within.open_issue(title, &worded(text)).await?;
            with_url(json!({ "issue": issue.number }), issue.html_url)
        }
        Acting::Label { number, labels } => labelled(&within.label(*number, labels).await?),
        Acting::CloseIssue {
            number,
            not_planned,
        } => {
            // One path closes both.
            let issue = within.issue(*number).await.map_err(WriteTrouble::NotSent)?;
            if issue.pull_request.is_some() {
                return Err(WriteTrouble::NotSent(Trouble::Invalid {
                    why: format!("#{number} is a pull request, which this tool does not close"),
                }));
            }
            let reason = if *not_planned {
                "not_planned"
            } else {
                "completed"
            };
            closed(&within.close(*number, reason).await?)
        }
        Acting::Fix { .. } | Acting::SubmitPatch { .. } => {
            return Err(WriteTrouble::NotSent(Trouble::Invalid {
                why: "a patch is no single write".to_owned(),
            }));
        }
    })
}

fn with_url(mut outcome: Value, url: Option<String>) -> Value {
    if let Some(url) = url {
        outcome["url"] = json!(url);
    }
    outcome
}

fn labelled(labels: &[LabelRead]) -> Value {
    // Others have named them; a name of GitHub's has at most 50 characters.
    let names: Vec<_> = labels.iter().map(|label| reveal(&label.name)).collect();
    json!({ "untrusted": { "labels": names } })
}

fn closed(issue: &IssueRead) -> Value {
    let outcome = json!({ "issue": issue.number, "issue_state": issue.state });
    with_url(outcome, issue.html_url.clone())
}

/// Looks for a write whose outcome was lost. What is not found twice, and not within a minute, does not stand
/// there, or does no more; to write it again would be to insist.
async fn find(app: &App, request: &Request) -> Result<()> {
    let me = app.me().await?.ok_or(LedgerError::Corrupt {
        what: "account",
        detail: "a write was begun before the account was known".to_owned(),
    })?;
    let found = match look(app, request, &me).await? {
        Ok(found) => found,
        Err(Trouble::Gone { what }) => {
            let why = format!("its outcome is not known, and GitHub has no {what}");
            return end(app, request, RequestState::Failed, &why).await;
        }
        Err(trouble) if trouble.is_refusal() && request.failures >= MOST_REFUSED_LOOKS => {
            let why = format!("its outcome is not known, and cannot be looked up: {trouble}");
            return end(app, request, RequestState::Failed, &why).await;
        }
        Err(trouble) => {
            report(app, &trouble).await?;
            return postpone(app, request, after(app, request, &trouble), true).await;
        }
    };
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    if let Some(outcome) = found {
        done(&mut tx, request, &outcome).await?;
        return tx.commit().await;
    }
    let settled = request.begun_at.unwrap_or(now).plus(SETTLING);
    if request.misses >= 1 && now >= settled {
        let why = "its outcome was lost, and it does not stand there";
        ends(&mut tx, request, RequestState::Failed, why).await?;
    } else {
        let again = now.plus(BETWEEN_LOOKUPS).max(settled);
        tx.missed_request(request, again).await?;
    }
    tx.commit().await
}

/// What stands at GitHub of a request: its words by their marker, a label or an end by being there.
async fn look(
    app: &App,
    request: &Request,
    me: &Me,
) -> Result<std::result::Result<Option<Value>, Trouble>> {
    let acting = Acting::parse(&request.arguments);
    let place = Repository::parse(&request.repo);
    let (Some(acting), Ok(place)) = (acting, place) else {
        return Ok(Ok(None));
    };
    let mark = marker(&request.id);
    let within = within(app, &place, 0);
    Ok(match acting {
        Acting::Comment { number, .. } => {
            let earlier: Option<Vec<u64>> = app.ledger.setting(&Setting::Accounts).await?;
            let mut ours = earlier.unwrap_or_default();
            ours.push(me.id);
            let since = request.created_at.minus(LOOKBACK);
            let comments = app
                .github
                .my_comments_since(place.owner(), place.name(), number, &ours, since)
                .await;
            comments.map(|comments| {
                let found = comments.into_iter().find(|c| c.body.contains(&mark));
                found.map(|found| with_url(json!({ "comment": found.id }), found.url))
            })
        }
        Acting::CreateIssue { .. } => opened(app, &within, me, &mark).await?,
        Acting::Label { number, labels } => within.issue(number).await.map(|issue| {
            let there = |name: &String| {
                let mut all = issue.labels.iter();
                all.any(|label| label.name.eq_ignore_ascii_case(name))
            };
            labels.iter().all(there).then(|| labelled(&issue.labels))
        }),
        Acting::CloseIssue { number, .. } => {
            let issue = within.issue(number).await;
            issue.map(|issue| {
                let ended = issue.state == "closed" && issue.pull_request.is_none();
                ended.then(|| closed(&issue))
            })
        }
        Acting::Fix { .. } | Acting::SubmitPatch { .. } => Ok(None),
    })
}
