//! `bountyd pending`: the questions that wait.

use clap::Args;

use super::session::{Stop, ask_daemon, beside_the_point, now, read_ledger_alone};
use super::table::Table;
use super::untrusted::line;
use super::{Context, session};
use crate::control_socket::{Answer, Request};
use crate::exit::Exit;
use crate::messages::card::short;
use crate::messages::reply::Waiting;
use crate::status;

/// List the questions that wait for you, dearest first
#[derive(Debug, Args)]
pub(super) struct Pending {}

impl Pending {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, list(context))
    }
}

async fn list(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let questions = match ask_daemon(&config, &Request::Pending {}, |_| {}).await? {
        Some(Answer::Pending { questions }) => questions,
        Some(other) => return Err(beside_the_point(&other)),
        None => status::waiting_in(&read_ledger_alone(&config).await?, now()).await?,
    };
    if context.json {
        return Ok(context.print_json(&questions));
    }
    Ok(context.print(&text(&questions, context.color)))
}

fn text(questions: &[Waiting], color: bool) -> String {
    if questions.is_empty() {
        return "Nothing waits for you.\n".to_owned();
    }
    let mut table = Table::new(["ID", "BOUNTY", "AMOUNT", "TIME"]);
    for one in questions {
        table.row([
            short(&one.id).to_owned(),
            line(&one.name()),
            line(&one.amount()),
            line(&one.left),
        ]);
    }
    table.render(color) + "\n`bountyd approve ID` shows a question and takes your yes.\n"
}
