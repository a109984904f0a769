//! Journal entries in one short sentence each. The record itself is the JSON text that was hashed;
//! this is only how a person reads it.

mod clients;
mod jobs;

use std::time::Duration;

use serde_json::Value;

use super::card::short;
use super::{count, span};
use crate::bounty::reason_words::{reason_in_words, stage_after};
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::money::Usd;
use crate::schedule::Zone;

/// What an entry of this `kind` says; `None` for a kind that is not known here.
#[must_use]
pub fn sentence(kind: &str, actor: &str, body: &Value, zone: Zone) -> Option<String> {
    let body = Body { value: body, zone };
    let (room, _) = kind.split_once('.')?;
    match room {
        "approval" | "permit" => asked(kind, actor, &body),
        "bounty" | "claim" | "refusal" => about_a_bounty(kind, &body),
        "effect" => written(kind, &body),
        "exchange" => exchanged(kind, &body),
        "job" => jobs::moved(kind, actor, &body),
        "patch" => jobs::asked(kind, actor, &body),
        "control" => wanted(kind, actor, &body),
        "client" => clients::asked(kind, &body),
        "request" => clients::moved(kind, actor, &body),
        "push" => clients::pushed(kind, actor, &body),
        "lease" => clients::leased(kind, actor, &body),
        _ => of_itself(kind, &body),
    }
}

/// Who made it happen, as the journal names him (`telegram:42`, `uid:0`), for people.
#[must_use]
pub fn actor_in_words(actor: &str) -> String {
    match actor.split_once(':') {
        Some(("telegram", id)) => format!("Telegram user {id}"),
        Some(("push", sub)) => format!("{sub} by push"),
        Some(("uid", id)) => format!("user {id} of this machine"),
        Some(("client", who)) => clients::named(who),
        _ if actor == "daemon" => "bountyd itself".to_owned(),
        _ => format!("the {actor}"),
    }
}

struct Body<'a> {
    value: &'a Value,
    zone: Zone,
}

impl Body<'_> {
    fn at(&self, path: &str) -> Option<&Value> {
        self.value.pointer(path)
    }

    fn text(&self, path: &str) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, path: &str) -> i64 {
        self.at(path).and_then(Value::as_i64).unwrap_or(0)
    }

    fn usd(&self, path: &str) -> Option<Usd> {
        self.at(path).and_then(Value::as_i64).map(Usd)
    }

    /// ` ($750)`.
    fn worth(&self, path: &str) -> String {
        self.usd(path)
            .map(|usd| format!(" ({usd})"))
            .unwrap_or_default()
    }

    fn when(&self, path: &str) -> String {
        self.at(path)
            .and_then(Value::as_i64)
            .map_or_else(|| "?".to_owned(), |at| self.zone.format(UnixMillis(at)))
    }

    fn lasting(&self, path: &str) -> Duration {
        Duration::from_millis(self.number(path).unsigned_abs())
    }

    /// `: why`, where there is one.
    fn because(&self, path: &str) -> String {
        Some(self.text(path))
            .filter(|why| !why.is_empty())
            .map(|why| format!(": {why}"))
            .unwrap_or_default()
    }
}

fn asked(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let id = short(body.text("/approval"));
    Some(match kind {
        "approval.asked" => format!("question {id} is to be sent{}", body.worth("/usd")),
        "approval.decided" => {
            let (verdict, why) = (body.text("/verdict"), body.because("/why"));
            format!("{verdict} by {}{why}", actor_in_words(actor))
        }
        "approval.expired" => format!("nobody answered question {id}: that means no"),
        "approval.superseded" => format!("question {id} is void{}", body.because("/why")),
        "permit.granted" => {
            let ceiling = match body.usd("/record/ceiling") {
                Some(usd) => format!("up to {usd}"),
                None => "without an amount".to_owned(),
            };
            let until = body.when("/record/expires_at");
            format!("permitted {ceiling}, good until {until}")
        }
        _ => return None,
    })
}

fn about_a_bounty(kind: &str, body: &Body<'_>) -> Option<String> {
    let code = body.text("/reason");
    Some(match kind {
        "bounty.judged" => {
            let decision = body.text("/decision");
            let what = match decision {
                "skip" => "left alone",
                "report" => "only reported",
                "ask" => "to be asked about",
                "claim" => "to be claimed",
                _ => return None,
            };
            let words = reason_in_words(stage_after(decision), code);
            format!("{what}{}: {words}", body.worth("/usd"))
        }
        "bounty.given_up" => {
            let words = reason_in_words(Stage::Lost, code);
            format!("given up: {words}{}", body.because("/trouble"))
        }
        "claim.followed" => {
            let to = body.text("/to");
            let stage = Stage::parse(to).unwrap_or(Stage::Lost);
            let words = reason_in_words(stage, code);
            format!("{} → {to}: {words}", body.text("/from"))
        }
        "claim.not_made" => {
            let words = reason_in_words(Stage::Skipped, code);
            format!("not claimed: {words}{}", body.because("/why"))
        }
        "refusal.remembered" => {
            let subject = body.text("/subject");
            format!("never again at {subject}: {code}")
        }
        _ => return None,
    })
}

fn written(kind: &str, body: &Body<'_>) -> Option<String> {
    let why = body.because("/detail");
    Some(match kind {
        "effect.begun" if body.at("/again").is_some() => {
            "about to be written again: it was not there".to_owned()
        }
        "effect.begun" => {
            let (what, repo) = (body.text("/kind"), body.text("/target/repo"));
            let what = effect_in_words(what);
            format!(
                "about to write {what} at {repo}#{}",
                body.number("/target/number")
            )
        }
        "effect.done" => match body.number("/remote_id") {
            0 => "it stands on GitHub".to_owned(),
            comment => format!("it stands on GitHub: comment {comment}"),
        },
        "effect.failed" => format!("not written{why}"),
        "effect.written_as" => format!("it was written as @{}", body.text("/login")),
        "effect.unproven" => format!("nobody will know whether it was written{why}"),
        "effect.unknown" => format!("nobody knows whether it was written, it is looked for{why}"),
        _ => return None,
    })
}

/// What an effect of this kind writes.
fn effect_in_words(kind: &str) -> &str {
    match kind {
        "claim" => "the claim",
        "ask-assignment" => "the request to be assigned",
        "withdraw" => "that the claim is withdrawn",
        "stop" => "the word that gives the assignment back",
        other => other,
    }
}

fn exchanged(kind: &str, body: &Body<'_>) -> Option<String> {
    let of = body.number("/of");
    Some(match kind {
        "exchange.begun" => {
            let (connection, reason) = (body.text("/connection"), body.text("/reason"));
            format!("a {connection} token is asked for ({reason})")
        }
        "exchange.done" => {
            let held = body.number("/facts/held_for/secs").unsigned_abs();
            let held = span(Duration::from_secs(held));
            format!("exchange {of} done, token held {held}")
        }
        "exchange.failed" => {
            let (code, message) = (body.text("/failure/code"), body.because("/failure/message"));
            format!("exchange {of} failed, {code}{message}")
        }
        _ => return None,
    })
}

fn wanted(kind: &str, actor: &str, body: &Body<'_>) -> Option<String> {
    let who = actor_in_words(actor);
    Some(match kind {
        "control.paused" => format!("paused by {who}"),
        "control.resumed" => format!("going on, by {who}"),
        "control.stopped" => format!("emergency stop, by {who}"),
        "control.lifted" => format!("emergency stop lifted, by {who}"),
        "control.scan" => format!("a scan is wanted by {who}"),
        "control.identify" => format!("{who} wants to know whose account it is"),
        "control.doctor" => format!("an examination is wanted by {who}"),
        "control.extended" => format!("more time until {}, by {who}", body.when("/until")),
        _ => return None,
    })
}

fn of_itself(kind: &str, body: &Body<'_>) -> Option<String> {
    Some(match kind {
        "daemon.started" => format!("started, version {}", body.text("/version")),
        "daemon.stopped" => "stopped in good order".to_owned(),
        "config.reloaded" => "the configuration was read again".to_owned(),
        "rules.changed" => "other rules: what was left alone is judged anew".to_owned(),
        "clock.set" => {
            let by = span(body.lasting("/by_ms"));
            let way = if body.number("/by_ms") < 0 {
                "back"
            } else {
                "ahead"
            };
            format!("the clock was set {way} by {by}")
        }
        "clock.believed" => "the clock is right: what waited for a later one is due".to_owned(),
        "account.identified" => {
            format!(
                "the account is @{} (user {})",
                body.text("/login"),
                body.number("/id")
            )
        }
        "trouble.begun" => format!(
            "stopped acting: {}{}",
            body.text("/code"),
            body.because("/remedy")
        ),
        "trouble.ended" => {
            let lasted = span(body.lasting("/lasted_ms"));
            format!("acting again after {lasted} ({})", body.text("/code"))
        }
        "doctor.mend" => format!("about to be mended: {}", body.text("/mend")),
        "doctor.mended" => format!("mended: {}", body.text("/mend")),
        "doctor.not_mended" => {
            format!("not mended: {}{}", body.text("/mend"), body.because("/why"))
        }
        "finding.begun" => format!("found: {}{}", body.text("/check"), body.because("/found")),
        "finding.ended" => format!("well again: {}", body.text("/check")),
        "scan.done" => scanned(body),
        "ledger.upgraded" => format!(
            "the ledger was brought from schema {} to {}",
            body.number("/from"),
            body.number("/to")
        ),
        "ledger.restored" => format!(
            "the ledger came back from a backup of {}",
            body.when("/made_at")
        ),
        "ledger.trimmed" => format!(
            "forgotten, settled before {}: {}, {}",
            body.when("/before"),
            count(body.number("/bounties"), "bounty", "bounties"),
            count(body.number("/approvals"), "question", "questions"),
        ),
        _ => return None,
    })
}

fn scanned(body: &Body<'_>) -> String {
    let incomplete = body.at("/incomplete").and_then(Value::as_object);
    let unread = incomplete.map_or(0, |queries| {
        i64::try_from(queries.len()).unwrap_or(i64::MAX)
    });
    let mut out = format!(
        "{} seen, {} new, {} changed; {}",
        count(body.number("/seen"), "issue", "issues"),
        body.number("/new"),
        body.number("/changed"),
        count(body.number("/requests"), "request", "requests"),
    );
    if unread > 0 {
        out += &format!(
            "; {} not read to the end",
            count(unread, "search", "searches")
        );
    }
    out
}

#[cfg(test)]
mod tests;
