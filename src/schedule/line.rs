//! The grammar of a cron line, as crontab(5) has it.
//!
//! The `cron` crate counts weekdays from Sunday = 1 and wants both day fields to match, so a line is
//! read here and handed on with plain lists of numbers, weekday names, and - where a day of the
//! month *and* a weekday are asked for - as two lines of which either may match.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// Why a cron line was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Where in the line, in bytes.
    pub span: Range<usize>,
    /// The field, such as `minute`; `None` when the line as a whole is wrong.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{field} field: {}; {}", self.reason, self.remedy),
            None => write!(f, "{}; {}", self.reason, self.remedy),
        }
    }
}

impl std::error::Error for LineError {}

/// One of the six fields: its name, its bounds and the names it knows, the first standing for `low`.
struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fn field(name: &'static str, low: u32, high: u32, names: &'static [&'static str]) -> Field {
    Field {
        name,
        low,
        high,
        names,
    }
}

const FIELDS: [Field; 6] = [
    field("second", 0, 59, &[]),
    field("minute", 0, 59, &[]),
    field("hour", 0, 23, &[]),
    field("day-of-month", 1, 31, &[]),
    field("month", 1, 12, &MONTHS),
    // 7 is Sunday too, so that `5-7` is Friday to Sunday.
    field("weekday", 0, 7, &WEEKDAYS),
];

const DAY_OF_MONTH: usize = 3;
const WEEKDAY: usize = 5;

/// The `@` words of crontab(5) and what they stand for.
const WORDS: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// Turns a cron line into one or two lines for the `cron` crate; the schedule is their union.
///
/// # Errors
/// When the line is not one of five or six fields, or a field is not within its grammar.
pub(super) fn for_cron_crate(line: &str) -> Result<Vec<String>, LineError> {
    let words = line.trim();
    if words.starts_with('@') {
        return match WORDS.iter().find(|(word, _)| *word == words) {
            Some((_, meaning)) => for_cron_crate(meaning),
            None => Err(whole_line(
                line,
                format!("`{words}` is not a word of crontab(5) that bountyd knows"),
                "use @hourly, @daily, @weekly, @monthly or @yearly, or five fields such as `*/30 * * * *`".into(),
            )),
        };
    }
    let texts = fields_with_offsets(line);
    let first = match texts.len() {
        5 => 1,
        6 => 0,
        n => {
            return Err(whole_line(
                line,
                format!("a cron line has 5 or 6 fields, this one has {n}"),
                "write `minute hour day-of-month month weekday`, with seconds in front if you need them".into(),
            ));
        }
    };
    let mut canonical: Vec<String> = vec!["0".into(); first];
    let mut restricted = [false; 6];
    for (index, (offset, text)) in texts.iter().enumerate() {
        let index = index + first;
        restricted[index] = !text.starts_with(['*', '?']);
        canonical.push(FIELDS[index].canonical(*offset, text)?);
    }
    if restricted[DAY_OF_MONTH] && restricted[WEEKDAY] {
        let with = |index: usize| {
            let mut fields = canonical.clone();
            fields[index] = "*".into();
            fields.join(" ")
        };
        return Ok(vec![with(WEEKDAY), with(DAY_OF_MONTH)]);
    }
    Ok(vec![canonical.join(" ")])
}

fn whole_line(line: &str, reason: String, remedy: String) -> LineError {
    LineError {
        span: 0..line.len(),
        field: None,
        reason,
        remedy,
    }
}

fn fields_with_offsets(line: &str) -> Vec<(usize, &str)> {
    let start = line.as_ptr() as usize;
    line.split_ascii_whitespace()
        .map(|text| (text.as_ptr() as usize - start, text))
        .collect()
}

impl Field {
    /// The field as `*` or a list the `cron` crate reads the same way.
    fn canonical(&self, offset: usize, text: &str) -> Result<String, LineError> {
        if matches!(text, "*" | "?") {
            return Ok("*".into());
        }
        let mut set = BTreeSet::new();
        let mut at = offset;
        for item in text.split(',') {
            self.item(at, item, &mut set)?;
            at += item.len() + 1;
        }
        let list: Vec<String> = if self.is_weekday() {
            let days: BTreeSet<u32> = set.into_iter().map(|day| day % 7).collect();
            days.iter()
                .map(|day| WEEKDAYS[*day as usize].to_owned())
                .collect()
        } else {
            set.iter().map(u32::to_string).collect()
        };
        Ok(list.join(","))
    }

    fn is_weekday(&self) -> bool {
        self.high == 7
    }

    /// One item of a list: `a`, `a-b`, `*`, each with an optional `/step`.
    fn item(&self, at: usize, item: &str, set: &mut BTreeSet<u32>) -> Result<(), LineError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step_at = at + range.len() + 1;
                (range, Some(self.step(step_at, step)?))
            }
            None => (item, None),
        };
        // A bare `*` of weekdays is 0-6: counting 7 as well would put a Sunday into `*/7`.
        let last = if self.is_weekday() { 6 } else { self.high };
        let (low, high) = if matches!(range, "*" | "?") {
            (self.low, last)
        } else if let Some((low, high)) = range.split_once('-') {
            let high_at = at + low.len() + 1;
            let low = self.value(at, low)?;
            let mut high_value = self.value(high_at, high)?;
            if self.is_weekday() && high_value == 0 && low > 0 {
                high_value = 7;
            }
            if low > high_value {
                return Err(self.error(
                    at,
                    range,
                    format!("the range `{range}` runs backwards"),
                    format!("write it as two ranges, each within {}", self.bounds()),
                ));
            }
            (low, high_value)
        } else {
            let value = self.value(at, range)?;
            (
                value,
                if step.is_some() {
                    last.max(value)
                } else {
                    value
                },
            )
        };
        set.extend((low..=high).step_by(step.unwrap_or(1)));
        Ok(())
    }

    fn step(&self, at: usize, text: &str) -> Result<usize, LineError> {
        match text.parse::<usize>() {
            Ok(step) if step >= 1 && step <= self.high as usize => Ok(step),
            _ => Err(self.error(
                at,
                text,
                format!("the step `{text}` is not a number from 1 to {}", self.high),
                format!("write for example `*/{}`", 2.min(self.high)),
            )),
        }
    }

    fn value(&self, at: usize, text: &str) -> Result<u32, LineError> {
        if let Ok(value) = text.parse::<u32>()
            && text.bytes().all(|b| b.is_ascii_digit())
        {
            if (self.low..=self.high).contains(&value) {
                return Ok(value);
            }
            return Err(self.error(
                at,
                text,
                format!("{value} is out of range"),
                format!("use {}", self.bounds()),
            ));
        }
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.low + u32::try_from(index).unwrap_or(0));
        }
        Err(self.error(
            at,
            text,
            format!("`{text}` is not understood"),
            format!("use {}", self.bounds()),
        ))
    }

    fn bounds(&self) -> String {
        match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => {
                format!("{}-{} or {first}-{last}", self.low, self.high)
            }
            _ => format!("{}-{}", self.low, self.high),
        }
    }

    fn error(&self, at: usize, text: &str, reason: String, remedy: String) -> LineError {
        LineError {
            span: at..at + text.len().max(1),
            field: Some(self.name),
            reason,
            remedy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str) -> Vec<String> {
        for_cron_crate(line).expect(line)
    }

    #[test]
    fn weekdays_are_counted_as_in_crontab() {
        for (given, meant) in [
            ("0", "sun"),
            ("7", "sun"),
            ("1", "mon"),
            ("1-5", "mon,tue,wed,thu,fri"),
            ("5-7", "sun,fri,sat"),
            ("fri-sun", "sun,fri,sat"),
            ("*/2", "sun,tue,thu,sat"),
            ("1-7/2", "sun,mon,wed,fri"),
            ("2/2", "tue,thu,sat"),
            ("MON,3", "mon,wed"),
            ("0-7", "sun,mon,tue,wed,thu,fri,sat"),
            ("*/7", "sun"),
        ] {
            assert_eq!(
                lines(&format!("0 5 * * {given}")),
                [format!("0 0 5 * * {meant}")],
                "{given}"
            );
        }
    }

    #[test]
    fn two_restricted_day_fields_become_a_union() {
        assert_eq!(lines("0 5 13 * 5"), ["0 0 5 13 * *", "0 0 5 * * fri"]);
        // As in Vixie cron, a field that starts with a star does not restrict: both must match.
        assert_eq!(lines("0 5 */2 * 5").len(), 1);
    }

    #[test]
    fn six_fields_put_seconds_first() {
        assert_eq!(lines("15 0 5 * * 1"), ["15 0 5 * * mon"]);
        assert_eq!(lines("@weekly"), ["0 0 0 * * sun"]);
    }

    #[test]
    fn refusals_name_the_field_and_the_place() {
        for (line, field, at, words) in [
            ("61 * * * *", Some("minute"), 0..2, "61 is out of range"),
            ("0 24 * * *", Some("hour"), 2..4, "24 is out of range"),
            ("0 0 0 * *", Some("day-of-month"), 4..5, "0 is out of range"),
            (
                "0 0 1 foo *",
                Some("month"),
                6..9,
                "`foo` is not understood",
            ),
            ("0 0 * * 8", Some("weekday"), 8..9, "8 is out of range"),
            ("*/0 * * * *", Some("minute"), 2..3, "the step `0`"),
            ("30-10 * * * *", Some("minute"), 0..5, "runs backwards"),
            ("0,, * * * *", Some("minute"), 2..3, "`` is not understood"),
            ("+5 * * * *", Some("minute"), 0..2, "`+5` is not understood"),
            ("* * * *", None, 0..7, "this one has 4"),
            ("@reboot", None, 0..7, "`@reboot` is not a word"),
            ("", None, 0..0, "this one has 0"),
        ] {
            let error = for_cron_crate(line).expect_err(line);
            assert_eq!(error.field, field, "{line}");
            assert_eq!(error.span, at, "{line}");
            assert!(error.reason.contains(words), "{line}: {}", error.reason);
            assert!(!error.remedy.is_empty());
        }
    }
}
