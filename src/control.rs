//! The verbs a person may use. Command line and chat come through here; an answer, its journal
//! entry and the chat's offset are one transaction.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::asked::{Answer, ApprovalState, Decided};
use crate::ledger::questions::Offer;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result, Tx};

/// Something a person wants to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Yes to a question, by its whole id.
    Approve {
        /// The approval.
        id: String,
    },
    /// Yes to a question, and to more of the same for a while, as its card offers.
    Lease {
        /// The approval.
        id: String,
    },
    /// Takes such a yes back.
    EndLease {
        /// Its id, or its first characters.
        id: String,
    },
    /// No to a question.
    Deny {
        /// The approval.
        id: String,
        /// In the owner's words.
        why: Option<String>,
    },
    /// Stop acting at once.
    Pause,
    /// Go on.
    Resume,
    /// The emergency stop, as the ledger keeps it; [`crate::estop`] has the rest of it.
    Stop,
    /// Its end: for a person on this machine, never for the chat.
    Lift,
    /// Give a claim more time before it is withdrawn.
    Extend {
        /// The bounty's row.
        bounty: i64,
        /// How much.
        by: Duration,
    },
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// The yes counted.
    Approved,
    /// The no counted.
    Denied,
    /// The yes to a patch counted.
    PatchApproved,
    /// The no to a patch counted.
    PatchDenied,
    /// The yes to what a client wants counted.
    RequestApproved,
    /// The no to what a client wants counted.
    RequestDenied,
    /// The yes counted, and holds for more of the same.
    Leased,
    /// The question offers no yes for a while.
    NotOffered,
    /// A yes for a while is taken back.
    LeaseEnded,
    /// There is no such yes for a while, or more than one.
    NoSuchLease,
    /// A yes from the chat, which did not show all of it.
    NotShown,
    /// The yes is one of the two that are needed; the phone's is the other.
    OneOfTwo,
    /// A yes to this is given on the phone, by push.
    TakesPush,
    /// It had been settled before.
    Already(ApprovalState),
    /// There is no such question.
    NoSuchApproval,
    /// Nothing is done from now on.
    Paused,
    /// It goes on.
    Resumed,
    /// Nothing leaves from now on.
    Stopped,
    /// The emergency stop is over.
    Lifted,
    /// It does not go on: the emergency stop is in force.
    EmergencyStop,
    /// It was paused, or running, already.
    AlreadySo,
    /// The claim has more time.
    Extended,
    /// No claim of ours stands there.
    NothingToExtend,
}

/// Who paused or stopped it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// The actor as the journal names it.
    pub by: String,
    /// When.
    pub at: UnixMillis,
}

/// Carries a command out within `tx`. The caller commits.
///
/// # Errors
/// The ledger cannot be written; then nothing of the command happened.
pub async fn apply(
    tx: &mut Tx,
    command: &Command,
    actor: &Actor,
    channel: &'static str,
    permit_lifetime: Duration,
) -> Result<Outcome> {
    match command {
        Command::Approve { id } => {
            let permit_until = tx.now().plus(permit_lifetime);
            let decided = tx
                .decide(id, &Answer::Approve { permit_until }, actor, channel)
                .await?;
            Ok(outcome(decided, true))
        }
        Command::Lease { id } => lease(tx, id, actor, channel, permit_lifetime).await,
        Command::EndLease { id } => {
            let mut found = tx.request_leases_by_prefix(id).await?;
            let (Some(lease), true) = (found.pop(), found.is_empty()) else {
                return Ok(Outcome::NoSuchLease);
            };
            tx.end_lease(&lease, actor, "taken back").await?;
            Ok(Outcome::LeaseEnded)
        }
        Command::Deny { id, why } => {
            let decided = tx
                .decide(id, &Answer::Deny { why: why.clone() }, actor, channel)
                .await?;
            Ok(outcome(decided, false))
        }
        Command::Pause => {
            if tx.setting::<Paused>(&Setting::Paused).await?.is_some() {
                return Ok(Outcome::AlreadySo);
            }
            let paused = Paused {
                by: actor.to_string(),
                at: tx.now(),
            };
            tx.put_setting(&Setting::Paused, &paused).await?;
            tx.journal(Entry::new(
                actor.clone(),
                "control.paused",
                json!({ "channel": channel }),
            ))
            .await?;
            Ok(Outcome::Paused)
        }
        Command::Stop => {
            if tx.setting::<Paused>(&Setting::Stopped).await?.is_some() {
                return Ok(Outcome::AlreadySo);
            }
            let by = actor.to_string();
            let stopped = Paused { by, at: tx.now() };
            tx.put_setting(&Setting::Stopped, &stopped).await?;
            tx.end_all_leases(actor, "the emergency stop").await?;
            let body = json!({ "channel": channel });
            tx.journal(Entry::new(actor.clone(), "control.stopped", body))
                .await?;
            Ok(Outcome::Stopped)
        }
        Command::Lift => {
            if tx.setting::<Paused>(&Setting::Stopped).await?.is_none() {
                return Ok(Outcome::AlreadySo);
            }
            tx.drop_setting(&Setting::Stopped).await?;
            let body = json!({ "channel": channel });
            tx.journal(Entry::new(actor.clone(), "control.lifted", body))
                .await?;
            Ok(Outcome::Lifted)
        }
        Command::Resume => {
            if tx.setting::<Paused>(&Setting::Stopped).await?.is_some() {
                return Ok(Outcome::EmergencyStop);
            }
            if tx.setting::<Paused>(&Setting::Paused).await?.is_none() {
                return Ok(Outcome::AlreadySo);
            }
            tx.drop_setting(&Setting::Paused).await?;
            tx.journal(Entry::new(
                actor.clone(),
                "control.resumed",
                json!({ "channel": channel }),
            ))
            .await?;
            Ok(Outcome::Resumed)
        }
        Command::Extend { bounty, by } => {
            let until = tx.now().plus(*by);
            if !tx
                .extend_claim(*bounty, until, &[Stage::Claimed, Stage::Requested])
                .await?
            {
                return Ok(Outcome::NothingToExtend);
            }
            let body = json!({ "until": until, "channel": channel });
            tx.journal(Entry::new(actor.clone(), "control.extended", body).bounty(*bounty))
                .await?;
            Ok(Outcome::Extended)
        }
    }
}

/// Yes to exactly what was asked, and what the card offers beside it; both or, where the yes does not count, neither.
async fn lease(
    tx: &mut Tx,
    id: &str,
    actor: &Actor,
    channel: &'static str,
    permit_lifetime: Duration,
) -> Result<Outcome> {
    let (request, terms) = match tx.offered(id).await? {
        Offer::Lease(request, terms) => (request, terms),
        Offer::None => return Ok(Outcome::NotOffered),
        Offer::Settled(state) => return Ok(Outcome::Already(state)),
        Offer::Unknown => return Ok(Outcome::NoSuchApproval),
    };
    let permit_until = tx.now().plus(permit_lifetime);
    let yes = Answer::Approve { permit_until };
    match tx.decide(id, &yes, actor, channel).await? {
        Decided::AppliedToRequest => {
            tx.grant_lease(&request, terms, actor).await?;
            Ok(Outcome::Leased)
        }
        decided => Ok(outcome(decided, true)),
    }
}

fn outcome(decided: Decided, yes: bool) -> Outcome {
    match (decided, yes) {
        (Decided::Applied, true) => Outcome::Approved,
        (Decided::Applied, false) => Outcome::Denied,
        (Decided::AppliedToPatch, true) => Outcome::PatchApproved,
        (Decided::AppliedToPatch, false) => Outcome::PatchDenied,
        (Decided::AppliedToRequest, true) => Outcome::RequestApproved,
        (Decided::AppliedToRequest, false) => Outcome::RequestDenied,
        (Decided::NotShown, _) => Outcome::NotShown,
        (Decided::OneOfTwo, _) => Outcome::OneOfTwo,
        (Decided::TakesPush, _) => Outcome::TakesPush,
        (Decided::Already(state), _) => Outcome::Already(state),
        (Decided::Unknown, _) => Outcome::NoSuchApproval,
    }
}
