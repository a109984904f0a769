//! `bountyd scan`: look for bounties now.

use clap::Args;

use super::alone::with_app;
use super::progress::Progress;
use super::session::{Stop, ask_daemon, beside_the_point, my_uid};
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::control_socket::{Answer, Request, verbs};
use crate::exit::Exit;
use crate::messages::{count, span};
use crate::stages::scan::Report;

/// Look for bounties now, and judge them; write nothing on GitHub
///
/// Asks the daemon if it runs; else takes the ledger and scans itself. What is found stands in
/// `bountyd bounties`; only `run` acts on it.
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
    let report = match answer? {
        Answer::Scanned { report } => report,
        other => return Err(beside_the_point(&other)),
    };
    let exit = if report.incomplete.is_empty() {
        Exit::Ok
    } else {
        Exit::TryLater
    };
    let printed = if context.json {
        context.print_json(&report)
    } else {
        context.print(&text(&report))
    };
    Ok(if printed == Exit::Ok { exit } else { printed })
}

fn text(report: &Report) -> String {
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
    out + "`bountyd bounties` lists what is known.\n"
}
