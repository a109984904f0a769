//! Messages of JSON-RPC 2.0 as they come and go. What comes may have any field more, and any of ours
//! missing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The method is not there.
pub(super) const METHOD_NOT_FOUND: i64 = -32_601;
/// What it was given makes no sense.
pub(super) const INVALID_PARAMS: i64 = -32_602;
/// The agent wants a log-in first (Agent Client Protocol, not JSON-RPC).
pub(super) const AUTH_REQUIRED: i64 = -32_000;

/// A line, before it is known what it is.
#[derive(Debug, Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Trouble>,
}

/// An error that the agent answers with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Trouble {
    /// Why, by number.
    #[serde(default)]
    pub(super) code: i64,
    /// Why, in words.
    #[serde(default)]
    pub(super) message: String,
}

/// What the agent says.
#[derive(Debug)]
pub(super) enum Message<'a> {
    /// It wants something, and an answer with this id.
    Request {
        id: &'a RawValue,
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// It tells something.
    Notice {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// It answers our request of this number.
    Answer {
        id: u64,
        what: Result<Value, Trouble>,
    },
    /// It answers what was not asked by us.
    Stray,
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Result<Message<'_>, String> {
    let raw: Raw<'_> = serde_json::from_slice(line).map_err(|e| format!("no message: {e}"))?;
    match (raw.id, raw.method) {
        (Some(id), Some(method)) => {
            // An id is text or a number; it is sent back as it came.
            if id.get().starts_with(['{', '[', 't', 'f']) {
                return Err("a request whose id is neither text nor a number".to_owned());
            }
            Ok(Message::Request {
                id,
                method,
                params: raw.params,
            })
        }
        (None, Some(method)) => Ok(Message::Notice {
            method,
            params: raw.params,
        }),
        (Some(id), None) => {
            let Ok(id) = id.get().parse() else {
                return Ok(Message::Stray);
            };
            let what = match (raw.error, raw.result) {
                (Some(trouble), _) => Err(trouble),
                (None, Some(result)) => Ok(
                    serde_json::from_str(result.get()).map_err(|e| format!("no result: {e}"))?
                ),
                (None, None) => Ok(Value::Null),
            };
            Ok(Message::Answer { id, what })
        }
        (None, None) => match raw.error {
            Some(trouble) => Err(format!(
                "an error without a request: {} ({})",
                trouble.message, trouble.code
            )),
            None => Err("a message without id and method".to_owned()),
        },
    }
}

#[derive(Serialize)]
struct Request<'a, P> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    method: &'a str,
    params: P,
}

#[derive(Serialize)]
struct Reply<'a> {
    jsonrpc: &'static str,
    id: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// A request of ours with this id; a notice without.
pub(super) fn request(id: Option<u64>, method: &str, params: &Value) -> String {
    line(&Request {
        jsonrpc: "2.0",
        id,
        method,
        params,
    })
}

/// Our answer to the request with this id.
pub(super) fn answer(id: &RawValue, result: Value) -> String {
    line(&Reply {
        jsonrpc: "2.0",
        id,
        result: Some(result),
        error: None,
    })
}

/// Our no to the request with this id.
pub(super) fn refuse(id: &RawValue, code: i64, message: &str) -> String {
    line(&Reply {
        jsonrpc: "2.0",
        id,
        result: None,
        error: Some(serde_json::json!({ "code": code, "message": message })),
    })
}

fn line(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("values with text for keys can be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_may_have_any_field_more_and_no_result() {
        let read = |line: &'static str| match read(line.as_bytes()) {
            Ok(Message::Answer { id, what }) => (id, what),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            read(r#"{"jsonrpc":"2.0","id":3,"result":{"a":1},"x":[]}"#),
            (3, Ok(serde_json::json!({"a": 1})))
        );
        assert_eq!(read(r#"{"id":3,"result":null}"#), (3, Ok(Value::Null)));
        let trouble = Trouble {
            code: -32_000,
            message: "log in".to_owned(),
        };
        assert_eq!(
            read(r#"{"id":3,"error":{"code":-32000,"message":"log in","data":{}}}"#),
            (3, Err(trouble))
        );
    }

    #[test]
    fn an_id_goes_back_as_it_came() {
        let Ok(Message::Request { id, method, .. }) =
            read(br#"{"id":"a\u0022-1","method":"terminal/create","params":{}}"#)
        else {
            panic!("a request")
        };
        assert_eq!(method, "terminal/create");
        assert_eq!(
            refuse(id, METHOD_NOT_FOUND, "no"),
            r#"{"jsonrpc":"2.0","id":"a\u0022-1","error":{"code":-32601,"message":"no"}}"#
        );
    }

    #[test]
    fn what_is_no_message_is_said() {
        for bad in [
            "{",
            "[]",
            "1",
            "\"x\"",
            "{}",
            r#"{"id":{},"method":"x"}"#,
            r#"{"method":1}"#,
            r#"{"error":{"code":-32700}}"#,
            "{\"id\":1,\"result\":\"\u{0}\"}",
            "\u{FEFF}{}",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(&[b'{', 0xFF, b'}']).is_err());
        let deep = format!("{{\"id\":1,\"result\":{}", "[".repeat(500_000));
        assert!(read(deep.as_bytes()).is_err());
        assert!(matches!(
            read(br#"{"id":"1","result":1}"#),
            Ok(Message::Stray)
        ));
    }
}
