//! Dates and numbers in qualifiers: `>=X`, `>X`, `<=X`, `<X`, `X..Y`, `X..*`, `*..Y`, `X`.

use chrono::{DateTime, NaiveDate};

/// Inclusive bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Range {
    const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };

    pub(super) fn contains(self, value: i64) -> bool {
        (self.from..=self.to).contains(&value)
    }
}

/// First and last second that a written time means.
fn moment(text: &str) -> Option<(i64, i64)> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let start = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
        return Some((start, start + 86_399));
    }
    let at = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z"))
        .or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z")))
        .ok()?
        .timestamp();
    Some((at, at))
}

fn number(text: &str) -> Option<(i64, i64)> {
    text.parse().ok().map(|n| (n, n))
}

fn parse(text: &str, value: impl Fn(&str) -> Option<(i64, i64)>) -> Option<Range> {
    let open = |text: &str| text.is_empty() || text == "*";
    if let Some((from, to)) = text.split_once("..") {
        return Some(Range {
            from: if open(from) { i64::MIN } else { value(from)?.0 },
            to: if open(to) { i64::MAX } else { value(to)?.1 },
        });
    }
    let range = if let Some(rest) = text.strip_prefix(">=") {
        Range {
            from: value(rest)?.0,
            ..Range::ALL
        }
    } else if let Some(rest) = text.strip_prefix("<=") {
        Range {
            to: value(rest)?.1,
            ..Range::ALL
        }
    } else if let Some(rest) = text.strip_prefix('>') {
        Range {
            from: value(rest)?.1.saturating_add(1),
            ..Range::ALL
        }
    } else if let Some(rest) = text.strip_prefix('<') {
        Range {
            to: value(rest)?.0.saturating_sub(1),
            ..Range::ALL
        }
    } else {
        let (from, to) = value(text)?;
        Range { from, to }
    };
    Some(range)
}

/// A range of times, in Unix seconds.
pub(super) fn times(text: &str) -> Option<Range> {
    parse(text, moment)
}

/// A range of counts.
pub(super) fn counts(text: &str) -> Option<Range> {
    parse(text, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_range_reads() {
        let day = 1_767_225_600; // 2026-01-01T00:00:00Z
        let of = |text| times(text).map(|range| (range.from, range.to));
        assert_eq!(of("2026-01-01"), Some((day, day + 86_399)));
        assert_eq!(of(">=2026-01-01"), Some((day, i64::MAX)));
        assert_eq!(of(">2026-01-01"), Some((day + 86_400, i64::MAX)));
        assert_eq!(of("<2026-01-01T00:00:10Z"), Some((i64::MIN, day + 9)));
        assert_eq!(
            of("2026-01-01..2026-01-02"),
            Some((day, day + 2 * 86_400 - 1))
        );
        assert_eq!(
            of("2026-01-01T00:00:00Z..2026-01-01T00:00:05+00:00"),
            Some((day, day + 5))
        );
        assert_eq!(of("*..2026-01-01"), Some((i64::MIN, day + 86_399)));
        assert_eq!(of("2026-13-01"), None);
        assert_eq!(of("yesterday"), None);
        assert!(counts(">2").is_some_and(|range| range.contains(3) && !range.contains(2)));
    }
}
