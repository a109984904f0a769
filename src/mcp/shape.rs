//! Whether what came is a message, and how much it would become once it is read. A byte of JSON can be sixteen in
//! memory, and what a client says about its call is kept for as long as the call takes.

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ErrorCode, ErrorData, JsonRpcMessage, RequestId};
use rmcp::service::TxJsonRpcMessage;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::broker::Refusal;

/// Values in a message at most. A call has a dozen, and the longest list that a tool takes ten more.
const MOST_VALUES: usize = 4096;

/// Bytes of what a request says about itself, `_meta`: a progress token, a version, the client's name.
const LONGEST_META: usize = 4096;

/// What came and is not taken.
pub(super) struct Odd {
    code: ErrorCode,
    /// For the journal, and for whoever sent it.
    pub(super) refusal: Refusal,
    /// It is no message at all, rather than one that is too much.
    pub(super) is_none: bool,
}

impl Odd {
    fn new(code: ErrorCode, kind: &'static str, message: String, is_none: bool) -> Self {
        let refusal = Refusal::new(kind, message, "send JSON-RPC 2.0 as MCP has it");
        Self {
            code,
            refusal,
            is_none,
        }
    }

    /// As the specification has it, to the request in `line`, if that can be seen.
    pub(super) fn answer(&self, line: &[u8]) -> TxJsonRpcMessage<RoleServer> {
        let error = ErrorData::new(self.code, self.refusal.message.clone(), None);
        JsonRpcMessage::error(error, id(line))
    }
}

/// More bytes than are read.
pub(super) fn too_long(most: usize) -> Odd {
    let message = format!("a message has at most {most} bytes");
    Odd::new(ErrorCode::INVALID_REQUEST, "too_long", message, false)
}

/// Reads a message, unless it is none or too much.
pub(super) fn message(line: &[u8]) -> Result<ClientJsonRpcMessage, Odd> {
    let too_much = |message| Odd::new(ErrorCode::INVALID_REQUEST, "too_long", message, false);
    if !has_few_values(line) {
        let message = format!("a message has fewer than {MOST_VALUES} values");
        return Err(too_much(message));
    }
    match serde_json::from_slice(line) {
        Ok(_) if !has_short_meta(line) => Err(too_much(format!(
            "`_meta` stands there once, with at most {LONGEST_META} bytes"
        ))),
        Ok(message) => Ok(message),
        Err(error) if error.is_data() => {
            let message = "this is no request of MCP".to_owned();
            Err(Odd::new(
                ErrorCode::INVALID_REQUEST,
                "bad_request",
                message,
                true,
            ))
        }
        Err(_) => {
            let message = "this is not JSON".to_owned();
            Err(Odd::new(ErrorCode::PARSE_ERROR, "bad_json", message, true))
        }
    }
}

/// The id that a message has, even where the rest of it is odd.
fn id(line: &[u8]) -> Option<RequestId> {
    let envelope: Named<'_> = serde_json::from_slice(line).ok()?;
    serde_json::from_str(envelope.id?.get()).ok()
}

/// What is read of a message before it is believed.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

/// Whether a message has no more values than a call can need. Each but the first of a list or an object stands
/// behind a comma, and how deep they stand in each other the parser limits.
fn has_few_values(line: &[u8]) -> bool {
    let (mut commas, mut quoted, mut escaped) = (0, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => commas += 1,
            _ => {}
        }
    }
    commas < MOST_VALUES
}

/// Whether what a message says about itself is short. One that says it twice, of which another reader might take
/// the other, is not.
fn has_short_meta(line: &[u8]) -> bool {
    serde_json::from_slice::<Envelope<'_>>(line).is_ok_and(|envelope| {
        let meta = envelope.params.and_then(|params| params.meta);
        meta.is_none_or(|meta| meta.get().len() <= LONGEST_META)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_and_text_is_not() {
        let list = |inner: &str| format!("{{\"params\":[{}0]}}", inner.repeat(MOST_VALUES));
        assert!(!has_few_values(list("0,").as_bytes()));
        assert!(!has_few_values(list("\"\\\\\",").as_bytes()));
        let text = |inner: &str| format!("{{\"text\":\"{}\"}}", inner.repeat(MOST_VALUES));
        for inner in [",", "\\\",", "\\\\,"] {
            assert!(has_few_values(text(inner).as_bytes()), "{inner}");
        }
    }

    #[test]
    fn what_a_message_says_about_itself_is_short_and_said_once() {
        let meta = |length: usize| {
            let text = "x".repeat(length);
            format!("{{\"method\":\"m\",\"params\":{{\"_meta\":{{\"a\":\"{text}\"}}}}}}")
        };
        assert!(has_short_meta(meta(1000).as_bytes()));
        assert!(!has_short_meta(meta(LONGEST_META).as_bytes()));
        for good in [
            "{}",
            "{\"params\":{}}",
            "{\"params\":null}",
            "{\"result\":{\"_meta\":1}}",
        ] {
            assert!(has_short_meta(good.as_bytes()), "{good}");
        }
        for odd in ["{\"params\":{\"_meta\":1,\"_meta\":2}}", "{\"params\":1}"] {
            assert!(!has_short_meta(odd.as_bytes()), "{odd}");
        }
    }
}
