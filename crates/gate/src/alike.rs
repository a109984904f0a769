//! Whether a line still says what another said: the same operators and values about the same subject,
//! though something around it was renamed, wrapped or made more exact.

use std::collections::HashMap;

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Token<'a> {
    /// A name; whether it is called, and whether a dot stands before it.
    Name(&'a str, bool, bool),
    /// A number, a string with its quotes, a word such as `true`.
    Literal(&'a str),
    /// A sign or a word that compares, negates or computes.
    Operator(&'a str),
}

const LITERALS: [&str; 10] = [
    "true",
    "false",
    "True",
    "False",
    "None",
    "null",
    "nil",
    "undefined",
    "NULL",
    "NaN",
];
const OPERATORS: [&str; 12] = [
    "not", "or", "and", "in", "is", "if", "else", "unless", "to_not", "not_to", "isnt", "resolves",
];
/// Names that say that both sides are the same.
const EXACT: [&str; 19] = [
    "toBe",
    "toEqual",
    "toStrictEqual",
    "assert_eq",
    "assertEqual",
    "assertEquals",
    "assertSame",
    "assert_equal",
    "strictEqual",
    "deepEqual",
    "deepStrictEqual",
    "equal",
    "equals",
    "isEqualTo",
    "EXPECT_EQ",
    "ASSERT_EQ",
    "XCTAssertEqual",
    "eq",
    "Equal",
];
/// Names that introduce an expectation and say nothing about the value.
const PLAIN: [&str; 5] = ["expect", "assert", "assertThat", "t", "self"];

/// A line taken apart.
#[derive(Debug)]
pub(crate) struct Said<'a> {
    tokens: Vec<Token<'a>>,
}

impl<'a> Said<'a> {
    pub(crate) fn of(line: &'a str) -> Self {
        Self {
            tokens: tokens(line),
        }
    }

    /// The first name that is no word of a test library: what the line is about.
    pub(crate) fn subject(&self) -> Option<&'a str> {
        self.tokens.iter().find_map(|token| match token {
            Token::Name(name, _, _) if !is_library(name) => Some(*name),
            _ => None,
        })
    }

    /// Whether `self` keeps all that `gone` said.
    pub(crate) fn keeps(&self, gone: &Said<'_>) -> bool {
        let is_operator = |token: &Token<'_>| matches!(token, Token::Operator(_));
        let is_literal = |token: &Token<'_>| matches!(token, Token::Literal(_));
        let (before, now) = (gone.counted(is_operator), self.counted(is_operator));
        if before != now || self.subject() != gone.subject() || !self.as_exact_as(gone) {
            return false;
        }
        // A value that is lost is another expectation; one that is doubled may stand on both sides.
        let now = self.counted(is_literal);
        let values = gone.counted(is_literal);
        if values
            .iter()
            .any(|(token, count)| now.get(token) != Some(count))
        {
            return false;
        }
        let names = |said: &Said<'_>, name: &str| {
            said.tokens
                .iter()
                .any(|token| matches!(token, Token::Name(other, _, _) if *other == name))
        };
        let constants_kept = gone.tokens.iter().all(|token| match token {
            Token::Name(name, called, _) => *called || is_library(name) || names(self, name),
            _ => true,
        });
        // `.unwrap_or(3)` and `.max(3)` make a value out of whatever was there.
        let nothing_mended = self.tokens.iter().all(|token| match token {
            Token::Name(name, true, true) => is_library(name) || names(gone, name),
            _ => true,
        });
        constants_kept && nothing_mended
    }

    /// An exact comparison stays exact; any other keeps its very words.
    fn as_exact_as(&self, gone: &Said<'_>) -> bool {
        let words = |said: &Said<'_>| -> Vec<String> {
            said.tokens
                .iter()
                .filter_map(|token| match token {
                    Token::Name(name, _, _) if is_library(name) && !PLAIN.contains(name) => {
                        Some((*name).to_owned())
                    }
                    _ => None,
                })
                .map(|name| {
                    if EXACT.contains(&&*name) {
                        "=".to_owned()
                    } else {
                        name
                    }
                })
                .collect()
        };
        words(self) == words(gone)
    }

    fn counted(&self, wanted: impl Fn(&Token<'_>) -> bool) -> HashMap<Token<'a>, usize> {
        let mut counts = HashMap::new();
        for token in self.tokens.iter().filter(|token| wanted(token)) {
            *counts.entry(*token).or_default() += 1;
        }
        counts
    }
}

fn is_library(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    PLAIN.contains(&name)
        || EXACT.contains(&name)
        || [
            "assert",
            "expect",
            "tobe",
            "tohave",
            "tothrow",
            "tomatch",
            "tocontain",
            "should",
            "xctassert",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
        || matches!(name, "raises" | "rejects" | "require" | "verify" | "throws")
}

fn tokens(line: &str) -> Vec<Token<'_>> {
    let bytes = line.as_bytes();
    let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let while_at = |from: usize, inside: &dyn Fn(u8) -> bool| {
        bytes[from..]
            .iter()
            .position(|byte| !inside(*byte))
            .map_or(bytes.len(), |n| from + n)
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let dotted = at > 0 && bytes[at - 1] == b'.';
        let end = match byte {
            b'"' | b'\'' | b'`' => {
                let end = string_end(bytes, at);
                out.push(Token::Literal(&line[at..end]));
                end
            }
            b'0'..=b'9' => {
                let end = while_at(at, &|b| name_byte(b) || b == b'.');
                out.push(Token::Literal(&line[at..end]));
                end
            }
            _ if name_byte(byte) => {
                let end = while_at(at, &name_byte);
                let word = &line[at..end];
                let macros = bytes.get(end) == Some(&b'!') && bytes.get(end + 1) == Some(&b'(');
                let called = macros || bytes.get(end) == Some(&b'(');
                out.push(if LITERALS.contains(&word) {
                    Token::Literal(word)
                } else if OPERATORS.contains(&word) || (word == "not" && dotted) {
                    Token::Operator(word)
                } else {
                    Token::Name(word, called, dotted)
                });
                end + usize::from(macros)
            }
            b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'^' | b'~'
            | b'?' => {
                let end = while_at(at, &|b| b"=!<>+-*/%|^~?".contains(&b));
                let sign = &line[at..end];
                // A string that may be changed, in Ruby.
                let marked = sign == "+" && matches!(bytes.get(end), Some(b'"' | b'\''));
                if !matches!(sign, "=" | "=>" | "->") && !marked {
                    out.push(Token::Operator(sign));
                }
                end
            }
            _ => at + 1,
        };
        at = end;
    }
    out
}

/// Where a string that begins at a place ends, its quote included; at the line's end when it is open.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[start] => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// How many lines of one subject are tried for a partner.
const TRIED: usize = 32;

/// Lines that came, to find partners of lines that are gone.
pub(crate) struct Came<'a> {
    exact: HashMap<&'a str, usize>,
    by_subject: HashMap<&'a str, Vec<Said<'a>>>,
}

impl<'a> Came<'a> {
    pub(crate) fn of(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut came = Self {
            exact: HashMap::new(),
            by_subject: HashMap::new(),
        };
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            *came.exact.entry(line).or_default() += 1;
            let said = Said::of(line);
            let same = came
                .by_subject
                .entry(said.subject().unwrap_or_default())
                .or_default();
            if same.len() < TRIED {
                same.push(said);
            }
        }
        came
    }

    /// Whether the very line came, however it is indented; each counts once.
    pub(crate) fn takes_same(&mut self, gone: &str) -> bool {
        match self.exact.get_mut(gone.trim()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether the line, or one that keeps what it said, came; each counts once.
    pub(crate) fn takes(&mut self, gone: &str) -> bool {
        if self.takes_same(gone) {
            return true;
        }
        let said = Said::of(gone.trim());
        let Some(same) = self.by_subject.get_mut(said.subject().unwrap_or_default()) else {
            return false;
        };
        match same.iter().position(|came| came.keeps(&said)) {
            Some(at) => {
                same.swap_remove(at);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(gone: &str, came: &str) -> bool {
        Said::of(came).keeps(&Said::of(gone))
    }

    #[test]
    fn a_call_may_be_renamed_wrapped_or_made_more_exact() {
        for (gone, came) in [
            (
                "assert total([make(\"a\", 2)]) == 3.0",
                "assert total([Item(\"a\", 2)]) == 3.0",
            ),
            (
                "assert_eq!(parse(\"2m\"), 120);",
                "assert_eq!(parse(\"2m\"), Ok(120));",
            ),
            (
                "expect(r.value).toBe(4);",
                "expect(r).toEqual({ ok: true, value: 4 });",
            ),
            (
                "assert get(\"/a\", f=lambda u: 1) == 1",
                "assert get(\"/a\", f=lambda u, t: 1) == 1",
            ),
            (
                "assert_equal \"  a\", by(+\"a\", 2)",
                "assert_equal \"  a\", by(\"a\", 2)",
            ),
        ] {
            assert!(keeps(gone, came), "{gone} => {came}");
        }
    }

    #[test]
    fn another_value_or_a_weaker_comparison_is_not_the_same() {
        for (gone, came) in [
            ("assert charge(1) is False", "assert charge(1) is True"),
            ("assert f(2) == 3", "assert f(2) == 4"),
            ("assert f(2) == 3", "assert f(2) >= 3"),
            ("assert f(2) == 3", "assert f(2) == 3 or g()"),
            ("assert f(2) == 3", "assert f(2) == 3 + 1"),
            ("assert f(2) == 3", "assert g(2) == 3"),
            ("assert f(2) == 3", "assert 2 and 3 == 3"),
            ("assert f(2) == 3", "assert f(2).max(3) == 3"),
            ("assert f(x) == 3", "assert f(x).or_default() == 3"),
            ("assert f(x) == RED", "assert f(x) == BLUE"),
            ("assert not ok(x)", "assert ok(x)"),
            ("assert ok(x)", "assert ok(x) == False"),
            ("assert_eq!(a(), 1)", "assert_ne!(a(), 1)"),
            ("assert_eq!(a(), 1)", "assert!(a(), 1)"),
            ("assert_eq!(a(), 1)", "assert_eq!(a(), -1)"),
            ("expect(f(1)).toBe(2)", "expect(f(1)).not.toBe(2)"),
            ("expect(f(1)).toBe(2)", "expect(f(1), 2).toBeDefined()"),
            ("assertThrows(E.class, () -> f())", "assertTrue(f())"),
        ] {
            assert!(!keeps(gone, came), "{gone} => {came}");
        }
    }

    #[test]
    fn each_line_that_came_answers_for_one_that_is_gone() {
        let mut came = Came::of(["assert f(1) == 2", "  x = 1"].into_iter());
        assert!(came.takes("x = 1"));
        assert!(!came.takes_same("x = 1"));
        assert!(came.takes("    assert f(1) == 2"));
        let mut one = Came::of(["assert f(g(1)) == 2"].into_iter());
        assert!(one.takes("assert f(h(1)) == 2"));
        assert!(!one.takes("assert f(h(1)) == 2"));
    }
}
