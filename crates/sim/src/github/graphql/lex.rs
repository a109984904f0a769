//! Tokens of GraphQL documents and of the schema text (spec.graphql.org, October 2021, §2.1).

/// A place in a document, both numbers from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pos {
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Int(i64),
    Float(f64),
    Text(String),
    /// One of `! $ & ( ) : = @ [ ] { | }` or `...`.
    Mark(&'static str),
}

/// What stands in the way of reading a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: Pos,
}

const MARKS: &[&str] = &[
    "...", "!", "$", "&", "(", ")", ":", "=", "@", "[", "]", "{", "|", "}",
];

/// Splits a text; the position of each token comes with it.
pub(super) fn lex(text: &str) -> Result<Vec<(Token, Pos)>, SyntaxError> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut at = Pos { line: 1, column: 1 };
    while let Some(c) = rest.chars().next() {
        let used = if c.is_whitespace() || c == ',' || c == '\u{feff}' {
            c.len_utf8()
        } else if c == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            out.push((Token::Mark(mark), at));
            mark.len()
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            out.push((Token::Name(rest[..end].to_owned()), at));
            end
        } else if c.is_ascii_digit() || c == '-' {
            let end = rest
                .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
                .unwrap_or(rest.len());
            out.push((number(&rest[..end], at)?, at));
            end
        } else if c == '"' {
            let (text, used) = string(rest, at)?;
            out.push((Token::Text(text), at));
            used
        } else {
            return Err(SyntaxError {
                message: format!(
                    "Parse error on \"{c}\" (UNKNOWN_CHAR) at [{}, {}]",
                    at.line, at.column
                ),
                at,
            });
        };
        for c in rest[..used].chars() {
            if c == '\n' {
                at = Pos {
                    line: at.line + 1,
                    column: 1,
                };
            } else {
                at.column += 1;
            }
        }
        rest = &rest[used..];
    }
    Ok(out)
}

fn number(text: &str, at: Pos) -> Result<Token, SyntaxError> {
    if let Ok(int) = text.parse() {
        return Ok(Token::Int(int));
    }
    text.parse().map(Token::Float).map_err(|_| SyntaxError {
        message: format!(
            "Parse error on \"{text}\" (INT) at [{}, {}]",
            at.line, at.column
        ),
        at,
    })
}

/// A string's value and its length with quotes.
fn string(rest: &str, at: Pos) -> Result<(String, usize), SyntaxError> {
    let unterminated = || SyntaxError {
        message: format!(
            "Parse error on bad Unicode escape sequence or unterminated string at [{}, {}]",
            at.line, at.column
        ),
        at,
    };
    if let Some(block) = rest.strip_prefix("\"\"\"") {
        let end = block.find("\"\"\"").ok_or_else(unterminated)?;
        return Ok((block[..end].trim().to_owned(), end + 6));
    }
    // The escapes of a GraphQL string are those of JSON.
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    match stream.next() {
        Some(Ok(text)) => Ok((text, stream.byte_offset())),
        _ => Err(unterminated()),
    }
}
