//! An agent as a command: started with the task, read until it leaves.

mod claude;
mod codex;
mod gemini;
mod opencode;
mod reader;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::desk::Desk;
use super::turn::{AgentEnd, Turn};
use super::{AgentError, Driver, Session, crashed};
use crate::finished::End;
use crate::profiles::{Arg, ExecProfile, Profile};
use crate::prompt::Ask;
use crate::run::{Bounds, Heard, LOUD, Live};
use reader::Reader;

/// Drives an agent as a command.
#[derive(Clone, Debug)]
pub struct Exec {
    profile: Arc<Profile>,
    exec: ExecProfile,
}

impl Exec {
    /// A driver, if the agent can be run so.
    #[must_use]
    pub fn new(profile: Arc<Profile>) -> Option<Self> {
        let exec = profile.exec.clone()?;
        Some(Self { profile, exec })
    }
}

impl Driver for Exec {
    fn session(&self, desk: Desk) -> Box<dyn Session> {
        Box::new(Runs {
            driver: self.clone(),
            desk,
            before: None,
        })
    }
}

/// One run after the other.
struct Runs {
    driver: Exec,
    desk: Desk,
    /// What the run before called its session, if it can be taken up again.
    before: Option<String>,
}

impl Runs {
    /// Arguments, and whether they take up the session of before.
    fn argv(&self) -> (&[Arg], bool) {
        let exec = &self.driver.exec;
        match (&exec.again, &exec.begin) {
            (Some(again), _) if self.desk.settings.keeps_home && self.before.is_some() => {
                (again, true)
            }
            (Some(_), Some(begin)) if self.desk.settings.keeps_home => (begin, false),
            _ => (&exec.argv, false),
        }
    }

    fn start(&self, ask: &Ask, reader: &Reader) -> Result<Live, AgentError> {
        let Exec { profile, .. } = &self.driver;
        let (argv, again) = self.argv();
        let mut values = self.desk.values(profile);
        values.session.clone_from(&self.before);
        values.prompt = Some(if again {
            ask.more().to_owned()
        } else {
            ask.whole()
        });
        let spec = self.desk.spec_for(profile, argv, &values)?;
        let bounds = Bounds {
            line: reader.longest_line(),
            lines: self.desk.settings.events,
            bytes: spec.limits.output.saturating_mul(LOUD),
            unread: 1,
        };
        let mut live = Live::start(&*self.desk.confine, &spec, bounds)?;
        live.hang_up();
        Ok(live)
    }

    async fn work(&mut self, ask: &Ask) -> Result<Turn, AgentError> {
        let mut reader = Reader::new(self.driver.exec.parser);
        let mut live = self.start(ask, &reader)?;
        let clock = Arc::clone(&self.desk.clock);
        let until = clock.monotonic().saturating_add(self.desk.settings.turn);
        let end = loop {
            let heard = live.next(&*clock, until, &self.desk.stopped).await?;
            match heard {
                Heard::Line(line) | Heard::Rest(line) => {
                    if let Some(step) = reader.line(&line) {
                        self.desk.witness.saw(step);
                    }
                }
                Heard::LongLine => reader.long_line(),
                Heard::Closed => {}
                Heard::TooMuch => {
                    break AgentEnd::Flooded("it said more than one turn may have".to_owned());
                }
                Heard::Late => break AgentEnd::OutOfTime,
                Heard::Stopped => break AgentEnd::Cancelled,
                Heard::Ended(end) => break verdict(end, reader.verdict(), &live),
            }
        };
        live.stop(&*clock).await?;
        let turn = reader.told(end);
        self.before = turn.session.clone().filter(|_| turn.end.is_orderly());
        Ok(turn)
    }
}

/// What its exit says together with what its output says. An exit that is no success is never a `Done`.
fn verdict(end: End, said: Option<AgentEnd>, live: &Live) -> AgentEnd {
    match (end, said) {
        (End::Code(0), Some(said)) => said,
        (End::Code(0), None) => {
            AgentEnd::Protocol("it left without saying what came of it".to_owned())
        }
        (end, None | Some(AgentEnd::Done)) => AgentEnd::Crashed(crashed(end, live)),
        (_, Some(said)) => said,
    }
}

impl Session for Runs {
    fn turn<'a>(&'a mut self, ask: &'a Ask) -> BoxFuture<'a, Result<Turn, AgentError>> {
        self.work(ask).boxed()
    }

    fn leave(self: Box<Self>) -> BoxFuture<'static, Result<(), AgentError>> {
        futures_util::future::ready(Ok(())).boxed()
    }
}
