//! Text to query tree.

use std::iter::Peekable;
use std::str::Chars;

use super::range::{self, Range};
use super::tokens;

/// Why a search is refused with 422.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::github) struct SearchError {
    /// As GitHub words it.
    pub(in crate::github) message: String,
}

impl SearchError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// Longest text of a query, qualifiers and operators not counted (docs.github.com, REST search).
const LONGEST_TEXT: usize = 256;
/// Most `AND`, `OR`, `NOT` in a query (same page).
const MOST_OPERATORS: usize = 5;
const TOO_MANY: &str = "More than five AND / OR / NOT operators were used.";
/// Deepest nesting of parentheses (docs.github.com, "Filtering and searching issues").
const DEEPEST: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Created { ascending: bool },
    Updated { ascending: bool },
    Comments { ascending: bool },
}

impl Sort {
    pub(super) fn from_parameters(sort: Option<&str>, order: Option<&str>) -> Option<Self> {
        let ascending = order == Some("asc");
        match sort? {
            "created" => Some(Self::Created { ascending }),
            "updated" => Some(Self::Updated { ascending }),
            "comments" => Some(Self::Comments { ascending }),
            _ => None,
        }
    }

    fn from_qualifier(value: &str) -> Option<Self> {
        let (sort, order) = value.split_once('-').unwrap_or((value, "desc"));
        Self::from_parameters(Some(sort), Some(order))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Term(Term),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Repo(Vec<String>),
    Owner(Vec<String>),
    Label(Vec<String>),
    Author(Vec<String>),
    Commenter(Vec<String>),
    Assignee(Vec<String>),
    IsIssue,
    IsPull,
    IsOpen,
    IsClosed,
    IsMerged,
    IsDraft,
    IsLocked,
    IsPublic,
    Archived(bool),
    NoAssignee,
    NoLabel,
    LinkedPull,
    Created(Range),
    Updated(Range),
    Closed(Range),
    Comments(Range),
    Language(Vec<String>),
    /// Words as [`tokens`] makes them.
    Text(String),
    /// Holds for everything: `sort:`, `in:`.
    Nothing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) title: bool,
    pub(super) body: bool,
    pub(super) comments: bool,
}

#[derive(Debug)]
pub(super) struct Query {
    pub(super) root: Expr,
    pub(super) sort: Option<Sort>,
    pub(super) scope: Scope,
    pub(super) names_type: bool,
    pub(super) unknown: Vec<String>,
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    sort: Option<Sort>,
    scope: Scope,
    names_type: bool,
    unknown: Vec<String>,
    operators: usize,
    text_length: usize,
    depth: usize,
}

/// One blank-separated piece: its text without quotes, and where its first unquoted colon was.
struct Word {
    text: String,
    colon: Option<usize>,
    quoted: bool,
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, SearchError> {
        let mut parser = Parser {
            rest: text.chars().peekable(),
            sort: None,
            scope: Scope::default(),
            names_type: false,
            unknown: Vec::new(),
            operators: 0,
            text_length: 0,
            depth: 0,
        };
        let root = parser.any()?;
        if parser.rest.peek().is_some() {
            return Err(SearchError::new(
                "The search contains unbalanced parentheses.",
            ));
        }
        if parser.text_length > LONGEST_TEXT {
            return Err(SearchError::new(
                "The search is longer than 256 characters.",
            ));
        }
        if parser.operators > MOST_OPERATORS {
            return Err(SearchError::new(TOO_MANY));
        }
        let nowhere = parser.scope == Scope::default();
        Ok(Self {
            root,
            sort: parser.sort,
            scope: if nowhere {
                Scope {
                    title: true,
                    body: true,
                    comments: true,
                }
            } else {
                parser.scope
            },
            names_type: parser.names_type,
            unknown: parser.unknown,
        })
    }
}

impl Parser<'_> {
    fn blanks(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// `a OR b`: the weakest binding.
    fn any(&mut self) -> Result<Expr, SearchError> {
        let mut options = vec![self.all()?];
        while self.keyword("OR") {
            self.operators += 1;
            options.push(self.all()?);
        }
        Ok(match options.len() {
            1 => options.remove(0),
            _ => Expr::Any(options),
        })
    }

    /// `a b`, `a AND b`.
    fn all(&mut self) -> Result<Expr, SearchError> {
        let mut parts = Vec::new();
        loop {
            self.blanks();
            if self.keyword("AND") {
                self.operators += 1;
                continue;
            }
            match self.rest.peek().copied() {
                None | Some(')') => break,
                Some(_) if self.at_keyword("OR") => break,
                Some(_) => parts.push(self.one()?),
            }
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Expr::All(parts),
        })
    }

    fn at_keyword(&self, word: &str) -> bool {
        let ahead: String = self.rest.clone().take(word.len() + 1).collect();
        ahead
            .strip_prefix(word)
            .is_some_and(|tail| tail.chars().all(|c| c.is_whitespace() || c == '('))
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.at_keyword(word);
        if found {
            for _ in 0..word.len() {
                self.rest.next();
            }
        }
        found
    }

    fn one(&mut self) -> Result<Expr, SearchError> {
        if self.keyword("NOT") {
            self.operators += 1;
            if self.operators > MOST_OPERATORS {
                return Err(SearchError::new(TOO_MANY));
            }
            self.blanks();
            return Ok(Expr::Not(Box::new(self.one()?)));
        }
        if self.rest.next_if_eq(&'(').is_some() {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(SearchError::new(
                    "The search nests parentheses more than five deep.",
                ));
            }
            let inner = self.any()?;
            if self.rest.next_if_eq(&')').is_none() {
                return Err(SearchError::new(
                    "The search contains unbalanced parentheses.",
                ));
            }
            self.depth -= 1;
            return Ok(inner);
        }
        let negated = self.rest.peek() == Some(&'-') && {
            self.rest.next();
            true
        };
        if negated && self.rest.peek() == Some(&'(') {
            return Ok(Expr::Not(Box::new(self.one()?)));
        }
        let word = self.word();
        let term = Expr::Term(self.term(&word)?);
        Ok(if negated {
            Expr::Not(Box::new(term))
        } else {
            term
        })
    }

    fn word(&mut self) -> Word {
        let mut word = Word {
            text: String::new(),
            colon: None,
            quoted: false,
        };
        let mut inside = false;
        while let Some(&c) = self.rest.peek() {
            match c {
                '"' => {
                    inside = !inside;
                    word.quoted = true;
                }
                '\\' if inside => {
                    self.rest.next();
                    if let Some(&escaped) = self.rest.peek() {
                        word.text.push(escaped);
                    }
                }
                c if !inside && (c.is_whitespace() || c == '(' || c == ')') => break,
                ':' if !inside && word.colon.is_none() && !word.quoted => {
                    word.colon = Some(word.text.len());
                    word.text.push(':');
                }
                c => word.text.push(c),
            }
            self.rest.next();
        }
        word
    }

    fn text(&mut self, text: &str) -> Term {
        self.text_length += text.chars().count();
        Term::Text(tokens(text))
    }

    fn term(&mut self, word: &Word) -> Result<Term, SearchError> {
        let Some(colon) = word.colon else {
            return Ok(self.text(&word.text));
        };
        let (key, value) = (
            word.text[..colon].to_lowercase(),
            word.text[colon + 1..].to_owned(),
        );
        let list = || -> Vec<String> {
            value
                .split(',')
                .map(|item| item.trim().to_lowercase())
                .filter(|item| !item.is_empty())
                .collect()
        };
        let times = || {
            range::times(&value).ok_or_else(|| {
                SearchError::new(format!(
                    "\"{value}\" is not a recognized date/time format. Please provide an ISO \
                     8601 date/time value, such as YYYY-MM-DD."
                ))
            })
        };
        let term = match (key.as_str(), value.to_lowercase().as_str()) {
            ("repo", _) => Term::Repo(list()),
            ("org" | "user", _) => Term::Owner(list()),
            ("label", _) => Term::Label(list()),
            ("author", _) => Term::Author(list()),
            ("commenter", _) => Term::Commenter(list()),
            ("assignee", _) => Term::Assignee(list()),
            ("language", _) => Term::Language(list()),
            ("is" | "type", "issue") => {
                self.names_type = true;
                Term::IsIssue
            }
            ("is" | "type", "pr" | "pull-request") => {
                self.names_type = true;
                Term::IsPull
            }
            ("is" | "state", "open") => Term::IsOpen,
            ("is" | "state", "closed") => Term::IsClosed,
            ("is", "merged") => Term::IsMerged,
            ("is", "draft") | ("draft", "true") => Term::IsDraft,
            ("is", "locked") => Term::IsLocked,
            ("is", "public") => Term::IsPublic,
            ("archived", "true") => Term::Archived(true),
            ("archived", "false") => Term::Archived(false),
            ("no", "assignee") => Term::NoAssignee,
            ("no", "label") => Term::NoLabel,
            ("linked", "pr") => Term::LinkedPull,
            ("created", _) => Term::Created(times()?),
            ("updated", _) => Term::Updated(times()?),
            ("closed", _) => Term::Closed(times()?),
            ("comments", _) => match range::counts(&value) {
                Some(range) => Term::Comments(range),
                None => self.unknown(word),
            },
            ("in", _) => {
                for place in list() {
                    match place.as_str() {
                        "title" => self.scope.title = true,
                        "body" => self.scope.body = true,
                        "comments" => self.scope.comments = true,
                        _ => drop(self.unknown(word)),
                    }
                }
                Term::Nothing
            }
            ("sort", value) => {
                self.sort = Sort::from_qualifier(value);
                Term::Nothing
            }
            _ => self.unknown(word),
        };
        Ok(term)
    }

    fn unknown(&mut self, word: &Word) -> Term {
        self.unknown.push(word.text.clone());
        self.text(&word.text)
    }
}
