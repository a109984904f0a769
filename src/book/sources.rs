//! Sentences of the program, read out of its sources.

use std::path::{Path, PathBuf};

use crate::book::{name, read, root};

/// A source without its tests.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) code: String,
}

/// The sources of everything that runs at the owner's.
pub(super) fn all() -> Vec<Source> {
    let mut files = Vec::new();
    for directory in [
        "src",
        "crates/vault/src",
        "crates/fix/src",
        "crates/jail/src",
        "crates/gate/src",
    ] {
        collect(&root().join(directory), &mut files);
    }
    files.sort();
    let found: Vec<Source> = files
        .iter()
        .map(|path| Source {
            path: name(path),
            code: without_tests(&read(path)),
        })
        .collect();
    assert!(found.len() > 200, "only {} sources were found", found.len());
    found
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let test = ["tests", "tests.rs", "properties.rs", "book"].contains(&name)
            || name.ends_with("_tests.rs");
        if path.is_dir() && !test {
            collect(&path, found);
        } else if name.ends_with(".rs") && !test {
            found.push(path);
        }
    }
}

fn without_tests(code: &str) -> String {
    let end = code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    code[..end].to_owned()
}

/// A string of the source, as the program has it.
pub(super) struct Literal {
    /// Where the code goes on behind it.
    end: usize,
    pub(super) text: String,
}

/// The string that begins at `at`.
fn literal(code: &str, at: usize) -> Literal {
    let mut text = String::new();
    let mut chars = code[at + 1..].char_indices();
    while let Some((offset, char)) = chars.next() {
        match char {
            '"' => {
                return Literal {
                    end: at + 1 + offset + 1,
                    text,
                };
            }
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                // A line that goes on in the next one.
                Some('\n') => {
                    let rest = chars.as_str();
                    let blank = rest.len() - rest.trim_start().len();
                    for _ in 0..rest[..blank].chars().count() {
                        chars.next();
                    }
                }
                Some('n' | 't') => text.push(' '),
                Some(other) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    panic!(
        "a string does not end: {}",
        &code[at..code.len().min(at + 60)]
    );
}

/// The first string among the arguments that begin behind the `(` before `at`, not in a call within.
pub(super) fn first_argument(code: &str, at: usize) -> Option<String> {
    let (mut depth, mut here) = (1_usize, at);
    while let Some(char) = code[here..].chars().next() {
        match char {
            '"' => {
                let found = literal(code, here);
                if depth == 1 {
                    return Some(found.text);
                }
                here = found.end;
                continue;
            }
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 1 => return None,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        here += char.len_utf8();
    }
    None
}

/// Every string of the code, comments left out.
pub(super) fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut here = 0;
    while let Some(char) = code[here..].chars().next() {
        let rest = &code[here..];
        if rest.starts_with("//") {
            here += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            here += 4;
        } else if char == '"' {
            let literal = literal(code, here);
            here = literal.end;
            found.push(literal.text);
        } else {
            here += char.len_utf8();
        }
    }
    found
}

/// The text between what is put in when the sentence is said, longest part first.
pub(super) fn fixed(text: &str) -> Vec<String> {
    let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let mut parts = Vec::new();
    for (i, part) in text.split('{').enumerate() {
        let part = if i == 0 {
            part
        } else {
            part.split_once('}').map_or("", |(_, rest)| rest)
        };
        let part = part.replace('\u{1}', "{").replace('\u{2}', "}");
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        parts.push(
            part.trim_matches([' ', ':', ';', ',', '(', ')', '.', '"'])
                .to_owned(),
        );
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.chars().count()));
    parts
}

#[test]
fn sentences_are_read_as_they_are_said() {
    let code = "tracing::warn!(\n    code = %x(\"no\"),\n    \"cannot {what}: it is \\\"so\\\" \\\n     and so\",\n    \"other\"\n);";
    let at = code.find('(').expect("it is there") + 1;
    let said = first_argument(code, at).expect("a sentence");
    assert_eq!(said, "cannot {what}: it is \"so\" and so");
    assert_eq!(fixed(&said)[0], "it is \"so\" and so");
    assert_eq!(literals("// \"no\"\nlet c = '\"'; x(\"yes\")"), ["yes"]);
}
