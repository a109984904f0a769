//! The Agent Client Protocol, version 1: one conversation, JSON-RPC 2.0 over lines.
//!
//! We offer no capability at all, so the agent has to do everything itself, in its box. It is told to do
//! the task, and the failures of its tests in the same session. Whatever it sends is bounded and may be
//! wrong; then the turn ends and says so.

mod message;
mod permission;
mod talk;
mod tally;

pub(super) use tally::money;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::desk::Desk;
use super::turn::{AgentEnd, Turn};
use super::{AgentError, Driver, Session};
use crate::profiles::{AcpProfile, Profile};
use crate::prompt::Ask;
use crate::run::{Bounds, LOUD, Live};
use talk::{Stop, Talk};

/// Bytes of one line that an agent may say.
const LINE: usize = 1 << 20;

/// Bytes that we said and it has not read; a prompt fits several times.
const UNREAD: usize = 1 << 20;

/// Drives an agent over the Agent Client Protocol.
#[derive(Clone, Debug)]
pub struct Acp {
    profile: Arc<Profile>,
    acp: AcpProfile,
}

impl Acp {
    /// A driver, if the agent speaks it.
    #[must_use]
    pub fn new(profile: Arc<Profile>) -> Option<Self> {
        let acp = profile.acp.clone()?;
        Some(Self { profile, acp })
    }
}

impl Driver for Acp {
    fn session(&self, desk: Desk) -> Box<dyn Session> {
        Box::new(Conversation {
            driver: self.clone(),
            desk,
            talk: None,
        })
    }
}

struct Conversation {
    driver: Acp,
    desk: Desk,
    talk: Option<Talk>,
}

impl Conversation {
    fn start(&self) -> Result<Talk, AgentError> {
        let Acp { profile, acp } = &self.driver;
        let values = self.desk.values(profile);
        let spec = self.desk.spec_for(profile, &acp.argv, &values)?;
        let bounds = Bounds {
            line: LINE,
            lines: self.desk.settings.events,
            bytes: spec.limits.output.saturating_mul(LOUD),
            unread: UNREAD,
        };
        let live = Live::start(&*self.desk.confine, &spec, bounds)?;
        Ok(Talk::new(live, &self.desk, acp))
    }

    async fn work(&mut self, ask: &Ask) -> Result<Turn, AgentError> {
        let mut talk = match self.talk.take() {
            Some(talk) => talk,
            None => self.start()?,
        };
        talk.begin_turn();
        let end = match talk.turn(ask).await {
            Ok(end) => end,
            Err(Stop::End(end)) => end,
            Err(Stop::Run(error)) => return Err(error.into()),
        };
        let turn = talk.told(end);
        if turn.end.is_orderly() {
            self.talk = Some(talk);
        } else {
            talk.stop().await?;
        }
        Ok(turn)
    }
}

impl Session for Conversation {
    fn turn<'a>(&'a mut self, ask: &'a Ask) -> BoxFuture<'a, Result<Turn, AgentError>> {
        self.work(ask).boxed()
    }

    fn leave(self: Box<Self>) -> BoxFuture<'static, Result<(), AgentError>> {
        async move {
            match self.talk {
                Some(talk) => Ok(talk.stop().await?),
                None => Ok(()),
            }
        }
        .boxed()
    }
}

impl From<AgentEnd> for Stop {
    fn from(end: AgentEnd) -> Self {
        Self::End(end)
    }
}
