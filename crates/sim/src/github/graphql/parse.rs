//! Reads executable documents, and the types and arguments that the schema text shares with them.

use super::ast::{
    Directive, Document, Field, Fragment, Literal, Operation, Selection, TypeRef, Variable,
};
use super::lex::{Pos, SyntaxError, Token, lex};

pub(super) struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<(Token, Pos)>>,
    depth: usize,
}

/// Deepest nesting of selections and lists that is read; GitHub has a limit too.
const DEEPEST: usize = 64;

type Parsed<T> = Result<T, SyntaxError>;

/// Reads a document of queries and fragments.
pub(super) fn document(text: &str) -> Parsed<Document> {
    let mut parser = Parser::new(text)?;
    let mut document = Document::default();
    while parser.peek().is_some() {
        let at = parser.at();
        if parser.is_mark("{") {
            document.operations.push(Operation {
                kind: "query".to_owned(),
                name: None,
                variables: Vec::new(),
                selections: parser.selections()?,
            });
            continue;
        }
        match parser.name()?.as_str() {
            kind @ ("query" | "mutation" | "subscription") => {
                let name = parser.optional_name();
                let variables = parser.variables()?;
                parser.directives()?;
                document.operations.push(Operation {
                    kind: kind.to_owned(),
                    name,
                    variables,
                    selections: parser.selections()?,
                });
            }
            "fragment" => {
                let name = parser.name()?;
                parser.keyword("on")?;
                let on = parser.name()?;
                parser.directives()?;
                let selections = parser.selections()?;
                document
                    .fragments
                    .insert(name, Fragment { on, selections, at });
            }
            other => return Err(unexpected(other, at)),
        }
    }
    if document.operations.is_empty() {
        return Err(SyntaxError {
            message: "Unexpected end of document".to_owned(),
            at: Pos::default(),
        });
    }
    Ok(document)
}

fn unexpected(what: &str, at: Pos) -> SyntaxError {
    SyntaxError {
        message: format!(
            "Parse error on \"{what}\" (IDENTIFIER) at [{}, {}]",
            at.line, at.column
        ),
        at,
    }
}

impl Parser {
    pub(super) fn new(text: &str) -> Parsed<Self> {
        Ok(Self {
            tokens: lex(text)?.into_iter().peekable(),
            depth: 0,
        })
    }

    pub(super) fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(token, _)| token)
    }

    fn at(&mut self) -> Pos {
        self.tokens.peek().map_or_else(Pos::default, |(_, at)| *at)
    }

    fn wrong<T>(&mut self) -> Parsed<T> {
        Err(match self.tokens.peek() {
            None => SyntaxError {
                message: "Unexpected end of document".to_owned(),
                at: Pos::default(),
            },
            Some((token, at)) => {
                let text = match token {
                    Token::Name(text) | Token::Text(text) => text.clone(),
                    Token::Int(n) => n.to_string(),
                    Token::Float(n) => n.to_string(),
                    Token::Mark(mark) => (*mark).to_owned(),
                };
                unexpected(&text, *at)
            }
        })
    }

    pub(super) fn is_mark(&mut self, mark: &str) -> bool {
        matches!(self.peek(), Some(Token::Mark(found)) if *found == mark)
    }

    /// Takes the mark if it is next.
    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.tokens.next();
        }
        found
    }

    pub(super) fn mark(&mut self, mark: &str) -> Parsed<()> {
        if self.takes(mark) {
            Ok(())
        } else {
            self.wrong()
        }
    }

    pub(super) fn name(&mut self) -> Parsed<String> {
        match self.optional_name() {
            Some(name) => Ok(name),
            None => self.wrong(),
        }
    }

    pub(super) fn optional_name(&mut self) -> Option<String> {
        let name = match self.peek() {
            Some(Token::Name(name)) => name.clone(),
            _ => return None,
        };
        self.tokens.next();
        Some(name)
    }

    fn keyword(&mut self, word: &str) -> Parsed<()> {
        match self.peek() {
            Some(Token::Name(name)) if name == word => {
                self.tokens.next();
                Ok(())
            }
            _ => self.wrong(),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.wrong();
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    pub(super) fn type_ref(&mut self) -> Parsed<TypeRef> {
        if self.takes("[") {
            let of = Box::new(self.deeper(Self::type_ref)?);
            self.mark("]")?;
            let required = self.takes("!");
            return Ok(TypeRef::List { of, required });
        }
        let name = self.name()?;
        let required = self.takes("!");
        Ok(TypeRef::Named { name, required })
    }

    fn variables(&mut self) -> Parsed<Vec<Variable>> {
        let mut out = Vec::new();
        if !self.takes("(") {
            return Ok(out);
        }
        while !self.takes(")") {
            let at = self.at();
            self.mark("$")?;
            let name = self.name()?;
            self.mark(":")?;
            let of = self.type_ref()?;
            let default = if self.takes("=") {
                Some(self.literal()?)
            } else {
                None
            };
            out.push(Variable {
                name,
                of,
                default,
                at,
            });
        }
        Ok(out)
    }

    fn directives(&mut self) -> Parsed<Vec<Directive>> {
        let mut out = Vec::new();
        while self.takes("@") {
            out.push(Directive {
                name: self.name()?,
                arguments: self.arguments()?,
            });
        }
        Ok(out)
    }

    fn arguments(&mut self) -> Parsed<Vec<(String, Literal)>> {
        let mut out = Vec::new();
        if !self.takes("(") {
            return Ok(out);
        }
        while !self.takes(")") {
            let name = self.name()?;
            self.mark(":")?;
            out.push((name, self.literal()?));
        }
        Ok(out)
    }

    pub(super) fn literal(&mut self) -> Parsed<Literal> {
        if self.takes("$") {
            return Ok(Literal::Variable(self.name()?));
        }
        if self.takes("[") {
            let mut items = Vec::new();
            while !self.takes("]") {
                items.push(self.deeper(Self::literal)?);
            }
            return Ok(Literal::List(items));
        }
        if self.takes("{") {
            let mut fields = Vec::new();
            while !self.takes("}") {
                let name = self.name()?;
                self.mark(":")?;
                fields.push((name, self.deeper(Self::literal)?));
            }
            return Ok(Literal::Object(fields));
        }
        let literal = match self.peek() {
            Some(Token::Int(n)) => Literal::Int(*n),
            Some(Token::Float(n)) => Literal::Float(*n),
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Name(name)) => match name.as_str() {
                "null" => Literal::Null,
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                other => Literal::Enum(other.to_owned()),
            },
            _ => return self.wrong(),
        };
        self.tokens.next();
        Ok(literal)
    }

    fn selections(&mut self) -> Parsed<Vec<Selection>> {
        self.deeper(|parser| {
            parser.mark("{")?;
            let mut out = Vec::new();
            while !parser.takes("}") {
                out.push(parser.selection()?);
            }
            Ok(out)
        })
    }

    fn selection(&mut self) -> Parsed<Selection> {
        let at = self.at();
        if self.takes("...") {
            let on = match self.optional_name() {
                Some(name) if name != "on" => {
                    let directives = self.directives()?;
                    return Ok(Selection::Spread {
                        name,
                        directives,
                        at,
                    });
                }
                Some(_) => Some(self.name()?),
                None => None,
            };
            return Ok(Selection::Inline {
                on,
                directives: self.directives()?,
                selections: self.selections()?,
                at,
            });
        }
        let first = self.name()?;
        let (alias, name) = if self.takes(":") {
            (Some(first), self.name()?)
        } else {
            (None, first)
        };
        Ok(Selection::Field(Field {
            alias,
            name,
            arguments: self.arguments()?,
            directives: self.directives()?,
            selections: if self.is_mark("{") {
                self.selections()?
            } else {
                Vec::new()
            },
            at,
        }))
    }
}
