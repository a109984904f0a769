//! When to scan: cron lines on the owner's wall clock.
//!
//! A line is evaluated on local time without a zone and every hit is then mapped to an instant. A
//! local time that the clocks jump over runs at the first instant after the jump; one that comes
//! twice runs the first time; runs never go backwards and never coincide.

mod agenda;
mod line;
mod local;
mod window;

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};

pub use agenda::{Agenda, Planned};
pub use line::LineError;
pub use local::{Zone, ZoneError};
pub use window::{TimeOfDay, Window, WindowError};

use crate::clock::UnixMillis;

/// A cron line in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    line: String,
    zone: Zone,
    /// The schedule is the union of these.
    parts: Vec<cron::Schedule>,
}

impl Schedule {
    /// Reads a line of five fields (crontab(5)), six (seconds first), or a word such as `@hourly`.
    ///
    /// # Errors
    /// When the line is malformed or describes a date that never comes, such as 31 February.
    pub fn parse(line: &str, zone: Zone) -> Result<Self, LineError> {
        let whole = |reason: String, remedy: &str| LineError {
            span: 0..line.len(),
            field: None,
            reason,
            remedy: remedy.to_owned(),
        };
        let parts = line::for_cron_crate(line)?
            .iter()
            .map(|part| cron::Schedule::from_str(part))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| whole(error.to_string(), "see crontab(5)"))?;
        let schedule = Self {
            line: line.trim().to_owned(),
            zone,
            parts,
        };
        if schedule.next_wall(NaiveDateTime::default()).is_none() {
            return Err(whole(
                "this never happens: no month it names has that day".into(),
                "check the day-of-month against the month",
            ));
        }
        Ok(schedule)
    }

    /// The line as it was written.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The zone whose wall clock counts.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The first run after `after`; `None` when the calendar ends before it (the year 2100).
    #[must_use]
    pub fn next_after(&self, after: UnixMillis) -> Option<UnixMillis> {
        // Every local time up to the one shown now stands for an instant up to now, because the
        // mapping never goes back; so nothing before it needs looking at.
        let mut wall = self.zone.wall(after)?;
        loop {
            wall = self.next_wall(wall)?;
            let at = self.zone.instant(wall)?;
            if at > after {
                return Some(at);
            }
        }
    }

    /// The runs after `after`, without end until the calendar's.
    pub fn runs_after(&self, after: UnixMillis) -> impl Iterator<Item = UnixMillis> {
        std::iter::successors(self.next_after(after), |at| self.next_after(*at))
    }

    fn next_wall(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let after: DateTime<Utc> = after.and_utc();
        self.parts
            .iter()
            .filter_map(|part| part.after(&after).next())
            .min()
            .map(|at| at.naive_utc())
    }
}

#[cfg(test)]
mod tests;
