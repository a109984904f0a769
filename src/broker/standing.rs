//! Where a request stands, in the words its client gets.

use serde_json::{Value, json};

use super::call::Broker;
use super::tools::line_of;
use crate::ledger::Result as Recorded;
use crate::ledger::jobs::{Job, JobState};
use crate::ledger::requests::{Request, RequestState};

/// Why, where others have said it: their words are apart.
const NOTHING: &str =
    "it came to nothing; `untrusted` says why, in words that others may have written";
const AGAIN: &str =
    "it is tried again; `untrusted` says why, in words that others may have written";

/// Where a request stands, for its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: &'static str,
    /// In our words, or the owner's.
    pub(super) why: Option<String>,
    /// What others said: GitHub, a maintainer, a gate that quotes a file.
    pub(super) said: Option<String>,
    /// What the tool gives, once it is done.
    pub(super) result: Option<Value>,
}

impl Standing {
    pub(super) fn is_over(&self) -> bool {
        !matches!(self.state, "pending" | "working")
    }

    pub(super) fn show(&self, request: &Request) -> Value {
        let mut shown = json!({
            "id": request.id,
            "tool": request.tool,
            "repository": request.repo,
            "number": request.number,
            "state": self.state,
            "why": self.why,
        });
        if let Some(said) = &self.said {
            shown["untrusted"] = json!({ "why": line_of(said) });
        }
        shown
    }
}

impl Broker {
    /// Where it stands, by the ledger.
    pub(super) async fn stands(&self, request: &Request) -> Recorded<Standing> {
        let why = request.why.clone();
        let outcome = request.outcome.as_deref();
        let result = outcome.and_then(|text| serde_json::from_str(text).ok());
        let state = match request.state {
            RequestState::Pending => "pending",
            RequestState::Approved | RequestState::Begun | RequestState::Unknown => "working",
            RequestState::Done => "done",
            RequestState::Failed => "failed",
            RequestState::Denied => "denied",
            RequestState::Expired => "expired",
            RequestState::Cancelled => "cancelled",
            RequestState::Working => {
                let job = match &request.job {
                    Some(id) => self.app().ledger.job(id).await?,
                    None => None,
                };
                return Ok(of_job(job.as_ref()));
            }
        };
        let (why, said) = match request.state {
            RequestState::Pending => {
                let why = why.unwrap_or_else(|| "the owner is asked".to_owned());
                (Some(why), None)
            }
            RequestState::Failed => (Some(NOTHING.to_owned()), why),
            RequestState::Approved | RequestState::Begun | RequestState::Unknown => {
                (why.is_some().then(|| AGAIN.to_owned()), why)
            }
            _ => (why, None),
        };
        Ok(Standing {
            state,
            why,
            said,
            result,
        })
    }
}

/// Where a request stands that a job works on.
fn of_job(job: Option<&Job>) -> Standing {
    let standing = |state, why: Option<&str>| Standing {
        state,
        why: why.map(str::to_owned),
        said: None,
        result: None,
    };
    let Some(job) = job else {
        return standing("failed", Some("its job is gone from the ledger"));
    };
    let reason = job.reason.as_deref();
    match job.state {
        JobState::Making => standing("working", Some("a patch is being made")),
        JobState::Made => standing("working", Some("a patch was made")),
        JobState::Asking => standing("pending", Some("the owner is asked about the patch")),
        JobState::Submitting => standing("working", Some("the patch is being submitted")),
        JobState::Open | JobState::Merged | JobState::Closed => Standing {
            result: job
                .pull
                .map(|pull| json!({ "pull_request": pull, "pull_state": job.state.as_str() })),
            ..standing("done", None)
        },
        JobState::Dropped if reason.is_some_and(|why| why.starts_with("denied")) => {
            standing("denied", reason)
        }
        JobState::Dropped => Standing {
            said: reason.map(str::to_owned),
            ..standing("failed", Some(NOTHING))
        },
    }
}
