//! Entries about patches on their way: the job, what left for models, its writes, and the question.

use super::{Body, actor_in_words, short};
use crate::messages::count;

/// What an entry about a question whether to submit a patch says.
pub(super) fn asked(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let id = short(body.text("/question"));
    let patch = short(body.text("/patch"));
    Some(match kind {
        "patch.asked" => format!("question {id} about patch {patch} is to be sent"),
        "patch.decided" => {
            let (verdict, why) = (body.text("/verdict"), body.because("/why"));
            format!("patch {patch} {verdict} by {}{why}", actor_in_words(actor))
        }
        "patch.expired" => {
            format!("nobody answered question {id} about a patch: that means no")
        }
        "patch.superseded" => {
            format!(
                "question {id} about a patch is void{}",
                body.because("/why")
            )
        }
        _ => return None,
    })
}

/// What an entry about a job says.
pub(super) fn moved(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let job = short(body.text("/job"));
    let what = || write_in_words(body.text("/kind"));
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
        "job.egress" => format!("job {job}: {}", left(body)?),
        "job.write_begun" => {
            let target = body.text("/target");
            format!("job {job}: about to write {} at {target}", what())
        }
        "job.write_done" => format!("job {job}: {} is done{}", what(), body.because("/detail")),
        "job.write_failed" => {
            format!("job {job}: {} failed{}", what(), body.because("/detail"))
        }
        "job.write_unknown" => format!(
            "job {job}: nobody knows whether {} was done, it is looked for{}",
            what(),
            body.because("/detail")
        ),
        _ => return None,
    })
}

/// What left this machine for a model, or did not.
fn left(body: &Body<'_>) -> Option<String> {
    let used = || {
        let asked = count(
            body.number("/egress/usage/requests"),
            "request to a model",
            "requests to models",
        );
        // Cents, rounded up: a cost is not said to be less than it was.
        let cents = body.number("/egress/usage/micro_usd").unsigned_abs();
        match cents.div_ceil(10_000) {
            0 => asked,
            cents => format!("{asked}, ${}.{:02}", cents / 100, cents % 100),
        }
    };
    Some(match body.text("/egress/event") {
        "begun" => format!(
            "requests to models up to number {} may leave",
            body.number("/egress/up_to")
        ),
        "done" => format!("so far {}", used()),
        "refused" => {
            let (target, code) = (body.text("/egress/target"), body.text("/egress/code"));
            format!("refused or failed on its way to {target}: {code}")
        }
        "taken_out" => format!(
            "{} was taken out of a request to a model",
            body.text("/egress/name")
        ),
        "tunnel_opened" => format!("a tunnel to {} was opened", body.text("/egress/host")),
        "tunnel_closed" => format!(
            "the tunnel to {} is closed, {} bytes out and {} in",
            body.text("/egress/host"),
            body.number("/egress/sent"),
            body.number("/egress/received")
        ),
        "ended" => format!("in all {}", used()),
        _ => return None,
    })
}

/// What a write of this kind makes.
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
