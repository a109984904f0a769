//! `bountyd leases`: what the owner said yes to for a while, and how he takes it back.

use clap::Args;

use super::change::{self, Change};
use super::session::{Stop, ask_daemon, beside_the_point, now, read_ledger_alone};
use super::table::Table;
use super::untrusted::line;
use super::{Context, session};
use crate::control_socket::{Answer, Request};
use crate::exit::Exit;
use crate::ledger::request_leases::RequestLease;
use crate::messages::card::short;
use crate::messages::lease;

/// List what clients may do more of by a yes of yours, or take one back
///
/// Such a yes comes of `bountyd approve ID --lease`, or of the button below a question. It is for one client, one
/// tool and one repository, for a time and a number of times; see [mcp.clients.NAME.lease] in the configuration.
#[derive(Debug, Args)]
pub(super) struct Leases {
    /// Take this one back, by its id or its first characters
    #[arg(long, value_name = "ID")]
    end: Option<String>,
}

impl Leases {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.end {
            Some(id) => {
                let id = id.to_ascii_lowercase();
                let end = Change::EndLease { id };
                session::run(context, async move { change::make(context, &end).await })
            }
            None => session::run(context, list(context)),
        }
    }
}

async fn list(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let leases = match ask_daemon(&config, &Request::Leases {}, |_| {}).await? {
        Some(Answer::Leases { leases }) => leases,
        Some(other) => return Err(beside_the_point(&other)),
        None => {
            let ledger = read_ledger_alone(&config).await?;
            ledger.request_leases(now()).await?
        }
    };
    if context.json {
        return Ok(context.print_json(&leases));
    }
    Ok(context.print(&text(&leases, context.color)))
}

fn text(leases: &[RequestLease], color: bool) -> String {
    if leases.is_empty() {
        return "There is no yes of yours for a while.\n".to_owned();
    }
    let mut table = Table::new(["ID", "CLIENT", "MAY", "LEFT"]);
    for one in leases {
        table.row([
            short(&one.id).to_owned(),
            line(&one.client),
            line(&format!("{} in {}", one.tool, one.repo)),
            lease::left(one, now()),
        ]);
    }
    table.render(color) + "\n`bountyd leases --end ID` takes one back.\n"
}
