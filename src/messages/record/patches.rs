//! What the journal says about patches: their making, what their agents asked of models, the owner's
//! word, and what was written at GitHub.

use serde_json::Value;

use super::{Body, actor_in_words};
use crate::messages::card::short;
use crate::messages::count;
use crate::money::Usd;

/// What an entry of this `kind` says; `None` for a kind that is not known here.
pub(super) fn sentence(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let job = body.text("/job");
    let (question, why) = (short(body.text("/question")), body.because("/why"));
    Some(match kind {
        "job.begun" => {
            let place = match body.number("/number") {
                0 => body.text("/repository").to_owned(),
                number => format!("{}#{number}", body.text("/repository")),
            };
            let who = actor_in_words(actor);
            format!("job {job}: a patch for {place} is wanted by {who}")
        }
        "job.moved" => {
            let (from, to) = (body.text("/from"), body.text("/to"));
            format!("job {job}: {from} → {to}{}", body.because("/reason"))
        }
        "job.egress" => format!("job {job}: {}", asked_of_models(body)?),
        "job.write_begun" => {
            let (what, target) = (write_in_words(body.text("/kind")), body.text("/target"));
            format!("job {job}: about to make {what} at {target}")
        }
        "job.write_done" => format!("job {job}: {} is done", write_in_words(body.text("/kind"))),
        "job.write_failed" => {
            let what = write_in_words(body.text("/kind"));
            format!("job {job}: {what} was not made{}", body.because("/detail"))
        }
        "job.write_unknown" => {
            let (what, why) = (write_in_words(body.text("/kind")), body.because("/detail"));
            format!("job {job}: nobody knows whether {what} was made, it is looked for{why}")
        }
        "patch.asked" => format!("job {job}: question {question} about its patch is to be sent"),
        "patch.decided" => {
            let (verdict, who) = (body.text("/verdict"), actor_in_words(actor));
            format!("job {job}: its patch was {verdict} by {who}{why}")
        }
        "patch.expired" => {
            format!("job {job}: nobody answered question {question}: that means no")
        }
        "patch.superseded" => format!("job {job}: question {question} is void{why}"),
        _ => return None,
    })
}

/// What is made at GitHub.
fn write_in_words(kind: &str) -> &str {
    match kind {
        "fork" => "the fork",
        "branch" => "the branch",
        "commit" => "the commit",
        "pull-request" => "the pull request",
        "close" => "the end of the pull request",
        "delete-branch" => "the end of the branch",
        other => other,
    }
}

fn asked_of_models(body: &Body<'_>) -> Option<String> {
    let target = body.text("/egress/target");
    let host = body.text("/egress/host");
    Some(match body.text("/egress/event") {
        "begun" => {
            let up_to = body.number("/egress/up_to");
            format!("up to {} to models may leave", count(up_to, "request", "requests"))
        }
        "done" => format!("{} so far", used(body)),
        "ended" => format!("{} in all", used(body)),
        "refused" => format!("{target} was refused ({})", body.text("/egress/code")),
        "taken_out" => format!("`{}` was taken out of a request", body.text("/egress/name")),
        "tunnel_opened" => format!("a tunnel to {host} was opened"),
        "tunnel_closed" => format!("the tunnel to {host} was closed"),
        _ => return None,
    })
}

/// `12 requests, $0.42`.
fn used(body: &Body<'_>) -> String {
    let requests = count(body.number("/egress/usage/requests"), "request", "requests");
    let cents = body.at("/egress/usage/micro_usd").and_then(Value::as_i64);
    // A begun cent is one.
    let usd = Usd(cents.unwrap_or(0).saturating_add(9_999) / 10_000);
    format!("{requests} to models, at most {usd}")
}
