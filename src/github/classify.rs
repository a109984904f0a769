//! From status, headers and text of an answer to a [`Trouble`] or a [`Refusal`].
//!
//! GitHub tells several kinds of 403 apart by their text only, and sends limits as 403, 429 or,
//! from GraphQL, as 200. Sources: docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
//! and the rate-limit pages named in `budget`.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use super::budget::{Budget, Counter, Resource};
use super::line::{Answer, LineError};
use super::trouble::{Refusal, Trouble, WriteTrouble, words};
use crate::clock::UnixMillis;

/// A `Retry-After` of an outage is believed within these bounds.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What GitHub puts into the body of an error.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    message: Option<String>,
    errors: Option<serde_json::Value>,
}

/// Counter headers of an answer, and the counter they belong to when they say so.
pub(super) fn counter(headers: &HeaderMap) -> Counter {
    Counter {
        remaining: number(headers, "x-ratelimit-remaining"),
        limit: number(headers, "x-ratelimit-limit"),
        reset_at: number(headers, "x-ratelimit-reset").and_then(seconds),
    }
}

/// A failure below HTTP, for a read.
pub(super) fn read_line(error: LineError) -> Trouble {
    match error {
        LineError::NotSent(why) | LineError::Unknown(why) => Trouble::Retry { why },
        LineError::TooLarge => Trouble::Retry {
            why: "the answer is larger than 32 MiB".to_owned(),
        },
        LineError::Exchange(failure) => exchange(failure),
    }
}

/// An answer that is not a success, for a read. `what` names what was asked for.
pub(super) fn read_answer(
    answer: &Answer,
    what: &str,
    resource: Resource,
    budget: &Budget,
    now: UnixMillis,
) -> Trouble {
    let message = message(answer);
    if let Some((at, why)) = limit(answer, &message, resource, budget, now) {
        return Trouble::WaitUntil { at, why };
    }
    match answer.status.as_u16() {
        404 | 405 | 410 if resource == Resource::Graphql => Trouble::Malformed {
            why: format!(
                "there is no GraphQL at the configured address: check graphql_url in [github] ({})",
                said(answer.status, &message)
            ),
        },
        404 | 410 | 451 => Trouble::Gone {
            what: what.to_owned(),
        },
        403 if app_cannot_act(&message) => Trouble::AppCannotAct {
            what: what.to_owned(),
        },
        401 | 403 => Trouble::Forbidden {
            why: said(answer.status, &message),
        },
        400 | 422 => Trouble::Invalid {
            why: said(answer.status, &message),
        },
        503 if let Some(wait) = retry_after(&answer.headers) => Trouble::WaitUntil {
            at: now.plus(wait.clamp(SHORTEST_WAIT, LONGEST_WAIT)),
            why: said(answer.status, &message),
        },
        408 | 409 | 500..=599 => Trouble::Retry {
            why: said(answer.status, &message),
        },
        _ => Trouble::Malformed {
            why: format!("{what}: unexpected {}", said(answer.status, &message)),
        },
    }
}

/// A failure below HTTP, for a write.
pub(super) fn write_line(error: LineError) -> WriteTrouble {
    match error {
        LineError::NotSent(why) => WriteTrouble::NotSent(Trouble::Retry { why }),
        LineError::Unknown(why) => WriteTrouble::Unknown(why),
        LineError::TooLarge => WriteTrouble::Unknown("the answer is larger than 32 MiB".to_owned()),
        LineError::Exchange(failure) => WriteTrouble::NotSent(exchange(failure)),
    }
}

/// An answer that is not a success, for a write. Whatever could have been executed is `Unknown`.
pub(super) fn write_answer(
    answer: &Answer,
    resource: Resource,
    budget: &Budget,
    now: UnixMillis,
) -> WriteTrouble {
    let message = message(answer);
    if let Some((at, why)) = limit(answer, &message, resource, budget, now) {
        return WriteTrouble::WaitUntil { at, why };
    }
    let kind = match answer.status.as_u16() {
        300..=399 => Refusal::Moved {
            location: answer
                .headers
                .get(header::LOCATION)
                .and_then(|v| v.to_str().ok())
                .map(words),
        },
        403 | 422 if contains(&message, &["is locked", "conversation is locked"]) => {
            Refusal::Locked
        }
        403 | 422
            if contains(
                &message,
                &[
                    "is blocked",
                    "been blocked",
                    "can't comment at this time",
                    "cannot comment at this time",
                ],
            ) =>
        {
            Refusal::Blocked
        }
        403 if contains(
            &message,
            &["interactions on this repository", "interaction limit"],
        ) =>
        {
            Refusal::InteractionLimit
        }
        403 if app_cannot_act(&message) => Refusal::AppCannotAct,
        401 | 403 => Refusal::Forbidden,
        404 | 410 | 451 => Refusal::Gone,
        // 408 and 409 say nothing about whether the request had an effect.
        408 | 409 => return WriteTrouble::Unknown(said(answer.status, &message)),
        400..=499 => Refusal::Invalid(words(&message)),
        _ => return WriteTrouble::Unknown(said(answer.status, &message)),
    };
    WriteTrouble::Refused {
        kind,
        message: said(answer.status, &message),
    }
}

/// A vault failure as a trouble.
fn exchange(failure: vault::Failure) -> Trouble {
    match failure.class {
        vault::FailureClass::Reconnect => Trouble::Reconnect(failure),
        vault::FailureClass::Configuration => Trouble::Configuration(failure),
        vault::FailureClass::Transient {
            retry_after: Some(at),
        } => Trouble::WaitUntil {
            at,
            why: words(&failure.to_string()),
        },
        vault::FailureClass::Transient { retry_after: None } => Trouble::Retry {
            why: words(&failure.to_string()),
        },
    }
}

/// Recognises a rate limit and books it. Order matters: a secondary limit may carry headers that
/// still show a rich primary budget, a primary one always shows zero.
fn limit(
    answer: &Answer,
    message: &str,
    resource: Resource,
    budget: &Budget,
    now: UnixMillis,
) -> Option<(UnixMillis, String)> {
    let status = answer.status.as_u16();
    let retry_after = retry_after(&answer.headers);
    let too_fast = status == 422 && contains(message, &["submitted too quickly"]);
    if !(matches!(status, 403 | 429) || too_fast) {
        return None;
    }
    let secondary = too_fast
        || contains(
            message,
            &[
                "secondary rate limit",
                "abuse detection",
                "temporarily blocked from content creation",
            ],
        );
    let exhausted = counter(&answer.headers).remaining == Some(0)
        || contains(message, &["api rate limit exceeded"]);
    if !secondary && exhausted {
        let reset = counter(&answer.headers).reset_at;
        let at = budget.exhausted(resource, reset, now);
        return Some((at, "GitHub's hourly rate limit".to_owned()));
    }
    if secondary || status == 429 || retry_after.is_some() {
        let at = budget.secondary(retry_after, now);
        return Some((
            at,
            format!("GitHub's secondary rate limit: {}", words(message)),
        ));
    }
    None
}

/// GitHub's own words in an error answer; empty when there are none.
pub(super) fn message(answer: &Answer) -> String {
    match serde_json::from_slice::<ErrorBody>(&answer.body) {
        Ok(body) => {
            let mut text = body.message.unwrap_or_default();
            if let Some(errors) = body.errors {
                text.push_str(": ");
                text.push_str(&errors.to_string());
            }
            text
        }
        // A proxy's HTML page: its first words are enough to recognise it by.
        Err(_) => {
            String::from_utf8_lossy(&answer.body[..answer.body.len().min(2_000)]).into_owned()
        }
    }
}

pub(super) fn app_cannot_act(message: &str) -> bool {
    contains(message, &["resource not accessible by integration"])
}

fn said(status: StatusCode, message: &str) -> String {
    if message.is_empty() {
        format!("HTTP {status}")
    } else {
        format!("HTTP {status}, {}", words(message))
    }
}

pub(super) fn contains(text: &str, any: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    any.iter().any(|part| text.contains(part))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// GitHub's clock when it answered (RFC 9110, section 6.6.1).
pub(super) fn date(headers: &HeaderMap) -> Option<UnixMillis> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(UnixMillis(at.timestamp_millis()))
}

pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}

fn seconds(s: u64) -> Option<UnixMillis> {
    i64::try_from(s).ok()?.checked_mul(1000).map(UnixMillis)
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
