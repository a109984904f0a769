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
            at: now.plus(wait.min(Duration::from_secs(3600))),
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
pub(super) fn write_answer(answer: &Answer, budget: &Budget, now: UnixMillis) -> WriteTrouble {
    let message = message(answer);
    if let Some((at, why)) = limit(answer, &message, Resource::Core, budget, now) {
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

fn contains(text: &str, any: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    any.iter().any(|part| text.contains(part))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, "retry-after").map(Duration::from_secs)
}

fn seconds(s: u64) -> Option<UnixMillis> {
    i64::try_from(s).ok()?.checked_mul(1000).map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).expect("header"));
        }
        Answer {
            status: StatusCode::from_u16(status).expect("status"),
            headers: map,
            body: body.to_owned().into(),
        }
    }

    fn says(message: &str) -> String {
        serde_json::json!({ "message": message, "documentation_url": "https://docs.github.com" })
            .to_string()
    }

    fn read(answer: &Answer) -> Trouble {
        read_answer(answer, "the issue", Resource::Core, &Budget::new(0), NOW)
    }

    fn write(answer: &Answer) -> WriteTrouble {
        write_answer(answer, &Budget::new(0), NOW)
    }

    #[test]
    fn limits_are_told_apart_by_headers_and_text() {
        let primary = answer(
            403,
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1700000300"),
            ],
            &says("API rate limit exceeded for user ID 7."),
        );
        assert!(matches!(read(&primary), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 300_000));
        let secondary = answer(
            403,
            &[("x-ratelimit-remaining", "4321"), ("retry-after", "30")],
            &says("You have exceeded a secondary rate limit."),
        );
        assert!(
            matches!(read(&secondary), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 30_000)
        );
        let bare = answer(429, &[], "");
        assert!(matches!(read(&bare), Trouble::WaitUntil { at, .. } if at.0 - NOW.0 == 60_000));
        let old = answer(
            403,
            &[],
            &says("You have triggered an abuse detection mechanism."),
        );
        assert!(matches!(write(&old), WriteTrouble::WaitUntil { at, .. } if at.0 > NOW.0));
        let quick = answer(
            422,
            &[],
            r#"{"message":"Validation Failed","errors":[{"message":"was submitted too quickly"}]}"#,
        );
        assert!(matches!(write(&quick), WriteTrouble::WaitUntil { .. }));
    }

    #[test]
    fn reads_say_what_kind_of_no_it_is() {
        assert!(matches!(
            read(&answer(
                403,
                &[],
                &says("Resource not accessible by integration")
            )),
            Trouble::AppCannotAct { .. }
        ));
        assert!(matches!(
            read(&answer(
                403,
                &[],
                &says("Resource protected by organization SAML enforcement.")
            )),
            Trouble::Forbidden { .. }
        ));
        assert!(matches!(
            read(&answer(410, &[], &says("This issue was deleted"))),
            Trouble::Gone { .. }
        ));
        assert!(matches!(
            read(&answer(502, &[], "<html>Unicorn!</html>")),
            Trouble::Retry { .. }
        ));
        assert!(matches!(
            read(&answer(418, &[], "")),
            Trouble::Malformed { .. }
        ));
    }

    #[test]
    fn writes_are_refused_or_unknown_never_guessed() {
        let refused = |status, text: &str| match write(&answer(status, &[], &says(text))) {
            WriteTrouble::Refused { kind, .. } => kind,
            other => panic!("{other}"),
        };
        assert_eq!(
            refused(403, "Unable to create comment because issue is locked."),
            Refusal::Locked
        );
        assert_eq!(refused(403, "User is blocked"), Refusal::Blocked);
        assert_eq!(
            refused(403, "You can't comment at this time."),
            Refusal::Blocked
        );
        assert_eq!(
            refused(
                403,
                "Interactions on this repository have been restricted to collaborators"
            ),
            Refusal::InteractionLimit
        );
        assert_eq!(
            refused(403, "Resource not accessible by integration"),
            Refusal::AppCannotAct
        );
        assert_eq!(refused(404, "Not Found"), Refusal::Gone);
        assert!(matches!(
            refused(422, "Validation Failed"),
            Refusal::Invalid(_)
        ));
        let moved = write(&answer(
            307,
            &[(
                "location",
                "https://api.github.com/repositories/5/issues/1/comments",
            )],
            &says("Temporary Redirect"),
        ));
        assert!(matches!(
            moved,
            WriteTrouble::Refused { kind: Refusal::Moved { location: Some(to) }, .. }
                if to.ends_with("/repositories/5/issues/1/comments")
        ));
        for status in [500, 502, 503, 504, 408] {
            assert!(matches!(
                write(&answer(status, &[], "")),
                WriteTrouble::Unknown(_)
            ));
        }
    }

    #[test]
    fn a_write_the_line_lost_is_unknown_and_one_never_sent_is_not() {
        assert!(matches!(
            write_line(LineError::Unknown("reset".into())),
            WriteTrouble::Unknown(_)
        ));
        assert!(matches!(
            write_line(LineError::NotSent("refused".into())),
            WriteTrouble::NotSent(Trouble::Retry { .. })
        ));
    }
}
