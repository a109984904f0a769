//! Lets GraphQL documents through that can only read. Not a parser: it looks at the words outside
//! strings, comments and brackets, and refuses whatever it does not understand (GraphQL
//! specification, October 2021, §2).

use serde_json::{Map, Value};

/// Members of a GraphQL request over HTTP that are passed on.
const MEMBERS: [&str; 3] = ["query", "variables", "operationName"];

/// Checks a request body and writes it anew, so that GitHub reads the very document that was
/// looked at, however it would have treated repeated members.
pub(crate) fn read_only(body: &[u8]) -> Result<Vec<u8>, &'static str> {
    let request: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| "the body is no JSON object")?;
    if request.keys().any(|key| !MEMBERS.contains(&key.as_str())) {
        return Err("the body has members other than query, variables and operationName");
    }
    let document = request
        .get("query")
        .and_then(Value::as_str)
        .ok_or("the body has no query")?;
    check(document)?;
    serde_json::to_vec(&request).map_err(|_| "the body cannot be written")
}

/// Where in a document the next word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before a definition: `query`, `fragment` or a bare selection.
    Between,
    /// After the keyword, before its selection.
    Head,
}

fn check(document: &str) -> Result<(), &'static str> {
    if document.chars().any(is_doubtful) || document.replace("\r\n", "\n").contains('\r') {
        return Err("the document holds characters that end a line for some and not for others");
    }
    let mut rest = document;
    let mut open = Vec::new();
    let mut place = Place::Between;
    let mut definitions = 0_usize;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            rest = tail;
            if open.is_empty() {
                place = match (place, word) {
                    (_, "mutation" | "subscription") => return Err("only queries may pass"),
                    (Place::Between, "query" | "fragment") => Place::Head,
                    (Place::Between, _) => {
                        return Err("a definition is neither query nor fragment");
                    }
                    (Place::Head, _) => Place::Head,
                };
            }
            continue;
        }
        rest = match first {
            '"' => after_string(rest)?,
            '#' => rest.find('\n').map_or("", |end| &rest[end..]),
            '{' | '(' | '[' => {
                if open.is_empty() && first != '{' && place == Place::Between {
                    return Err("a definition starts with a bracket");
                }
                open.push(first);
                &rest[1..]
            }
            '}' | ')' | ']' => {
                let fits = matches!(
                    (open.pop(), first),
                    (Some('{'), '}') | (Some('('), ')') | (Some('['), ']')
                );
                if !fits {
                    return Err("brackets do not match");
                }
                if open.is_empty() && first == '}' {
                    definitions += 1;
                    place = Place::Between;
                }
                &rest[1..]
            }
            _ => &rest[first.len_utf8()..],
        };
    }
    match (open.is_empty() && place == Place::Between, definitions) {
        (false, _) => Err("the document ends too early"),
        (true, 0) => Err("the document holds no query"),
        (true, _) => Ok(()),
    }
}

/// Characters that some lexers take for the end of a line, or that no document needs.
fn is_doubtful(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What follows the string `rest` starts with.
fn after_string(rest: &str) -> Result<&str, &'static str> {
    const UNENDED: &str = "a string does not end";
    if let Some(block) = rest.strip_prefix("\"\"\"") {
        let end = block.find("\"\"\"").ok_or(UNENDED)?;
        // Lexers differ over what a backslash does here, and no query of ours needs one.
        if block[..end].contains('\\') {
            return Err("a block string holds a backslash");
        }
        return Ok(&block[end + 3..]);
    }
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok(&rest[at + 1..]),
            '\\' => {
                chars.next();
            }
            '\n' => return Err(UNENDED),
            _ => {}
        }
    }
    Err(UNENDED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reading_passes() {
        for document in [
            "{ viewer { login } }",
            "query { viewer { login } }",
            "query Q($n: Int! = 3, $s: S = {mutation: [1]}) @d(x: \"}\") { search(query: \"mutation {\", first: $n) { nodes { ...F } } }\nfragment F on Issue { title mutation subscription }",
            "# mutation { x }\nquery{a}",
            "query{a(b: \"\"\"mutation { \" } \"\"\")}",
            "query{a(b:\"\\\"} mutation {x}\")}",
            "query A{a} query B{b}\r\n",
            "query{a(b:\"\")}",
        ] {
            assert_eq!(check(document), Ok(()), "{document}");
        }
    }

    #[test]
    fn everything_else_does_not() {
        for document in [
            "",
            "   # only a comment",
            "mutation { addStar(input: {}) { x } }",
            "subscription { x }",
            "query A{a} mutation B{b}",
            "query A{a}mutation{b}",
            "{a},,,mutation{b}",
            "\u{feff}mutation{b}",
            "fragment F on X{a} mutation{b}",
            "# x\nmutation{b}",
            "# x\rmutation{b}",
            "#\r\"\"\"\nmutation{x}\n#\r\"\"\"\n{a}",
            "# x\u{2028}mutation{b}",
            "\"\"\"x\"\"\" mutation {b}",
            "\"\" mutation {b}",
            "query{a(b:\"\\\\\")} mutation{b}",
            "query{a(b:\"\n\")}",
            "query{a",
            "query{a)}",
            "query{a}}",
            "query mutation {a}",
            "extend type Q {a}",
            "(a){b}",
            "query",
            "query{a(b:\"\"\"x)}",
            "query{a(b:\"\"\"x\\\"\"\" y\"\"\")}",
        ] {
            assert!(check(document).is_err(), "{document:?}");
        }
    }

    #[test]
    fn the_body_is_written_anew() {
        let twice = br#"{"query":"mutation{x}","query":"{a}"}"#;
        assert_eq!(read_only(twice).expect("last one"), br#"{"query":"{a}"}"#);
        assert!(read_only(br#"{"query":"{a}","query":"mutation{x}"}"#).is_err());
        assert!(read_only(br#"{"query":"{a}","extensions":{}}"#).is_err());
        assert!(read_only(br#"[{"query":"{a}"}]"#).is_err());
        assert!(read_only(br#"{"query":["mutation{x}"]}"#).is_err());
        assert!(read_only(br#"{"que\u0072y":"mutation{x}"}"#).is_err());
        assert!(read_only(b"").is_err());
    }

    /// Pieces that open and close again.
    const QUIET: &str = "(query Q|fragment F on T)?";

    proptest! {
        #[test]
        fn a_mutation_is_found_behind_anything_that_passes(
            before in "[ ,\n]{0,3}",
            inside in "[a-z \"\\\\(){}#\n]{0,20}",
            kind in "mutation|subscription",
            head in QUIET,
        ) {
            let quiet = format!("{head}{{{inside}}}");
            // Whatever the random middle means: if it passes alone, what follows is seen.
            if check(&quiet).is_ok() {
                let tail = format!("{quiet}{before}{kind} {{ x }}");
                let commented = quiet.lines().last().is_some_and(|line| line.contains('#'));
                prop_assert!(commented || check(&tail).is_err(), "{}", tail);
            }
        }

        #[test]
        fn no_input_panics(document in "\\PC{0,60}") {
            let _ = check(&document);
        }

        #[test]
        fn words_in_strings_do_not_matter(text in "[a-z {}()]{0,30}") {
            let document = format!("query {{ a(b: \"{text}\") }}");
            prop_assert_eq!(check(&document), Ok(()));
        }
    }
}
