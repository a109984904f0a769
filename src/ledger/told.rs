//! The log's lines about what was done. They are made where the journal is written and said once it
//! is durable, so the log claims nothing that the ledger does not hold. They carry codes, names and
//! amounts; never an issue's text, nor what a person or a service said in words.

use serde_json::Value;
use sqlx::Row;

use super::{During, Entry, Result, Tx};
use crate::money::Usd;

/// A line to be said when the transaction is committed.
#[derive(Clone, Debug)]
pub(super) struct Told {
    what: &'static str,
    kind: &'static str,
    actor: String,
    reason: Option<String>,
    login: Option<String>,
    about: Option<About>,
}

#[derive(Clone, Debug)]
struct About {
    repo: String,
    number: i64,
    usd: Option<i64>,
}

impl Told {
    pub(super) fn say(&self) {
        let about = self.about.as_ref();
        let usd = about.and_then(|a| a.usd).map(Usd);
        tracing::info!(
            repo = about.map(|a| a.repo.as_str()),
            number = about.map(|a| a.number),
            usd = usd.map(tracing::field::display),
            actor = self.actor,
            reason = self.reason.as_deref(),
            login = self.login.as_deref(),
            kind = self.kind,
            "{}",
            self.what
        );
    }
}

impl Tx {
    /// Keeps the line for an entry of the journal, if it is one of those that are told.
    pub(super) async fn tell(&mut self, entry: &Entry) -> Result<()> {
        let during = "wording the log";
        let said = |name: &str| entry.body.get(name).and_then(Value::as_str);
        let effect = match (&entry.effect, entry.kind) {
            (Some(id), "effect.done" | "effect.failed" | "effect.unknown" | "effect.unproven") => {
                sqlx::query_scalar::<_, String>("SELECT kind FROM effect WHERE id = $1")
                    .bind(id)
                    .fetch_optional(self.conn().await?)
                    .await
                    .during(during)?
            }
            _ => None,
        };
        let Some(what) = word(entry.kind, &said, effect.as_deref()) else {
            return Ok(());
        };
        let about = match entry.bounty {
            Some(id) => sqlx::query("SELECT repo, number, usd FROM bounty WHERE id = $1")
                .bind(id)
                .fetch_optional(self.conn().await?)
                .await
                .during(during)?,
            None => None,
        };
        let about = about.map(|row| -> Result<About> {
            Ok(About {
                repo: row.try_get("repo").during(during)?,
                number: row.try_get("number").during(during)?,
                usd: row.try_get("usd").during(during)?,
            })
        });
        let coded = matches!(
            entry.kind,
            "claim.not_made" | "claim.followed" | "bounty.given_up"
        );
        self.told.push(Told {
            what,
            kind: entry.kind,
            actor: entry.actor.to_string(),
            reason: said("reason").filter(|_| coded).map(ToOwned::to_owned),
            login: (entry.kind == "account.identified")
                .then(|| said("login").map(ToOwned::to_owned))
                .flatten(),
            about: about.transpose()?,
        });
        Ok(())
    }
}

/// What happened, in a word; `None` for what is not told. Troubles are told by `health`, with their
/// remedy; starts by the driver, with what is in force.
fn word<'a>(
    kind: &str,
    said: &impl Fn(&str) -> Option<&'a str>,
    effect: Option<&str>,
) -> Option<&'static str> {
    Some(match (kind, effect) {
        ("approval.asked", _) => "asked",
        ("approval.decided", _) if said("verdict") == Some("approved") => "answered yes",
        ("approval.decided", _) => "answered no",
        ("approval.expired", _) => "not answered in time",
        ("approval.superseded", _) => "question superseded",
        ("patch.asked", _) => "asked about a patch",
        ("patch.decided", _) if said("verdict") == Some("approved") => "patch approved",
        ("patch.decided", _) => "patch denied",
        ("patch.expired", _) => "question about a patch not answered in time",
        ("patch.superseded", _) => "question about a patch superseded",
        ("request.asked", _) => "asked about a client's wish",
        ("request.approved", _) => "client's wish approved",
        ("request.denied", _) => "client's wish denied",
        ("request.done", _) => "client's wish done",
        ("request.failed", _) => "client's wish came to nothing",
        ("effect.done", Some("claim")) => "claimed",
        ("effect.done", Some("ask-assignment")) => "asked to be assigned",
        ("effect.done", _) => "withdrawn",
        ("effect.failed", _) => "refused or not sent",
        ("effect.unknown", _) => "sent, outcome unknown",
        ("effect.unproven", _) => "sent, outcome never known",
        ("claim.not_made", _) => "not claimed",
        ("claim.followed", _) => match said("to") {
            Some("submitted") => "submitted",
            Some("paid") => "paid",
            Some("lost") => "lost",
            Some("withdrawing") => "to be withdrawn",
            _ => "followed",
        },
        ("bounty.given_up", _) => "given up",
        ("control.paused", _) => "paused",
        ("control.resumed", _) => "resumed",
        ("control.stopped", _) => "emergency stop",
        ("control.lifted", _) => "emergency stop lifted",
        ("account.identified", _) => "account identified",
        ("daemon.stopped", _) => "stopped",
        _ => return None,
    })
}
