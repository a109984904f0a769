//! Changes that an operator makes, through the daemon or, without one, here.

use std::sync::Arc;
use std::time::Duration;

use super::Context;
use super::issue_name::IssueName;
use super::session::{Stop, ask_daemon, beside_the_point, good, my_uid, readable, without_daemon};
use crate::clock::{OsEntropy, SystemClock};
use crate::config::Config;
use crate::control::{Command, Outcome};
use crate::control_socket::verbs::{change, unknown_bounty};
use crate::control_socket::{Answer, Request, allow};
use crate::estop;
use crate::exit::Exit;
use crate::ledger::lock::InstanceLock;
use crate::ledger::{Actor, Ledger};
use crate::messages::reply;

/// Something an operator wants to be so.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Yes to a question, by its whole id.
    Approve { id: String },
    /// Yes to it, and to more of the same for a while.
    Lease { id: String },
    /// Such a yes taken back.
    EndLease { id: String },
    /// No to it.
    Deny { id: String, why: Option<String> },
    /// Stop acting.
    Pause,
    /// Go on.
    Resume,
    /// The emergency stop.
    Stop,
    /// Its end.
    Lift,
    /// Give a claim more time.
    Extend { issue: IssueName, by: Duration },
}

impl Change {
    fn request(&self) -> Request {
        match self.clone() {
            Self::Approve { id } => Request::Approve { id },
            Self::Lease { id } => Request::Lease { id },
            Self::EndLease { id } => Request::EndLease { id },
            Self::Deny { id, why } => Request::Deny { id, why },
            Self::Pause => Request::Pause {},
            Self::Resume => Request::Resume {},
            Self::Stop => Request::Stop {},
            Self::Lift => Request::Lift {},
            Self::Extend { issue, by } => Request::Extend {
                repo: issue.repo,
                number: issue.number,
                by_ms: u64::try_from(by.as_millis()).unwrap_or(u64::MAX),
            },
        }
    }

    /// How it came about, where this program is the witness: an answer was confirmed by a code on the
    /// terminal before it came here, the rest is a mere command.
    fn channel(&self) -> &'static str {
        match self {
            Self::Approve { .. } | Self::Lease { .. } | Self::Deny { .. } | Self::Lift => {
                "terminal"
            }
            Self::EndLease { .. }
            | Self::Pause
            | Self::Resume
            | Self::Stop
            | Self::Extend { .. } => "command",
        }
    }

    async fn command(&self, ledger: &Ledger) -> Result<Command, Stop> {
        Ok(match self.clone() {
            Self::Approve { id } => Command::Approve { id },
            Self::Lease { id } => Command::Lease { id },
            Self::EndLease { id } => Command::EndLease { id },
            Self::Deny { id, why } => Command::Deny { id, why },
            Self::Pause => Command::Pause,
            Self::Resume => Command::Resume,
            Self::Stop => Command::Stop,
            Self::Lift => Command::Lift,
            Self::Extend { issue, by } => {
                let found = change::extension(ledger, &issue.repo, issue.number, by).await?;
                match found {
                    Some(command) => command,
                    None => {
                        let no = good(unknown_bounty(&issue.repo, issue.number))?;
                        return Err(beside_the_point(&no));
                    }
                }
            }
        })
    }

    /// Refuses early what `uid` will be refused later: before he has typed anything.
    ///
    /// # Errors
    /// The owner's word is not his to give.
    pub(super) fn allowed(&self, config: &Config, uid: u32) -> Result<(), Stop> {
        Ok(allow(
            &self.request(),
            uid,
            uid,
            &config.approvals.approvers,
            &config.mcp.uids(),
        )?)
    }

    /// Has the daemon do it; without one, does it here under the instance lock. The same rules of
    /// who may hold on both ways.
    ///
    /// # Errors
    /// It was not done, or nobody knows: the message says which.
    pub(super) async fn make(&self, config: &Config) -> Result<Outcome, Stop> {
        match ask_daemon(config, &self.request(), |_| {}).await? {
            Some(Answer::Changed { outcome }) => Ok(outcome),
            Some(other) => Err(beside_the_point(&other)),
            None => self.make_here(config).await,
        }
    }

    async fn make_here(&self, config: &Config) -> Result<Outcome, Stop> {
        let path = config.ledger_path();
        let owner = readable(&path).map_err(|stop| without_daemon(config, stop))?;
        let uid = my_uid();
        let (approvers, clients) = (&config.approvals.approvers, config.mcp.uids());
        allow(&self.request(), uid, owner, approvers, &clients)?;
        let _lock = InstanceLock::take(&path)?;
        let ledger = Ledger::open(&path, Arc::new(SystemClock), Arc::new(OsEntropy)).await?;
        let lifetime = config.policy.permit_lifetime;
        let (actor, channel) = (Actor::Operator(uid), self.channel());
        let done = match self.command(&ledger).await? {
            Command::Stop => estop::record(&ledger, &actor, channel).await,
            Command::Lift => {
                let file = config.emergency_stop();
                estop::lift(&ledger, &file, None, &actor, channel).await
            }
            command => change::apply(&ledger, &command, uid, channel, lifetime).await,
        };
        ledger.close().await;
        Ok(done?)
    }
}

/// Makes a change and prints what it did: a command's whole work.
pub(super) async fn make(context: &Context, change: &Change) -> Result<Exit, Stop> {
    let config = context.config()?;
    change.allowed(&config, my_uid())?;
    let outcome = change.make(&config).await?;
    if outcome == Outcome::AlreadySo && !context.json {
        let text = match change {
            Change::Pause => "Paused already. `bountyd resume` goes on.\n",
            _ => "Not paused: there is nothing to resume.\n",
        };
        return Ok(context.print(text));
    }
    Ok(report(context, &outcome))
}

/// Prints what a change did; one that did not happen is a failure.
pub(super) fn report(context: &Context, outcome: &Outcome) -> Exit {
    let (exit, text) = match outcome {
        Outcome::Paused => (
            Exit::Ok,
            "Paused. Nothing is written until `bountyd resume`.".to_owned(),
        ),
        Outcome::EmergencyStop => (Exit::TryLater, reply::outcome(outcome)),
        Outcome::Already(_)
        | Outcome::NotShown
        | Outcome::TakesPush
        | Outcome::NoSuchApproval
        | Outcome::NotOffered
        | Outcome::NoSuchLease
        | Outcome::NothingToExtend => (Exit::Failure, reply::outcome(outcome)),
        Outcome::Approved
        | Outcome::Denied
        | Outcome::PatchApproved
        | Outcome::PatchDenied
        | Outcome::RequestApproved
        | Outcome::RequestDenied
        | Outcome::Leased
        | Outcome::LeaseEnded
        | Outcome::OneOfTwo
        | Outcome::Resumed
        | Outcome::Stopped
        | Outcome::Lifted
        | Outcome::AlreadySo
        | Outcome::Extended => (Exit::Ok, reply::outcome(outcome)),
    };
    if !context.json && exit != Exit::Ok {
        return context.fail(exit, &text);
    }
    let printed = if context.json {
        context.print_json(outcome)
    } else {
        context.print(&(text + "\n"))
    };
    if printed == Exit::Ok { exit } else { printed }
}
