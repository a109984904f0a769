//! `bountyd show`: everything the ledger knows of one bounty.

use clap::Args;
use serde_json::{Value, json};

use super::explain::check_text;
use super::issue_name::{IssueName, page};
use super::journal::entry_text;
use super::session::{Stop, beside_the_point, good, read_ledger};
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::bounty::judgement::Judgement;
use crate::bounty::reason_words::reason_in_words;
use crate::config::Config;
use crate::control_socket::verbs::unknown_bounty;
use crate::exit::Exit;
use crate::ledger::approvals::Approval;
use crate::ledger::bounties::Bounty;
use crate::ledger::effects::Effect;
use crate::ledger::journal::Line;
use crate::messages::card::short;
use crate::messages::record::actor_in_words;
use crate::schedule::Zone;

/// Show everything the ledger knows of one bounty
///
/// Where it stands and why, how that was decided, the questions about it, what was written on
/// GitHub, and its journal.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Which bounty, as owner/repo#7
    #[arg(value_name = "OWNER/REPO#N")]
    issue: IssueName,
}

/// Journal entries shown at most.
const ENTRIES: i64 = 200;

/// What is known.
struct Known {
    bounty: Bounty,
    judgement: Option<Judgement>,
    approvals: Vec<Approval>,
    effects: Vec<Effect>,
    journal: Vec<Line>,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, show(context, &self.issue))
    }
}

async fn show(context: &Context, issue: &IssueName) -> Result<Exit, Stop> {
    let config = context.config()?;
    let ledger = read_ledger(&config).await?;
    let Some(bounty) = ledger.bounty_by_name(&issue.repo, issue.number).await? else {
        let no = good(unknown_bounty(&issue.repo, issue.number))?;
        return Err(beside_the_point(&no));
    };
    let id = bounty.id;
    let judgement = ledger.appraisal(id).await?;
    let known = Known {
        bounty,
        judgement: judgement.and_then(|text| serde_json::from_str(&text).ok()),
        approvals: ledger.approvals_about(id).await?,
        effects: ledger.effects(id).await?,
        journal: ledger.journal_newest(Some(id), ENTRIES).await?,
    };
    if context.json {
        return Ok(context.print_json(&value(&known)));
    }
    Ok(context.print(&text(&known, &config)))
}

fn value(known: &Known) -> Value {
    let approvals: Vec<Value> = known
        .approvals
        .iter()
        .map(|approval| {
            let mut value = json!(approval);
            value["card"] = serde_json::from_str(&approval.card).unwrap_or_default();
            value
        })
        .collect();
    json!({
        "bounty": known.bounty,
        "judgement": known.judgement,
        "approvals": approvals,
        "effects": known.effects,
        "journal": known.journal,
    })
}

fn text(known: &Known, config: &Config) -> String {
    let zone = config.timezone;
    let bounty = &known.bounty;
    let slug = line(&bounty.slug());
    let usd = bounty.usd.map(|usd| format!(" · {usd}"));
    let mut out = format!("{slug}{}\n", usd.unwrap_or_default());
    out += &wrap("", &line(&bounty.title));
    out += &page(&config.github, &bounty.repo, bounty.number);
    out.push('\n');
    out += &match &bounty.reason {
        Some(reason) => format!(
            "Stage     {} ({})\n",
            bounty.stage.as_str(),
            line(&reason_in_words(bounty.stage, reason))
        ),
        None => format!("Stage     {}\n", bounty.stage.as_str()),
    };
    out += &format!("Found     {}\n", zone.format(bounty.first_seen));
    for (name, at) in [
        ("Changed   ", bounty.source_updated_at),
        ("Next look ", bounty.wake_at),
        ("Deadline  ", bounty.deadline),
    ] {
        if let Some(at) = at {
            out += &format!("{name}{}\n", zone.format(at));
        }
    }
    if let Some(judgement) = &known.judgement {
        out += &format!("\nJudged    {}\n", zone.format(judgement.at));
        let head = format!("{} – {}", judgement.decision, judgement.amount);
        out += &wrap("→ ", &line(&head));
        for check in &judgement.lines {
            out += &check_text(check);
        }
    }
    if !known.approvals.is_empty() {
        out += "\nQuestions\n";
    }
    for approval in &known.approvals {
        out += &approval_text(approval, zone);
    }
    if !known.effects.is_empty() {
        out += "\nWritten on GitHub\n";
    }
    for effect in &known.effects {
        out += &effect_text(effect, zone);
    }
    if !known.journal.is_empty() {
        out += "\nJournal\n";
    }
    for entry in &known.journal {
        out += &entry_text(entry, None, zone);
    }
    out
}

fn approval_text(approval: &Approval, zone: Zone) -> String {
    let mut words = format!(
        "{} {}, asked {}",
        short(&approval.id),
        approval.state.as_str(),
        zone.format(approval.created_at)
    );
    if let Some(at) = approval.decided_at {
        words += &format!("; settled {}", zone.format(at));
        if let Some(by) = approval.decided_by.as_deref().filter(|by| *by != "daemon") {
            words += &format!(" by {}", actor_in_words(by));
        }
    }
    if let Some(why) = &approval.why {
        words += &format!(": {why}");
    }
    wrap("· ", &line(&words))
}

fn effect_text(effect: &Effect, zone: Zone) -> String {
    let state = json!(effect.state);
    let mut words = format!(
        "{} {}, begun {}",
        effect.kind.as_str(),
        state.as_str().unwrap_or_default(),
        zone.format(effect.begun_at)
    );
    if let Some(comment) = effect.remote_id {
        words += &format!(", comment {comment}");
    }
    if let Some(detail) = effect.detail.as_deref().filter(|d| !d.is_empty()) {
        words += &format!(": {detail}");
    }
    wrap("· ", &line(&words))
}
