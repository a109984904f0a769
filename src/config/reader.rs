//! Reads settings out of a parsed TOML file, keeping every complaint instead of stopping at the
//! first, and knowing afterwards which keys nobody asked for.

mod unknown;

use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaints::{Complaints, Refusal};
use super::secrets;

/// How the values begin that the shipped file leaves to the owner.
const PLACEHOLDER: &str = "YOUR-";

const LENGTH_OF_TIME: &str = "a length of time";

/// One table of the file, or the file itself.
pub(super) struct Section<'a> {
    source: &'a str,
    path: String,
    table: Option<&'a DeTable<'a>>,
    header: Option<Range<usize>>,
    asked: RefCell<Vec<&'static str>>,
    pub(super) complaints: &'a Complaints,
}

impl<'a> Section<'a> {
    pub(super) fn root(
        source: &'a str,
        table: &'a DeTable<'a>,
        complaints: &'a Complaints,
    ) -> Self {
        Self {
            source,
            path: String::new(),
            table: Some(table),
            header: None,
            asked: RefCell::default(),
            complaints,
        }
    }

    /// The table called `key`; empty when it is not there.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let (table, header) = match self.find(key) {
            None => (None, None),
            Some((name, value)) => match value.get_ref() {
                DeValue::Table(table) => (Some(table), Some(name)),
                other => {
                    self.wrong_type(key, value.span(), "a table", other);
                    (None, Some(name))
                }
            },
        };
        Section {
            source: self.source,
            path: self.name(key),
            table,
            header,
            asked: RefCell::default(),
            complaints: self.complaints,
        }
    }

    /// Whether the table stands in the file.
    pub(super) fn is_present(&self) -> bool {
        self.header.is_some()
    }

    /// Where the table begins.
    pub(super) fn header(&self) -> Option<Range<usize>> {
        self.header.clone()
    }

    /// The tables within this one, whatever they are called.
    pub(super) fn tables(&self) -> Vec<(String, Range<usize>, Section<'a>)> {
        let mut found = Vec::new();
        for (name, value) in self.table.into_iter().flatten() {
            let key = name.get_ref().to_string();
            match value.get_ref() {
                DeValue::Table(table) => found.push((
                    key.clone(),
                    name.span(),
                    Section {
                        source: self.source,
                        path: self.name(&key),
                        table: Some(table),
                        header: Some(name.span()),
                        asked: RefCell::default(),
                        complaints: self.complaints,
                    },
                )),
                other => self.wrong_type(&key, value.span(), "a table", other),
            }
        }
        found
    }

    pub(super) fn string(&self, key: &'static str) -> Option<Spanned<String>> {
        let (_, value) = self.find(key)?;
        self.as_string(key, value)
    }

    pub(super) fn boolean(&self, key: &'static str, default: bool) -> bool {
        let Some((_, value)) = self.find(key) else {
            return default;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value.span(), "true or false", value.get_ref());
            default
        })
    }

    /// A whole number within bounds.
    pub(super) fn integer(
        &self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let (_, value) = self.find(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value.span(), "a whole number", value.get_ref());
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number.filter(|n| bounds.contains(n)).or_else(|| {
            let (low, high) = (bounds.start(), bounds.end());
            self.complaints.error(
                Some(value.span()),
                format!("`{}` is out of range", self.name(key)),
                format!("it must be between {low} and {high}"),
                format!("write a number from {low} to {high}"),
            );
            None
        })
    }

    /// An unsigned number within bounds, or its default.
    pub(super) fn count(
        &self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        self.integer(key, i64::from(*bounds.start())..=i64::from(*bounds.end()))
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default)
    }

    /// A list of strings; `None` when the key is absent.
    pub(super) fn strings(&self, key: &'static str) -> Option<Vec<Spanned<String>>> {
        let (_, value) = self.find(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value.span(), "a list of strings", value.get_ref());
            return None;
        };
        Some(
            array
                .iter()
                .filter_map(|item| self.as_string(key, item))
                .collect(),
        )
    }

    /// A list of user ids.
    pub(super) fn ids(&self, key: &'static str) -> Vec<u32> {
        let Some((_, value)) = self.find(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value.span(), "a list of numbers", value.get_ref());
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|item| {
                let id = item
                    .get_ref()
                    .as_integer()
                    .and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
                if id.is_none() {
                    self.wrong_type(key, item.span(), "a numeric user id", item.get_ref());
                }
                id
            })
            .collect()
    }

    /// A string that `read` turns into something, or a complaint at its place.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<T> {
        let text = self.string(key)?;
        self.read(key, &text, read)
    }

    /// Applies `read` to a string of the file.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        text: &Spanned<String>,
        read: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<T> {
        read(text.get_ref())
            .map_err(|refusal| self.refuse(key, text, refusal))
            .ok()
    }

    pub(super) fn refuse(&self, key: &'static str, text: &Spanned<String>, refusal: Refusal) {
        let span = refusal
            .part
            .and_then(|part| self.part_of(text, part))
            .unwrap_or_else(|| text.span());
        self.complaints.error(
            Some(span),
            format!("`{}` is not valid", self.name(key)),
            refusal.reason,
            refusal.remedy,
        );
    }

    /// A length of time such as `90s` or `2h 30m`, within bounds, or its default.
    pub(super) fn duration(
        &self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<Duration>,
        default: Duration,
    ) -> Duration {
        let remedy = "write it in quotes with its unit: \"30s\", \"15m\", \"1h 30m\", \"2d\"";
        if self.refuse_number(key, LENGTH_OF_TIME, remedy) {
            return default;
        }
        self.parsed(key, |text| {
            let length = parse_duration(text)?;
            if bounds.contains(&length) {
                return Ok(length);
            }
            let low = humantime::format_duration(*bounds.start());
            let high = humantime::format_duration(*bounds.end());
            Err(Refusal::new(
                format!("it must be between {low} and {high}"),
                format!("write a length of time from {low} to {high}"),
            ))
        })
        .unwrap_or(default)
    }

    /// The value as TOML has it.
    pub(super) fn raw(&self, key: &'static str) -> Option<&'a DeValue<'a>> {
        self.find(key).map(|(_, value)| value.get_ref())
    }

    /// The span of a value that was read before.
    pub(super) fn span(&self, key: &str) -> Option<Range<usize>> {
        let (_, value) = self.table?.get_key_value(key)?;
        Some(value.span())
    }

    /// Complains that a setting is missing.
    pub(super) fn missing(&self, key: &'static str, reason: &str, remedy: &str) {
        self.complaints.error(
            self.header.clone(),
            format!("`{}` is missing", self.name(key)),
            reason,
            remedy,
        );
    }

    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn find(&self, key: &'static str) -> Option<(Range<usize>, &'a Spanned<DeValue<'a>>)> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        let (name, value) = self.table?.get_key_value(key)?;
        Some((name.span(), value))
    }

    fn as_string(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Spanned<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value.span(), "a string", value.get_ref());
            return None;
        };
        if secrets::is_secret_for(key, text) {
            self.complaints.error(
                Some(value.span()),
                format!("`{}` holds what looks like a secret", self.name(key)),
                "secrets never stand in this file",
                "put it in a file of mode 0600 or a systemd credential and name that here; then \
                 replace the secret, since this file has seen it",
            );
            return None;
        }
        if text.contains(PLACEHOLDER) {
            self.complaints.error(
                Some(value.span()),
                format!("`{}` is not filled in", self.name(key)),
                "this is what the shipped file has in its place",
                "write your own value; docs/config.md says which",
            );
            return None;
        }
        Some(Spanned::new(value.span(), text.to_owned()))
    }

    fn wrong_type(&self, key: &str, span: Range<usize>, wanted: &str, found: &DeValue<'_>) {
        let remedy = if wanted == "a string" && !found.is_table() && !found.is_array() {
            "put it in quotes".to_owned()
        } else if found.is_str() && !wanted.contains("list") && wanted != "a table" {
            "write it without quotes".to_owned()
        } else {
            format!("write {wanted}; see docs/config.md")
        };
        self.wrong_type_with(key, span, wanted, found, remedy);
    }

    fn wrong_type_with(
        &self,
        key: &str,
        span: Range<usize>,
        wanted: &str,
        found: &DeValue<'_>,
        remedy: String,
    ) {
        self.complaints.error(
            Some(span),
            format!("`{}` has the wrong type", self.name(key)),
            format!(
                "this is {}, wanted is {wanted}",
                with_article(found.type_str())
            ),
            remedy,
        );
    }

    /// Complains when a number is not of the kind that `wanted` describes, with its own remedy.
    pub(super) fn refuse_number(&self, key: &'static str, wanted: &str, remedy: &str) -> bool {
        let Some((_, value)) = self.find(key) else {
            return false;
        };
        let found = value.get_ref();
        let wrong = found.is_float() || (found.is_integer() && wanted == LENGTH_OF_TIME);
        if wrong {
            self.wrong_type_with(key, value.span(), wanted, found, remedy.to_owned());
        }
        wrong
    }

    /// Complains with its own remedy when a string stands where a number is wanted.
    pub(super) fn refuse_string(&self, key: &'static str, remedy: &str) -> bool {
        let Some((_, value)) = self.find(key).filter(|(_, value)| value.get_ref().is_str()) else {
            return false;
        };
        let (span, found) = (value.span(), value.get_ref());
        self.wrong_type_with(key, span, "a whole number", found, remedy.to_owned());
        true
    }

    /// The place of a part of a string, if the string stands in the file as it is.
    fn part_of(&self, text: &Spanned<String>, part: Range<usize>) -> Option<Range<usize>> {
        let start = text.span().start + 1;
        let as_written = self.source.get(start..start + text.get_ref().len())?;
        (as_written == text.get_ref()).then(|| start + part.start..start + part.end)
    }
}

fn with_article(kind: &str) -> String {
    if kind.starts_with(['a', 'e', 'i', 'o', 'u']) {
        format!("an {kind}")
    } else {
        format!("a {kind}")
    }
}

/// Reads `90s`, `2h 30m`, `0`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, Refusal> {
    humantime::parse_duration(text.trim()).map_err(|error| {
        Refusal::new(
            error.to_string(),
            "write a number with a unit: 30s, 15m, 1h 30m, 2d",
        )
    })
}
