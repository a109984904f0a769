//! `bountyd extend`: more time for a claim.

use std::time::Duration;

use clap::Args;

use super::change::{Change, make};
use super::issue_name::IssueName;
use super::{Context, session};
use crate::exit::Exit;

/// Give a claim more time before it is taken back
///
/// A claim that shows no pull request of yours in time is withdrawn, so that others can work on it.
/// This is your word that you are at it: only root and `approvals.approvers` may give it.
#[derive(Debug, Args)]
pub(super) struct Extend {
    /// Which claim, as owner/repo#7
    #[arg(value_name = "OWNER/REPO#N")]
    issue: IssueName,
    /// How much time from now, such as 12h or 3d
    #[arg(long, default_value = "24h", value_name = "TIME", value_parser = humantime::parse_duration)]
    by: Duration,
}

impl Extend {
    pub(super) fn run(self, context: &Context) -> Exit {
        let change = Change::Extend {
            issue: self.issue,
            by: self.by,
        };
        session::run(context, make(context, &change))
    }
}
