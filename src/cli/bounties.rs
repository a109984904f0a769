//! `bountyd bounties`: what is known.

use std::borrow::Cow;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::session::{Stop, read_ledger};
use super::table::Table;
use super::untrusted::line;
use super::{Context, session};
use crate::bounty::reason_words::reason_in_words;
use crate::bounty::stage::Stage;
use crate::exit::Exit;
use crate::ledger::bounties::{Bounty, Filter};

/// List the bounties the ledger knows, dearest first
#[derive(Debug, Args)]
pub(super) struct Bounties {
    /// Only those in this stage; may be repeated
    #[arg(long, value_name = "STAGE", value_parser = stage_parser())]
    stage: Vec<Stage>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

fn stage_parser() -> impl clap::builder::TypedValueParser<Value = Stage> {
    PossibleValuesParser::new(Stage::ALL.map(Stage::as_str))
        .try_map(|name| Stage::parse(&name).ok_or("no such stage"))
}

impl Bounties {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, self.list(context))
    }

    async fn list(self, context: &Context) -> Result<Exit, Stop> {
        let config = context.config()?;
        let ledger = read_ledger(&config).await?;
        let filter = Filter {
            stages: self.stage.clone(),
            limit: Some(i64::from(self.limit)),
        };
        let bounties = ledger.bounties(&filter).await?;
        if context.json {
            return Ok(context.print_json(&bounties));
        }
        let mut all = 0;
        for (stage, n) in ledger.count_by_stage().await? {
            if self.stage.is_empty() || self.stage.contains(&stage) {
                all += n;
            }
        }
        Ok(context.print(&text(&bounties, all, context.color)))
    }
}

/// Why it stands where it does; nothing where the stage says it all.
pub(super) fn why(bounty: &Bounty) -> Cow<'static, str> {
    match bounty.reason.as_deref() {
        Some(reason) if reason != bounty.stage.as_str() => reason_in_words(bounty.stage, reason),
        _ => Cow::Borrowed(""),
    }
}

fn text(bounties: &[Bounty], all: i64, color: bool) -> String {
    if bounties.is_empty() {
        return "No such bounty is known. `bountyd scan` looks for some.\n".to_owned();
    }
    let mut table = Table::new(["BOUNTY", "USD", "STAGE", "WHY", "TITLE"]);
    for bounty in bounties {
        table.row([
            line(&bounty.slug()),
            bounty
                .usd
                .map_or_else(|| "?".to_owned(), |usd| usd.to_string()),
            bounty.stage.as_str().to_owned(),
            line(&why(bounty)),
            line(&bounty.title),
        ]);
    }
    let mut out = table.render(color);
    let shown = i64::try_from(bounties.len()).unwrap_or(i64::MAX);
    if shown < all {
        out += &format!("\n{shown} of {all}; `--limit` shows more.\n");
    }
    out
}
