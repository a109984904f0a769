//! How much a message would become once it is read. A byte of JSON can be sixteen in memory, and what a client
//! says about its call is kept for as long as the call takes.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Values in a message at most. A call has a dozen, and the longest list that a tool takes ten more.
pub(super) const MOST_VALUES: usize = 4096;

/// Bytes of what a request says about itself, `_meta`: a progress token, a version, the client's name.
pub(super) const LONGEST_META: usize = 4096;

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
pub(super) fn has_few_values(line: &[u8]) -> bool {
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
pub(super) fn has_short_meta(line: &[u8]) -> bool {
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
