//! `bountyd status`: what the daemon does and how it is.

use clap::Args;

use super::session::{Stop, ask_daemon, beside_the_point, now, read_ledger_alone};
use super::untrusted::line;
use super::wrap::wrap;
use super::{Context, session};
use crate::control_socket::{Answer, Request};
use crate::exit::Exit;
use crate::status;

/// Show what the daemon does and how it is
///
/// Without a running daemon it shows what the ledger knows and says so; in JSON `live` is null then.
#[derive(Debug, Args)]
pub(super) struct Status {}

impl Status {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, show(context))
    }
}

async fn show(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let (value, mut lines) = match ask_daemon(&config, &Request::Status {}, |_| {}).await? {
        Some(Answer::Status { status, lines }) => (status, lines),
        Some(other) => return Err(beside_the_point(&other)),
        None => {
            let ledger = read_ledger_alone(&config).await?;
            let stored = status::gather_stored(&ledger, &config, now()).await?;
            let mut lines = stored.lines(config.timezone);
            let socket = config.control_socket();
            lines.insert(
                0,
                format!(
                    "No daemon listens at {}. The ledger says:",
                    socket.display()
                ),
            );
            (serde_json::to_value(&stored).unwrap_or_default(), lines)
        }
    };
    if context.json {
        return Ok(context.print_json(&value));
    }
    for text in &mut lines {
        *text = wrap("", &line(text));
    }
    Ok(context.print(&lines.concat()))
}
