//! `bountyd pause` and `bountyd resume`.

use clap::Args;

use super::change::{Change, make};
use super::{Context, session};
use crate::exit::Exit;

/// Stop acting at once; what is under way is finished safely
///
/// Nothing is written on GitHub from now on, no scan begins and no question is sent. A token in
/// memory is kept until its time is over, unused. Answers to questions are still taken.
#[derive(Debug, Args)]
pub(super) struct Pause {}

/// Go on after `pause`
#[derive(Debug, Args)]
pub(super) struct Resume {}

impl Pause {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, make(context, &Change::Pause))
    }
}

impl Resume {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, make(context, &Change::Resume))
    }
}
