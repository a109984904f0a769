//! `bountyd scan`: look for bounties now.

use clap::Args;

use super::alone::with_app;
use super::progress::Progress;
use super::session::{Stop, ask_daemon, beside_the_point, my_uid};
use super::table::Table;
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::bounty::reason_words::reason_in_words;
use crate::control_socket::verbs::scanned::{Judged, Scanned};
use crate::control_socket::{Answer, Request, verbs};
use crate::exit::Exit;
use crate::messages::{count, span};

/// Rows shown at most.
const SHOWN: usize = 50;

/// Look for bounties now, and judge them; write nothing on GitHub
///
/// Asks the daemon if it runs; else takes the ledger and scans itself. Lists what was judged, with
/// the decision and its reason; only `run` acts on it.
#[derive(Debug, Args)]
pub(super) struct Scan {}

impl Scan {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, scan(context))
    }
}

async fn scan(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let bar = Progress::new(context);
    let request = Request::Scan {};
    let asked = ask_daemon(&config, &request, |text| bar.show(text)).await;
    let answer = match asked {
        Ok(None) => {
            let work = async |app: &_, tell: &_| verbs::scan::alone(app, my_uid(), tell).await;
            with_app(context, config, &request, |text| bar.show(text), work).await
        }
        Ok(Some(answer)) => Ok(answer),
        Err(stop) => Err(stop),
    };
    bar.done();
    let scanned = match answer? {
        Answer::Scanned { scanned } => scanned,
        other => return Err(beside_the_point(&other)),
    };
    let exit = if scanned.report.incomplete.is_empty() && scanned.to_judge == 0 {
        Exit::Ok
    } else {
        Exit::TryLater
    };
    let printed = if context.json {
        context.print_json(&scanned)
    } else {
        context.print(&text(&scanned, context.color))
    };
    Ok(if printed == Exit::Ok { exit } else { printed })
}

fn text(scanned: &Scanned, color: bool) -> String {
    let report = &scanned.report;
    let took = match (report.at, report.ended_at) {
        (Some(at), Some(end)) => format!(" in {}", span(end.since(at))),
        _ => String::new(),
    };
    let mut out = format!(
        "{} seen, {} new, {} changed; {}{took}.\n",
        count(report.seen, "issue", "issues"),
        report.new,
        report.changed,
        count(report.requests, "request", "requests")
    );
    for (query, why) in &report.incomplete {
        out += &wrap(
            "⚠ ",
            &format!("not read to its end: {} – {}", line(query), line(why)),
        );
    }
    if !scanned.bounties.is_empty() {
        out += &format!("\n{}", table(&scanned.bounties, color));
    }
    let more = scanned.bounties.len().saturating_sub(SHOWN);
    if more > 0 {
        out += &format!("… and {more} more.\n");
    }
    out.push('\n');
    if scanned.to_judge > 0 {
        let n = count(scanned.to_judge, "bounty is", "bounties are");
        out += &wrap(
            "⚠ ",
            &format!("{n} still to be judged; bountyd goes on with it."),
        );
    }
    out + "`bountyd bounties` lists what is known.\n"
}

/// What is to be acted on first, and the dearest before the cheaper.
fn table(bounties: &[Judged], color: bool) -> String {
    let mut sorted: Vec<&Judged> = bounties.iter().collect();
    sorted.sort_by_key(|one| rank(&one.decision));
    let mut table = Table::new(["BOUNTY", "AMOUNT", "DECISION", "WHY"]);
    for one in sorted.into_iter().take(SHOWN) {
        let why = one.reason.as_deref().unwrap_or_default();
        table.row([
            format!("{}#{}", line(&one.repo), one.number),
            line(&one.amount),
            line(&one.decision),
            line(&reason_in_words(one.stage, why)),
        ]);
    }
    table.render(color)
}

fn rank(decision: &str) -> u8 {
    match decision {
        "claim" => 0,
        "ask" => 1,
        "report" => 2,
        _ => 3,
    }
}
