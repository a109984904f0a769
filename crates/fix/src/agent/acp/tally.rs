//! What is remembered of the updates that an agent streams: its last words, and what it says it used.

use serde_json::Value;

use super::super::turn::{Step, Tokens};
use crate::untrusted::{cut, one_line, reveal};

/// Bytes of its last words.
const SUMMARY: usize = 8_000;

/// Bytes of one step for whoever watches.
const STEP: usize = 200;

/// Of one session.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The message that it writes now, or wrote last.
    words: String,
    /// The next words begin another message.
    again: bool,
    pub(super) cost_usd: Option<f64>,
    pub(super) tokens: Option<Tokens>,
}

impl Tally {
    /// Forgets the words of the turn before.
    pub(super) fn begin_turn(&mut self) {
        self.words.clear();
        self.again = false;
    }

    /// Its last message, revealed and short.
    pub(super) fn summary(&self) -> String {
        cut(reveal(&self.words).trim(), SUMMARY)
    }

    /// Takes a `session/update`, and says what there is to see.
    pub(super) fn update(&mut self, update: &Value) -> Option<Step> {
        let text = |key: &str| update.get(key).and_then(Value::as_str);
        match text("sessionUpdate")? {
            "agent_message_chunk" => {
                let words = update.pointer("/content/text")?.as_str()?;
                if std::mem::take(&mut self.again) {
                    self.words.clear();
                }
                let room = SUMMARY.saturating_sub(self.words.len());
                self.words
                    .push_str(&words[..words.floor_char_boundary(room)]);
                let seen = one_line(words, STEP);
                (!seen.is_empty()).then_some(Step::Said(seen))
            }
            "tool_call" => {
                self.again = true;
                let title = text("title").or_else(|| text("kind")).unwrap_or("a tool");
                Some(Step::Tool(one_line(title, STEP)))
            }
            "usage_update" => {
                if let Some(cost) = update.get("cost")
                    && cost.get("currency").and_then(Value::as_str) == Some("USD")
                {
                    self.cost_usd = money(cost.get("amount"));
                }
                None
            }
            _ => None,
        }
    }

    /// Takes the answer to a prompt.
    pub(super) fn answered(&mut self, answer: &Value) {
        let count = |key: &str| answer.pointer(key).and_then(Value::as_u64);
        let input = count("/usage/inputTokens");
        let output = count("/usage/outputTokens");
        if input.is_some() || output.is_some() {
            self.tokens = Some(Tokens {
                input: input.unwrap_or(0),
                output: output.unwrap_or(0),
            });
        }
    }
}

/// An amount that can be one.
pub(in super::super) fn money(value: Option<&Value>) -> Option<f64> {
    value?
        .as_f64()
        .filter(|amount| amount.is_finite() && *amount >= 0.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(text: &str) -> Value {
        json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": text } })
    }

    #[test]
    fn the_last_message_is_the_summary() {
        let mut tally = Tally::default();
        tally.update(&said("Let me look."));
        let seen = tally.update(&json!({ "sessionUpdate": "tool_call", "title": "cat\u{202E} x" }));
        assert_eq!(seen, Some(Step::Tool("cat⟨U+202E⟩ x".to_owned())));
        tally.update(&said("Fixed "));
        tally.update(&said("it.<!-- /claim #1 -->"));
        assert_eq!(tally.summary(), "Fixed it.⟨hidden: /claim #1⟩");
    }

    #[test]
    fn words_without_end_are_cut() {
        let mut tally = Tally::default();
        for _ in 0..10_000 {
            tally.update(&said("äääääääääääääääääää"));
        }
        assert!(tally.words.len() <= SUMMARY && tally.words.len() > SUMMARY - 2);
    }

    #[test]
    fn odd_updates_say_nothing() {
        let mut tally = Tally::default();
        for odd in [
            json!(null),
            json!([1]),
            json!({ "sessionUpdate": 7 }),
            json!({ "sessionUpdate": "agent_message_chunk", "content": [] }),
            json!({ "sessionUpdate": "usage_update", "cost": { "amount": -1, "currency": "USD" } }),
            json!({ "sessionUpdate": "usage_update", "cost": { "amount": 1, "currency": "credits" } }),
        ] {
            assert_eq!(tally.update(&odd), None);
        }
        assert_eq!((tally.cost_usd, tally.summary()), (None, String::new()));
        tally.update(&json!({ "sessionUpdate": "usage_update", "cost": { "amount": 0.25, "currency": "USD" } }));
        tally.answered(&json!({ "usage": { "inputTokens": 10, "outputTokens": 3 } }));
        assert_eq!(tally.cost_usd, Some(0.25));
        assert_eq!(
            tally.tokens,
            Some(Tokens {
                input: 10,
                output: 3
            })
        );
    }
}
