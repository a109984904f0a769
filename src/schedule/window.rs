//! A daily span of local time, such as the quiet hours from 22:00 to 07:00, and a daily time such as
//! that of the digest.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, NaiveTime};

use super::local::Zone;
use crate::clock::UnixMillis;

/// A time of day on the wall clock, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(u32);

impl FromStr for TimeOfDay {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let refused = || WindowError::Time(text.to_owned());
        let (hour, minute) = text.split_once(':').ok_or_else(refused)?;
        let number = |digits: &str, below: u32| {
            (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
                .then(|| digits.parse::<u32>().ok())
                .flatten()
                .filter(|n| *n < below)
                .ok_or_else(refused)
        };
        Ok(Self(number(hour, 24)? * 60 + number(minute, 60)?))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TimeOfDay {
    /// The first instant after `now` at which it is this time in `zone`; once a day, by the rules of
    /// [`Zone::instant`] on days when the clocks change.
    #[must_use]
    pub fn next_after(self, now: UnixMillis, zone: Zone) -> Option<UnixMillis> {
        let time = NaiveTime::from_hms_opt(self.0 / 60, self.0 % 60, 0)?;
        let today = zone.wall(now)?.date();
        // Three days are enough even where a whole date was skipped.
        (0..3).find_map(|days| {
            let wall = today.checked_add_days(Days::new(days))?.and_time(time);
            zone.instant(wall).filter(|at| *at > now)
        })
    }
}

/// A daily window of local time; the start belongs to it, the end does not. May span midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    start: TimeOfDay,
    end: TimeOfDay,
    zone: Zone,
}

/// Why a window or a time of day was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not `HH:MM`.
    #[error("`{0}` is not a time of day between 00:00 and 23:59")]
    Time(String),
    /// Not two times with a dash between.
    #[error("`{0}` is not a span of two times such as 22:00-07:00")]
    Shape(String),
    /// Start and end are the same.
    #[error("`{0}` starts when it ends")]
    Empty(String),
}

impl Window {
    /// Reads `22:00-07:00`, to be understood in `zone`.
    ///
    /// # Errors
    /// When the text is not two different times of day with a dash between them.
    pub fn parse(text: &str, zone: Zone) -> Result<Self, WindowError> {
        let (start, end) = text
            .split_once('-')
            .ok_or_else(|| WindowError::Shape(text.to_owned()))?;
        let window = Self {
            start: start.trim().parse()?,
            end: end.trim().parse()?,
            zone,
        };
        if window.start == window.end {
            return Err(WindowError::Empty(text.to_owned()));
        }
        Ok(window)
    }

    /// Whether a wall clock shows a time within the window.
    #[must_use]
    pub fn contains(&self, now: UnixMillis) -> bool {
        let Some(minute) = self.zone.minute_of_day(now) else {
            return false;
        };
        let (start, end) = (self.start.0, self.end.0);
        if start < end {
            (start..end).contains(&minute)
        } else {
            minute >= start || minute < end
        }
    }

    /// The first instant after `now` at which the window is left; `None` when `now` is outside it.
    #[must_use]
    pub fn next_end(&self, now: UnixMillis) -> Option<UnixMillis> {
        if !self.contains(now) {
            return None;
        }
        let end = NaiveTime::from_hms_opt(self.end.0 / 60, self.end.0 % 60, 0)?;
        let today = self.zone.wall(now)?.date();
        // Where the clocks go back over the end, it comes twice, and the second may be the one ahead.
        (0..3)
            .filter_map(|days| Some(today.checked_add_days(Days::new(days))?.and_time(end)))
            .flat_map(|wall| self.zone.instants(wall))
            .find(|at| *at > now && !self.contains(*at))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis(
            chrono::DateTime::parse_from_rfc3339(text)
                .expect(text)
                .timestamp_millis(),
        )
    }

    fn window(text: &str, zone: &str) -> Window {
        Window::parse(text, Zone::parse(zone).expect(zone)).expect(text)
    }

    #[test]
    fn spans_midnight() {
        let quiet = window("22:00-07:00", "Europe/Berlin");
        assert!(!quiet.contains(at("2026-07-01T21:59:59+02:00")));
        assert!(quiet.contains(at("2026-07-01T22:00:00+02:00")));
        assert!(quiet.contains(at("2026-07-02T06:59:59+02:00")));
        assert!(!quiet.contains(at("2026-07-02T07:00:00+02:00")));
        assert_eq!(
            quiet.next_end(at("2026-07-01T23:00:00+02:00")),
            Some(at("2026-07-02T07:00:00+02:00"))
        );
        assert_eq!(quiet.next_end(at("2026-07-01T12:00:00+02:00")), None);
    }

    #[test]
    fn keeps_the_wall_clock_when_clocks_change() {
        let quiet = window("22:00-07:00", "Europe/Berlin");
        // 2026-03-29: the night is an hour shorter, the end is still 07:00 on the wall.
        assert_eq!(
            quiet.next_end(at("2026-03-28T23:00:00+01:00")),
            Some(at("2026-03-29T07:00:00+02:00"))
        );
        assert_eq!(
            quiet.next_end(at("2026-10-24T23:00:00+02:00")),
            Some(at("2026-10-25T07:00:00+01:00"))
        );
    }

    #[test]
    fn an_end_that_does_not_exist_is_the_end_of_the_gap() {
        let quiet = window("01:00-02:30", "America/New_York");
        let end = quiet
            .next_end(at("2026-03-08T01:30:00-05:00"))
            .expect("inside");
        assert_eq!(end, at("2026-03-08T03:00:00-04:00"));
        assert!(!quiet.contains(end));
    }

    #[test]
    fn an_end_that_comes_twice_leaves_no_moment_inside() {
        let quiet = window("00:30-01:30", "America/New_York");
        // Between the two 01:30s of 2026-11-01 the wall shows 01:00 to 01:29 once more.
        let inside_again = at("2026-11-01T01:10:00-05:00");
        assert!(quiet.contains(inside_again));
        for now in [at("2026-11-01T01:10:00-04:00"), inside_again] {
            let end = quiet.next_end(now).expect("inside");
            assert!(end > now && !quiet.contains(end), "{end:?}");
        }
        assert_eq!(
            quiet.next_end(inside_again),
            Some(at("2026-11-01T01:30:00-05:00"))
        );
    }

    #[test]
    fn the_digest_comes_once_a_day() {
        let digest: TimeOfDay = "08:00".parse().expect("time");
        let zone = Zone::parse("Pacific/Apia").expect("zone");
        // Samoa went from 29 to 31 December 2011.
        assert_eq!(
            digest.next_after(at("2011-12-29T12:00:00-10:00"), zone),
            Some(at("2011-12-31T00:00:00+14:00"))
        );
        assert_eq!(
            digest.next_after(at("2011-12-31T00:00:00+14:00"), zone),
            Some(at("2011-12-31T08:00:00+14:00"))
        );
    }

    #[test]
    fn refuses_what_is_not_a_window() {
        let utc = Zone::parse("UTC").expect("UTC");
        for text in [
            "22-7",
            "22:00",
            "24:00-07:00",
            "22:60-07:00",
            "7:00-8:00",
            "07:00-07:00",
            "+1:00-02:00",
        ] {
            assert!(Window::parse(text, utc).is_err(), "{text}");
        }
    }
}
