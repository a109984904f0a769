//! A unified diff, read strictly: what is left over, missing or ambiguous is refused with its line.

use gate::tree::Path;
use thiserror::Error;

use super::path::{Side, both, side};
use super::{FileChange, Given, How, Hunk, LONGEST, Line, MOST_FILES, Sign};
use crate::objects::{PathFault, path_fault};

/// Why a text is no patch that can be handed in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadPatch {
    /// More than anybody reads.
    #[error("it has {0} bytes, and may have {LONGEST}")]
    TooLong(usize),
    /// More than the gate lets through.
    #[error("it changes more than {MOST_FILES} files")]
    TooManyFiles,
    /// It changes nothing.
    #[error("it changes nothing")]
    Empty,
    /// It is not written as `git diff` writes one.
    #[error("its line {line} is {why}")]
    Unreadable {
        /// Which, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A path that leads out of the tree, or into git's own directory.
    #[error("`{path}` cannot be changed: its path has {fault}")]
    Path {
        /// Which, escaped.
        path: String,
        /// What is wrong with it.
        fault: PathFault,
    },
    /// No text.
    #[error("`{0}` is binary there, and only text is taken")]
    Binary(String),
    /// Another mode than a plain file's, a symbolic link, another repository.
    #[error("`{0}` gets a mode other than 100644, becomes a link or another repository")]
    Mode(String),
    /// One file becomes another.
    #[error("`{0}` is renamed or copied there")]
    Renamed(String),
    /// One file is changed in two places of the patch.
    #[error("`{0}` is changed twice")]
    Twice(String),
}

impl BadPatch {
    /// For programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::TooManyFiles => "patch_too_large",
            Self::Empty | Self::Unreadable { .. } | Self::Twice(_) => "patch_unreadable",
            Self::Path { .. } => "patch_path",
            Self::Binary(_) => "patch_binary",
            Self::Mode(_) => "patch_mode",
            Self::Renamed(_) => "patch_renames",
        }
    }

    /// What would help.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::TooManyFiles => "hand in less at a time",
            Self::Empty | Self::Unreadable { .. } | Self::Twice(_) => {
                "write it as `git diff --no-renames` does, with a/ and b/ before the paths and right counts"
            }
            Self::Path { .. } => "change files of the repository only",
            Self::Binary(_) | Self::Mode(_) => "leave it out; the owner can do that by hand",
            Self::Renamed(_) => "make the diff with --no-renames",
        }
    }
}

/// A path as it is said.
pub(super) fn shown(path: &[u8]) -> String {
    let text: String = path.escape_ascii().to_string();
    text.chars().take(200).collect()
}

struct Reader<'a> {
    text: &'a str,
    /// Where the next line begins, and its number.
    at: usize,
    number: usize,
}

impl<'a> Reader<'a> {
    /// The next line without its break; nothing at the end.
    fn peek(&self) -> Option<&'a str> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        Some(rest.split('\n').next().unwrap_or(rest))
    }

    fn pass(&mut self, line: &str) {
        self.at += line.len() + 1;
        self.number += 1;
    }

    fn bad(&self, why: &'static str) -> BadPatch {
        let line = self.number;
        BadPatch::Unreadable { line, why }
    }
}

pub(super) fn read(text: &str) -> Result<Given, BadPatch> {
    if text.len() > LONGEST {
        return Err(BadPatch::TooLong(text.len()));
    }
    let mut reader = Reader {
        text,
        at: 0,
        number: 1,
    };
    let mut files: Vec<FileChange> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(line) = reader.peek() {
        if line.is_empty() {
            reader.pass(line);
            continue;
        }
        let file = section(&mut reader)?;
        if let Some(fault) = path_fault(&file.path) {
            let path = shown(&file.path);
            return Err(BadPatch::Path { path, fault });
        }
        if !seen.insert(file.path.clone()) {
            return Err(BadPatch::Twice(shown(&file.path)));
        }
        files.push(file);
        if files.len() > MOST_FILES {
            return Err(BadPatch::TooManyFiles);
        }
    }
    if files.is_empty() {
        return Err(BadPatch::Empty);
    }
    Ok(Given {
        text: text.to_owned(),
        files,
    })
}

/// What the lines before the hunks say.
#[derive(Default)]
struct Head {
    path: Option<Path>,
    how: Option<How>,
}

fn section(reader: &mut Reader<'_>) -> Result<FileChange, BadPatch> {
    let head = head(reader)?;
    let old = names(reader, "--- ", "a/")?;
    let sides = match old {
        Some(old) => {
            let new = names(reader, "+++ ", "b/")?.ok_or_else(|| reader.bad("no +++ line"))?;
            Some((old, new))
        }
        None => None,
    };
    let (path, how) = match (sides, head) {
        (
            None,
            Head {
                path: Some(path),
                how: Some(how),
            },
        ) => (path, how),
        (None, _) => return Err(reader.bad("no part of a diff")),
        (Some(sides), head) => {
            let (path, how) = match sides {
                (Side::Nothing, Side::At(path)) => (path, How::Added),
                (Side::At(path), Side::Nothing) => (path, How::Deleted),
                (Side::At(old), Side::At(new)) if old == new => (old, How::Changed),
                (Side::At(old), Side::At(_)) => return Err(BadPatch::Renamed(shown(&old))),
                (Side::Nothing, Side::Nothing) => return Err(reader.bad("about no file")),
            };
            let other = |named: &Path| *named != path;
            if head.path.as_ref().is_some_and(other) || head.how.is_some_and(|said| said != how) {
                return Err(reader.bad("about another file than its head"));
            }
            (path, how)
        }
    };
    let mut hunks = Vec::new();
    while let Some(line) = reader.peek().filter(|line| line.starts_with("@@ ")) {
        let counts = counts(line).ok_or_else(|| reader.bad("no head of a hunk"))?;
        reader.pass(line);
        hunks.push(hunk(reader, counts)?);
    }
    if hunks.is_empty() && how == How::Changed {
        return Err(reader.bad("where a hunk is missing"));
    }
    Ok(FileChange { path, how, hunks })
}

/// `diff --git` and what git says below it.
fn head(reader: &mut Reader<'_>) -> Result<Head, BadPatch> {
    let mut head = Head::default();
    let Some(rest) = reader.peek().and_then(|l| l.strip_prefix("diff --git ")) else {
        return Ok(head);
    };
    let Some(path) = both(rest) else {
        let two = rest.contains(" b/") || rest.contains(" \"b/");
        return Err(if two {
            BadPatch::Renamed(shown(rest.as_bytes()))
        } else {
            reader.bad("no head of a file")
        });
    };
    reader.pass(reader.peek().unwrap_or_default());
    let name = shown(&path);
    head.path = Some(path);
    while let Some(line) = reader.peek() {
        let mode = |mode: &str| match mode {
            "100644" => Ok(()),
            _ => Err(BadPatch::Mode(name.clone())),
        };
        if let Some(new) = line.strip_prefix("new file mode ") {
            mode(new)?;
            head.how = Some(How::Added);
        } else if let Some(old) = line.strip_prefix("deleted file mode ") {
            // What goes may have been a program.
            mode(old).or_else(|no| if old == "100755" { Ok(()) } else { Err(no) })?;
            head.how = Some(How::Deleted);
        } else if line.starts_with("old mode ") || line.starts_with("new mode ") {
            return Err(BadPatch::Mode(name));
        } else if ["rename ", "copy ", "similarity ", "dissimilarity "]
            .iter()
            .any(|word| line.starts_with(word))
        {
            return Err(BadPatch::Renamed(name));
        } else if line.starts_with("GIT binary patch") || line.starts_with("Binary files ") {
            return Err(BadPatch::Binary(name));
        } else if let Some(index) = line.strip_prefix("index ") {
            // A mode behind the ids says what the file is; that of a program stays as it is.
            match index.split_once(' ').map(|(_, mode)| mode) {
                None | Some("100644" | "100755") => {}
                Some(_) => return Err(BadPatch::Mode(name)),
            }
        } else {
            break;
        }
        reader.pass(line);
    }
    Ok(head)
}

/// One of the two lines that name the file; nothing where there is none.
fn names(reader: &mut Reader<'_>, word: &str, prefix: &str) -> Result<Option<Side>, BadPatch> {
    let Some(line) = reader.peek().filter(|line| line.starts_with(word)) else {
        return Ok(None);
    };
    let rest = line.get(word.len()..).unwrap_or_default();
    let side = side(rest, prefix).ok_or_else(|| reader.bad("no path that begins with a/ or b/"))?;
    reader.pass(line);
    Ok(Some(side))
}

/// `@@ -12,3 +12,4 @@`: the old file's first line and its count, and the new file's count.
fn counts(line: &str) -> Option<(usize, usize, usize)> {
    let rest = line.strip_prefix("@@ -")?;
    let (old, rest) = rest.split_once(" +")?;
    let (new, rest) = rest.split_once(" @@")?;
    if !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let (first, old) = range(old)?;
    let (_, new) = range(new)?;
    Some((first, old, new))
}

fn range(text: &str) -> Option<(usize, usize)> {
    let number = |text: &str| {
        let plain = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten()
    };
    match text.split_once(',') {
        Some((first, count)) => Some((number(first)?, number(count)?)),
        None => Some((number(text)?, 1)),
    }
}

fn hunk(
    reader: &mut Reader<'_>,
    (first, mut old, mut new): (usize, usize, usize),
) -> Result<Hunk, BadPatch> {
    // Where nothing is taken, the number is that of the line before.
    let before = if old == 0 {
        Some(first)
    } else {
        first.checked_sub(1)
    };
    let before = before.ok_or_else(|| reader.bad("below a hunk that begins at line 0"))?;
    let mut lines: Vec<Line> = Vec::new();
    while old > 0 || new > 0 {
        let line = reader
            .peek()
            .ok_or_else(|| reader.bad("missing: the hunk has more"))?;
        let at = reader.at;
        let sign = match line.as_bytes().first() {
            // Some take the space off an empty line.
            Some(b' ') | None => Sign::Kept,
            Some(b'-') => Sign::Gone,
            Some(b'+') => Sign::New,
            Some(_) => return Err(reader.bad("no line of the hunk, which has more")),
        };
        let taken = |count: &mut usize, reader: &Reader<'_>| {
            let left = count.checked_sub(1);
            *count = left.ok_or_else(|| reader.bad("one more than the hunk has"))?;
            Ok::<_, BadPatch>(())
        };
        if sign != Sign::New {
            taken(&mut old, reader)?;
        }
        if sign != Sign::Gone {
            taken(&mut new, reader)?;
        }
        reader.pass(line);
        let ended = reader.peek().is_none_or(|next| !next.starts_with("\\ "));
        if let Some(mark) = reader.peek().filter(|_| !ended) {
            reader.pass(mark);
        }
        lines.push(Line {
            sign,
            words: (at + usize::from(!line.is_empty()))..(at + line.len()),
            ended,
        });
    }
    Ok(Hunk { before, lines })
}
