//! `bountyd explain`: what would be decided about an issue, and why.

use clap::Args;

use super::alone::with_app;
use super::issue_name::{IssueName, page};
use super::progress::Progress;
use super::session::{Stop, ask_daemon, beside_the_point};
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::app::Doing;
use crate::bounty::evidence::{Fact, FactKind, Source};
use crate::bounty::explain::{Line, Mark};
use crate::bounty::reason_words::reason_in_words;
use crate::bounty::stage::Stage;
use crate::config::Github;
use crate::control_socket::verbs::explain::Explanation;
use crate::control_socket::{Answer, Request, verbs};
use crate::exit::Exit;
use crate::schedule::Zone;

/// Say line by line what would be decided about an issue, and why
///
/// Reads the issue from GitHub as it stands now, judges it by your rules and the ledger's counts,
/// and prints each check: ✓ fine, · worth knowing, ? you would be asked, ✗ left alone. Nothing is
/// stored or written.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Which issue, as owner/repo#7
    #[arg(value_name = "OWNER/REPO#N")]
    issue: IssueName,
}

impl Explain {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, explain(context, self.issue))
    }
}

async fn explain(context: &Context, issue: IssueName) -> Result<Exit, Stop> {
    let config = context.config()?;
    let (zone, github) = (config.timezone, config.github.clone());
    let bar = Progress::new(context);
    bar.show(&Doing::one(format!("reading {issue}")));
    let IssueName { repo, number } = issue;
    let request = Request::Explain {
        repo: repo.clone(),
        number,
    };
    let asked = ask_daemon(&config, &request, |text| bar.show(text)).await;
    let answer = match asked {
        Ok(None) => {
            let work = async |app: &_, _: &_| verbs::explain::fresh(app, &repo, number).await;
            with_app(context, config, &request, |text| bar.show(text), work).await
        }
        Ok(Some(answer)) => Ok(answer),
        Err(stop) => Err(stop),
    };
    bar.done();
    match answer? {
        Answer::Explained { explanation } if context.json => Ok(context.print_json(&explanation)),
        Answer::Explained { explanation } => Ok(context.print(&text(&explanation, &github, zone))),
        other => Err(beside_the_point(&other)),
    }
}

fn text(explanation: &Explanation, github: &Github, zone: Zone) -> String {
    let (repo, number) = (line(&explanation.repo), explanation.number);
    let mut out = format!("{} · {repo}#{number}\n", line(&explanation.amount));
    out += &wrap("", &line(&explanation.title));
    out += &page(github, &explanation.repo, number);
    out.push('\n');
    out += &wrap("→ ", &line(&explanation.verdict));
    out.push('\n');
    for check in &explanation.lines {
        out += &check_text(check);
    }
    if !explanation.sources.is_empty() {
        out += "\nWho says how much\n";
    }
    for fact in &explanation.sources {
        out += &wrap("· ", &line(&fact_text(fact, zone)));
    }
    if let Some(what) = &explanation.disagreement {
        out += &wrap("⚠ ", &line(what));
    }
    if !explanation.hidden.is_empty() {
        out += "\nWritten in the issue, but not shown on its page\n";
    }
    for hidden in &explanation.hidden {
        out += &wrap("· ", &line(hidden));
    }
    out.push('\n');
    out += &match (&explanation.stage, &explanation.stage_reason) {
        (Some(stage), Some(reason)) => {
            let known = Stage::parse(stage).unwrap_or(Stage::Found);
            let words = reason_in_words(known, reason);
            format!("In the ledger: {stage} ({}).\n", line(&words))
        }
        (Some(stage), None) => format!("In the ledger: {stage}.\n"),
        (None, _) => "Not in the ledger.\n".to_owned(),
    };
    out
}

/// A check with its sign, its words and what it rests on.
pub(super) fn check_text(check: &Line) -> String {
    let sign = match check.mark {
        Mark::Pass => "✓ ",
        Mark::Note => "· ",
        Mark::Ask => "? ",
        Mark::Stop => "✗ ",
    };
    let mut words = format!("{}: {}", line(&check.code), line(&check.sentence));
    if let Some(evidence) = &check.evidence {
        words += &format!(" [{}]", line(evidence));
    }
    wrap(sign, &words)
}

fn fact_text(fact: &Fact, zone: Zone) -> String {
    let what = match fact.kind {
        FactKind::Offer => "offered",
        FactKind::Attempt => "tried",
        FactKind::Submission => "submitted",
        FactKind::Assigned => "assigned",
        FactKind::Paid => "paid",
        FactKind::Cancelled => "cancelled",
        FactKind::Refusal => "refused",
    };
    let place = match fact.source {
        Source::StrangerComment => "a stranger's comment",
        Source::Body => "the opening text",
        Source::PlatformBlock => "a platform's block in the opening text",
        Source::Title => "the title",
        Source::MaintainerComment => "a maintainer's comment",
        Source::Label => "a label",
        Source::PlatformComment => "a platform's comment",
    };
    let amount = fact
        .amount
        .as_ref()
        .map_or_else(|| "no amount".to_owned(), ToString::to_string);
    let who = match (&fact.author.login, fact.author.id) {
        (Some(login), Some(id)) => format!(" by {login} (user {id})"),
        (Some(login), None) => format!(" by {login} (number not known)"),
        (None, _) => String::new(),
    };
    let when = fact.at.map(|at| format!(", {}", zone.format(at)));
    format!(
        "{amount} {what} in {place}{who}: {}{}",
        fact.evidence.as_str(),
        when.unwrap_or_default()
    )
}
