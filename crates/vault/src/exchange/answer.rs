//! Reads a token out of an answer, or says why there is none in it.

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::classify::content_type;
use crate::failure::Failure;
use crate::lifetime::parse_expires_in;
use crate::token::Token;

/// What came with status 2xx.
pub(crate) struct Granted {
    pub(crate) token: Token,
    pub(crate) expires_in: Option<u64>,
    pub(crate) scopes: Vec<String>,
}

/// Unknown members are ignored; Auth0 adds some from time to time.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    scope: Option<Value>,
}

/// Reads the body of a successful answer.
pub(crate) fn parse(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Granted, Failure> {
    let refuse = |code: &str, said: String| {
        Err(Failure {
            status: Some(status.as_u16()),
            ..Failure::transient(
                code,
                said,
                "check that nothing between here and Auth0 answers in its place; it is tried again later",
            )
        })
    };
    // RFC 9110 §8.3.1: media types know no case.
    let kind = content_type(headers);
    if !kind.eq_ignore_ascii_case("application/json") {
        let said = format!("an answer of type {:?}", crate::redact::clean(kind, &[]));
        return refuse("unexpected_content_type", said);
    }
    // serde_json's message could quote the answer, which may hold the token: only the place is told.
    let answer: Answer = match serde_json::from_slice(body) {
        Ok(answer) => answer,
        Err(error) => {
            let said = format!(
                "broken JSON at line {}, column {}",
                error.line(),
                error.column()
            );
            return refuse("invalid_answer", said);
        }
    };
    let text = answer.access_token.map(Zeroizing::new).unwrap_or_default();
    if answer
        .token_type
        .is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer"))
    {
        return refuse("invalid_answer", "the token is no bearer token".to_owned());
    }
    let Some(token) = Token::new(text) else {
        return refuse(
            "invalid_answer",
            "no usable access_token in the answer".to_owned(),
        );
    };
    Ok(Granted {
        token,
        expires_in: parse_expires_in(answer.expires_in.as_ref()),
        scopes: scopes(answer.scope.as_ref()),
    })
}

/// Scopes in any of the forms seen: separated by spaces, by commas (GitHub's), or an array.
fn scopes(value: Option<&Value>) -> Vec<String> {
    let split = |text: &str| -> Vec<String> {
        text.split(|c: char| c == ',' || c.is_whitespace())
            .filter(|scope| !scope.is_empty())
            .map(|scope| crate::redact::clean(scope, &[]))
            .take(50)
            .collect()
    };
    match value {
        Some(Value::String(text)) => split(text),
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .flat_map(split)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, body: &str) -> Result<Granted, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", kind.parse().expect("header"));
        parse(StatusCode::OK, &headers, body.as_bytes())
    }

    #[test]
    fn a_token_with_and_without_trimmings() {
        let full = of(
            "Application/JSON; charset=utf-8",
            r#"{"access_token":"gho_x","token_type":"bearer","expires_in":"60","scope":"repo,read:user user","new":1}"#,
        )
        .unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(full.expires_in, Some(60));
        assert_eq!(full.scopes, ["repo", "read:user", "user"]);
        let bare =
            of("application/json", r#"{"access_token":"gho_x"}"#).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((bare.expires_in, bare.scopes.len()), (None, 0));
    }

    #[test]
    fn everything_else_is_a_passing_trouble_that_tells_no_secret() {
        for (kind, body) in [
            ("text/html", "<html>gho_canary</html>"),
            ("application/json", r#"{"access_token":"gho_canary"#),
            ("application/json", r#"{"access_token":["gho_canary"]}"#),
            (
                "application/json",
                r#"{"access_token":"gho_canary","token_type":"DPoP"}"#,
            ),
            ("application/json", r#"{"access_token":"gho_can ary"}"#),
            ("application/json", "{}"),
            ("application/json", "null"),
        ] {
            let failure = of(kind, body).err().expect("refused");
            assert!(failure.is_transient(), "{body}");
            assert!(
                !format!("{failure} {failure:?}").contains("gho_can"),
                "{body}"
            );
        }
    }
}
