//! Reads a provider's own count of tokens out of its answers, whole or streamed.

use serde::Deserialize;

use super::budgets::Tokens;
use super::routes::Call;

/// Longest line of a stream that is read, in bytes; the count is never in a longer one.
const LONGEST_LINE: usize = 1024 * 1024;

/// What is known of an answer's tokens. Numbers only grow, so no later event can take one back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// What was sent, if the provider has said so.
    pub(super) sent: Option<Tokens>,
    /// What was answered so far.
    pub(super) output: u64,
    /// That was the last word.
    pub(super) complete: bool,
}

/// Wherever one of the APIs puts it: at the top, or in the message or response that an event brings.
#[derive(Deserialize)]
struct Envelope {
    usage: Option<Counts>,
    #[serde(rename = "usageMetadata", alias = "usage_metadata")]
    metadata: Option<Counts>,
    message: Option<Inner>,
    response: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    usage: Option<Counts>,
}

/// The members of all APIs.
#[derive(Deserialize)]
struct Counts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    input_tokens_details: Option<Details>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    #[serde(rename = "promptTokenCount")]
    prompt_token_count: Option<u64>,
    #[serde(rename = "toolUsePromptTokenCount")]
    tool_use_prompt_token_count: Option<u64>,
    #[serde(rename = "cachedContentTokenCount")]
    cached_content_token_count: Option<u64>,
    #[serde(rename = "candidatesTokenCount")]
    candidates_token_count: Option<u64>,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts_token_count: Option<u64>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
}

impl Reading {
    /// Takes in a whole answer, or the data of one event. What cannot be read says nothing.
    pub(super) fn take(&mut self, call: Call, json: &[u8]) {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(json) else {
            return;
        };
        let inner = |inner: Option<Inner>| inner.and_then(|inner| inner.usage);
        match call {
            Call::Messages => {
                if let Some(counts) = inner(envelope.message) {
                    // The start of a stream: the answer is not written yet.
                    self.anthropic(&counts);
                }
                if let Some(counts) = envelope.usage {
                    self.anthropic(&counts);
                    self.complete |= counts.output_tokens.is_some();
                }
            }
            Call::Content => {
                if let Some(counts) = envelope.metadata {
                    self.gemini(&counts);
                }
            }
            Call::Chat | Call::Responses | Call::Embeddings => {
                if let Some(counts) = envelope.usage.or_else(|| inner(envelope.response)) {
                    self.openai(call, &counts);
                }
            }
            Call::Count(_) | Call::Models => {}
        }
    }

    fn anthropic(&mut self, counts: &Counts) {
        self.saw(
            counts.input_tokens.map(|input| Tokens {
                input,
                cache_read: counts.cache_read_input_tokens.unwrap_or(0),
                cache_write: counts.cache_creation_input_tokens.unwrap_or(0),
                output: 0,
            }),
            counts.output_tokens,
        );
    }

    fn openai(&mut self, call: Call, counts: &Counts) {
        let details = counts
            .prompt_tokens_details
            .as_ref()
            .or(counts.input_tokens_details.as_ref());
        let cached = details.and_then(|d| d.cached_tokens).unwrap_or(0);
        let mut sent = counts.prompt_tokens.or(counts.input_tokens);
        let output = counts.completion_tokens.or(counts.output_tokens);
        if call == Call::Embeddings {
            sent = sent.or(counts.total_tokens);
        }
        self.saw(sent.map(|sent| split(sent, cached)), output);
        self.complete |= sent.is_some() && (output.is_some() || call == Call::Embeddings);
    }

    fn gemini(&mut self, counts: &Counts) {
        let sent = counts
            .prompt_token_count
            .map(|prompt| prompt.saturating_add(counts.tool_use_prompt_token_count.unwrap_or(0)));
        let cached = counts.cached_content_token_count.unwrap_or(0);
        let output = counts
            .candidates_token_count
            .map(|out| out.saturating_add(counts.thoughts_token_count.unwrap_or(0)))
            .or(counts.thoughts_token_count);
        self.saw(sent.map(|sent| split(sent, cached)), output);
        // Every event has the count so far, and nothing tells the last one; an answer that breaks
        // off is charged in full by other means.
        self.complete |= sent.is_some();
    }

    fn saw(&mut self, sent: Option<Tokens>, output: Option<u64>) {
        if let Some(new) = sent {
            let old = self.sent.unwrap_or_default();
            self.sent = Some(Tokens {
                input: old.input.max(new.input),
                cache_read: old.cache_read.max(new.cache_read),
                cache_write: old.cache_write.max(new.cache_write),
                output: 0,
            });
        }
        self.output = self.output.max(output.unwrap_or(0));
    }
}

/// `sent` includes what was found in the cache.
fn split(sent: u64, cached: u64) -> Tokens {
    let cache_read = cached.min(sent);
    Tokens {
        input: sent - cache_read,
        cache_read,
        ..Tokens::default()
    }
}

/// Splits a stream into events' data (WHATWG HTML, "server-sent events"; only `data:` matters here,
/// and no provider spreads one object over several lines).
#[derive(Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The line is longer than is read.
    skipping: bool,
}

impl Lines {
    /// Hands the data of each line that is whole to `take`.
    pub(super) fn feed(&mut self, chunk: &[u8], mut take: impl FnMut(&[u8])) {
        for part in chunk.split_inclusive(|b| matches!(b, b'\n' | b'\r')) {
            let (text, ended) = match part.split_last() {
                Some((b'\n' | b'\r', text)) => (text, true),
                _ => (part, false),
            };
            if self.line.len() + text.len() > LONGEST_LINE {
                self.skipping = true;
                self.line = Vec::new();
            }
            if !self.skipping {
                self.line.extend_from_slice(text);
            }
            if ended {
                if let Some(data) = self.line.strip_prefix(b"data:")
                    && data.trim_ascii_start().starts_with(b"{")
                {
                    take(data);
                }
                self.line.clear();
                self.skipping = false;
            }
        }
    }

    /// The last line may lack its end.
    pub(super) fn finish(mut self, take: impl FnMut(&[u8])) {
        self.feed(b"\n", take);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64, cache_read: u64, cache_write: u64) -> Option<Tokens> {
        Some(Tokens {
            input,
            cache_read,
            cache_write,
            output: 0,
        })
    }

    fn read(call: Call, events: &[&str]) -> Reading {
        let mut reading = Reading::default();
        for event in events {
            reading.take(call, event.as_bytes());
        }
        reading
    }

    #[test]
    fn each_api_counts_in_its_own_place() {
        let chat = r#"{"usage":{"prompt_tokens":100,"completion_tokens":7,"total_tokens":107,"prompt_tokens_details":{"cached_tokens":60}}}"#;
        let responses = r#"{"type":"response.completed","response":{"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},"output_tokens":7}}}"#;
        let messages = r#"{"usage":{"input_tokens":40,"cache_read_input_tokens":60,"cache_creation_input_tokens":5,"output_tokens":7}}"#;
        let content = r#"{"usageMetadata":{"promptTokenCount":90,"toolUsePromptTokenCount":10,"cachedContentTokenCount":60,"candidatesTokenCount":4,"thoughtsTokenCount":3}}"#;
        for (call, text, sent) in [
            (Call::Chat, chat, tokens(40, 60, 0)),
            (Call::Responses, responses, tokens(40, 60, 0)),
            (Call::Messages, messages, tokens(40, 60, 5)),
            (Call::Content, content, tokens(40, 60, 0)),
        ] {
            let reading = read(call, &[text]);
            let expected = Reading {
                sent,
                output: 7,
                complete: true,
            };
            assert_eq!(reading, expected, "{call:?}");
        }
        let embeddings = read(Call::Embeddings, &[r#"{"usage":{"total_tokens":9}}"#]);
        assert_eq!(
            (embeddings.sent, embeddings.complete),
            (tokens(9, 0, 0), true)
        );
    }

    #[test]
    fn a_stream_of_messages_is_complete_with_its_last_count_only() {
        let start =
            r#"{"type":"message_start","message":{"usage":{"input_tokens":40,"output_tokens":1}}}"#;
        let delta = r#"{"type":"message_delta","usage":{"output_tokens":90}}"#;
        let begun = read(Call::Messages, &[start]);
        assert_eq!(
            (begun.sent, begun.output, begun.complete),
            (tokens(40, 0, 0), 1, false)
        );
        let ended = read(Call::Messages, &[start, delta, start]);
        assert_eq!(
            (ended.sent, ended.output, ended.complete),
            (tokens(40, 0, 0), 90, true)
        );
    }

    #[test]
    fn what_is_no_count_says_nothing() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"usage":null}"#,
            r#"{"usage":{"prompt_tokens":-5,"completion_tokens":1}}"#,
            r#"{"usage":{"prompt_tokens":"5","completion_tokens":1}}"#,
            r#"{"usage":{"prompt_tokens":1.5,"completion_tokens":1}}"#,
            r#"{"usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2}}"#,
            r#"{"choices":[{"usage":{"prompt_tokens":1,"completion_tokens":1}}]}"#,
        ] {
            assert_eq!(read(Call::Chat, &[text]), Reading::default(), "{text}");
        }
        let half = read(Call::Chat, &[r#"{"usage":{"prompt_tokens":5}}"#]);
        assert!(!half.complete);
    }

    #[test]
    fn events_are_read_whatever_the_chunks_and_line_ends() {
        let text = "event: a\r\ndata: {\"n\":1}\r\n\r\n: ping\ndata:{\"n\":2}\n\ndata: [DONE]\n\ndata: {\"n\":3}";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            let mut take = |data: &[u8]| {
                seen.push(String::from_utf8_lossy(data.trim_ascii()).into_owned());
            };
            for chunk in text.as_bytes().chunks(size) {
                lines.feed(chunk, &mut take);
            }
            lines.finish(&mut take);
            assert_eq!(seen, [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#], "{size}");
        }
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let mut lines = Lines::default();
        let mut seen = 0;
        for _ in 0..40 {
            lines.feed(&vec![b'x'; 100_000], |_| seen += 1);
            assert!(lines.line.capacity() <= 4 * LONGEST_LINE);
        }
        lines.feed(b"\ndata: {}\n", |_| seen += 1);
        assert_eq!(seen, 1);
    }
}
