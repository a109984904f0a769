//! The output of an agent, line by line, into a [`Turn`]. Fields more than we know are passed over.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::Value;

use super::super::turn::{AgentEnd, Step, Tokens, Turn};
use super::{claude, codex, gemini, opencode};
use crate::profiles::Parser;
use crate::untrusted::{cut, one_line, output, reveal};

/// Bytes of one line, and of a list that is written as a whole.
const LINE: usize = 1 << 20;
const LIST: usize = 16 << 20;

/// Bytes of its last words.
const SUMMARY: usize = 8_000;

/// Bytes of one step for whoever watches.
const STEP: usize = 200;

/// Bytes of a session's name.
const SESSION: usize = 128;

/// What was understood so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What it says came of it.
    pub(super) end: Option<AgentEnd>,
    pub(super) words: String,
    pub(super) session: Option<String>,
    pub(super) cost_usd: Option<f64>,
    pub(super) turns: Option<u32>,
    pub(super) tokens: Option<Tokens>,
}

impl Told {
    /// It says this; the last is its summary.
    pub(super) fn said(&mut self, words: &str) -> Option<Step> {
        words[..words.floor_char_boundary(SUMMARY)].clone_into(&mut self.words);
        Some(Step::Said(one_line(words, STEP)))
    }

    /// It says this after what it said before.
    pub(super) fn goes_on(&mut self, words: &str) -> Option<Step> {
        let room = SUMMARY.saturating_sub(self.words.len());
        self.words
            .push_str(&words[..words.floor_char_boundary(room)]);
        Some(Step::Said(one_line(words, STEP)))
    }

    /// It uses a tool.
    pub(super) fn tool(name: &str) -> Option<Step> {
        Some(Step::Tool(one_line(name, STEP)))
    }

    /// It says that it failed.
    pub(super) fn failed(&mut self, why: &str) {
        self.end = Some(AgentEnd::Failed(one_line(why, 2 * STEP)));
    }

    /// It calls its session so. A name that could be something else on a command line is none.
    pub(super) fn is_called(&mut self, session: Option<&str>) {
        let fits = |name: &&str| {
            name.len() <= SESSION
                && name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        if let Some(name) = session.filter(fits) {
            self.session = Some(name.to_owned());
        }
    }
}

/// Reads the output of one kind.
#[derive(Debug)]
pub(super) struct Reader {
    parser: Parser,
    told: Told,
    /// A list that is written as a whole, or the end of what was said to people.
    held: Vec<u8>,
    /// Lines that were too long to be read.
    lost: u32,
}

impl Reader {
    pub(super) fn new(parser: Parser) -> Self {
        Self {
            parser,
            told: Told::default(),
            held: Vec::new(),
            lost: 0,
        }
    }

    /// Bytes of a line that can be read.
    pub(super) fn longest_line(&self) -> usize {
        match self.parser {
            Parser::QwenJson => LIST,
            _ => LINE,
        }
    }

    /// There was a line that could not be read.
    pub(super) fn long_line(&mut self) {
        self.lost += 1;
    }

    /// Takes a line, and says what there is to see.
    pub(super) fn line(&mut self, line: &[u8]) -> Option<Step> {
        let event: fn(&Value, &mut Told) -> Option<Step> = match self.parser {
            Parser::ClaudeStreamJson => claude::event,
            Parser::CodexJsonl => codex::event,
            Parser::OpencodeJson => opencode::event,
            Parser::GeminiJson => gemini::event,
            Parser::QwenJson => {
                if self.held.len() + line.len() < LIST {
                    self.held.extend_from_slice(line);
                    self.held.push(b'\n');
                } else {
                    self.lost += 1;
                }
                return None;
            }
            Parser::Text => {
                let over = (self.held.len() + line.len()).saturating_sub(SUMMARY);
                self.held.drain(..over.min(self.held.len()));
                let from = line.len().saturating_sub(SUMMARY);
                self.held.extend_from_slice(&line[from..]);
                self.held.push(b'\n');
                let words = one_line(&output(line), STEP);
                return (!words.is_empty()).then_some(Step::Said(words));
            }
        };
        // Some write a word to people between their events.
        let value: Value = serde_json::from_slice(line).ok()?;
        event(&value, &mut self.told)
    }

    /// What it says came of it, now that it has left.
    pub(super) fn verdict(&mut self) -> Option<AgentEnd> {
        match self.parser {
            Parser::Text => Some(AgentEnd::Done),
            Parser::QwenJson => {
                let list = std::mem::take(&mut self.held);
                if let Err(why) = each(&list, |event| drop(claude::event(event, &mut self.told))) {
                    let why = format!("its output is no list of events: {why}");
                    return Some(AgentEnd::Protocol(why));
                }
                self.told.end.take()
            }
            _ => match self.told.end.take() {
                None if self.lost > 0 => Some(AgentEnd::Protocol(format!(
                    "it left without saying what came of it, or in one of {} lines of more than 1 MiB",
                    self.lost
                ))),
                end => end,
            },
        }
    }

    /// The turn that ended so.
    pub(super) fn told(self, end: AgentEnd) -> Turn {
        let summary = match self.parser {
            // Of words without form the last say the most.
            Parser::Text => {
                let words = output(&self.held);
                let from = words.ceil_char_boundary(words.len().saturating_sub(SUMMARY));
                words[from..].trim().to_owned()
            }
            _ => cut(reveal(&self.told.words).trim(), SUMMARY),
        };
        Turn {
            end,
            summary,
            session: self.told.session,
            cost_usd: self.told.cost_usd,
            turns: self.told.turns,
            tokens: self.told.tokens,
        }
    }
}

/// Hands each value of a JSON list to `take`, one at a time. What stands before the list is words to people.
fn each(bytes: &[u8], take: impl FnMut(&Value)) -> serde_json::Result<()> {
    struct List<F>(F);
    impl<'de, F: FnMut(&Value)> Visitor<'de> for List<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of events")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(value) = list.next_element()? {
                (self.0)(&value);
            }
            Ok(())
        }
    }
    let start = std::iter::once(0)
        .chain(
            (0..bytes.len())
                .filter(|at| bytes[*at] == b'\n')
                .map(|at| at + 1),
        )
        .find(|at| bytes.get(*at) == Some(&b'['))
        .unwrap_or(0);
    serde_json::Deserializer::from_slice(&bytes[start..]).deserialize_seq(List(take))
}

#[cfg(test)]
mod tests;
