//! What a refused exchange means, and who has to act. The source is Auth0's documentation of the
//! Token Vault exchange; codes it does not name are judged by status alone.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::failure::{Failure, FailureClass};
use crate::redact;
use clock::UnixMillis;

/// A wait named by the other side is believed up to this long.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A failure, and whether a fresh proof may change it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    pub(crate) fresh_proof_may_help: bool,
    /// The refusal may come from a wrong clock.
    pub(crate) clock_may_be_wrong: bool,
}

/// The provider did not take the refresh token: it was revoked, or the provider is down.
pub(crate) const REFRESH_FAILED: &str = "federated_connection_refresh_token_flow_failed";

const RECONNECT: &str = "connect the account again: bountyd connect github";
const WAIT: &str = "nothing to do, it is tried again later";

/// Judges an answer that is not a token.
pub(crate) fn classify(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: UnixMillis,
    secrets: &[&str],
) -> Refusal {
    let (code, said) = words(status, headers, body, secrets);
    let (class, remedy) = judge(status, headers, &code, &said, now);
    let proof_family = status == StatusCode::UNAUTHORIZED
        && !code.starts_with("federated_connection")
        && !matches!(
            code.as_str(),
            "invalid_client"
                | "unmet_authentication_requirements"
                | "mfa_required"
                | "access_denied"
        );
    let proof_code = matches!(
        code.as_str(),
        "invalid_grant" | "expired_token" | "invalid_token"
    ) && status.is_client_error();
    Refusal {
        fresh_proof_may_help: proof_family || proof_code,
        clock_may_be_wrong: proof_family || proof_code || code == "invalid_client",
        failure: Failure {
            class,
            code,
            status: Some(status.as_u16()),
            message: said,
            remedy,
        },
    }
}

/// `error` and `error_description`, or what stands in for them.
fn words(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[&str],
) -> (String, String) {
    let text = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .map(|s| redact::clean(s, secrets))
    };
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let code = text(json.as_ref().and_then(|j| j.get("error")))
        .filter(|code| !code.is_empty())
        .unwrap_or_else(|| format!("http_{}", status.as_u16()));
    let said = text(json.as_ref().and_then(|j| j.get("error_description"))).unwrap_or_else(|| {
        match content_type(headers) {
            "application/json" if json.is_none() => "an answer in broken JSON".to_owned(),
            "application/json" => String::new(),
            "" => "an answer without a content type".to_owned(),
            other => format!("an answer of type {}", redact::clean(other, secrets)),
        }
    });
    (code, said)
}

/// The media type without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map_or("", str::trim)
}

fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    code: &str,
    said: &str,
    now: UnixMillis,
) -> (FailureClass, String) {
    let configuration = |remedy: &str| (FailureClass::Configuration, remedy.to_owned());
    if status == StatusCode::TOO_MANY_REQUESTS || code == "too_many_requests" {
        let retry_after = retry_after(headers, now);
        return (FailureClass::Transient { retry_after }, WAIT.to_owned());
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        // The rate limit's window says nothing of when an outage ends.
        let retry_after = match text(headers, "x-ratelimit-remaining") {
            Some("0") => retry_after(headers, now),
            _ => believed(named_wait(headers, now), now),
        };
        return (FailureClass::Transient { retry_after }, WAIT.to_owned());
    }
    if status.is_redirection() {
        return configuration(
            "the address redirects, and a secret is never sent after a redirect: set [auth0] domain to the final host",
        );
    }
    if said.contains("Token Vault is not enabled") {
        return configuration(
            "in Auth0, switch on \"Connected Accounts for Token Vault\" for the connection",
        );
    }
    match code {
        "federated_connection_refresh_token_not_found"
        | REFRESH_FAILED
        | "tokenset_not_found"
        | "unmet_authentication_requirements" => (FailureClass::Reconnect, RECONNECT.to_owned()),
        "invalid_client" => configuration(
            "check client_id and the client's authentication: the secret, or that the public key is a credential of this client",
        ),
        "unauthorized_client" => configuration(
            "in Auth0, give the client the Token Vault grant type (Applications > Advanced > Grant Types)",
        ),
        "access_denied" => configuration(
            "in Auth0, check the client's token_vault_privileged_access: ip_allowlist must hold this machine's public address, grants must name the connection and its scopes",
        ),
        "mfa_required" => configuration(
            "in Auth0, set the MFA policy to Never and require MFA in an Action instead; nobody can answer a prompt at night",
        ),
        "invalid_request" | "invalid_scope" | "unsupported_grant_type" => configuration(
            "check [auth0] connection and scope, and that Privileged Worker access is switched on for the tenant",
        ),
        "invalid_grant" | "expired_token" | "invalid_token" | "http_401" => configuration(
            "check [auth0] user_id (the primary identity), issuer and audience, that the public key is a privileged-access credential of the client, and this machine's clock",
        ),
        "http_404" => {
            configuration("there is no token endpoint at this address: check [auth0] domain")
        }
        _ => configuration(
            "Auth0 refused for a reason this version does not know; look up the code in the tenant's log (type feta)",
        ),
    }
}

/// `X-RateLimit-Reset` (Unix seconds) or `Retry-After`, as an instant.
pub(crate) fn retry_after(headers: &HeaderMap, now: UnixMillis) -> Option<UnixMillis> {
    let reset = text(headers, "x-ratelimit-reset")
        .and_then(|t| t.parse::<i64>().ok())
        .map(|s| UnixMillis(s.saturating_mul(1000)));
    let named = reset.filter(|at| *at > now);
    believed(named.or_else(|| named_wait(headers, now)), now)
}

/// `Retry-After` (seconds or a date), as an instant.
fn named_wait(headers: &HeaderMap, now: UnixMillis) -> Option<UnixMillis> {
    let text = text(headers, "retry-after")?;
    match text.parse::<u64>() {
        Ok(seconds) => Some(now.plus(Duration::from_secs(seconds))),
        Err(_) => http_date(text),
    }
}

fn believed(named: Option<UnixMillis>, now: UnixMillis) -> Option<UnixMillis> {
    let named = named.filter(|at| *at > now)?;
    Some(named.min(now.plus(LONGEST_WAIT)))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// An HTTP date (RFC 9110 §5.6.7).
pub(crate) fn http_date(text: &str) -> Option<UnixMillis> {
    chrono::DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|date| UnixMillis(date.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn of(status: u16, body: &str) -> Refusal {
        let mut headers = HeaderMap::new();
        let kind = if body.starts_with('<') {
            "text/html"
        } else {
            "application/json; charset=utf-8"
        };
        headers.insert("content-type", kind.parse().expect("header"));
        let status = StatusCode::from_u16(status).expect("status");
        classify(status, &headers, body.as_bytes(), NOW, &["hunter2"])
    }

    fn error(status: u16, code: &str) -> Refusal {
        of(
            status,
            &format!(r#"{{"error":"{code}","error_description":"because hunter2"}}"#),
        )
    }

    #[test]
    fn the_table() {
        use FailureClass::{Configuration, Reconnect};
        let transient = FailureClass::Transient { retry_after: None };
        for (status, code, class, again) in [
            (
                401,
                "federated_connection_refresh_token_not_found",
                Reconnect,
                false,
            ),
            (
                401,
                "federated_connection_refresh_token_flow_failed",
                Reconnect,
                false,
            ),
            (401, "invalid_client", Configuration, false),
            (401, "invalid_grant", Configuration, true),
            (403, "invalid_grant", Configuration, true),
            (401, "expired_token", Configuration, true),
            (401, "something_new", Configuration, true),
            (403, "unauthorized_client", Configuration, false),
            (403, "access_denied", Configuration, false),
            (401, "access_denied", Configuration, false),
            (403, "mfa_required", Configuration, false),
            (400, "invalid_request", Configuration, false),
            (418, "teapot", Configuration, false),
            (302, "moved", Configuration, false),
            (429, "too_many_requests", transient, false),
            (500, "server_error", transient, false),
            (599, "strange", transient, false),
        ] {
            let refusal = error(status, code);
            assert_eq!(refusal.failure.class, class, "{status} {code}");
            assert_eq!(refusal.fresh_proof_may_help, again, "{status} {code}");
            assert_eq!(refusal.failure.code, code);
            assert_eq!(refusal.failure.message, "because [redacted]");
            assert!(!refusal.failure.remedy.is_empty());
        }
    }

    #[test]
    fn pages_and_broken_json() {
        let page = of(502, "<html>Bad Gateway</html>").failure;
        assert!(page.is_transient());
        assert_eq!(
            (page.code.as_str(), page.message.as_str()),
            ("http_502", "an answer of type text/html")
        );
        let broken = of(401, r#"{"error":"invalid_gr"#);
        assert_eq!(broken.failure.code, "http_401");
        assert!(broken.fresh_proof_may_help);
        assert_eq!(
            of(400, r#"{"error":17}"#).failure.class,
            FailureClass::Configuration
        );
        let off = of(
            400,
            r#"{"error":"x","error_description":"Token Vault is not enabled for the provided connection"}"#,
        );
        assert!(off.failure.remedy.contains("Connected Accounts"));
    }

    #[test]
    fn an_outage_does_not_wait_for_the_rate_limits_window() {
        let wait = |status, pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("header"));
            }
            match classify(status, &headers, b"", NOW, &[]).failure.class {
                FailureClass::Transient { retry_after } => {
                    retry_after.map(|at| at.since(NOW).as_secs())
                }
                other => panic!("{status}: {other:?}"),
            }
        };
        let reset = ("x-ratelimit-reset", "1700002400");
        let (down, busy) = (StatusCode::BAD_GATEWAY, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(wait(down, &[reset]), None);
        assert_eq!(wait(down, &[reset, ("retry-after", "7")]), Some(7));
        assert_eq!(wait(down, &[reset, ("x-ratelimit-remaining", "9")]), None);
        assert_eq!(
            wait(down, &[reset, ("x-ratelimit-remaining", "0")]),
            Some(2400)
        );
        assert_eq!(wait(busy, &[reset]), Some(2400));
    }

    #[test]
    fn waits_are_believed_within_reason() {
        let wait = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().expect("header"));
            }
            retry_after(&headers, NOW).map(|at| at.since(NOW).as_secs())
        };
        assert_eq!(wait(&[("x-ratelimit-reset", "1700000042")]), Some(42));
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        assert_eq!(
            wait(&[("retry-after", "Tue, 14 Nov 2023 22:13:30 GMT")]),
            Some(10)
        );
        assert_eq!(
            wait(&[("x-ratelimit-reset", "1700000000"), ("retry-after", "9")]),
            Some(9)
        );
        assert_eq!(wait(&[("x-ratelimit-reset", "99999999999999")]), Some(3600));
        assert_eq!(wait(&[("retry-after", "18446744073709551615")]), Some(3600));
        assert_eq!(wait(&[("retry-after", "-5")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[]), None);
    }
}
