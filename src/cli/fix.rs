//! `bountyd fix`: a patch by hand.

use std::io::IsTerminal as _;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::alone::with_app;
use super::issue_name::IssueName;
use super::progress::Progress;
use super::session::{Stop, ask_daemon, beside_the_point};
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::app::Doing;
use crate::control_socket::verbs::fix::{Fixed, Wanted};
use crate::control_socket::{Answer, Request, verbs};
use crate::exit::Exit;
use crate::ledger::jobs::JobState;

/// Have your coding agent write a patch for an issue, in the sandbox, gate it, and open a pull request
///
/// Reads the issue, fetches the repository, lets the agent of your choice work until the repository's own
/// tests pass or a limit ends it, and judges the result. What the gate lets through becomes one pull
/// request from your fork; about what it holds you are asked. Patch and reports are left on disk.
#[derive(Debug, Args)]
pub(super) struct Fix {
    /// Which issue, as owner/repo#7; or owner/repo with --goal
    #[arg(value_name = "OWNER/REPO[#N]")]
    place: Place,
    /// What is to be done, in your own words; with an issue, beside it
    #[arg(long, value_name = "TEXT")]
    goal: Option<String>,
    /// End with patch and report on disk; write nothing on GitHub
    #[arg(long)]
    dry_run: bool,
}

/// An issue, or a repository.
#[derive(Clone, Debug)]
struct Place {
    repo: String,
    number: Option<u64>,
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('#') || text.contains("/issues/") {
            let IssueName { repo, number } = text.parse()?;
            let number = Some(number);
            return Ok(Self { repo, number });
        }
        // A repository's name is what stands before an issue's number.
        let IssueName { repo, .. } = format!("{text}#1")
            .parse()
            .map_err(|_| "write owner/repo#7, or owner/repo with --goal".to_owned())?;
        Ok(Self { repo, number: None })
    }
}

impl Fix {
    pub(super) fn run(self, context: &Context) -> Exit {
        if self.place.number.is_none() && self.goal.is_none() {
            let why = "a repository alone says not what to do: add #N for an issue, or --goal TEXT";
            return context.fail(Exit::Usage, why);
        }
        session::run(context, fix(context, self))
    }
}

async fn fix(context: &Context, asked: Fix) -> Result<Exit, Stop> {
    let config = context.config()?;
    let wanted = Wanted {
        repo: asked.place.repo,
        number: asked.place.number,
        goal: asked.goal,
        dry_run: asked.dry_run,
    };
    let bar = Progress::new(context);
    let request = Request::Fix {
        wanted: wanted.clone(),
    };
    let show = |doing: &Doing| live(context, &bar, doing);
    let uid = session::my_uid();
    let answer = match ask_daemon(&config, &request, show).await {
        Ok(None) => {
            let work = async |app: &_, tell: &_| {
                tokio::select! {
                    answer = verbs::fix::by_hand(app, &wanted, uid, tell) => answer,
                    () = interrupted() => verbs::fix::interrupted(app).await,
                }
            };
            with_app(context, config, &request, show, work).await
        }
        Ok(Some(answer)) => Ok(answer),
        Err(stop) => Err(stop),
    };
    bar.done();
    match answer? {
        Answer::Fixed { fixed } => {
            // A patch that was given up on its way is none.
            let stands = wanted.dry_run || fixed.state != JobState::Dropped.as_str();
            let exit = if fixed.has_patch() && stands {
                Exit::Ok
            } else {
                Exit::Failure
            };
            let shown = if context.json {
                context.print_json(&fixed)
            } else {
                context.print(&text(&fixed))
            };
            Ok(if shown == Exit::Ok { exit } else { shown })
        }
        other => Err(beside_the_point(&other)),
    }
}

/// Until somebody wants this process to end. Where the kernel does not tell, it is simply ended.
async fn interrupted() {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let Ok(mut signals) = kinds.map(signal).into_iter().collect::<Result<Vec<_>, _>>() else {
        return std::future::pending().await;
    };
    let any = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures_util::future::select_all(any).await;
}

/// Every step is a line that stays; on a terminal the newest is also shown as going on.
fn live(context: &Context, bar: &Progress, doing: &Doing) {
    if context.json {
        return;
    }
    let text = line(&doing.text);
    bar.above(&text);
    if std::io::stderr().is_terminal() {
        bar.show(doing);
    }
}

fn text(fixed: &Fixed) -> String {
    let record = &fixed.record;
    let outcome = record
        .outcome
        .map(|word| word.to_string())
        .unwrap_or_default();
    let mut out = wrap("→ ", &line(&outcome));
    if let Some(pull) = fixed.pull {
        out += &wrap(
            "→ ",
            &format!("pull request {}#{pull}", line(&record.repository)),
        );
    }
    if let Some(reason) = &fixed.reason {
        let state = line(&fixed.state);
        out += &wrap("  ", &format!("{state}: {}", line(reason)));
    }
    if let Some(why) = &record.why {
        out += &wrap("  ", &line(why));
    }
    if let Some(evidence) = &record.evidence {
        let sign = if evidence.proven { "✓ " } else { "? " };
        out += &wrap(sign, &line(&evidence.why));
    }
    if let Some(gate) = &fixed.gate {
        out.push('\n');
        for text in gate.lines() {
            out += &line(text);
            out.push('\n');
        }
    }
    out.push('\n');
    out += &wrap("", &format!("Reports: {}", line(&fixed.papers)));
    out
}
