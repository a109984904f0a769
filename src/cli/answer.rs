//! `bountyd approve` and `bountyd deny`: the owner's answer, typed at this machine.

use std::io::Write as _;

use clap::Args;

use super::card::text;
use super::change::{Change, report};
use super::issue_name::page;
use super::session::{Stop, ask_daemon, beside_the_point, good, my_uid, now, read_ledger_alone};
use super::{Context, session, terminal};
use crate::clock::OsEntropy;
use crate::config::Config;
use crate::control::Outcome;
use crate::control_socket::verbs::questions::{self, Question};
use crate::control_socket::{Answer, Request};
use crate::exit::Exit;
use crate::ledger::asked::ApprovalState;

/// Say yes to a question, as on Telegram
///
/// Shows the whole question, then a code that you type. The code is shown on and read from your
/// terminal, never from stdin, so that no answer slips out of a pipe or a pasted line. Only root and
/// the user ids in `approvals.approvers` may answer.
#[derive(Debug, Args)]
pub(super) struct Approve {
    /// The question's id, or its first 6 characters or more; see `bountyd pending`
    id: String,
    /// Say yes to more of the same for a while, too, as the question offers
    #[arg(long)]
    lease: bool,
}

/// Say no to a question, as on Telegram
///
/// Shows the whole question, then a code that you type; see `bountyd help approve`. A bounty that
/// was denied is not asked about again.
#[derive(Debug, Args)]
pub(super) struct Deny {
    /// The question's id, or its first 6 characters or more; see `bountyd pending`
    id: String,
    /// Why, in your words; kept in the journal
    reason: Vec<String>,
}

impl Approve {
    pub(super) fn run(self, context: &Context) -> Exit {
        let change = |id| match self.lease {
            true => Change::Lease { id },
            false => Change::Approve { id },
        };
        session::run(context, answer(context, &self.id, "approve", change))
    }
}

impl Deny {
    pub(super) fn run(self, context: &Context) -> Exit {
        let why = Some(self.reason.join(" ")).filter(|why| !why.trim().is_empty());
        let change = |id| Change::Deny { id, why };
        session::run(context, answer(context, &self.id, "deny", change))
    }
}

async fn answer(
    context: &Context,
    id: &str,
    verb: &str,
    change: impl FnOnce(String) -> Change,
) -> Result<Exit, Stop> {
    let config = context.config()?;
    // Whoever may not answer, or has no terminal, learns so before he reads a card.
    Change::Approve { id: id.to_owned() }.allowed(&config, my_uid())?;
    let mut tty = terminal::open()?;
    let question = find(&config, id).await?;
    if question.state != ApprovalState::Pending {
        return Ok(report(context, &Outcome::Already(question.state)));
    }
    let gone = |error| Stop::Say(Exit::Failure, format!("the terminal went away: {error}"));
    let shown = &question.shown;
    let page = match shown.number() {
        Some(number) => page(&config.github, shown.repo(), number),
        None => String::new(),
    };
    let shown = text(&question, &page, config.timezone, now());
    tty.write_all(shown.as_bytes()).map_err(gone)?;
    terminal::forget_typed(&tty);
    let code = terminal::code(&OsEntropy);
    if !terminal::confirm(&mut tty, verb, &code).map_err(gone)? {
        let why = "that is not the code: nothing was answered".to_owned();
        return Err(Stop::Say(Exit::Failure, why));
    }
    let outcome = change(question.id).make(&config).await?;
    Ok(report(context, &outcome))
}

/// The question, from the daemon or, without one, from the ledger.
async fn find(config: &Config, id: &str) -> Result<Question, Stop> {
    let request = Request::Question { id: id.to_owned() };
    let answer = match ask_daemon(config, &request, |_| {}).await? {
        Some(answer) => answer,
        None => {
            let ledger = read_ledger_alone(config).await?;
            match questions::find(&ledger, id).await? {
                Some(question) => return Ok(question),
                None => questions::no_such(),
            }
        }
    };
    match good(answer)? {
        Answer::Question { question } => Ok(*question),
        other => Err(beside_the_point(&other)),
    }
}
