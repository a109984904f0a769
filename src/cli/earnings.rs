//! `bountyd earnings`: what came in, and what it took.

use clap::Args;
use serde::Serialize;

use super::session::{Stop, read_ledger};
use super::table::Table;
use super::untrusted::line;
use super::{Context, session};
use crate::exit::Exit;
use crate::ledger::earnings::{Earning, Outcome};
use crate::money::Usd;

/// Show what was promised, submitted, merged and paid, and what it took
///
/// One line for each bounty that we worked on: what it is worth, how far it came, minutes of work, and
/// what models cost. Amounts are what the platform or the label said when it was judged; whether money
/// has arrived, your bank knows better.
#[derive(Debug, Args)]
pub(super) struct Earnings {}

/// For a program.
#[derive(Serialize)]
struct All<'a> {
    bounties: &'a [Earning],
    sums: Sums,
}

/// Amounts together, in cents; the cost in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Sums {
    promised: i64,
    submitted: i64,
    merged: i64,
    paid: i64,
    minutes: i64,
    micro_usd: i64,
}

impl Earnings {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, show(context))
    }
}

async fn show(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let ledger = read_ledger(&config).await?;
    let bounties = ledger.earnings().await?;
    let sums = Sums::of(&bounties);
    if context.json {
        let bounties = &bounties;
        return Ok(context.print_json(&All { bounties, sums }));
    }
    Ok(context.print(&text(&bounties, sums, context.color)))
}

impl Sums {
    fn of(bounties: &[Earning]) -> Self {
        let mut sums = Self::default();
        for earning in bounties {
            let usd = earning.usd.map_or(0, Usd::cents);
            sums.promised += usd;
            if earning.outcome >= Outcome::Submitted {
                sums.submitted += usd;
            }
            if earning.outcome >= Outcome::Merged {
                sums.merged += usd;
            }
            if earning.outcome == Outcome::Paid {
                sums.paid += usd;
            }
            sums.minutes += earning.minutes;
            sums.micro_usd += earning.micro_usd;
        }
        sums
    }
}

fn text(bounties: &[Earning], sums: Sums, color: bool) -> String {
    if bounties.is_empty() {
        return "Nothing was worked on yet.\n".to_owned();
    }
    let mut table = Table::new(["BOUNTY", "USD", "CAME TO", "MINUTES", "MODELS", "TITLE"]);
    for earning in bounties {
        table.row([
            line(&earning.slug),
            earning
                .usd
                .map_or_else(|| "?".to_owned(), |usd| usd.to_string()),
            earning.outcome.as_str().to_owned(),
            earning.minutes.to_string(),
            cost(earning.micro_usd),
            line(&earning.title),
        ]);
    }
    let mut out = table.render(color);
    out += &format!(
        "\nPromised {}, submitted {}, merged {}, paid {}.\n{} minutes of work, {} for models.\n",
        Usd(sums.promised),
        Usd(sums.submitted),
        Usd(sums.merged),
        Usd(sums.paid),
        sums.minutes,
        cost(sums.micro_usd)
    );
    out
}

/// Millionths of a dollar, as dollars with cents; what is less than a cent and not nothing says so.
fn cost(micro_usd: i64) -> String {
    match micro_usd {
        0 => "$0".to_owned(),
        1..10_000 => "< $0.01".to_owned(),
        more => Usd(more / 10_000).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earning(usd: Option<i64>, outcome: Outcome) -> Earning {
        Earning {
            slug: "acme/widgets#7".to_owned(),
            title: "Crash".to_owned(),
            usd: usd.map(Usd),
            outcome,
            minutes: 12,
            micro_usd: 420_000,
        }
    }

    #[test]
    fn each_sum_holds_what_came_so_far() {
        let all = [
            earning(Some(10_000), Outcome::Paid),
            earning(Some(5_000), Outcome::Merged),
            earning(Some(2_000), Outcome::Submitted),
            earning(Some(1_000), Outcome::Working),
            earning(None, Outcome::Lost),
        ];
        let sums = Sums::of(&all);
        assert_eq!(
            (sums.promised, sums.submitted, sums.merged, sums.paid),
            (18_000, 17_000, 15_000, 10_000)
        );
        let text = text(&all, sums, false);
        assert!(
            text.contains("Promised $180, submitted $170, merged $150, paid $100."),
            "{text}"
        );
        assert!(
            text.contains("60 minutes of work, $2.10 for models."),
            "{text}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn less_than_a_cent_is_not_nothing() {
        assert_eq!(cost(0), "$0");
        assert_eq!(cost(9_999), "< $0.01");
        assert_eq!(cost(1_230_000), "$1.23");
    }
}
