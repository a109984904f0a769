//! `bountyd jobs`: patches on their way.

use clap::Args;

use super::session::{Stop, read_ledger};
use super::table::Table;
use super::untrusted::line;
use super::{Context, session};
use crate::exit::Exit;
use crate::ledger::jobs::Job;

/// List the patches on their way, the newest first
#[derive(Debug, Args)]
pub(super) struct Jobs {
    /// At most so many
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

impl Jobs {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, self.list(context))
    }

    async fn list(self, context: &Context) -> Result<Exit, Stop> {
        let config = context.config()?;
        let ledger = read_ledger(&config).await?;
        let jobs = ledger.jobs(i64::from(self.limit)).await?;
        if context.json {
            return Ok(context.print_json(&jobs));
        }
        Ok(context.print(&text(&jobs, context.color)))
    }
}

fn text(jobs: &[Job], color: bool) -> String {
    if jobs.is_empty() {
        return "No patch was asked for yet. `bountyd fix owner/repo#7` asks for one.\n".to_owned();
    }
    let mut table = Table::new(["JOB", "FOR", "STATE", "PULL", "WHY"]);
    for job in jobs {
        table.row([
            job.id.clone(),
            line(&job.slug()),
            job.state.as_str().to_owned(),
            job.pull
                .map_or_else(String::new, |number| format!("#{number}")),
            line(job.reason.as_deref().unwrap_or_default()),
        ]);
    }
    table.render(color)
}
