//! A change as git writes it, read for people: which files, how many lines, and its text without
//! what only a program needs.
//!
//! What stands in a file cannot pass for a heading: the lines of a hunk are counted off by the numbers
//! that git wrote before them.

use crate::bounty::text::reveal_code;

/// A changed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Its path on one line, hidden characters made visible.
    pub(super) path: String,
    pub(super) added: u64,
    pub(super) removed: u64,
    /// That it is new, deleted, or no text.
    pub(super) note: Option<&'static str>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) changes: Vec<Change>,
    /// Each file's path and its hunks.
    pub(super) excerpt: String,
}

/// Characters of a line that are kept.
const LINE: usize = 200;

/// Reads the output of `git diff-tree -p`.
pub(super) fn read(diff: &str) -> Read {
    let mut read = Read::default();
    // Lines of the hunk that are still to come, of the old file and of the new one.
    let (mut old, mut new) = (0_u64, 0_u64);
    for line in diff.split('\n') {
        if old > 0 || new > 0 {
            let within = match (line.chars().next(), read.changes.last_mut()) {
                (Some('-'), Some(change)) => {
                    change.removed += 1;
                    old = old.saturating_sub(1);
                    true
                }
                (Some('+'), Some(change)) => {
                    change.added += 1;
                    new = new.saturating_sub(1);
                    true
                }
                (Some(' ') | None, _) => {
                    (old, new) = (old.saturating_sub(1), new.saturating_sub(1));
                    true
                }
                (Some('\\'), _) => true,
                _ => false,
            };
            if within {
                show(&mut read.excerpt, line);
                continue;
            }
            (old, new) = (0, 0);
        }
        if let Some(paths) = line.strip_prefix("diff --git ") {
            let path = path(paths);
            show(&mut read.excerpt, &path);
            read.changes.push(Change {
                path,
                ..Change::default()
            });
        } else if let Some(numbers) = line.strip_prefix("@@ -") {
            if let Some(lengths) = lengths(numbers) {
                (old, new) = lengths;
            }
            show(&mut read.excerpt, line);
        } else if let Some(change) = read.changes.last_mut() {
            let note = match line {
                _ if line.starts_with("new file mode ") => Some("new"),
                _ if line.starts_with("deleted file mode ") => Some("deleted"),
                _ if line.starts_with("old mode ") => Some("mode changed"),
                _ if line.starts_with("Binary files ") => Some("not text"),
                _ => None,
            };
            change.note = note.or(change.note);
        }
    }
    read
}

fn show(excerpt: &mut String, line: &str) {
    if !excerpt.is_empty() {
        excerpt.push('\n');
    }
    excerpt.push_str(&crate::bounty::text::cut(line, LINE));
}

/// How many lines of the old and of the new file a hunk has: `1,7 +1,9 @@ …`; one where no number stands.
fn lengths(numbers: &str) -> Option<(u64, u64)> {
    let (old, rest) = numbers.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let length = |range: &str| match range.split_once(',') {
        None => Some(1),
        Some((_, length)) => length.parse().ok(),
    };
    Some((length(old)?, length(new)?))
}

/// The path in `a/PATH b/PATH`, where both are the same because renames are not looked for, and both
/// may be in quotes.
fn path(both: &str) -> String {
    let half = both.len().saturating_sub(1) / 2;
    let first = both.get(..half).unwrap_or(both);
    let plain = match first.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
        Some(quoted) => unquoted(quoted),
        None => first.to_owned(),
    };
    let path = plain.strip_prefix("a/").unwrap_or(&plain);
    reveal_code(path)
        .replace('\n', "⟨U+000A⟩")
        .replace('\t', "⟨U+0009⟩")
}

/// A path as git quotes it, with `\` before what is special and bytes in octal.
fn unquoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(digit @ b'0'..=b'3') => {
                let mut value = digit - b'0';
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|b| (b'0'..=b'7').contains(b)) {
                        value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                    }
                }
                out.push(value);
            }
            Some(b'a') => out.push(0x07),
            Some(b'b') => out.push(0x08),
            Some(b't') => out.push(b'\t'),
            Some(b'n') => out.push(b'\n'),
            Some(b'v') => out.push(0x0b),
            Some(b'f') => out.push(0x0c),
            Some(b'r') => out.push(b'\r'),
            Some(other) => out.push(other),
            None => out.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_and_headings_left_out() {
        let diff = "diff --git a/src/a.rs b/src/a.rs\nindex 1..2 100644\n--- a/src/a.rs\n+++ b/src/a.rs\n\
                    @@ -1,3 +1,4 @@ fn main() {\n one\n-two\n+three\n+four\n five\n\\ No newline at end of file\n\
                    diff --git a/logo.png b/logo.png\nnew file mode 100644\nBinary files /dev/null and b/logo.png differ\n";
        let read = read(diff);
        let of = |path: &str, added, removed, note| Change {
            path: path.to_owned(),
            added,
            removed,
            note,
        };
        assert_eq!(
            read.changes,
            [
                of("src/a.rs", 2, 1, None),
                of("logo.png", 0, 0, Some("not text")),
            ]
        );
        insta::assert_snapshot!(read.excerpt, @"
        src/a.rs
        @@ -1,3 +1,4 @@ fn main() {
         one
        -two
        +three
        +four
         five
        logo.png
        ");
    }

    /// A removed line `-- a/x` looks like a heading in a diff, and so does a whole diff in a file.
    #[test]
    fn what_stands_in_a_file_makes_no_other_file() {
        let diff = "diff --git a/a.sql b/a.sql\n--- a/a.sql\n+++ b/a.sql\n@@ -1,2 +1,2 @@\n--- a/evil\n\
                    -diff --git a/x b/x\n+++ b/evil\n+@@ -1,9 +1,9 @@\n";
        let read = read(diff);
        assert_eq!(read.changes.len(), 1);
        let change = &read.changes[0];
        assert_eq!((change.added, change.removed), (2, 2));
    }

    #[test]
    fn no_path_hides_or_breaks_a_line() {
        let named = |heading: &str| {
            let read = read(&format!("diff --git {heading}\n"));
            read.changes[0].path.clone()
        };
        assert_eq!(named("a/a b/c b/a b/c"), "a b/c");
        assert_eq!(
            named(
                r#""a/na\303\257ve\n\"x\"\342\200\256.rs" "b/na\303\257ve\n\"x\"\342\200\256.rs""#
            ),
            "naïve⟨U+000A⟩\"x\"⟨U+202E⟩.rs"
        );
        assert_eq!(named(r#""a/\377" "b/\377""#), "\u{fffd}");
        assert_eq!(named(""), "");
        assert_eq!(named("x"), "");
    }

    #[test]
    fn anything_can_be_read() {
        for odd in [
            "",
            "\n",
            "@@ -1 +1 @@\n-x\n+y",
            "@@ -9999999999999999999999,x +1 @@",
            "+++",
            "@@ -",
        ] {
            assert!(read(odd).changes.is_empty(), "{odd}");
        }
    }
}
