//! One GraphQL query: budget, request, envelope.

use http::Method;
use octocrab::Octocrab;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::budget::{Budget, Counter, Resource, Urgency};
use super::classify;
use super::convert::time;
use super::line::{self, LineError};
use super::trouble::{Trouble, words};
use crate::clock::{Clock, UnixMillis};

/// What every document asks for beside its own matter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RateLimit {
    cost: Option<u64>,
    remaining: Option<u64>,
    limit: Option<u64>,
    reset_at: Option<String>,
}

/// The data of a document.
pub(super) trait Data: DeserializeOwned {
    /// Its `rateLimit`.
    fn rate_limit(&self) -> Option<&RateLimit>;
}

/// An error beside or instead of data.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GraphError {
    pub(super) message: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) path: Option<Vec<Value>>,
}

impl GraphError {
    /// The same query may succeed when it asks for less, or later.
    pub(super) fn passing(&self) -> bool {
        let text = self.message.to_ascii_lowercase();
        matches!(
            self.kind.as_deref(),
            Some(
                "MAX_NODE_LIMIT_EXCEEDED"
                    | "RESOURCE_LIMITS_EXCEEDED"
                    | "TIMEOUT"
                    | "SERVICE_UNAVAILABLE"
                    | "INTERNAL"
            )
        ) || text.contains("something went wrong")
            || text.contains("timeout")
            || text.contains("timed out")
            || text.contains("timedout")
            || text.contains("resource limits")
    }

    /// GitHub will not show this to this account, now or later.
    pub(super) fn lasting(&self) -> bool {
        matches!(
            self.kind.as_deref(),
            Some("NOT_FOUND" | "FORBIDDEN" | "INSUFFICIENT_SCOPES")
        )
    }

    fn limit(&self) -> Option<Limit> {
        let text = self.message.to_ascii_lowercase();
        if text.contains("secondary rate limit") || text.contains("abuse detection") {
            Some(Limit::Secondary)
        } else if matches!(
            self.kind.as_deref(),
            Some("RATE_LIMITED" | "RATE_LIMIT" | "RATE_LIMIT_EXCEEDED")
        ) || text.contains("api rate limit exceeded")
        {
            Some(Limit::Primary)
        } else {
            None
        }
    }

    /// The first step of the path, and the number in the third: `search.nodes[3]`.
    pub(super) fn place(&self) -> String {
        self.path.as_ref().map_or_else(String::new, |path| {
            path.iter()
                .map(|step| match step {
                    Value::String(name) => name.clone(),
                    other => other.to_string(),
                })
                .collect::<Vec<_>>()
                .join(".")
        })
    }
}

enum Limit {
    Primary,
    Secondary,
}

/// Data, with what is missing from it.
#[derive(Debug)]
pub(super) struct Reply<T> {
    pub(super) data: T,
    pub(super) errors: Vec<GraphError>,
    /// Points.
    pub(super) cost: u64,
    /// When it was answered, by GitHub's clock.
    pub(super) at: Option<UnixMillis>,
}

/// No data.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) trouble: Trouble,
    /// Asking for less may help.
    pub(super) heavy: bool,
    /// A request went out.
    pub(super) sent: bool,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
    errors: Option<Vec<GraphError>>,
}

/// What a query is sent with.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) octocrab: &'a Octocrab,
    pub(super) budget: &'a Budget,
    pub(super) clock: &'a dyn Clock,
    pub(super) urgency: Urgency,
}

/// Runs a query. `what` names what is asked for, for error texts.
pub(super) async fn query<T: Data>(
    caller: Caller<'_>,
    what: &str,
    document: &str,
    variables: &Value,
) -> Result<Reply<T>, Setback> {
    let Caller {
        octocrab,
        budget,
        clock,
        urgency,
    } = caller;
    budget
        .admit(Resource::Graphql, urgency, clock.now())
        .map_err(|trouble| Setback {
            trouble,
            heavy: false,
            sent: false,
        })?;
    let body = json!({ "query": document, "variables": variables });
    let answer = line::send(octocrab, Method::POST, "/graphql", Some(&body))
        .await
        .map_err(|error| Setback {
            heavy: matches!(error, LineError::Unknown(_) | LineError::TooLarge),
            sent: !matches!(error, LineError::NotSent(_) | LineError::Exchange(_)),
            trouble: classify::read_line(error),
        })?;
    let now = clock.now();
    budget.note(Resource::Graphql, classify::counter(&answer.headers), now);
    let setback = |trouble, heavy| Setback {
        trouble,
        heavy,
        sent: true,
    };
    if !answer.status.is_success() {
        let trouble = classify::read_answer(&answer, what, Resource::Graphql, budget, now);
        // Who is asked to wait does not ask for less instead.
        let heavy =
            answer.status.is_server_error() && !matches!(trouble, Trouble::WaitUntil { .. });
        return Err(setback(trouble, heavy));
    }
    let envelope: Envelope<T> = serde_json::from_slice(&answer.body).map_err(|e| {
        setback(
            Trouble::Malformed {
                why: format!("{what}: {}", words(&e.to_string())),
            },
            false,
        )
    })?;
    let errors = envelope.errors.unwrap_or_default();
    if let Some((at, why)) = limit(&errors, &answer, budget, now) {
        return Err(setback(Trouble::WaitUntil { at, why }, false));
    }
    budget.answered(now);
    let Some(data) = envelope.data else {
        return Err(refused(what, &errors));
    };
    let rate = data.rate_limit();
    if let Some(rate) = rate {
        let seen = Counter {
            remaining: rate.remaining,
            limit: rate.limit,
            reset_at: time(rate.reset_at.as_deref()),
        };
        budget.note(Resource::Graphql, seen, now);
    }
    Ok(Reply {
        cost: rate.and_then(|r| r.cost).unwrap_or(1),
        data,
        errors,
        at: classify::date(&answer.headers),
    })
}

/// Recognises a limit among the errors and books it: when to come back, and why.
pub(super) fn limit(
    errors: &[GraphError],
    answer: &line::Answer,
    budget: &Budget,
    now: UnixMillis,
) -> Option<(UnixMillis, String)> {
    Some(match errors.iter().find_map(GraphError::limit)? {
        Limit::Primary => {
            let reset = classify::counter(&answer.headers).reset_at;
            (
                budget.exhausted(Resource::Graphql, reset, now),
                "GitHub's hourly GraphQL budget is used up".to_owned(),
            )
        }
        Limit::Secondary => (
            budget.secondary(classify::retry_after(&answer.headers), now),
            "GitHub's secondary rate limit".to_owned(),
        ),
    })
}

/// Status 200, no data, errors.
fn refused(what: &str, errors: &[GraphError]) -> Setback {
    let heavy = !errors.is_empty() && errors.iter().all(GraphError::passing);
    Setback {
        trouble: if heavy {
            Trouble::Retry {
                why: words(&errors[0].message),
            }
        } else {
            error_trouble(what, errors)
        },
        heavy,
        sent: true,
    }
}

/// What errors without the wanted data mean.
pub(super) fn error_trouble(what: &str, errors: &[GraphError]) -> Trouble {
    let Some(first) = errors.iter().find(|e| !e.passing()).or(errors.first()) else {
        return Trouble::Malformed {
            why: format!("{what}: neither data nor errors"),
        };
    };
    let why = words(&first.message);
    match first.kind.as_deref() {
        _ if classify::app_cannot_act(&first.message) => Trouble::AppCannotAct {
            what: what.to_owned(),
        },
        Some("NOT_FOUND") => Trouble::Gone {
            what: what.to_owned(),
        },
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "UNAUTHORIZED") => Trouble::Forbidden { why },
        _ if first.passing() => Trouble::Retry { why },
        _ => Trouble::Invalid { why },
    }
}
