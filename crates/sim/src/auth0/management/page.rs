//! Queries of lists: filters, pages, and the two shapes a list can have.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Fault, Reply};

/// The query of a request, each name once.
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn read(text: &str) -> Self {
        Self(
            url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// Refuses names that the endpoint does not have.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Fault::query("Additional properties not allowed", name)),
            None => Ok(()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn number(
        &self,
        name: &str,
        default: usize,
        range: std::ops::RangeInclusive<usize>,
    ) -> Result<usize, Fault> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        let Ok(number) = text.parse::<usize>() else {
            return Err(Fault::query(
                "Expected type integer but found type string",
                name,
            ));
        };
        if number > *range.end() {
            let text = format!("Value {number} is greater than maximum {}", range.end());
            return Err(Fault::query(&text, name));
        }
        if number < *range.start() {
            let text = format!("Value {number} is less than minimum {}", range.start());
            return Err(Fault::query(&text, name));
        }
        Ok(number)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Fault::query(
                "Expected type boolean but found type string",
                name,
            )),
        }
    }

    /// The object with the fields that were asked for.
    pub(super) fn fields(&self, value: Value) -> Result<Value, Fault> {
        let Some(names) = self.get("fields") else {
            return Ok(value);
        };
        let wanted = self.flag("include_fields")?.unwrap_or(true);
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        let Value::Object(object) = value else {
            return Ok(value);
        };
        let kept: Map<String, Value> = object
            .into_iter()
            .filter(|(name, _)| names.contains(&name.as_str()) == wanted)
            .collect();
        Ok(Value::Object(kept))
    }

    /// One page of a list, bare or with totals under `name`.
    pub(super) fn page(&self, name: &str, items: Vec<Value>) -> Answer {
        let page = self.number("page", 0, 0..=100_000)?;
        let size = self.number("per_page", 50, 1..=100)?;
        let total = items.len();
        let start = page.saturating_mul(size);
        let shown: Vec<Value> = items
            .into_iter()
            .skip(start)
            .take(size)
            .map(|item| self.fields(item))
            .collect::<Result<_, _>>()?;
        Ok(Reply(
            200,
            if self.flag("include_totals")?.unwrap_or(false) {
                json!({"start": start, "limit": size, "length": shown.len(), "total": total, name: shown})
            } else {
                json!(shown)
            },
        ))
    }
}

/// A part of a path without its percent signs.
pub(super) fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", part.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// A time as the Management API writes it.
pub(super) fn time(unix_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(unix_ms)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
