//! `--fix`: each thing is said before it is done, recorded where there is a ledger, and told after.

use std::io::Write as _;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use vault::telegram::Telegram;

use super::super::session::{Stop, ask_daemon, daemon_listens, my_uid};
use super::super::{Context, terminal};
use crate::clock::{OsEntropy, SystemClock};
use crate::config::Config;
use crate::control_socket::{Answer, Request};
use crate::doctor::{Alone, Held, Mend, Report, mend as work};
use crate::ledger::{Actor, Entry, in_full};

/// Whether the owner has said yes beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consent {
    pub(super) yes: bool,
}

/// What became of one thing.
#[derive(Debug, Serialize)]
pub(super) struct Mended {
    mend: Mend,
    done: bool,
    /// Why not.
    why: Option<String>,
}

impl Mended {
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn told(&self) -> String {
        match &self.why {
            None => format!("mended: {}", self.mend.said()),
            Some(why) => format!("not mended: {}: {why}", self.mend.said()),
        }
    }
}

/// Mends what the findings say can be mended, in the order of dependency.
pub(super) async fn mend(
    context: &Context,
    config: &Config,
    report: &Report,
    consent: Consent,
) -> Result<Vec<Mended>, Stop> {
    let mut wanted: Vec<Mend> = Vec::new();
    for mend in report.findings().iter().filter_map(|finding| finding.mend) {
        if !wanted.contains(&mend) {
            wanted.push(mend);
        }
    }
    let mut told = Vec::new();
    for mend in wanted {
        let _ = writeln!(std::io::stderr(), "about to mend: {}", mend.said());
        let done = if mend.is_asked_about() && !consent.yes && !consents(context)? {
            Err("you did not say yes; `--fix --yes` does".to_owned())
        } else {
            one(context, config, mend).await?
        };
        told.push(Mended {
            mend,
            done: done.is_ok(),
            why: done.err(),
        });
    }
    Ok(told)
}

/// Asks at the terminal; nobody there is a no.
fn consents(context: &Context) -> Result<bool, Stop> {
    if context.json {
        return Ok(false);
    }
    let Ok(mut tty) = terminal::open() else {
        return Ok(false);
    };
    terminal::forget_typed(&tty);
    let code = terminal::code(&OsEntropy);
    Ok(terminal::confirm(&mut tty, "remove it", &code).unwrap_or(false))
}

async fn one(context: &Context, config: &Config, mend: Mend) -> Result<Result<(), String>, Stop> {
    if daemon_listens(config).await? {
        let asked = ask_daemon(config, &Request::Mend { mend }, |_| {}).await;
        return Ok(match asked {
            Ok(Some(Answer::Mended {})) if mend.needs_the_holder() => Ok(()),
            Ok(Some(Answer::Mended {})) => work::on_disk(mend, config, &context.environment),
            Ok(_) => Err("the daemon is of another version".to_owned()),
            Err(Stop::Say(_, why)) => Err(why),
            Err(stop) => return Err(stop),
        });
    }
    let alone = Alone {
        config,
        environment: &context.environment,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
    };
    // What is wrong with the ledger is known already; here it is only whether there is one to note in.
    let held = alone.hold(&mut Report::default()).await;
    let noted = match &held {
        Some(held) => note(held, "doctor.mend", mend, None).await,
        None if mend.needs_the_holder() => {
            Err("the ledger cannot be written, and this is not done without a note".to_owned())
        }
        None => Ok(()),
    };
    let done = match noted {
        Ok(()) => by_ourselves(context, config, mend, held.as_ref()).await,
        Err(why) => Err(why),
    };
    if let Some(held) = &held {
        let (kind, why) = match &done {
            Ok(()) => ("doctor.mended", None),
            Err(why) => ("doctor.not_mended", Some(why.as_str())),
        };
        if let Err(why) = note(held, kind, mend, why).await {
            return Ok(Err(why));
        }
        held.ledger.close().await;
    }
    Ok(done)
}

async fn by_ourselves(
    context: &Context,
    config: &Config,
    mend: Mend,
    held: Option<&Held>,
) -> Result<(), String> {
    match (mend, held) {
        (Mend::Checkpoint, Some(held)) => held
            .ledger
            .checkpoint()
            .await
            .map_err(|error| in_full(&error)),
        (Mend::Webhook, _) => {
            let settings = config.vault_settings(&context.environment);
            match Telegram::open(&settings).await {
                Ok(Some(bot)) => bot.delete_webhook().await.map_err(|e| e.to_string()),
                Ok(None) => Err("no [telegram] is configured".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        }
        _ => work::on_disk(mend, config, &context.environment),
    }
}

async fn note(
    held: &Held,
    kind: &'static str,
    mend: Mend,
    why: Option<&str>,
) -> Result<(), String> {
    let mut body = json!({ "mend": mend.word(), "channel": "terminal" });
    if let Some(why) = why {
        body["why"] = json!(why);
    }
    let entry = Entry::new(Actor::Operator(my_uid()), kind, body);
    let noted = held.ledger.record(entry).await;
    noted.map(drop).map_err(|error| in_full(&error))
}
